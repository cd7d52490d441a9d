"""What may be asked of scoring, by programs and by the desk alike; every answer is dated."""

import asyncio
from collections.abc import Awaitable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

from nats.errors import Error as NatsError

from shared.calendar import civil_day
from shared.calendar.civil_time import instant_of
from shared.catalogue.model import Catalogue, Level
from shared.desk import Scope
from shared.errors import TemporarilyUnavailable
from shared.ledger.reader import LogGapError
from shared.runtime import Refusal

from . import snapshot
from .domain.counts import Question, number_of
from .domain.dossier import DossierState
from .domain.periods import current_periods
from .domain.rules import SECOND_US, UNKNOWN, month_of
from .handlers import Scoring
from .ledger import DOSSIER
from .questions import question_of
from .views import DossierView, FetchBodies, decoded, dossier_view

# Walks over the whole file at a time: more would only be slower for each.
_WALKS_AT_ONCE = 2
# Codes looked through for those that an operator of some agencies may see.
_LOOKED_THROUGH = 500
T = TypeVar("T")


class Reading:
    """Answers from the fold's numbers, its file, and the log."""

    def __init__(
        self, scoring: Scoring, catalogue: Catalogue, *, path: Path, fetch: FetchBodies
    ) -> None:
        self.scoring = scoring
        self.catalogue = catalogue
        self.rules = scoring.projection.rules
        self.path = path
        self._fetch = fetch
        self._walks = asyncio.Semaphore(_WALKS_AT_ONCE)

    @property
    def as_of(self) -> datetime:
        """The instant that every number stands for now."""
        return instant_of(self.scoring.fold.as_of)

    @property
    def month(self) -> str:
        """The current civil month."""
        return month_of(self.scoring.fold.as_of * SECOND_US)

    @property
    def year(self) -> str:
        """The current civil year."""
        return self.month[:4]

    def named_period(self, text: str) -> str:
        """`month`, `quarter` or `year` as the current one, for links of boards; else the text."""
        return current_periods(self.month).get(text, text)

    @property
    def today(self) -> date:
        """The current civil day."""
        return civil_day(self.as_of)

    def level_of(self, agency: str) -> Level | None:
        """The level of an agency; None for one that the catalogue lacks."""
        known = self.catalogue.agency_by_code.get(agency)
        return known.level if known is not None else None

    def level_name(self, agency: str) -> str:
        """The level of an agency as labels say it."""
        level = self.level_of(agency)
        return level.value if level is not None else UNKNOWN

    def name_of(self, agency: str) -> str:
        """The name of an agency, or its code where the catalogue lacks it."""
        known = self.catalogue.agency_by_code.get(agency)
        return known.name if known is not None else agency

    def short_name_of(self, agency: str) -> str:
        """The short name of an agency, or its code where the catalogue lacks it."""
        known = self.catalogue.agency_by_code.get(agency)
        return known.short_name if known is not None else agency

    async def walk(self, work: Awaitable[T]) -> T:
        """Let a walk over the file take its turn."""
        async with self._walks:
            self.scoring.commit()
            return await work

    def is_current(self) -> bool:
        """Whether there are numbers; brings them up to date."""
        self.scoring.refresh()
        return self.scoring.numbers.is_current

    def require_current(self) -> None:
        """Refuse while the log is being read: half a log gives wrong numbers.

        Raises:
            Refusal: 503, with when to ask again.
        """
        if not self.is_current():
            raise Refusal(
                503,
                "Đang đọc lại nhật ký, chưa có số liệu. Hãy thử lại sau ít giây.",
                "The log is being read; there are no numbers yet.",
                headers={"Retry-After": "2"},
            )

    def question(self, count: str, asked: Mapping[str, Any]) -> tuple[Question, str | None]:
        """Read a question; see `question_of` for what is refused."""
        return question_of(
            count,
            asked,
            catalogue=self.catalogue,
            known_agencies=self.scoring.numbers.index.agencies,
            month=self.month,
        )

    async def number(self, question: Question) -> int:
        """The number alone; from the counters where they know it."""
        self.require_current()
        known = number_of(self.scoring.numbers.index, question)
        return known if known is not None else (await self.answer(question)).number

    async def answer(self, question: Question) -> snapshot.Answer:
        """The dossiers behind a number, and those left out, as of one commit."""
        self.require_current()
        return await self.walk(snapshot.answer(self.path, question, self.rules))

    def state(self, code: str, scope: Scope) -> DossierState | None:
        """What is known of a dossier; None where nothing is, or it is out of sight."""
        state = self.scoring.fold.state_of(DOSSIER + code)
        is_seen = isinstance(state, DossierState) and scope.covers(state.agency)
        return state if isinstance(state, DossierState) and is_seen else None

    async def dossier(self, code: str, scope: Scope) -> DossierView:
        """A dossier with every fact about it, read back from the log.

        Raises:
            Refusal: 404, no fact names it, or it is out of sight.
            TemporarilyUnavailable: the log did not answer.
        """
        state = self.state(code, scope)
        if state is None:
            raise Refusal(404, "Chưa có sự kiện nào về hồ sơ này.", "No fact names this dossier.")
        try:
            bodies = await self._fetch(self.scoring.fold.sequences_of(DOSSIER + code))
        except (TimeoutError, NatsError, LogGapError, OSError) as error:
            raise TemporarilyUnavailable("the log did not answer") from error
        return dossier_view(
            code,
            state,
            decoded(bodies),
            now=self.scoring.fold.as_of,
            rules=self.rules,
            catalogue=self.catalogue,
        )

    def codes_like(self, text: str, scope: Scope, limit: int = 20) -> list[str]:
        """Dossier codes that begin with `text`, in order; few where most are out of sight."""
        self.scoring.commit()
        found = self.scoring.codes_from(text, limit if scope.is_whole else _LOOKED_THROUGH)
        return [code for code in found if self.state(code, scope) is not None][:limit]
