"""Invented dossiers with a fate, and which alerts they owe: worked out without the calendar."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta

from msgspec import Struct

from shared.events.dossier import DossierResolved
from shared.events.envelope import Fact
from tests.support.dossiers import AGENCIES, received, said
from tests.support.open_time import after, before, civil, closing_of

BEGIN = int(datetime(2026, 3, 9, 0, 0, tzinfo=UTC).timestamp())  # Monday 07:00 in Việt Nam
SPAN_SECONDS = 5 * 86_400
_HOUR = 3600


class Fate(Struct, frozen=True):
    """One dossier; epoch seconds. `closed` None: nobody ever finishes it.

    `stated` is what the receipt says; `due` is what that means.
    """

    code: str
    agency: str
    due: int
    closed: int | None
    stated: int = 0


def fates(count: int, seed: int) -> list[Fate]:
    """A fifth each: done before the warning, warned and done, late, a day late, never done."""
    chance = random.Random(seed)
    made = []
    for number in range(count):
        stated = BEGIN + chance.randrange(2 * _HOUR, SPAN_SECONDS - 86_400)
        due = _meant(stated)
        kind = number % 5
        closed = {
            0: before(due, 8 * _HOUR) - chance.randrange(1, 20 * _HOUR),
            1: due - chance.randrange(0, _HOUR),
            2: due + 1 + chance.randrange(1, 6 * _HOUR),
            3: after(due, 8 * _HOUR) + chance.randrange(1, 6 * _HOUR),
        }.get(kind)
        agency = AGENCIES[number % len(AGENCIES)]
        made.append(Fate(f"{agency}-260309-{number:06d}", agency, due, closed, stated))
    return made


def _meant(stated: int) -> int:
    """An instant at civil midnight is a date, and lasts until that working day ends [D8]."""
    moment = civil(stated)
    return closing_of(moment.date()) if moment.time() == time() else stated


def moments(fate: Fate) -> dict[str, tuple[int, int | None]]:
    """Stage: the first second at which it is owed, and the last (None: for ever)."""
    return {
        "due_soon": (before(fate.due, 8 * _HOUR), fate.due),
        "overdue": (fate.due + 1, None),
        "overdue_1": (after(fate.due, 8 * _HOUR) + 1, None),
    }


def intake_facts(known: list[Fate]) -> Iterator[Fact]:
    """What the desks say before the run begins."""
    taken = datetime.fromtimestamp(BEGIN, UTC) - timedelta(days=20)
    for fate in known:
        due_at = datetime.fromtimestamp(fate.stated or fate.due, UTC)
        made = received(fate.code, taken, fate.agency, due_at=due_at)
        yield said(made.data, fate.code, taken, recorded_at=taken)


def closing_facts(known: list[Fate]) -> list[tuple[int, Fact]]:
    """What is said meanwhile, in order of time."""
    found = []
    for fate in known:
        if fate.closed is not None:
            at = datetime.fromtimestamp(fate.closed, UTC)
            found.append(
                (fate.closed, said(DossierResolved(agency_code=fate.agency), fate.code, at))
            )
    return sorted(found, key=lambda pair: pair[0])


class Verdict(Struct):
    """How the run compares with what was owed. `examples` of what is wrong."""

    owed: int = 0
    raised: int = 0
    missed: int = 0
    double: int = 0
    early: int = 0
    wrong: int = 0
    lateness: list[int] = []
    examples: list[str] = []


def judged(
    known: list[Fate], raised: dict[tuple[str, str], list[tuple[int, int]]], *, slack: int, end: int
) -> Verdict:
    """Compare. `raised`: (raised at, true since) by dossier and stage, virtual epoch seconds.

    `slack`: what closed within so many seconds after becoming true may or may not be raised.
    """
    verdict = Verdict(raised=sum(map(len, raised.values())))
    for fate in known:
        for stage, (first, last) in moments(fate).items():
            said_of = raised.pop((fate.code, stage), [])
            over = min(end if last is None else last, fate.closed or end, end)
            is_owed = over - first > slack
            verdict.owed += is_owed
            verdict.double += len(said_of) > 1
            verdict.missed += is_owed and not said_of
            is_wrong = first > over + slack and bool(said_of)
            verdict.wrong += is_wrong
            if is_wrong:
                verdict.examples.append(f"{stage} {fate}: {said_of}, closed in time")
            for at, since in said_of:
                # A stage after the limit is true from the second after `since`.
                verdict.early += at < first or since != first - (stage != "due_soon")
                if first >= BEGIN:
                    verdict.lateness.append(at - first)
            if (is_owed and not said_of) or len(said_of) > 1:
                verdict.examples.append(f"{stage} {fate}: {said_of}, owed from {first}")
    verdict.wrong += len(raised)
    verdict.examples += [f"nobody owed {key}" for key in list(raised)[:5]]
    return verdict
