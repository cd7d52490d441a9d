"""Civil days and instants of Việt Nam, without asking the host for its zone.

Asia/Ho_Chi_Minh has been UTC+7 without summer time since 13 June 1975, so a constant offset is
exact for every dossier and needs no zone files; a test compares it with the zone database.
"""

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta, timezone
from math import floor
from typing import Final

UTC_OFFSET_SECONDS: Final = 7 * 3600
DAY_SECONDS: Final = 86_400
HO_CHI_MINH: Final = timezone(timedelta(seconds=UTC_OFFSET_SECONDS), "Asia/Ho_Chi_Minh")

WEEKDAYS_VI: Final = (
    "Thứ Hai",
    "Thứ Ba",
    "Thứ Tư",
    "Thứ Năm",
    "Thứ Sáu",
    "Thứ Bảy",
    "Chủ nhật",
)
# The ordinal of 1970-01-01, which is civil day number 0.
_EPOCH_ORDINAL: Final = date(1970, 1, 1).toordinal()


def epoch_of(instant: datetime) -> int:
    """Whole seconds since 1970-01-01T00:00Z; the part below a second is dropped (downwards).

    Raises ValueError for a naive datetime: it would silently take the host's zone.
    """
    if instant.tzinfo is None:
        raise ValueError(f"an instant must know its zone, got naive {instant.isoformat()}")
    return floor(instant.timestamp())


def instant_of(epoch: int) -> datetime:
    """The aware UTC instant of an epoch second."""
    return datetime.fromtimestamp(epoch, UTC)


def civil_day(instant: datetime) -> date:
    """The day a wall calendar in Việt Nam shows at `instant`."""
    return day_of_epoch(epoch_of(instant))


def day_of_epoch(epoch: int) -> date:
    """The civil day in which an epoch second lies."""
    return date.fromordinal((epoch + UTC_OFFSET_SECONDS) // DAY_SECONDS + _EPOCH_ORDINAL)


def epoch_day(day: date) -> int:
    """Civil days since 1970-01-01: a small integer that orders and subtracts as days do."""
    return day.toordinal() - _EPOCH_ORDINAL


def day_of_number(number: int) -> date:
    """The civil day with that `epoch_day`."""
    return date.fromordinal(number + _EPOCH_ORDINAL)


def months_later(day: date, months: int) -> date:
    """The same day so many months later, or the last of that month."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def midnight_epoch(day: date) -> int:
    """Epoch second at which a civil day begins in Việt Nam (17:00 UTC of the day before)."""
    return epoch_day(day) * DAY_SECONDS - UTC_OFFSET_SECONDS


def seconds_of(clock_time: time) -> int:
    """Seconds from midnight to a civil time of day; below a second is dropped."""
    return clock_time.hour * 3600 + clock_time.minute * 60 + clock_time.second


def civil_instant(day: date, clock_time: time) -> datetime:
    """The UTC instant at which clocks in Việt Nam show `clock_time` on `day`."""
    return instant_of(midnight_epoch(day) + seconds_of(clock_time))
