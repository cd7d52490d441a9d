"""Whatever may stand in the log, no fold stops at it: alone, and after every other fact."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import pytest

from services.notifier.domain.subjects import SubjectProjection
from services.postal_gateway.domain.parcels import PostProjection
from services.scoring.ledger import ScoringProjection, load_rules
from shared.calendar import load_calendar
from shared.deadlines import Limits
from shared.events.envelope import LOG_DECODER, Fact
from tests.unit.services.scoring.builders import CATALOGUE

EXAMPLES = Path(__file__).parents[2] / "shared" / "events" / "examples"
FACTS = [LOG_DECODER.decode(path.read_bytes()) for path in sorted(EXAMPLES.iterdir())]


class Projection(Protocol):
    """What every fold is made of."""

    def keys_of(self, fact: Fact) -> tuple[str, ...]: ...

    def step(self, state: Any, fact: Fact, key: str) -> Any: ...

    def contribution(self, key: str, state: Any, now: int) -> Any: ...

    def next_change_at(self, key: str, state: Any, now: int) -> int | None: ...


PROJECTIONS: dict[str, Callable[[], Projection]] = {
    "scoring": lambda: ScoringProjection(load_rules(load_calendar(), CATALOGUE), "v"),
    "notifier": lambda: SubjectProjection(load_calendar(), Limits({})),
    "postal_gateway": PostProjection,
}


@pytest.mark.parametrize("service", PROJECTIONS)
def test_every_fact_is_folded_alone_and_after_every_other(service: str) -> None:
    projection = PROJECTIONS[service]()
    states: dict[str, Any] = {}

    for fact in [*FACTS, *reversed(FACTS)]:
        now = int(fact.time.timestamp())
        for key in projection.keys_of(fact):
            alone = projection.step(None, fact, key)
            states[key] = projection.step(states.get(key), fact, key)
            for state in (alone, states[key]):
                projection.contribution(key, state, now)
                projection.next_change_at(key, state, now)

    assert states
