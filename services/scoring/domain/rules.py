"""What a dossier is judged by: the calendar, the catalogue's word on procedures, dated limits."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Final

import msgspec
from msgspec import Struct

from shared.calendar import IntakeCutoff, WorkingCalendar
from shared.catalogue.model import Catalogue, Procedure
from shared.deadlines import cutoff_of
from shared.events.fields import Channel
from shared.rules.measures import MeasureRules, Publishing, Supplements, row_on
from shared.rules.petition_limits import PetitionLimits, PetitionStep

UNKNOWN = "unknown"
SECOND_US = 1_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EPOCH_DAY: Final = date(1970, 1, 1)
_EPOCH_ORDINAL = EPOCH_DAY.toordinal()
DAY_SECONDS = 86_400
OFFSET_SECONDS = 7 * 3600  # Asia/Ho_Chi_Minh, without daylight saving
SHORT_CODE = len("1.004194")
"""So much of a procedure code names the procedure; a local suffix may follow."""

CHANNELS: tuple[str, ...] = tuple(channel.value for channel in Channel)
CHANNEL_NUMBERS = {name: number for number, name in enumerate(CHANNELS)}


class DueSoon(Struct, frozen=True, kw_only=True):
    """How long before the due time a dossier is about to be due, in working hours."""

    working_hours: float
    source: str = ""


class AgeBand(Struct, frozen=True, kw_only=True):
    """Overdue for at most so many working days; the closed set ends with an open one."""

    name: str
    working_days: float


class Limits(Struct, frozen=True, kw_only=True):
    """The file `limits.toml`."""

    due_soon: DueSoon
    age_band: tuple[AgeBand, ...]
    schema: int = 1


def read_limits(text: bytes) -> Limits:
    """Return the limits of a TOML text.

    Raises:
        msgspec.DecodeError: it is not such a table.
    """
    return msgspec.toml.decode(text, type=Limits)


class Rules(Struct, frozen=True, kw_only=True, dict=True):
    """Everything a state needs besides its facts. Built once; see `rules_of`."""

    calendar: WorkingCalendar
    procedures: Mapping[str, Procedure]
    petition_limits: PetitionLimits
    soon_seconds: int
    bands: tuple[tuple[int, str], ...]  # (working seconds, name), ascending
    last_band: str
    old_seconds: int  # overdue for longer than this is surely the last band
    sensitive_fields: frozenset[str]
    publishing: tuple[Publishing, ...]
    supplements: tuple[Supplements, ...]
    cutoff: IntakeCutoff | None = None  # for what is due the same day (D11)

    def procedure(self, code: str) -> Procedure | None:
        """The catalogue's procedure; a code with a local suffix is found by its short form."""
        found = self.procedures.get(code)
        return found if found is not None else self.procedures.get(code[:SHORT_CODE])

    def field_of(self, code: str) -> str:
        """The field of a procedure, or `unknown`."""
        found = self.procedure(code)
        return found.field if found is not None else UNKNOWN

    def has_fee(self, code: str) -> bool:
        """Whether the catalogue says that a procedure has a fee or charge."""
        found = self.procedure(code)
        return found is not None and found.has_fee

    def limit_seconds(self, code: str) -> int:
        """The catalogue's limit in working seconds; 0 where it has none."""
        found = self.procedure(code)
        hours = found.limit_working_hours if found is not None else None
        return seconds_of_hours(hours) if hours is not None else 0

    def petition_due(self, start: int) -> int:
        """The last epoch second to answer a petition whose limit starts at that second (D19)."""
        limits, calendar = self.petition_limits, self.calendar
        return limits.last_second(PetitionStep.ANSWER, start, calendar=calendar)

    def publishing_on(self, decided_on: date) -> Publishing:
        """The limits of announcing and publishing for a decision of that day."""
        return row_on(self.publishing, decided_on)

    def supplements_allowed(self, received: int) -> int:
        """How often a dossier received at that instant (microseconds) may be asked for papers."""
        if len(self.supplements) == 1:
            return self.supplements[0].allowed
        day = date.fromordinal(day_number(received // SECOND_US) + _EPOCH_ORDINAL)
        return row_on(self.supplements, day).allowed

    @property
    def band_names(self) -> tuple[str, ...]:
        """The closed set of age bands, youngest first."""
        return (*(name for _, name in self.bands), self.last_band)


def rules_of(
    limits: Limits,
    calendar: WorkingCalendar,
    catalogue: Catalogue,
    measures: MeasureRules,
    petitions: PetitionLimits,
) -> Rules:
    """Put calendar, catalogue and limits together."""
    day = calendar.working_day_seconds
    bands = tuple((round(b.working_days * day), b.name) for b in limits.age_band)
    # So many working days are always over within these: seven days hold five, and thirty more
    # are above the public holidays of a year. Saves two questions to the calendar per old dossier.
    old_days = limits.age_band[-1].working_days * 7 / 5 + 30
    return Rules(
        calendar=calendar,
        procedures=catalogue.procedure_by_code,
        petition_limits=petitions,
        soon_seconds=round(limits.due_soon.working_hours * 3600),
        bands=bands,
        last_band="gt" + limits.age_band[-1].name.removeprefix("le"),
        old_seconds=round(old_days * DAY_SECONDS),
        sensitive_fields=measures.sensitive_fields.among(
            {field.code: field.name for field in catalogue.fields}
        ),
        publishing=measures.publishing,
        supplements=measures.supplements,
        cutoff=cutoff_of(catalogue),
    )


def seconds_of_hours(hours: float) -> int:
    """Working hours as whole seconds, at least one."""
    return max(1, round(hours * 3600))


def microseconds(instant: datetime) -> int:
    """Microseconds since 1970, exactly: a dossier can be late by less than a second."""
    past = instant - _EPOCH
    return (past.days * DAY_SECONDS + past.seconds) * SECOND_US + past.microseconds


def instant_of_us(value: int) -> datetime | None:
    """The instant of a state's microseconds; None for 0, which means that there is none."""
    return datetime.fromtimestamp(value // SECOND_US, UTC) if value else None


def day_number(epoch: int) -> int:
    """The civil day of an epoch second, counted from 1970-01-01."""
    return (epoch + OFFSET_SECONDS) // DAY_SECONDS


class _Months(dict[int, str]):
    """Months by civil day: two lookups a fact, so without a call."""

    def __missing__(self, number: int) -> str:
        month = self[number] = date.fromordinal(number + _EPOCH_ORDINAL).isoformat()[:7]
        return month


MONTHS: Final = _Months()
"""The civil month of a `day_number`: `2026-09`."""


def month_of(us: int) -> str:
    """The civil month of an instant in microseconds, in Asia/Ho_Chi_Minh: `2026-09`."""
    return MONTHS[(us // SECOND_US + OFFSET_SECONDS) // DAY_SECONDS]


def due_us(
    due_at: datetime | None, due_on: date | None, calendar: WorkingCalendar
) -> tuple[int, bool]:
    """A source's due time as microseconds, 0 where it gave none; and whether it is a civil day.

    A date, and an instant at civil midnight, lasts until that working day ends (D8).
    """
    if due_at is not None:
        exact = microseconds(due_at)
        epoch = exact // SECOND_US
        if (epoch + OFFSET_SECONDS) % DAY_SECONDS:
            return exact, False
        return _end_of_day(calendar, day_number(epoch)), True
    if due_on is not None:
        return _end_of_day(calendar, due_on.toordinal() - _EPOCH_ORDINAL), True
    return 0, False


@lru_cache(maxsize=4096)
def _end_of_day(calendar: WorkingCalendar, number: int) -> int:
    day = date.fromordinal(number + _EPOCH_ORDINAL)
    return microseconds(calendar.end_of_working_day(day))
