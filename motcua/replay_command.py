"""`motcua replay`: the report of a period from the log alone, with its SHA-256."""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import click
from nats.errors import Error as NatsError

from services.scoring.domain.period_report import Row
from services.scoring.domain.periods import UnknownPeriodError, period_name_vi
from services.scoring.refolding import LogTooShortError
from shared.calendar import HO_CHI_MINH, OverrideTableError
from shared.calendar.civil_time import instant_of
from shared.catalogue.model import Catalogue, load_catalogue
from shared.clock import SystemClock
from shared.desk.formats import moment, number, percent
from shared.ledger.reader import LogGapError

from .calendar_file import calendar_of
from .home import Home, HomeInUseError
from .nats_server import ServerStartError
from .replaying import Replayed, log_of, replay

_FAILED = (NatsError, OSError, TimeoutError, ServerStartError, HomeInUseError)


class _Instant(click.ParamType[datetime]):
    """An instant of ISO 8601; without a zone it is Vietnamese time, without a time midnight."""

    name = "time"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Read it."""
        try:
            found = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail("viết như 2026-10-01T00:00 (ISO 8601)", param, ctx)
        return found if found.tzinfo else found.replace(tzinfo=HO_CHI_MINH)


@click.command("replay")
@click.option("--until", type=_Instant(), help="Nhật ký như đã ghi tới lúc này; mặc định: tất cả.")
@click.option("--period", help="2026, 2026-H1, 2026-Q3, 2026-09; mặc định là tháng của --until.")
@click.option("--position", type=click.IntRange(1), help="Chỉ tới vị trí này của nhật ký.")
@click.option(
    "--correction", type=click.IntRange(0),
    help="Tới vị trí của một lần công bố: 0 là chốt kỳ, 1 là đính chính số 1.",
)  # fmt: skip
@click.option(
    "--data", type=click.Path(file_okay=False, path_type=Path), default=Path("data"),
    show_default=True, help="Thư mục dữ liệu; chưa chạy thì tự mở nhật ký trong đó.",
)  # fmt: skip
@click.option("--url", help="Địa chỉ NATS khác, với mật khẩu operator của --data.")
@click.option(
    "--catalogue", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Tệp danh mục; mặc định là của --data.",
)  # fmt: skip
@click.option(
    "--calendar", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Tệp lịch làm việc, như lúc công bố; mặc định là của --data.",
)  # fmt: skip
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path),
    help="Ghi đúng các byte nằm dưới mã băm vào tệp này.",
)  # fmt: skip
def command(
    *,
    until: datetime | None,
    period: str | None,
    position: int | None,
    correction: int | None,
    data: Path,
    url: str | None,
    catalogue: Path | None,
    calendar: Path | None,
    out: Path | None,
) -> None:
    """Dựng lại báo cáo của một kỳ chỉ từ nhật ký, và in SHA-256 của nó.

    The same facts, catalogue and calendar give the same bytes anywhere. What was published of the
    period stands in the log too and is compared; exit code 1 where --correction differs.

    \b
    Example:
      motcua replay --period 2026-09 --correction 0 --data ./data
      motcua replay --until 2026-10-05T08:00 --period 2026-Q3 --out quy-3.json
    """
    home = _home(data)
    known = _catalogue(home, catalogue)
    now = SystemClock().now()
    asked = period or (until or now).astimezone(HO_CHI_MINH).strftime("%Y-%m")

    async def whole() -> Replayed:
        async with log_of(home, url) as client:
            return await replay(
                client, known, asked, now=int(now.timestamp()), position=position, until=until,
                number=correction, on_progress=_progress,
                calendar=calendar_of(home.root, known.province, calendar),
            )  # fmt: skip

    with _in_plain_words():
        found = asyncio.run(whole())
    _keep(found, out)
    _print(found)
    sys.exit(0 if _is_as_published(found, correction) else 1)


def _home(data: Path) -> Home:
    if not data.exists():
        raise click.ClickException(f"Không có thư mục {data} (no such directory).")
    return Home(data)


def _is_as_published(found: Replayed, correction: int | None) -> bool:
    """Whether the report is the publication that was asked for, if one was."""
    wanted = {one.number: one.digest for one in found.published}
    return correction is None or wanted[correction] == found.drawn.sha256


def _catalogue(home: Home, given: Path | None) -> Catalogue:
    kept = home.catalogue_file if home.catalogue_file.exists() else None
    return load_catalogue(given or kept)


@contextmanager
def _in_plain_words() -> Iterator[None]:
    try:
        yield
    except UnknownPeriodError:
        raise click.ClickException("Kỳ viết như 2026, 2026-H1, 2026-Q3 hoặc 2026-09.") from None
    except LookupError:
        raise click.ClickException(
            "Nhật ký không có lần công bố đó của kỳ này (no such publication in the log)."
        ) from None
    except OverrideTableError as error:
        raise click.ClickException(str(error)) from None
    except LogTooShortError as error:
        raise click.ClickException(f"Nhật ký ngắn hơn vị trí đó ({error}).") from None
    except LogGapError as error:
        raise click.ClickException(f"Nhật ký thiếu vị trí {error.expected} (a gap).") from None
    except _FAILED as error:
        text = str(error) or type(error).__name__
        raise click.ClickException(f"Không đọc được nhật ký: {text}") from None


def _progress(done: int, whole: int) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r{done:,} / {whole:,}", nl=done >= whole, err=True)


def _keep(found: Replayed, out: Path | None) -> None:
    if out is not None:
        out.write_bytes(found.drawn.canonical)


def _print(found: Replayed) -> None:
    report, drawn = found.drawn.report, found.drawn
    when = moment(instant_of(drawn.as_of))
    click.echo(f"Báo cáo {period_name_vi(report.period)}, tính đến {when}")
    heads = ("", "Tiếp nhận", "Giải quyết", "Trễ hạn", "Đúng hạn", "Còn lại", "Quá hạn", "Điểm")
    rows = [("Toàn bộ", report.total), *report.agencies.items()]
    click.echo(_line(heads))
    for name, row in rows:
        click.echo(_line((name, *_cells(row))))
    click.echo(f"Hồ sơ trễ hạn, quá hạn: {number(len(report.late_dossiers))}")
    recorded = f", ghi lúc {moment(found.recorded_at)}" if found.recorded_at else ""
    click.echo(f"Vị trí {found.position}{recorded}")
    for one in found.published:
        what = "chốt kỳ" if one.number == 0 else f"đính chính số {one.number}"
        same = "trùng" if one.digest == drawn.sha256 else "khác"
        click.echo(f"Đã công bố: {what}, vị trí {one.position}, {one.digest} ({same})")
    click.echo(f"sha256 {drawn.sha256}")


def _cells(row: Row) -> tuple[str, ...]:
    return (
        number(row.received_count), number(row.closed_count), number(row.closed["late"]),
        percent(row.on_time_ratio), number(row.open_count), number(row.open_at_end["overdue"]),
        row.total_points or "–",
    )  # fmt: skip


def _line(cells: tuple[str, ...]) -> str:
    return f"{cells[0]:<16}" + "".join(f"{cell:>12}" for cell in cells[1:])
