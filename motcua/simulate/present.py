"""The province as it stands now: who still waits for what, and what is about to happen."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from heapq import heappop, heappush
from itertools import count
from random import Random
from typing import TypeAlias

from motcua.simulate.desks import Desk, desks
from motcua.simulate.profiles import Profile, profile_of
from motcua.simulate.wire import encoded
from shared.calendar import WorkingCalendar, load_calendar
from shared.calendar.civil_time import day_of_epoch, epoch_of, midnight_epoch
from shared.catalogue.model import Procedure
from shared.events import dossier
from shared.events.envelope import LOG_DECODER
from shared.events.fields import Event, ResultDelivery

_PAUSING = (
    dossier.DossierSupplementRequested,
    dossier.DossierFinancialDutyRequested,
    dossier.DossierSuspended,
)
_RESUMING = (dossier.DossierSupplemented, dossier.DossierResumed)
_ENDING = (dossier.DossierResolved, dossier.DossierWithdrawn, dossier.DossierStopped)


@dataclass(slots=True)
class Subject:
    """A dossier or a petition that something may still happen to."""

    code: str
    source: str
    agency_code: str
    due: int = 0  # epoch seconds
    by_post: bool = False
    electronic: bool = False
    paused: bool = False
    desk_code: str | None = None
    officer_code: str | None = None
    procedure: Procedure | None = None  # of one that the post fetches: it is received later


@dataclass(slots=True)
class Moment:
    """One instant, and what is said in it. `now` is in whole seconds, so never in the future."""

    now: int
    random: Random
    said: list[bytes] = field(default_factory=list)

    def say(self, subject: Subject, event: Event, revision: int = 1) -> None:
        """Add a fact about the subject, happening now."""
        what = event.event_type.removesuffix(".v1")
        self.add(subject.source, subject.code, event, f"{subject.code}:{what}:{revision}")

    def add(self, source: str, subject: str, event: Event, identity: str) -> None:
        """Add a fact whose id follows another rule."""
        body = encoded(event, id=identity, source=source, subject=subject, epoch=self.now)
        self.said.append(body)

    def happens(self, chance: float) -> bool:
        """Whether something of that likelihood happens now."""
        return self.random.random() < chance

    def between(self, low: int, high: int) -> int:
        """A number of [low, high)."""
        return self.random.randrange(low, high)


class Present:
    """What `live.next_moment` reads and changes: the desks, the open dossiers, the agenda."""

    def __init__(self, profile: Profile, calendar: WorkingCalendar) -> None:
        self.profile = profile
        self.calendar = calendar
        self.desks = desks(profile)
        self.waiting: dict[str, Subject] = {}  # by code, as they came in
        self.fetched: dict[str, Subject] = {}  # by code: on the way to the desk with the post
        self.moments = 0
        self._agenda: list[tuple[int, int, Step, Subject]] = []
        self._turn = count()
        self._codes = count()
        self._procedures = {
            offer.procedure.code: offer.procedure
            for desk in self.desks.items
            for offer in desk.offers
        }

    def saw(self, body: bytes) -> None:
        """Learn from a fact of the history who still waits. Other nouns change nothing."""
        fact = LOG_DECODER.decode(body)
        known = self.waiting.get(fact.subject)
        match fact.data:
            case dossier.DossierSubmitted(pickup_wanted=True) as submitted:
                self.fetched[fact.subject] = Subject(
                    code=fact.subject,
                    source=fact.source,
                    agency_code=submitted.agency_code,
                    procedure=self._procedures.get(submitted.procedure_code or ""),
                )
            case dossier.DossierReceived() as received:
                self.fetched.pop(fact.subject, None)
                self.waiting[fact.subject] = Subject(
                    code=fact.subject,
                    source=fact.source,
                    agency_code=received.agency_code,
                    due=0 if received.due_at is None else epoch_of(received.due_at),
                    by_post=received.result_delivery is ResultDelivery.POSTAL,
                    electronic=received.result_delivery is ResultDelivery.ELECTRONIC,
                )
            case dossier.DossierTransferred() as moved if known is not None:
                known.agency_code = moved.to_agency_code
            case data if known is not None and isinstance(data, _ENDING):
                del self.waiting[fact.subject]
            case data if known is not None and isinstance(data, _PAUSING):
                known.paused = True
            case data if known is not None and isinstance(data, _RESUMING):
                known.paused = False

    def plan(self, epoch: int, step: "Step", subject: Subject) -> None:
        """Have something happen to the subject at that time, or soon after."""
        heappush(self._agenda, (epoch, next(self._turn), step, subject))

    def due_steps(self, now: int) -> Iterable[tuple["Step", Subject]]:
        """Take from the agenda what has come due."""
        while self._agenda and self._agenda[0][0] <= now:
            _, _, step, subject = heappop(self._agenda)
            yield step, subject

    def next_code(self, desk: Desk, moment: Moment) -> str:
        """A dossier code that no earlier run of the same day gave: it counts seconds, not visits.

        Unlike a real desk's number it jumps; a day has 8,640,000 of them, seven digits.
        """
        day = day_of_epoch(moment.now)
        return desk.dossier_code(day, self._number(moment))

    def next_petition_code(self, moment: Moment) -> str:
        """The same for a petition."""
        day = day_of_epoch(moment.now)
        return f"PAKN-{self.profile.province.code}-{day:%Y%m%d}-{self._number(moment):07d}"

    def _number(self, moment: Moment) -> int:
        seconds = moment.now - midnight_epoch(day_of_epoch(moment.now))
        return seconds * 100 + next(self._codes) % 100


Step: TypeAlias = Callable[[Present, Moment, Subject], None]


def present_after(
    profile: Profile | str, history: Iterable[bytes], *, calendar: WorkingCalendar | None = None
) -> Present:
    """The province as the history leaves it; with no history nobody waits.

    Raises:
        UnknownProfile: there is none of that name.
    """
    known = profile_of(profile)
    present = Present(known, calendar or load_calendar(scope=known.province.code))
    for body in history:
        present.saw(body)
    return present


def moment_of(now: datetime, random: Random) -> Moment:
    """The moment in which `now` lies."""
    return Moment(epoch_of(now), random)
