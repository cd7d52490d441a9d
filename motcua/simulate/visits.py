"""How a dossier of the present day comes in: over the counter, online, or fetched by the post.

What the post fetches is received when its desk has signed the hand-over record for it. Where
nobody signs, the desk receives it all the same after half an hour: a dossier without a record.
"""

from typing import Final

from motcua.simulate import steps
from motcua.simulate.desks import Desk
from motcua.simulate.names import HOURS_PER_DAY
from motcua.simulate.present import Moment, Present, Subject
from motcua.simulate.tree import DESK_CODES
from shared.calendar.civil_time import instant_of
from shared.catalogue.model import Procedure
from shared.events import dossier
from shared.events.fields import Channel

_UNSIGNED_SECONDS: Final = 1800


def visit(
    present: Present, moment: Moment, *, quick: bool, late: bool, by_post: bool = False
) -> None:
    """A dossier comes in: to be done while one waits, or within its procedure's limit."""
    desk = present.desks.draw(moment.random)
    fee, online = moment.happens(0.6), moment.happens(0.5)
    offer = desk.draw(moment.random, fee=fee, online=online)
    due = present.calendar.add_working_epoch(moment.now, offer.limit_seconds)
    if quick:
        due = moment.now + (moment.between(6, 15) if late else moment.between(30, 180))
    subject = _subject(present, moment, desk, by_post=by_post or moment.happens(0.15))
    subject.due, subject.electronic = due, online
    if online:
        _submit(moment, subject, offer.procedure, Channel.ONLINE)
    _receive(moment, subject, offer.procedure, Channel.ONLINE if online else Channel.DIRECT)
    if moment.happens(0.3):
        reused = dossier.DossierReused(
            agency_code=desk.agency_code, digitised_data=True, population_data=online
        )
        moment.say(subject, reused)
    if fee:
        _fee(moment, subject, offer.fee_vnd, online=online)
    _what_follows(present, moment, subject, quick=quick, late=late)


def ask_to_fetch(present: Present, moment: Moment) -> None:
    """Somebody fills in the form online and ticks that the post shall come for the papers."""
    desk = present.desks.draw(moment.random)
    offer = desk.draw(moment.random, fee=moment.happens(0.6), online=True)
    subject = _subject(present, moment, desk, by_post=moment.happens(0.5))
    subject.procedure = offer.procedure
    _submit(moment, subject, offer.procedure, Channel.POSTAL)
    present.fetched[subject.code] = subject
    present.plan(moment.now + _UNSIGNED_SECONDS, receive_fetched, subject)


def signed_for(present: Present, code: str) -> None:
    """Have the desk receive it in the next moment. Nothing, where it is not being fetched."""
    subject = present.fetched.get(code)
    if subject is not None:
        present.plan(0, receive_fetched, subject)


def receive_fetched(present: Present, moment: Moment, subject: Subject) -> None:
    """The desk receives what was fetched, unless it did so before."""
    if present.fetched.pop(subject.code, None) is None or subject.procedure is None:
        return
    limit = round((subject.procedure.limit_working_hours or HOURS_PER_DAY) * 3600)
    subject.due = present.calendar.add_working_epoch(moment.now, limit)
    _receive(moment, subject, subject.procedure, Channel.POSTAL)
    _what_follows(present, moment, subject, quick=False, late=False)


def _subject(present: Present, moment: Moment, desk: Desk, *, by_post: bool) -> Subject:
    return Subject(
        code=present.next_code(desk, moment),
        source=desk.source,
        agency_code=desk.agency_code,
        by_post=by_post,
        desk_code=DESK_CODES[moment.between(1, len(DESK_CODES)) - 1],
        officer_code=f"CB-{moment.between(1, 60):03d}",
    )


def _submit(moment: Moment, subject: Subject, procedure: Procedure, channel: Channel) -> None:
    submitted = dossier.DossierSubmitted(
        agency_code=subject.agency_code,
        procedure_code=procedure.code,
        channel=channel,
        pickup_wanted=channel is Channel.POSTAL,
    )
    moment.say(subject, submitted)


def _receive(moment: Moment, subject: Subject, procedure: Procedure, channel: Channel) -> None:
    online = channel is Channel.ONLINE
    received = dossier.DossierReceived(
        agency_code=subject.agency_code,
        procedure_code=procedure.code,
        field_code=procedure.field,
        channel=channel,
        due_at=instant_of(subject.due),
        identified=moment.happens(0.7),
        own_account=moment.happens(0.8) if online else None,
        service_level=procedure.service_level,
        result_delivery=steps.delivery_of(subject),
        desk_code=subject.desk_code,
        officer_code=f"TN-{moment.between(1, 12):03d}",
    )
    moment.say(subject, received)


def _fee(moment: Moment, subject: Subject, amount: int, *, online: bool) -> None:
    agency = subject.agency_code
    moment.say(subject, dossier.DossierFeeAssessed(agency_code=agency, amount_vnd=amount))
    paid = dossier.DossierPaid(
        agency_code=agency, amount_vnd=amount, online=online, national_gateway=online
    )
    moment.say(subject, paid)


def _what_follows(
    present: Present, moment: Moment, subject: Subject, *, quick: bool, late: bool
) -> None:
    now = moment.now
    present.plan(now + 2, steps.assign, subject)
    present.plan(now + moment.between(5, 60), steps.sync, subject)
    if not quick:
        if moment.happens(0.1):
            present.plan(now + moment.between(5, 40), steps.ask_for_more, subject)
        elif moment.happens(0.7):
            present.plan(now + moment.between(10, 240), steps.resolve, subject)
        else:
            present.waiting[subject.code] = subject
        return
    if subject.by_post and not late:
        # Done at once, so that the post soon has something to carry.
        present.plan(now + moment.between(4, 10), steps.resolve, subject)
        return
    if not late:
        # Some seconds before it is due: the moment itself may come a little later.
        present.plan(max(now + 4, subject.due - moment.between(5, 25)), steps.resolve, subject)
        return
    present.plan(subject.due + moment.between(20, 240), steps.resolve, subject)
    if moment.happens(0.5):
        present.plan(subject.due + moment.between(10, 90), steps.explain, subject)
    if moment.happens(0.5):
        present.plan(subject.due + moment.between(10, 90), steps.apologise, subject)
