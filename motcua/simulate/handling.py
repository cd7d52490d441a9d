"""What happens to a dossier on its way: pauses, a transfer, a new due date."""

from motcua.simulate.life import DAY, HOUR, MINUTE, Life
from motcua.simulate.plan import Fate
from shared.calendar.civil_time import day_of_epoch, instant_of
from shared.events import dossier


def is_paused(life: Life) -> None:
    """Whatever stops the clock: only what is settled and ends in time is ever paused."""
    world, chances, delays = life.world, life.world.chances, life.world.delays
    if not (life.arrival.decided.settled and life.arrival.decided.fate is Fate.ON_TIME):
        return
    agency = life.agency_code
    if world.happens(chances.supplement):
        _supplement(life, revision=1)
        if world.happens(chances.second_supplement):
            _supplement(life, revision=2)
    if world.happens(chances.financial_duty):
        asked = dossier.DossierFinancialDutyRequested(agency_code=agency)
        _pause(life, asked, delays.financial_duty_mean, revision=1)
    if world.happens(chances.suspended):
        halted = dossier.DossierSuspended(agency_code=agency, reason_code="cho-xac-minh")
        _pause(life, halted, delays.suspended_mean, revision=2)


def _supplement(life: Life, *, revision: int) -> None:
    start, end = _gap(life, life.world.delays.supplement_mean)
    requested = dossier.DossierSupplementRequested(
        agency_code=life.agency_code, answer_by_on=day_of_epoch(end + 10 * DAY)
    )
    life.story.tell(start, requested, revision)
    supplemented = dossier.DossierSupplemented(
        agency_code=life.agency_code, due_at=instant_of(life.due)
    )
    life.story.tell(end, supplemented, revision)


def _pause(life: Life, reason: dossier.DossierEvent, mean: float, *, revision: int) -> None:
    start, end = _gap(life, mean)
    life.story.tell(start, reason)
    resumed = dossier.DossierResumed(agency_code=life.agency_code, due_at=instant_of(life.due))
    life.story.tell(end, resumed, revision)


def _gap(life: Life, mean: float) -> tuple[int, int]:
    """A pause early in the work; the due time moves by its working time."""
    world = life.world
    paused = world.some_days(mean)
    start = world.later(life.now, world.between(life.limit // 24, life.limit // 6))
    life.now = world.later(start, paused)
    life.due = world.later(life.due, paused)
    return start, life.now


def is_moved(life: Life) -> None:
    """Rarely another agency takes over, or a new due date is set."""
    world, fate = life.world, life.arrival.decided.fate
    if world.happens(world.chances.transferred):
        near = world.neighbours[life.arrival.desk.source]
        to = near[world.between(0, len(near))].agency_code
        if to != life.agency_code:
            life.now = world.later(life.now, 20 * MINUTE)
            moved = dossier.DossierTransferred(agency_code=life.agency_code, to_agency_code=to)
            life.story.tell(life.now, moved)
            life.agency_code = to
    if fate is Fate.ON_TIME and world.happens(world.chances.extended):
        left = world.calendar.working_seconds_between_epoch(life.now, life.due)
        if left > 2 * HOUR:
            life.now = world.later(life.now, left - HOUR)
            life.due = world.later(life.due, life.limit // 2)
            extended = dossier.DossierExtended(
                agency_code=life.agency_code,
                due_at=instant_of(life.due),
                reason_code="hen-lai",
            )
            life.story.tell(life.now, extended)
