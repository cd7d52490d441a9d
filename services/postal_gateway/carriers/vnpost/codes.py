"""VNPost's status codes, as far as they are known. The official list was not found.

What is not here stays UNKNOWN: it is counted, listed, and moves nothing. Source: [VNPOST].
"""

from collections.abc import Mapping
from typing import Final

from services.postal_gateway.domain.orders import Meaning
from shared.events.fields import Leg

MEANINGS: Final[Mapping[str, Meaning]] = {
    "1": Meaning.REGISTERED,
    "2": Meaning.IN_TRANSIT,
    "3": Meaning.HANDED,
    "4": Meaning.DELIVERED,
    # The e-commerce codes; single source each, unverified.
    "70": Meaning.HANDED,
    "91": Meaning.DELIVERY_FAILED,
    "100": Meaning.DELIVERED,
    "107": Meaning.CANCELLED,
    "170": Meaning.RETURNED,
}


# Of a pick-up the small numbers mean something else: 3 is "dossier handed over" at the agency.
# 2 is "on the way to collect" in the one public source; whether the paper is in hand then is not
# written anywhere, and it is read so. The filing instant rests on the signed record, not on it.
PICKUP_MEANINGS: Final[Mapping[str, Meaning]] = {
    **MEANINGS,
    "2": Meaning.IN_TRANSIT,
    "3": Meaning.DELIVERED,
    "4": Meaning.CANCELLED,
}
# Of failed deliveries: who pays the next one (art. 12). Unverified, like the code itself.
AT_FAULT: Final[Mapping[str, str]] = {"91": "receiver"}


def meaning_of(code: str, leg: Leg = Leg.RETURN) -> Meaning:
    """What the code means to us on that leg; UNKNOWN where nobody told us."""
    meanings = PICKUP_MEANINGS if leg is Leg.PICKUP else MEANINGS
    return meanings.get(code, Meaning.UNKNOWN)
