"""Dossiers and logs for tests. Instants are told as people say them, in Vietnamese civil time."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from typing import Any

from services.scoring.domain.contribution import Contribution, dossier_contribution
from services.scoring.domain.dossier import DossierState
from services.scoring.domain.rules import Rules
from services.scoring.handlers import SCHEMA
from services.scoring.ledger import DOSSIER, ScoringProjection, State, load_rules, version_of
from shared.calendar import load_calendar
from shared.catalogue.model import Agency, Catalogue, Field, Level, Procedure
from shared.events.envelope import Fact, encoded, fact, stamped
from shared.events.fields import Event
from shared.ledger.fold import Fold
from shared.ledger.reader import Batch
from shared.ledger.store import Store

VN = timezone(timedelta(hours=7))
AGENCY, OTHER = "H44.01", "H44.02"
PROCEDURE = "1.000001"  # 16 working hours in the field dat-dai
SHORT = "1.000002"  # 4 working hours, xay-dung
UNKNOWN_PROCEDURE = "1.999999"
SOURCE = "mcdt-tinh"
CATALOGUE = Catalogue(
    province="H44",
    agencies=(
        Agency(code="H44", name="Tỉnh Ví Dụ", short_name="Tỉnh", level=Level.PROVINCE),
        Agency(code=AGENCY, name="Sở Xây dựng", short_name="Sở XD", level=Level.DEPARTMENT,
               parent="H44"),
        Agency(code=OTHER, name="Sở Tư pháp", short_name="Sở TP", level=Level.DEPARTMENT,
               parent="H44"),
    ),
    fields=(Field(code="dat-dai", name="Đất đai"), Field(code="xay-dung", name="Xây dựng")),
    procedures=(
        Procedure(code=PROCEDURE, name="Đăng ký", field="dat-dai", limit_working_hours=16),
        Procedure(code=SHORT, name="Xác nhận", field="xay-dung", limit_working_hours=4),
    ),
)  # fmt: skip


@cache
def rules() -> Rules:
    """The shipped limits and calendar with the catalogue above."""
    return load_rules(load_calendar(), CATALOGUE)


def at(text: str) -> datetime:
    """`2026-03-02 09:00` in Viet Nam as an instant; seconds and fractions are allowed."""
    return datetime.fromisoformat(text).replace(tzinfo=VN).astimezone(UTC)


def epoch(text: str) -> int:
    """The same in epoch seconds."""
    return int(at(text).timestamp())


def told(
    event: Event, when: str | datetime, *, number: int | str = 0, code: str = "H44.01-260302-0001",
    recorded: datetime | None = None, source: str = SOURCE,
) -> Fact:  # fmt: skip
    """A fact as it stands in the log."""
    time = at(when) if isinstance(when, str) else when
    made = fact(event, id=f"{code}:{number}", source=source, subject=code, time=time)
    return stamped(made, source=source, recorded_at=recorded or time + timedelta(seconds=2))


def state_after(*happened: tuple[Event, str]) -> DossierState:
    """One dossier's state after these facts, in the order of their times."""
    projection = ScoringProjection(rules(), "test")
    facts = [told(event, when, number=n) for n, (event, when) in enumerate(happened)]
    state: State | None = None
    for one in sorted(facts, key=lambda fact: fact.order):
        state = projection.step(state, one, DOSSIER + "x")
    assert isinstance(state, DossierState)
    return state


def counted(state: DossierState, when: str) -> Contribution:
    """What it counts as at that moment."""
    return dossier_contribution(state, epoch(when), rules())


def kinds(state: DossierState, when: str) -> dict[str, Any]:
    """Its contribution as kind -> labels after the agency, for short assertions."""
    found: dict[str, Any] = {}
    for key, amount in counted(state, when):
        assert amount == 1
        found.setdefault(key[0], []).append(key[2:])
    return found


class Log:
    """A log in memory, folded into a file."""

    def __init__(self, path: Path | str) -> None:
        self.bodies: list[bytes] = []
        self.projection = ScoringProjection(rules(), version_of(rules()))
        self.store = Store(path, version=self.projection.version, schema=SCHEMA)
        self.fold: Fold[State] = Fold(self.projection, self.store, self.fetch)

    async def fetch(self, sequences: Sequence[int]) -> dict[int, bytes]:
        return {sequence: self.bodies[sequence - 1] for sequence in sequences}

    def batch(self, facts: Sequence[Fact], pending: int = 0) -> Batch:
        """Append facts and return them as the reader would."""
        first = len(self.bodies) + 1
        self.bodies += [encoded(one) for one in facts]
        entries = [(first + n, body) for n, body in enumerate(self.bodies[first - 1 :])]
        return Batch(entries, f"id-{len(self.bodies)}", pending)

    async def take(self, facts: Sequence[Fact], now: int) -> None:
        """Fold facts at an instant."""
        if facts:
            await self.fold.apply(self.batch(facts), "created", now)
