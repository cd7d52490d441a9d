"""What can run out: one value for every limit that an alert may watch."""

from enum import StrEnum, unique

from msgspec import Struct


@unique
class About(StrEnum):
    """What the subject of an alert is; the values stand in `alert.raised`."""

    DOSSIER = "dossier"
    PETITION = "petition"
    SOURCE = "source"
    CHANNEL = "channel"
    INDICATOR = "indicator"
    REJECTS = "rejects"


@unique
class Clock(StrEnum):
    """A limit that runs. Its stages are counted from its last second in good order."""

    DUE = "due"  # the due time of an open dossier, or the resumption after it
    SUPPLEMENT = "supplement"  # since the applicant was asked for papers
    SUPPLEMENT_ANSWER = "supplement_answer"  # until the day they were asked for
    SECOND_SUPPLEMENT = "second_supplement"  # since they were asked a second time
    SECOND_EXTENSION = "second_extension"  # since it was put off a second time
    EXPLANATION = "explanation"  # since it was late
    APOLOGY = "apology"  # since it was late
    PETITION_REFUSAL = "petition_refusal"
    PETITION_SUPPLEMENT = "petition_supplement"
    PETITION_ANSWER = "petition_answer"
    PETITION_PUBLISHING = "petition_publishing"
    POSTAL_COLLECTION = "postal_collection"  # since the carrier was asked to come
    POSTAL_DELIVERY = "postal_delivery"  # since the carrier has the paper
    POSTAL_SCAN = "postal_scan"  # since the last sign of life of a parcel on its way
    POSTAL_FEE = "postal_fee"  # since the post collected a fee for the agency
    POSTAL_LOSS = "postal_loss"  # since the paper was lost or damaged
    POSTAL_CLAIM = "postal_claim"  # until the post must have answered a claim
    POSTAL_PAYMENT = "postal_payment"  # until it must have paid what an answered claim gives
    INDICATOR_TARGET = "indicator_target"  # since an agency is under a target
    SOURCE_HEARD = "source_heard"  # since a publisher was last heard
    REJECTS_WAITING = "rejects_waiting"  # since a refused event waits for a person
    CHANNEL_FAILING = "channel_failing"  # since a channel took its last message


class Running(Struct, frozen=True):
    """A limit of one subject that runs now. Epoch seconds.

    `start` is the last second in good order: what a stage counts from. `due` is what people were
    promised, where that is known. `part` tells two clocks of one kind apart: `return-1`.
    """

    clock: Clock
    start: int
    due: int | None = None
    part: str = ""


_SEPARATOR = "|"  # no code may hold it
_PREFIXES = {
    About.PETITION: "p", About.SOURCE: "s", About.CHANNEL: "c", About.INDICATOR: "i",
    About.REJECTS: "r",
}  # fmt: skip
_ABOUTS = {prefix: about for about, prefix in _PREFIXES.items()}


def key_of(about: About, subject: str) -> str:
    """The key under which a subject is kept: a dossier's own code, others with a prefix."""
    prefix = _PREFIXES.get(about)
    return subject if prefix is None else f"{prefix}{_SEPARATOR}{subject}"


def subject_of(key: str) -> tuple[About, str]:
    """What a key is about, and its subject."""
    prefix, found, subject = key.partition(_SEPARATOR)
    return (_ABOUTS[prefix], subject) if found else (About.DOSSIER, key)
