"""The command itself: choose how to read, show or send, count, and say what was refused."""

import ssl
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import click
import httpx
from rich.console import Console

from services.intake.sources.table.cells import Tally
from services.intake.sources.table.mapping import RowReject
from services.intake.sources.table.plan import MappingError, TableMapping
from services.intake.sources.table.readers import UnreadableFileError, looks_like_events
from services.intake.sources.table.shipped import load_mapping, mapping_for

from . import rejects, screen
from .destination import Destination, destination
from .sending import CannotSendError, Outcome, Sender, batches
from .submissions import Submission, from_events, from_table

_SHOWN_ROWS = 10
_TIMEOUT_SECONDS = 60
_REFUSED = (Outcome.REJECTED, Outcome.CONFLICT)


_HELP = """Nạp một tệp CSV, XLSX, JSONL hoặc CloudEvents vào hệ thống đang chạy.

Nạp lại cùng một tệp không làm thay đổi số liệu nào. Dòng bị từ chối được ghi cạnh tệp,
trong <tên>.rejects.csv, kèm lý do; mã thoát là 1 nếu có dòng bị từ chối.
(Loads a file into a running intake; loading it again changes nothing.)

\b
Ví dụ (examples):
  motcua import receipt.csv --dry-run           xem trước, không gửi
  motcua import receipt.csv                     vào `motcua run` đang chạy ở ./data
  motcua import so-theo-doi.xlsx --mapping tinh
  motcua import su-kien.jsonl --url http://10.0.0.5:8401 --token-file so-tu-phap.token
  motcua import bang-rieng.csv --mapping cua-toi.toml --publisher so-tu-phap
  motcua import cong-quoc-gia.csv --mapping cong-quoc-gia   số liệu Cổng DVCQG để đối soát

\b
Mapping có sẵn: receipt (tệp tên có chữ receipt), tinh (sổ theo dõi hồ sơ Excel),
cong-quoc-gia (chỉ số của từng đơn vị và kỳ, CSV, XLSX hoặc JSON; mẫu trong docs/samples).
Tệp .json, .jsonl, .ndjson chứa CloudEvents được gửi nguyên văn, không cần mapping.
"""


class Job(NamedTuple):
    """What to import, how to read it, and the two consoles."""

    path: Path
    mapping: TableMapping | None
    out: Console
    err: Console


@click.command("import", help=_HELP)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--mapping", "mapping_name", metavar="M.toml", help="Tệp quy đổi, hoặc tên có sẵn.")
@click.option("--publisher", metavar="P", help="Gửi với tư cách nguồn này.")
@click.option("--token-file", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="Tệp chứa khóa của nguồn gửi.")  # fmt: skip
@click.option("--token", envvar="MOTCUA_TOKEN", help="Khóa; nên dùng biến MOTCUA_TOKEN.")
@click.option("--url", envvar="MOTCUA_INTAKE_URL", help="Địa chỉ bộ phận tiếp nhận (intake).")
@click.option("--data", type=click.Path(path_type=Path), default=Path("data"), show_default=True,
              help="Thư mục của `motcua run`: tự tìm địa chỉ và khóa.")  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Chỉ đọc và cho xem 10 dòng đầu, không gửi.")
def command(
    file: Path,
    mapping_name: str | None,
    publisher: str | None,
    token_file: Path | None,
    token: str | None,
    url: str | None,
    data: Path,
    dry_run: bool,  # noqa: FBT001 - click passes flags so
) -> None:
    """Read, map, send and count; the exit code is 1 when something was refused."""
    out = Console(width=None if Console().is_terminal else 160, highlight=False)
    job = Job(file, None, out, Console(stderr=True, highlight=False))
    try:
        job = job._replace(mapping=_mapping(job, mapping_name))
        if dry_run:
            refused = _show(job, publisher)
        else:
            preferred = job.mapping.publisher if job.mapping else ""
            refused = _send(
                job,
                destination(
                    data=data, url=url, publisher=publisher, token_file=token_file,
                    token=token, preferred=preferred,
                ),
            )  # fmt: skip
    except (MappingError, UnreadableFileError) as error:
        raise click.ClickException(f"{file.name}: {error}") from None
    except CannotSendError as error:
        raise click.ClickException(str(error)) from None
    if refused:
        raise click.exceptions.Exit(1)


def _mapping(job: Job, name: str | None) -> TableMapping | None:
    """Return the mapping to use, None for CloudEvents as they are; says which was chosen."""
    if name is not None:
        mapping = load_mapping(Path(name))
    elif job.path.suffix.lower() in {".json", ".jsonl", ".ndjson"} and looks_like_events(job.path):
        job.err.print("Tệp CloudEvents: gửi nguyên văn.")
        return None
    else:
        found = mapping_for(job.path.name)
        if found is None:
            raise MappingError(
                "không đoán được cách đọc tệp này: cho biết bằng --mapping M.toml, "
                "hoặc --mapping receipt | tinh | cong-quoc-gia (no mapping matches this file name)"
            )
        mapping = found
    job.err.print(f"Mapping: [bold]{mapping.name}[/] – {mapping.title}")
    return mapping


def _items(
    job: Job, source: str, tally: Tally, bars: screen.Bars | None
) -> Iterator[Submission | RowReject]:
    on_row = bars.on_row if bars else lambda _count: None
    if job.mapping is None:
        return from_events(job.path, on_row=on_row)
    return from_table(job.path, job.mapping, source=source, tally=tally, on_row=on_row)


def _show(job: Job, publisher: str | None) -> int:
    """Map the whole file without sending; show the first rows, the tables used, the refusals."""
    tally = Tally()
    shown: list[Submission] = []
    rows: set[tuple[int, ...]] = set()
    refused: list[rejects.Refused] = []
    kinds: Counter[str] = Counter()
    name = publisher or (job.mapping.publisher or job.mapping.name if job.mapping else "import")
    for item in _items(job, name, tally, None):
        if isinstance(item, RowReject):
            refused.append(rejects.of_row(item))
            continue
        kinds[item.type] += 1
        if len(rows | {item.rows}) <= _SHOWN_ROWS:
            rows.add(item.rows)
            shown.append(item)
    screen.show_mapped(job.out, shown)
    screen.show_tally(job.out, tally)
    for kind, count in sorted(kinds.items()):
        job.out.print(f"{count:>8}  {kind}")
    job.out.print(f"Chạy thử: chưa gửi gì. {len(refused)} dòng hoặc hồ sơ sẽ bị từ chối.")
    screen.show_refused(job.out, refused, None)
    return len(refused)


def _send(job: Job, to: Destination) -> int:
    """Send the file and say what became of it. Returns how many events or rows were refused."""
    job.err.print(f"Gửi đến {to.url} với tư cách “{to.publisher}”.")
    headers = {
        "Authorization": f"Bearer {to.token}",
        "Motcua-Via": "import",
        "Content-Type": "application/cloudevents-batch+json",
    }
    client = httpx.Client(
        headers=headers, timeout=_TIMEOUT_SECONDS, trust_env=False,
        verify=ssl.create_default_context(),
    )  # fmt: skip
    run = _Run(job, Tally())
    started = time.monotonic()
    try:
        with client, screen.bars(job.err) as bars:
            sender = Sender(client, to.url, sleep=time.sleep, on_wait=bars.on_wait)
            run.send_all(sender, to.publisher, bars)
    finally:
        # Also when sending stopped half way: what is known is said and kept.
        run.finish(time.monotonic() - started)
    return sum(run.outcomes[one] for one in _REFUSED)


class _Run:
    """The counts of one import."""

    def __init__(self, job: Job, tally: Tally) -> None:
        self.outcomes: Counter[Outcome] = Counter()
        self._job = job
        self._tally = tally
        self._rejects = rejects.RejectsFile(job.path)
        self._refused: list[rejects.Refused] = []
        self._rows: set[int] = set()

    def send_all(self, sender: Sender, source: str, bars: screen.Bars) -> None:
        """Send every batch; intake's answer decides what counts."""
        items = self._submissions(_items(self._job, source, self._tally, bars))
        for batch in batches(items):
            if self._job.mapping is not None:
                bars.reading_done()
            before = len(self._rows)
            for answered in sender.send(batch):
                self.outcomes[answered.answer.outcome] += 1
                self._rows.update(answered.submission.rows)
                if answered.answer.outcome in _REFUSED:
                    self._refuse(*rejects.of_answer(answered))
            bars.on_sent(len(self._rows) - before, len(batch))
        bars.reading_done()

    def finish(self, seconds: float) -> None:
        """Write the rejects file and say the result."""
        screen.show_tally(self._job.err, self._tally)
        path = self._rejects.save()
        screen.show_refused(self._job.err, self._refused, path)
        screen.show_result(click.echo, len(self._rows), self.outcomes, seconds)

    def _submissions(self, items: Iterator[Submission | RowReject]) -> Iterator[Submission]:
        for item in items:
            if isinstance(item, Submission):
                yield item
            else:
                self.outcomes[Outcome.REJECTED] += 1
                self._rows.update(item.rows)
                self._refuse(rejects.of_row(item))

    def _refuse(self, *lines: rejects.Refused) -> None:
        self._rejects.add(*lines)
        self._refused.extend(lines)
