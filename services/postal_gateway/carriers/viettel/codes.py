"""Viettel Post's status codes, as three code bases agree on them. Source: [VIETTEL-POST].

What is not here stays UNKNOWN: it is counted, listed, and moves nothing.
"""

from collections.abc import Mapping
from typing import Final

from services.postal_gateway.domain.orders import Meaning

MEANINGS: Final[Mapping[int, Meaning]] = {
    -100: Meaning.REGISTERED,
    **dict.fromkeys((-108, -109, -110), Meaning.HANDED),  # left at one of its points
    **dict.fromkeys((100, 102, 103, 104), Meaning.REGISTERED),
    **dict.fromkeys((101, 106, 107, 201), Meaning.CANCELLED),
    **dict.fromkeys((105, 200), Meaning.HANDED),
    202: Meaning.NOTED,  # the slip was changed
    **dict.fromkeys((300, 301, 302, 303, 320), Meaning.IN_TRANSIT),
    **dict.fromkeys((400, 401, 402, 403), Meaning.IN_TRANSIT),
    500: Meaning.IN_TRANSIT,
    501: Meaning.DELIVERED,
    **dict.fromkeys((502, 515), Meaning.IN_TRANSIT),  # on its way back
    503: Meaning.LOST,  # destroyed at the sender's request: nobody has the paper any more
    504: Meaning.RETURNED,
    **dict.fromkeys((505, 506, 507), Meaning.DELIVERY_FAILED),
    **dict.fromkeys((508, 509, 510, 550), Meaning.IN_TRANSIT),  # tried again
}
# Of failed deliveries: who pays the next one (art. 12); absent, or to collect it at the office.
# 505 is a return being asked for; whose fault that is, is unverified.
AT_FAULT: Final[Mapping[int, str]] = {505: "carrier", 506: "receiver", 507: "receiver"}


def meaning_of(code: int) -> Meaning:
    """What the code means to us; UNKNOWN where nobody told us."""
    return MEANINGS.get(code, Meaning.UNKNOWN)
