"""Rules, clocks and dossiers for the notifier's tests. 2/3/2026 is a Monday."""

from datetime import UTC, datetime, timedelta, timezone

from services.notifier.domain.dossiers import DossierState
from services.notifier.domain.petitions import PetitionState
from services.notifier.domain.records import AlertRecord
from services.notifier.domain.rules import AlertRules, alert_rules
from services.notifier.domain.subjects import FoldedState, SubjectProjection
from shared.calendar import load_calendar
from shared.calendar.civil_time import epoch_of
from shared.deadlines import Limits
from shared.events.envelope import Fact

VN = timezone(timedelta(hours=7))
CALENDAR = load_calendar(first_year=2025, last_year=2027)
PROJECTION = SubjectProjection(CALENDAR, Limits({"1.000123": 24.0}))
_ROW = """
[[stage]]
code = "{code}"
offset_working_hours = {hours}
severity = "{severity}"
effective_from = {start}
source = "D9"
name_vi = "{name}"
do_vi = "Giải quyết ngay."
"""


def at(day: int, hour: int = 9, minute: int = 0, second: int = 0) -> datetime:
    """Give an instant of March 2026, civil time."""
    return datetime(2026, 3, day, hour, minute, second, tzinfo=VN).astimezone(UTC)


def epoch(day: int, hour: int = 9, minute: int = 0, second: int = 0) -> int:
    """Give the same as an epoch second."""
    return epoch_of(at(day, hour, minute, second))


def row(
    code: str, hours: float, *, severity: str = "warning", start: str = "2010-01-01",
    name: str = "Hồ sơ quá hạn",
) -> str:  # fmt: skip
    """Write one stage as TOML."""
    return _ROW.format(code=code, hours=hours, severity=severity, start=start, name=name)


def rules(*rows: str) -> AlertRules:
    """Read rows as the file of rules; without any, one stage: overdue."""
    return alert_rules(("schema = 1\n" + "".join(rows or (row("overdue", 0),))).encode())


def dossier(*facts: Fact) -> DossierState:
    """Fold the facts of one dossier."""
    state = folded(*facts)
    assert isinstance(state, DossierState)
    return state


def petition(*facts: Fact) -> PetitionState:
    """Fold the facts of one petition."""
    state = folded(*facts)
    assert isinstance(state, PetitionState)
    return state


def folded(*facts: Fact) -> FoldedState:
    """Fold the facts of one subject, in the order given."""
    state: FoldedState | None = None
    for one in facts:
        state = PROJECTION.step(state, one, one.subject)
    assert state is not None
    return state


def record(alert_id: str = "a1", **more: object) -> AlertRecord:
    """Make an open alert about a dossier that fell due on Monday at five."""
    known = {
        "stage": "overdue", "agency": "H44.01", "dossier": "H44.01-260302-00001",
        "since": epoch(2, 17), "due": epoch(2, 17), "raised_at": epoch(2, 17, 0, 1),
    } | more  # fmt: skip
    return AlertRecord(alert_id, **known)  # type: ignore[arg-type] # a table of mixed values
