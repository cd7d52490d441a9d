"""Facets: what is true of one dossier, petition, document or procedure, each a bit of a number.

A counter per agency, month and set of facets is all that the indicators need: a measure
(`shared/rules/measures.toml`) names the facets that put a thing into its denominator and its
numerator. The bits live only in the service's own file; raise ARITHMETIC when one moves.
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple


def _bits(names: Sequence[str]) -> dict[str, int]:
    return {name: 1 << place for place, name in enumerate(names)}


DOSSIER: Final[Mapping[str, int]] = _bits((
    "online",  # received by the online channel (KenhThucHien 2)
    "received_by_post",
    "on_time",  # by indicator 2.1: `facets_of.on_time`
    "no_due_time",  # nobody ever said when it is due, and no limit is known
    "second_supplement",  # asked for papers more than once: late for indicator 2.1
    "fee",  # owes something above 0 đồng
    "paid",
    "paid_online",
    "electronic_result",
    "components_digitised",
    "result_digitised",
    "digitised",  # components and result
    "reused",
    "personal_storage",  # papers taken from the citizen's store (DuocLayTuKhoDMQG)
    "population_data",
    "identified",  # the account is identified (VNeID)
    "own_account",
    "synced",
    "rated",
    "satisfied",
    "complained",  # disliked, or a petition names it
    "returned_on_paper",  # handed over at the counter or by post
    "returned_by_post",
    "was_late",
    "explained",
    "apologised",
    "sensitive_field",  # land, construction, investment: these have a target of their own
    "by_post",  # in or out
    "overdue",  # open past its due time, and was not late before: time alone made it late
))  # fmt: skip

ENDED: Final[Mapping[str, int]] = _bits(("early", "on_time", "late", "unknown"))
PETITION: Final[Mapping[str, int]] = _bits(
    ("on_time", "disliked", "repeated", "procedure", "staff")
)
DOCUMENT: Final[Mapping[str, int]] = _bits(("on_network",))
COPY: Final[Mapping[str, int]] = _bits(("electronic",))
PROCEDURE: Final[Mapping[str, int]] = _bits((
    "in_force",  # announced or offered, and not retired
    "announced",  # in the period
    "announced_late",
    "published",  # in the period
    "published_late",
    "public",
    "content_full",
    "online",
    "full_online",
    "eligible_full_online",
    "fee",
    "payment_integrated",
    "used",  # at least one dossier received in the period
    "used_online",
    "used_paid_online",
    "used_by_post",
    "used_result_digitised",
))  # fmt: skip
COMMUNE: Final[Mapping[str, int]] = _bits(("issues_electronic_copies",))
SEAT: Final[Mapping[str, int]] = _bits((
    "officer",  # an officer by pseudonym; else a desk of the one-stop office
    "served",  # received a dossier in the period
    "rated",  # somebody rated one of those dossiers
    "satisfied",
    "ended",
    "late",  # ended late
))  # fmt: skip

SUBJECTS: Final[Mapping[str, Mapping[str, int]]] = {
    "dossier": DOSSIER,
    "ended": ENDED,
    "petition": PETITION,
    "document": DOCUMENT,
    "copy": COPY,
    "procedure": PROCEDURE,
    "commune": COMMUNE,
    "seat": SEAT,
}
"""What can be measured, with its facets."""

ADDITIVE: Final = ("dossier", "ended", "petition", "document", "copy")
"""Subjects whose numbers add up from units to the province; the others are distinct things."""


class Mask(NamedTuple):
    """Facets that must be there, and facets that must not."""

    wanted: int
    barred: int

    def fits(self, facets: int) -> bool:
        """Whether something with these facets is meant."""
        return facets & self.wanted == self.wanted and not facets & self.barred


def mask(subject: str, names: Sequence[str]) -> Mask:
    """Return the mask of some facets; one written with `!` must not be there.

    Raises:
        KeyError: the subject has no such facet.
    """
    bits = SUBJECTS[subject]
    wanted = sum(bits[name] for name in names if not name.startswith("!"))
    barred = sum(bits[name[1:]] for name in names if name.startswith("!"))
    return Mask(wanted, barred)


def judged_by(last_month: str, subject: str, text: str, due_month: str) -> int:
    """The facets of a counter in a period that ends with `last_month`.

    What only time made late, in the month of its due time, was on time for a period that had
    ended before, and owed nobody an apology. Source: [PORTAL-2026] 2.1: what has not ended is
    judged by the period's end.
    """
    facets = int(text)
    if due_month <= last_month:
        return facets
    if subject != "dossier":
        return facets | SUBJECTS[subject]["on_time"]
    if facets & DOSSIER["overdue"]:
        facets &= ~_BY_TIME
    return facets if facets & DOSSIER["second_supplement"] else facets | DOSSIER["on_time"]


_BY_TIME: Final = sum(DOSSIER[name] for name in ("overdue", "was_late", "explained", "apologised"))


class _Texts(dict[int, str]):
    """Numbers as the counters' keys say them: one lookup a fact, without a call."""

    def __missing__(self, number: int) -> str:
        text = self[number] = str(number)
        return text


TEXTS: Final = _Texts()
