"""`motcua alerts backtest`: what the rules, and changed ones, would have raised in a period."""

import asyncio
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

import click
import msgspec
from rich.console import Console
from rich.table import Table

from services.notifier.domain.backtest import Backtest, backtest
from services.notifier.domain.foretelling import foretold
from services.notifier.domain.rules import AlertRules, alert_rules
from services.notifier.domain.subjects import SubjectProjection
from services.notifier.parts import RULES
from shared.bus.streams import FACTS
from shared.calendar import WorkingCalendar, province_calendar
from shared.calendar.civil_time import midnight_epoch
from shared.catalogue.model import Catalogue, load_catalogue
from shared.deadlines import limits_of
from shared.desk.formats import number, percent
from shared.events.envelope import LOG_DECODER, Fact
from shared.ledger.reader import LogReader, from_the_first

from . import operator_login
from .calendar_file import calendar_of
from .home import Home

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


class PeriodError(ValueError):
    """It is none of `2026`, `2026-Q3`, `2026-09`."""


def days_of(period: str) -> tuple[date, date]:
    """The first day of a period, and the first day after it.

    Raises:
        PeriodError: it names no year, quarter or month.
    """
    year, _, part = period.partition("-")
    try:
        if not part:
            return date(int(year), 1, 1), date(int(year) + 1, 1, 1)
        quarter = part.startswith("Q")
        first = (int(part[1:]) - 1) * 3 + 1 if quarter else int(part)
        after = first + (3 if quarter else 1)
        ends = date(int(year), after, 1) if after <= 12 else date(int(year) + 1, 1, 1)  # noqa: PLR2004 - months
        return date(int(year), first, 1), ends
    except ValueError:
        raise PeriodError(f"{period}: viết như 2026, 2026-Q3 hoặc 2026-09 (a period)") from None


def tell_again(
    facts: Iterable[Fact],
    period: str,
    rules: AlertRules,
    catalogue: Catalogue,
    calendar: WorkingCalendar | None = None,
) -> Backtest:
    """What `rules` would have raised, by the shipped calendar where none is given.

    Raises:
        PeriodError: the period is none.
    """
    first, after = days_of(period)
    fields = {one.code: one.field for one in catalogue.procedures}
    calendar = calendar or province_calendar(None, scope=catalogue.province)
    projection = SubjectProjection(calendar, limits_of(catalogue), fields=fields)
    return backtest(
        facts, rules, projection, first=midnight_epoch(first), end=midnight_epoch(after)
    )


def facts_in(path: Path) -> Iterator[Fact]:
    """Every fact of a file of CloudEvents, one a line; a line that is none is passed over."""
    with path.open("rb") as lines:
        for line in lines:
            if fact := _decoded(line):
                yield fact


async def facts_of(home: Home) -> list[Fact]:
    """Every fact of the running system's log, as of now."""
    running = home.running()
    if running is None:
        raise click.ClickException(
            f"Không có hệ thống nào chạy trên {home.root}; cho tệp bằng --facts (nothing runs)."
        )
    seed = home.service_seed("operator")
    async with operator_login.connected(str(running["urls"]["nats"]), seed) as client:
        last = (await client.jetstream().stream_info(FACTS)).state.last_seq
        found: list[Fact] = []
        reader = LogReader(
            client, stream=FACTS, service="backtest", after=0, is_same_log=from_the_first
        )
        reached = 0
        while reached < last:
            batch = await reader.next_batch()
            reached = batch.entries[-1][0]
            found += [fact for _, body in batch.entries if (fact := _decoded(body))]
        await reader.close()
    return found


def _decoded(body: bytes) -> Fact | None:
    try:
        return LOG_DECODER.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


@click.command("backtest")
@click.option("--period", required=True, help="2026, 2026-Q3 hoặc 2026-09.")
@click.option("--rules", type=_FILE, help="Quy tắc khác (như shared/rules/alerts.toml), để so.")
@click.option("--facts", type=_FILE, help="Tệp CloudEvents, thay cho nhật ký đang chạy.")
@click.option("--catalogue", type=_FILE, help="Danh mục; mặc định là của --data.")
@click.option("--calendar", type=_FILE, help="Tệp lịch làm việc; mặc định là của --data.")
@click.option("--data", type=click.Path(file_okay=False, path_type=Path), default=Path("data"),
              show_default=True, help="Thư mục của `motcua run`.")  # fmt: skip
def command(
    *,
    period: str,
    rules: Path | None,
    facts: Path | None,
    catalogue: Path | None,
    calendar: Path | None,
    data: Path,
) -> None:
    """Quy tắc cảnh báo này lẽ ra đã phát những gì trong kỳ ấy.

    Bảng thứ hai: nếu báo trước số giờ khác thì bao nhiêu hồ sơ được báo là quá hạn thật, và bao
    nhiêu hồ sơ quá hạn được báo đủ sớm (precision and notice by hours, to choose due_soon from).

    \b
    Example:
      motcua alerts backtest --period 2026-09 --rules quy-tac-moi.toml
    """
    known = catalogue or (data / "catalogue.json")
    loaded = load_catalogue(known if known.exists() else None)
    told = list(facts_in(facts)) if facts else asyncio.run(facts_of(Home(data)))
    now = alert_rules(RULES.read_bytes())
    try:
        counted_by = calendar_of(data, loaded.province, calendar)
        results = [tell_again(told, period, now, loaded, counted_by)]
        if rules is not None:
            changed = alert_rules(rules.read_bytes())
            results.append(tell_again(told, period, changed, loaded, counted_by))
    except ValueError as error:
        raise click.ClickException(str(error)) from None
    _show(period, now, results)
    _show_hours(results[0], counted_by)


def _show(period: str, rules: AlertRules, results: list[Backtest]) -> None:
    table = Table("Mức", *(["Đang dùng", "Quy tắc mới"][: len(results)]), title=f"Kỳ {period}")
    stages = list(dict.fromkeys([*rules.by_code, *(s for one in results for s in one.raised)]))
    for stage in stages:
        counts = [one.raised.get(stage, 0) for one in results]
        if any(counts):
            table.add_row(f"{rules.name_vi(stage)} ({stage})", *map(number, counts))
    Console().print(table)
    for name, one in zip(("Đang dùng", "Quy tắc mới"), results, strict=False):
        click.echo(
            f"{name}: {number(one.subject_count)} hồ sơ và PAKN; cảnh báo sớm "
            f"{number(one.warned_count)}, trong đó {number(one.warned_late_count)} quá hạn thật "
            f"(độ chính xác {percent(one.precision)}); quá hạn trong kỳ {number(one.late_count)}."
        )


def _show_hours(result: Backtest, calendar: WorkingCalendar) -> None:
    """What another `offset_working_hours` of due_soon would have done."""
    due, late = len(result.watched), sum(one.is_passed for one in result.watched)
    if not due:
        return
    table = Table(
        "Báo trước (giờ làm việc)", "Hồ sơ được báo", "Quá hạn thật", "Độ chính xác",
        "Báo đủ sớm", title="Nếu báo trước số giờ khác",
    )  # fmt: skip
    for one in foretold(result.watched, calendar):
        table.add_row(
            number(one.hours), number(one.warned_count), number(one.warned_late_count),
            percent(one.precision), percent(one.in_time_ratio),
        )  # fmt: skip
    Console().print(table)
    click.echo(
        f"{number(due)} hạn trả trong kỳ, {number(late)} bị trễ ({percent(late / due)}): báo mọi hồ"
        " sơ cũng đúng chừng ấy, phần còn lại của độ chính xác là do đã sát giờ. Báo càng sớm càng"
        " thừa, báo càng muộn càng ít giờ để làm; Báo đủ sớm: phần hồ sơ trễ còn nguyên số giờ đó."
    )
