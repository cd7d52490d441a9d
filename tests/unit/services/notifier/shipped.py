"""The rules we ship, and when one of their stages becomes true: seen from both sides."""

from datetime import datetime

from services.notifier.domain.decisions import due_alerts
from services.notifier.domain.rules import alert_rules
from services.notifier.domain.subjects import WatchedState
from services.notifier.parts import RULES
from shared.calendar.civil_time import epoch_of
from tests.unit.services.notifier.builders import CALENDAR, VN

SHIPPED = alert_rules(RULES.read_bytes())


def civil(text: str) -> datetime:
    """Read `06/03/2026 17:00:01` or `06/03/2026 17:00`, civil time."""
    form = "%d/%m/%Y %H:%M:%S" if text.count(":") == 2 else "%d/%m/%Y %H:%M"
    return datetime.strptime(text, form).replace(tzinfo=VN)


def owed(state: WatchedState, at: str | int, key: str = "key") -> list[str]:
    """Name the stages owed at an instant."""
    now = at if isinstance(at, int) else epoch_of(civil(at))
    return [one.stage for one in due_alerts([(key, state)], now, SHIPPED, calendar=CALENDAR)]


def begins(state: WatchedState, stage: str, at: str) -> bool:
    """Whether the stage is owed from that second on, and was not a second before."""
    now = epoch_of(civil(at))
    return stage in owed(state, now) and stage not in owed(state, now - 1)


def never(state: WatchedState, stage: str, *moments: str) -> bool:
    """Whether the stage is owed at none of these moments."""
    return not any(stage in owed(state, at) for at in moments)
