"""What comes as counts already: letters handled, copies certified, and other systems' measures."""

from collections.abc import Callable
from typing import Any, Final

from msgspec import Struct

from shared.events import catalogue as c

from .facets import COPY, DOCUMENT
from .rules import Rules, month_of

NOT_SAID: Final = -1


class DocumentState(Struct, array_like=True, gc=False, tag="l"):
    """One official letter, or one certified copy."""

    agency: str = ""
    month: str = ""
    is_copy: bool = False
    facets: int = 0


class MeasureState(Struct, array_like=True, gc=False, tag="m"):
    """Another system's count of one indicator, unit and period; NOT_SAID where it said none."""

    agency: str = ""
    indicator: str = ""
    period: str = ""
    numerator: int = NOT_SAID
    denominator: int = NOT_SAID
    points_hundredths: int = NOT_SAID


def _processed(state: DocumentState, data: c.DocumentProcessed, at: int, _rules: Rules) -> None:
    state.agency, state.month, state.is_copy = data.agency_code, month_of(at), False
    state.facets = DOCUMENT["on_network"] if data.on_network else 0


def _certified(
    state: DocumentState, data: c.DocumentCertifiedCopyIssued, at: int, _rules: Rules
) -> None:
    state.agency, state.month, state.is_copy = data.agency_code, month_of(at), True
    state.facets = COPY["electronic"] if data.electronic else 0


def _reported(state: MeasureState, data: c.MeasureReported, _at: int, _rules: Rules) -> None:
    # The last one said wins as a whole: half of one system's count is no count.
    state.agency, state.indicator, state.period = data.agency_code, data.indicator_id, data.period
    state.numerator = _known(data.numerator)
    state.denominator = _known(data.denominator)
    state.points_hundredths = _known(data.points_hundredths)


def _known(value: int | None) -> int:
    return NOT_SAID if value is None else value


CHANGES: Final[dict[str, Callable[[Any, Any, int, Rules], None]]] = {
    c.DocumentProcessed.event_type: _processed,
    c.DocumentCertifiedCopyIssued.event_type: _certified,
    c.MeasureReported.event_type: _reported,
}
"""What each fact changes: called with (state, data, microseconds, rules)."""
