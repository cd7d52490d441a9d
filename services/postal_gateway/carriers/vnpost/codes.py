"""VNPost's status codes, as far as they are known. The official list was not found.

What is not here stays UNKNOWN: it is counted, listed, and moves nothing. Source: [VNPOST].
"""

from collections.abc import Mapping
from typing import Final

from services.postal_gateway.domain.orders import Meaning

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


def meaning_of(code: str) -> Meaning:
    """What the code means to us; UNKNOWN where nobody told us."""
    return MEANINGS.get(code, Meaning.UNKNOWN)
