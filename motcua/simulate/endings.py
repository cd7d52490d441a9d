"""How a dossier ends: with a result, taken back, stopped, or not at all."""

from motcua.simulate.life import DAY, HOUR, MINUTE, Life
from motcua.simulate.plan import Fate, Mark
from shared.events import dossier
from shared.events.fields import Channel, ResultDelivery


def ends(life: Life) -> None:
    """A result, early or late; withdrawn; stopped; or nothing, ever."""
    fate = life.arrival.decided.fate
    if fate in {Fate.LATE, Fate.FORGOTTEN}:
        _answers_for_lateness(life)
    if fate is Fate.FORGOTTEN:
        return
    life.now = _end(life)
    if fate is Fate.WITHDRAWN:
        life.story.tell(life.now, dossier.DossierWithdrawn(agency_code=life.agency_code))
    elif fate is Fate.STOPPED:
        stopped = dossier.DossierStopped(
            agency_code=life.agency_code, reason_code="khong-du-dieu-kien"
        )
        life.story.tell(life.now, stopped)
    else:
        _result(life)


def _end(life: Life) -> int:
    """When the work ends: after the due time if it is late, else on the way there."""
    world, now = life.world, life.now
    if life.arrival.decided.fate is Fate.LATE:
        end = world.later(life.due, world.some_days(world.delays.late_mean))
    else:
        left = world.calendar.working_seconds_between_epoch(now, life.due)
        end = world.later(now, max(1, int(left * world.random.triangular(0.1, 1.0, 0.75))))
    calm = world.calm
    if calm is not None and life.due < calm.due_before:
        end = max(now + 2 * MINUTE, min(end, calm.done_by))
    return end


def _answers_for_lateness(life: Life) -> None:
    world, agency = life.world, life.agency_code
    if world.happens(world.chances.explained):
        explained = dossier.DossierExplained(
            agency_code=agency, explanation="Chờ kết quả xác minh của cơ quan phối hợp"
        )
        life.story.tell(world.later(life.due, world.some_days(0.5)), explained)
    if world.happens(world.chances.apologised):
        letter = dossier.DossierApologised(agency_code=agency, letter_ref="TXL-04")
        life.story.tell(world.later(life.due, world.some_days(0.8)), letter)


def _result(life: Life) -> None:
    world, marks = life.world, life.arrival.decided.marks
    electronic = bool(marks & Mark.ELECTRONIC_RESULT)
    resolved = dossier.DossierResolved(
        agency_code=life.agency_code,
        electronic_result=electronic,
        granted=world.happens(0.97),
    )
    life.story.tell(life.now, resolved)
    if marks & Mark.DIGITISED:
        kept = dossier.DossierDigitised(agency_code=life.agency_code, components=True, result=True)
        life.story.tell(life.now + 5 * MINUTE, kept, 2)
    delivery = ResultDelivery.COUNTER
    wait = world.some_days(world.delays.returned_mean)
    if life.by_post:
        delivery, wait = ResultDelivery.POSTAL, wait + 16 * HOUR
    elif electronic and life.arrival.decided.channel is Channel.ONLINE:
        delivery, wait = ResultDelivery.ELECTRONIC, 6 * MINUTE
    returned = dossier.DossierReturned(
        agency_code=life.agency_code, delivery=delivery, electronic_result=electronic
    )
    end = world.later(life.now, wait)
    life.story.tell(end, returned)
    if world.happens(world.chances.rated):
        _is_rated(life, end)


def _is_rated(life: Life, returned: int) -> None:
    world = life.world
    satisfied = world.happens(world.chances.satisfied)
    rated = dossier.DossierRated(
        agency_code=life.agency_code,
        satisfied=satisfied,
        score=world.between(4, 6) if satisfied else world.between(1, 4),
        desk_code=life.desk_code,
        officer_code=life.officer,
    )
    life.story.tell(returned + world.between(10 * MINUTE, 2 * DAY), rated)
