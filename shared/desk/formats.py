"""Times and numbers as a Vietnamese clerk writes them. Pure; all civil time is Asia/Ho_Chi_Minh."""

from datetime import date, datetime
from decimal import Decimal
from typing import Final

from shared.calendar import HO_CHI_MINH

# What stands where nothing was measured: not a zero.
NOTHING: Final = "–"

_UNITS: Final = ((86_400, "ngày"), (3_600, "giờ"), (60, "phút"))


def moment(at: datetime | None) -> str:
    """`05/11/2026 09:07`; nothing for None. Raises ValueError for an instant without a zone."""
    return NOTHING if at is None else _civil(at).strftime("%d/%m/%Y %H:%M")


def moment_exact(at: datetime | None) -> str:
    """`05/11/2026 09:07:31`, for ledgers and proofs."""
    return NOTHING if at is None else _civil(at).strftime("%d/%m/%Y %H:%M:%S")


def clock_time(at: datetime | None) -> str:
    """`09:07:31`: what "tính đến" shows."""
    return NOTHING if at is None else _civil(at).strftime("%H:%M:%S")


def day(on: date | None) -> str:
    """`05/11/2026`. An instant is not a civil day: pass `civil_day(instant)`."""
    return NOTHING if on is None else on.strftime("%d/%m/%Y")


def number(value: float | Decimal | None, digits: int = 0) -> str:
    """`1.234,5`: dots between thousands, a comma before decimals."""
    if value is None:
        return NOTHING
    return f"{value:,.{digits}f}".translate(_SWAP).replace("-", "−")


def plain_number(value: float | None, digits_max: int = 2) -> str:
    """As `number`, without needless zeros behind the comma: `17,86`, `17,5`, `18`."""
    if value is None:
        return NOTHING
    text = number(value, digits_max)
    return text.rstrip("0").rstrip(",") if "," in text else text


def decimal_cell(value: float | None) -> str:
    """A cell of a file: two decimals behind a comma, no dots; empty where there is nothing."""
    return "" if value is None else f"{value:.2f}".replace(".", ",")


def percent(ratio: float | None, digits: int = 1) -> str:
    """`93,5%` for the ratio 0.935; nothing for None."""
    return NOTHING if ratio is None else f"{number(ratio * 100, digits)}%"


def duration(seconds: float | None) -> str:
    """The two largest units: `2 ngày 3 giờ`, `3 giờ 20 phút`, `dưới 1 phút`; sign is ignored."""
    if seconds is None:
        return NOTHING
    rest = int(abs(seconds))
    parts: list[str] = []
    for size, unit in _UNITS:
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count} {unit}")
        elif parts:
            break  # `2 ngày`, not `2 ngày 5 phút`: the units shown are neighbours
    return " ".join(parts[:2]) or "dưới 1 phút"


def time_left(due_at: datetime | None, now: datetime) -> str:
    """`còn 3 giờ 20 phút` up to and at the due time, `quá hạn 2 ngày 3 giờ` after it."""
    if due_at is None:
        return NOTHING
    seconds = (due_at - now).total_seconds()
    return f"còn {duration(seconds)}" if seconds >= 0 else f"quá hạn {duration(seconds)}"


def ago(at: datetime | None, now: datetime) -> str:
    """`5 phút trước`, `vừa xong`, or `sau 5 phút` for what is still to come."""
    if at is None:
        return NOTHING
    seconds = (now - at).total_seconds()
    if abs(seconds) < 60:  # noqa: PLR2004 - a minute is the smallest unit shown
        return "vừa xong"
    return f"{duration(seconds)} trước" if seconds > 0 else f"sau {duration(seconds)}"


_SWAP: Final = str.maketrans(",.", ".,")


def _civil(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError("an instant must know its zone")
    return at.astimezone(HO_CHI_MINH)
