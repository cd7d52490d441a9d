"""A recorder at work on a log in memory, for its tests."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.intake.domain.answers import Outcome
from services.intake.recorder import Recorder
from shared.events import dossier
from shared.events.envelope import Fact
from tests.support.facts import AGENCY, code, recorded

ACCEPTED, DUPLICATE, CONFLICT = Outcome.ACCEPTED, Outcome.DUPLICATE, Outcome.CONFLICT


@asynccontextmanager
async def running(recorder: Recorder) -> AsyncIterator[Recorder]:
    task = asyncio.create_task(recorder.run())
    try:
        yield recorder
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def other(fact_id: str, number: int = 1) -> Fact:
    """Another content under an id that is taken."""
    event = dossier.DossierResolved(agency_code=AGENCY)
    return recorded(event, id=fact_id, subject=code(number), at=5)


async def outcomes(recorder: Recorder, *facts: Fact) -> list[Outcome]:
    return [one.outcome for one in await recorder.record(facts)]
