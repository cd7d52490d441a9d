"""Events that a careless publisher sends: each breaks one rule, so that the rejects desk has work.

They name no person, and nothing in them is a fact.
"""

from typing import Any, Final

import msgspec

from motcua.simulate.desks import Desk
from motcua.simulate.present import Moment
from shared.calendar.civil_time import instant_of

_HOUR: Final = 3600


def sloppy_event(desk: Desk, code: str, moment: Moment, turn: int) -> bytes:
    """One unacceptable event; `turn` chooses what is wrong with it, in rotation."""
    event = _received(desk, code, moment)
    data: dict[str, Any] = event["data"]
    body: bytes | None = None
    match turn % 8:
        case 0:
            data["due_at"] = _text(moment.now - 5 * 24 * _HOUR)  # due before it was received
        case 1:
            data["procedure_code"] = "1.00419"  # a digit is missing
        case 2:
            data["ghi_chu"] = "nhập tay"  # a field that nobody agreed on
        case 3:
            body = msgspec.json.encode(event)[:-40]  # the line was cut
        case 4:
            event["time"] = _text(moment.now + 400 * 24 * _HOUR)  # next year
        case 5:
            event["type"] = "dossier.finished.v1"  # no such fact
        case 6:
            event["subject"] = f"HS-{moment.now}"  # not a dossier code
        case _:
            event["time"] = _text(moment.now).removesuffix("Z")  # in which zone?
    return body or msgspec.json.encode(event)


def source_of(body: bytes, *, otherwise: str) -> str:
    """The system that sends an event: what it says itself, or else that name."""
    try:
        said = msgspec.json.decode(body, type=_Sender)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return otherwise
    return said.source or otherwise


class _Sender(msgspec.Struct):
    source: str = ""


def _received(desk: Desk, code: str, moment: Moment) -> dict[str, Any]:
    offer = desk.offers[moment.between(0, len(desk.offers))]
    return {
        "specversion": "1.0",
        "id": f"{code}:dossier.received:1",
        "source": desk.source,
        "subject": code,
        "type": "dossier.received.v1",
        "time": _text(moment.now),
        "datacontenttype": "application/json",
        "data": {
            "agency_code": desk.agency_code,
            "procedure_code": offer.procedure.code,
            "channel": "direct",
            "due_at": _text(moment.now + 24 * _HOUR),
        },
    }


def _text(epoch: int) -> str:
    return instant_of(epoch).isoformat().replace("+00:00", "Z")
