"""An agency under a target of a plan: told once, until it is met."""

from services.notifier.domain.endings import Because, because
from services.notifier.domain.indicators import IndicatorState, indicator_keys
from services.notifier.domain.subjects import FoldedState
from shared.calendar.civil_time import epoch_of
from shared.events.alert import IndicatorTargetCrossed
from shared.events.envelope import Fact
from tests.support.dossiers import said
from tests.unit.services.notifier.builders import CALENDAR, PROJECTION, folded, record
from tests.unit.services.notifier.shipped import SHIPPED, begins, civil, owed


def crossed(at: str, *, met: bool) -> Fact:
    event = IndicatorTargetCrossed(
        agency_code="H44.01", indicator_id="2.1", plan="bac-giang-2024", met=met
    )
    return said(event, "H44.01", civil(at))


def under(*facts: Fact) -> FoldedState:
    state = folded(*facts)
    assert isinstance(state, IndicatorState)
    return state


DOWN = crossed("04/03/2026 09:00", met=False)


def test_an_agency_under_a_target_is_told_at_once_and_only_once() -> None:
    again = crossed("05/03/2026 09:00", met=False)

    assert begins(under(DOWN), "indicator_under_target", "04/03/2026 09:00:01")
    assert under(DOWN, again) == under(DOWN)
    assert PROJECTION.keys_of(DOWN) == indicator_keys(DOWN) == ("i|H44.01:2.1:bac-giang-2024",)


def test_a_target_that_is_met_again_ends_the_alert() -> None:
    state = under(DOWN, crossed("06/03/2026 09:00", met=True))

    now = epoch_of(civil("06/03/2026 10:00"))
    known = record(stage="indicator_under_target", about="indicator")
    assert owed(state, now) == []
    assert because(known, state, now, SHIPPED, calendar=CALENDAR) is Because.TARGET_MET
    assert not PROJECTION.is_hot(state)
