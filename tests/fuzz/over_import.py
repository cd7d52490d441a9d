"""Files for `motcua import`: rows changed, cells odd, files cut, encoded and packed wrongly.

One row or line is one input. The whole command runs on every file, against an intake that answers
over real HTTP; what it must not do is end in a traceback or lose a row without a word.
"""

import csv
import io
import random
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import openpyxl
from click.testing import CliRunner

from motcua.cli import cli
from motcua.importing.submissions import from_events, from_table
from services.intake.sources.table.cells import Tally as Cells
from services.intake.sources.table.mapping import RowReject
from services.intake.sources.table.plan import TableMapping
from services.intake.sources.table.readers import UnreadableFileError, rows_of
from services.intake.sources.table.shipped import load_mapping
from tests.support import tinh_export
from tests.support.fake_intake import TOKEN, fake_intake

from .mutations import broken, event, one_of, written
from .odd_values import bent, odd_value
from .tally import Tally

ROWS_A_FILE: Final = 40
_COMMAND_SHARE: Final = 0.05
_SHAPES: Final = (
    (0.35, "csv"), (0.15, "xlsx"), (0.15, "jsonl"), (0.1, "json"), (0.25, "events"),
)  # fmt: skip
_RECEIPT: Final = (
    "case:channel", "case:concept:name", "case:deadline", "case:department", "case:enddate",
    "case:startdate",
)  # fmt: skip
_ENCODINGS: Final = ("utf-8", "utf-8-sig", "utf-16", "cp1258", "latin-1")


def file(chance: random.Random, folder: Path, count: int) -> tuple[Path, str]:
    """Write one file of so many rows; returns it and the mapping's name ("" for events)."""
    shape = one_of(chance, _SHAPES)
    if shape == "events":
        path = folder / chance.choice(("x.jsonl", "x.json"))
        lines = [written(event(chance), chance) for _ in range(count)]
        path.write_bytes(
            b"[" + b",".join(lines) + b"]" if path.suffix == ".json" else b"\n".join(lines)
        )
        return path, ""
    mapping, rows = _table(chance, count)
    path = folder / f"x.{shape}"
    if shape == "csv":
        path.write_bytes(_csv(rows, chance))
    elif shape == "xlsx":
        _write_workbook(path, rows, chance)
    else:
        lines = [written(row, chance) for row in rows]
        path.write_bytes(b"\n".join(lines) if shape == "jsonl" else b"[" + b",".join(lines) + b"]")
    if chance.random() < 0.06:
        path.write_bytes(broken(path.read_bytes(), chance))
    return path, mapping


def _table(chance: random.Random, count: int) -> tuple[str, list[dict[str, Any]]]:
    if chance.random() < 0.5:
        rows = tinh_export.rows(count, chance.randrange(10_000))
        for row in rows:
            row.update({k: v.isoformat(" ") for k, v in row.items() if hasattr(v, "isoformat")})
        mapping = "tinh"
    else:
        rows = [_receipt(number, chance) for number in range(count)]
        mapping = "receipt"
    for row in rows:
        for _ in range(chance.choice((0, 0, 1, 1, 2))):
            name = chance.choice(list(row))
            row[name] = odd_value(chance) if chance.random() < 0.5 else bent(row[name], chance)
    return mapping, rows


def _receipt(number: int, chance: random.Random) -> dict[str, Any]:
    return {
        "case:channel": chance.choice(("Internet", "Desk", "Post", "e-mail", "Intern")),
        "case:concept:name": f"case-{number}",
        "case:deadline": "2011-12-06 13:41:31.788000+01:00",
        "case:department": "General",
        "case:enddate": chance.choice(("", "2011-11-06 13:41:31+01:00")),
        "case:startdate": "2011-10-11 13:42:22.688000+02:00",
    }


def _csv(rows: list[dict[str, Any]], chance: random.Random) -> bytes:
    out = io.StringIO()
    columns = list(rows[0]) if rows else list(_RECEIPT)
    if chance.random() < 0.03:
        columns.pop()
    writer = csv.writer(out, delimiter=chance.choice(",,,;\t|"))
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(row.get(column)) for column in columns])
    if chance.random() < 0.05:
        out.write('"never closed,')
    encoding = chance.choice(_ENCODINGS) if chance.random() < 0.1 else "utf-8"
    return out.getvalue().encode(encoding, "replace" if encoding != "utf-8" else "surrogatepass")


def _cell(value: Any) -> str:
    return f"{value:x}" if isinstance(value, int) and value.bit_length() > 5_000 else str(value)


def _write_workbook(path: Path, rows: list[dict[str, Any]], chance: random.Random) -> None:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    columns = list(rows[0])
    sheet.append(columns)
    for row in rows:
        sheet.append([_excel(row.get(column)) for column in columns])
    book.save(path)
    if chance.random() < 0.15:
        _spoil(path, chance)


def _excel(value: Any) -> Any:
    if isinstance(value, int | float):
        return value if abs(value) < 1e15 else 1e15
    return "".join(c for c in str(value)[:30_000] if c >= " " and not "\ud800" <= c <= "\udfff"
                   and c not in "\ufffe\uffff")  # fmt: skip


def _spoil(path: Path, chance: random.Random) -> None:
    """Damage one part inside the package: the outside stays a good zip."""
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    name = chance.choice(sorted(parts))
    if chance.random() < 0.3:
        del parts[name]
    else:
        parts[name] = broken(parts[name], chance)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for kept, body in parts.items():
            package.writestr(kept, body)


def read_file(tally: Tally, path: Path, mapping_name: str, count: int) -> None:
    """Read one file as the import does: every row is in an event, in a refusal, or blank."""
    mapping = load_mapping(Path(mapping_name)) if mapping_name else None
    spoken: set[int] = set()
    try:
        for item in _items(path, mapping):
            spoken.update(item.rows)
            tally.events += 1
            if isinstance(item, RowReject):
                tally.outcomes["rejected"] += 1
                tally.refused(item.reason.value)
            else:
                tally.outcomes["said"] += 1
    except UnreadableFileError:
        tally.outcomes["unreadable_files"] += 1
        return
    if mapping is not None:
        silent = Counter(row.number for row in rows_of(path, mapping) if _is_a_dossier(row.cells))
        lost = set(silent) - spoken
        if lost:
            tally.fault("unaccounted", f"{mapping_name}: rows {sorted(lost)[:5]} of {path.name}")


def _items(path: Path, mapping: TableMapping | None) -> Any:
    nothing: Callable[[int], None] = lambda _count: None  # noqa: E731 - a callback
    if mapping is None:
        return from_events(path, on_row=nothing)
    return from_table(path, mapping, source="import", tally=Cells(), on_row=nothing)


def _is_a_dossier(cells: Any) -> bool:
    """Whether the row has the two cells without which a mapping may pass over it as a caption."""
    return all(str(cells.get(name) or "").strip() for name in ("case:concept:name",)) or all(
        str(cells.get(name) or "").strip() for name in ("Số hồ sơ",)
    )


def run_command(tally: Tally, path: Path, mapping: str) -> None:
    """Run the command itself on the file; it ends with 0 or 1 and words, never a traceback."""
    with fake_intake() as intake:
        arguments = ["import", str(path), *(["--mapping", mapping] if mapping else [])]
        environment = {"MOTCUA_TOKEN": TOKEN, "MOTCUA_INTAKE_URL": intake.url}
        result = CliRunner().invoke(cli, arguments, env=environment)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        tally.fault("crashes", f"command: {result.exception!r:.300}")
    elif result.exit_code not in (0, 1):
        tally.fault("crashes", f"command: exit {result.exit_code} {result.output[-200:]}")
    rejects = path.with_name(f"{path.stem}.rejects.csv")
    if rejects.exists():
        with rejects.open(encoding="utf-8-sig", newline="") as lines:
            for line in csv.DictReader(lines):
                tally.refused(line["mã lý do"])
        rejects.unlink()


def one_file(tally: Tally, chance: random.Random, folder: Path, count: int) -> None:
    """Write, read and now and then import one file of `count` rows."""
    path, mapping = file(chance, folder, count)
    with tally.one_input():
        read_file(tally, path, mapping, count)
        if chance.random() < _COMMAND_SHARE:
            run_command(tally, path, mapping)
    tally.n += count - 1
    tally.sample()
    path.unlink()
