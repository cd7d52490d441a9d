"""`motcua score`: a table of measures into points, offline, by the same code as the wallboard."""

import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import click
import msgspec
from msgspec import Struct

from shared.catalogue.model import Level
from shared.rules import indicator_sets, points
from shared.rules.indicator_sets import IndicatorSet
from shared.rules.points import Measure, UnitScore

from .service_api import Place, asked, service_url


class Unit(Struct, kw_only=True, forbid_unknown_fields=True):
    """One row of the table."""

    code: str
    level: Level
    measures: dict[str, Measure] = {}
    reported_groups: dict[str, Decimal] = {}


class Measures(Struct, kw_only=True, forbid_unknown_fields=True):
    """The table: one period, many units."""

    period: str
    units: list[Unit]


@click.command("score")
@click.option(
    "--measures", "path", help="Tệp JSON số đo (- là đầu vào chuẩn).",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
)  # fmt: skip
@click.option("--set", "set_id", default="portal-2026", show_default=True, help="Bộ chỉ số.")
@click.option(
    "--what-if",
    "agency",
    metavar="AGENCY",
    help="Hồ sơ đang mở nào, giải quyết hôm nay, mang lại nhiều điểm nhất; hỏi hệ thống đang chạy.",
)
@click.option("--period", default="", help="Kỳ của --what-if; mặc định là năm nay.")
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("data"),
    show_default=True,
    help="Thư mục của `motcua run`, cho --what-if.",
)
@click.option("--url", help="Địa chỉ dịch vụ scoring, thay cho --data.")
def command(
    *, path: Path | None, set_id: str, agency: str | None, period: str, data: Path,
    url: str | None,
) -> None:  # fmt: skip
    """Chấm điểm một bảng số đo, không cần hệ thống chạy; hoặc hỏi "nếu giải quyết hôm nay".

    \b
    Example (in: one unit; out: components, groups, total, rank):
      echo '{"period": "2026", "units": [{"code": "H99.01", "level": "department",
        "measures": {"2.1": {"numerator": 7368, "denominator": 8253}}}]}' \
        | motcua score --measures -
      motcua score --what-if H99.05 --period 2026-Q4
    """
    if (path is None) == (agency is None):
        raise click.UsageError("Cho --measures TỆP hoặc --what-if CƠ_QUAN.")
    if agency is not None:
        _what_if(service_url(data, "scoring", url), agency, period)
    elif path is not None:
        _score(path, set_id)


def _what_if(base: Place, agency: str, period: str) -> None:
    query = {"agency": agency, **({"period": period} if period else {})}
    said = asked(base, "/v1/what-if", query).json()
    click.echo(
        f"{agency}, kỳ {said['period']}: {said['total']} điểm bây giờ; "
        f"{said['total_if_left']} nếu để nguyên đến hết kỳ; "
        f"{said['total_if_resolved']} nếu giải quyết hết {said['open_count']} hồ sơ hôm nay."
    )
    for one in said["dossiers"]:
        due = f"hẹn {one['due_at']}" if one["due_at"] else "không có hạn"
        click.echo(f"  {one['code']}  +{one['points']}  {due}  ({', '.join(one['brings'])})")
    if not said["dossiers"]:
        click.echo("  Không hồ sơ đang mở nào mang thêm điểm.")


def _score(path: Path, set_id: str) -> None:
    if set_id not in indicator_sets.set_ids():
        known = ", ".join(indicator_sets.set_ids())
        raise click.ClickException(f"Không có bộ chỉ số {set_id}; có: {known}.")
    raw = sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
    try:
        table = msgspec.json.decode(raw, type=Measures)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise click.ClickException(f"Tệp số đo không đúng dạng: {error}") from None
    rules = indicator_sets.load_set(set_id)
    _check(table, rules)
    click.echo(msgspec.json.format(msgspec.json.encode(scored(table, rules)), indent=1).decode())


def scored(table: Measures, rules: IndicatorSet) -> dict[str, Any]:
    """Return the points of every unit, with ranks within its level."""
    province = next((u.measures for u in table.units if u.level is Level.PROVINCE), None)
    scores = {
        unit.code: points.score(
            rules, unit.measures, reported_groups=unit.reported_groups,
            province=None if unit.level is Level.PROVINCE else province, level=unit.level,
        )
        for unit in table.units
    }  # fmt: skip
    ranks: dict[str, int | None] = {}
    for level in Level:
        same = {u.code: scores[u.code].total for u in table.units if u.level is level}
        ranks |= points.ranks(same, rules.ranking.ties)
    return {
        "set": rules.id,
        "period": table.period,
        "units": [
            {"code": u.code, "level": u.level, **_shown(scores[u.code]), "rank": ranks[u.code]}
            for u in table.units
        ],
    }


def _shown(score: UnitScore) -> dict[str, Any]:
    return {
        "components": {
            name: {"points": str(one.points)}
            | ({"ratio": f"{float(one.ratio):.6f}"} if one.ratio is not None else {})
            | ({"flag": one.flag.value} if one.flag else {})
            for name, one in score.components.items()
        },
        "groups": {code: str(points) for code, points in score.groups.items()},
        "reported_groups": sorted(score.reported_groups),
        "total": str(score.total),
        "band": score.band,
    }


def _check(table: Measures, rules: IndicatorSet) -> None:
    known = {component.id for component in rules.component}
    groups = {group.code for group in rules.group}
    for unit in table.units:
        strange = (unit.measures.keys() - known) | (unit.reported_groups.keys() - groups)
        if strange:
            names = ", ".join(sorted(strange))
            raise click.ClickException(f"{unit.code}: không có chỉ số {names} trong {rules.id}.")
        for name, measure in unit.measures.items():
            numbers = (measure.numerator, measure.denominator)
            if any(number is not None and number < 0 for number in numbers):
                raise click.ClickException(f"{unit.code} {name}: số âm (negative number).")
