"""What happens next to a dossier or a petition of the present day, one step after another.

Each step says its fact and plans the following ones, seconds ahead: a demonstration of minutes
shows what takes days. The due times are the only ones that may be days away.
"""

from motcua.simulate.present import Moment, Present, Subject
from shared.calendar.civil_time import day_of_epoch, instant_of
from shared.events import dossier, petition
from shared.events.fields import ResultDelivery

_DAY = 86_400


def delivery_of(subject: Subject) -> ResultDelivery:
    """How the result goes out."""
    if subject.by_post:
        return ResultDelivery.POSTAL
    return ResultDelivery.ELECTRONIC if subject.electronic else ResultDelivery.COUNTER


def assign(present: Present, moment: Moment, subject: Subject) -> None:
    """An officer takes it."""
    del present
    assigned = dossier.DossierAssigned(
        agency_code=subject.agency_code, officer_code=subject.officer_code
    )
    moment.say(subject, assigned)


def sync(present: Present, moment: Moment, subject: Subject) -> None:
    """It is on the national portal."""
    del present
    moment.say(subject, dossier.DossierSynced(agency_code=subject.agency_code))


def ask_for_more(present: Present, moment: Moment, subject: Subject) -> None:
    """Papers are missing; they come a little later."""
    answer_by = day_of_epoch(moment.now + 10 * _DAY)
    requested = dossier.DossierSupplementRequested(
        agency_code=subject.agency_code, answer_by_on=answer_by
    )
    moment.say(subject, requested)
    present.plan(moment.now + moment.between(30, 90), supplement, subject)


def supplement(present: Present, moment: Moment, subject: Subject) -> None:
    """The papers came; half a working day is added."""
    subject.due = present.calendar.add_working_epoch(max(subject.due, moment.now), 4 * 3600)
    supplemented = dossier.DossierSupplemented(
        agency_code=subject.agency_code, due_at=instant_of(subject.due)
    )
    moment.say(subject, supplemented)
    present.plan(moment.now + moment.between(20, 120), resolve, subject)


def resolve(present: Present, moment: Moment, subject: Subject) -> None:
    """The result exists; it will go out, and may be kept as data and rated."""
    present.waiting.pop(subject.code, None)
    resolved = dossier.DossierResolved(
        agency_code=subject.agency_code, electronic_result=subject.electronic, granted=True
    )
    moment.say(subject, resolved)
    if moment.happens(0.5):
        present.plan(moment.now + moment.between(2, 10), keep_as_data, subject)
    wait = moment.between(120, 300) if subject.by_post else moment.between(3, 30)
    present.plan(moment.now + wait, give_back, subject)


def keep_as_data(present: Present, moment: Moment, subject: Subject) -> None:
    """Papers and result become data."""
    del present
    kept = dossier.DossierDigitised(agency_code=subject.agency_code, components=True, result=True)
    moment.say(subject, kept, 2)


def give_back(present: Present, moment: Moment, subject: Subject) -> None:
    """The applicant has the result."""
    returned = dossier.DossierReturned(
        agency_code=subject.agency_code,
        delivery=delivery_of(subject),
        electronic_result=subject.electronic,
    )
    moment.say(subject, returned)
    if moment.happens(0.3):
        present.plan(moment.now + moment.between(5, 60), rate, subject)


def rate(present: Present, moment: Moment, subject: Subject) -> None:
    """The applicant says how it went."""
    satisfied = moment.happens(present.profile.chances.satisfied)
    score = moment.between(4, 6) if satisfied else moment.between(1, 4)
    rated = dossier.DossierRated(
        agency_code=subject.agency_code,
        satisfied=satisfied,
        score=score,
        desk_code=subject.desk_code,
        officer_code=subject.officer_code,
    )
    moment.say(subject, rated)


def explain(present: Present, moment: Moment, subject: Subject) -> None:
    """The agency explains why it is late."""
    del present
    explained = dossier.DossierExplained(
        agency_code=subject.agency_code, explanation="Chờ kết quả xác minh của cơ quan phối hợp"
    )
    moment.say(subject, explained)


def apologise(present: Present, moment: Moment, subject: Subject) -> None:
    """And apologises."""
    del present
    letter = dossier.DossierApologised(agency_code=subject.agency_code, letter_ref="TXL-04")
    moment.say(subject, letter)


def pass_on(present: Present, moment: Moment, subject: Subject) -> None:
    """Another agency must answer the petition."""
    to = present.desks.draw(moment.random).agency_code
    if to == subject.agency_code:
        return
    moved = petition.PetitionTransferred(agency_code=subject.agency_code, to_agency_code=to)
    moment.say(subject, moved)
    subject.agency_code = to


def answer(present: Present, moment: Moment, subject: Subject) -> None:
    """A petition is answered, and the answer will be public."""
    moment.say(subject, petition.PetitionAnswered(agency_code=subject.agency_code))
    present.plan(moment.now + moment.between(10, 60), publish, subject)


def publish(present: Present, moment: Moment, subject: Subject) -> None:
    """The answer is public; the sender may like it."""
    moment.say(subject, petition.PetitionPublished(agency_code=subject.agency_code))
    present.plan(moment.now + moment.between(10, 60), like, subject)


def like(present: Present, moment: Moment, subject: Subject) -> None:
    """The sender likes the answer, or does not."""
    del present
    rated = petition.PetitionRated(agency_code=subject.agency_code, satisfied=moment.happens(0.75))
    moment.say(subject, rated)
