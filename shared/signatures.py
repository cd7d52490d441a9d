"""Whether a request is its sender's and was made just now: HMAC over its raw bytes. Pure.

Several secrets are good at once while they are rotated. All are tried, in constant time: the time
taken tells nothing.
"""

import hashlib
import hmac
from collections.abc import Sequence
from typing import Final

WINDOW_SECONDS: Final = 300
_MOMENT_DIGITS_MAX: Final = 12
_SIGNATURES_MAX: Final = 5


def signature(secret: bytes, moment: str, body: bytes, *, scheme: str) -> str:
    """The scheme and the HMAC-SHA256 in hex over `<moment>.<body as sent>`."""
    return scheme + hmac.new(secret, moment.encode() + b"." + body, hashlib.sha256).hexdigest()


def is_signed(
    secrets: Sequence[bytes], *, moment: str, signed: str, body: bytes, now: int, scheme: str
) -> bool:
    """Whether one of several signatures, comma separated, is by one of the secrets and fresh.

    `moment` and `now` are epoch seconds; a moment that is not digits is no moment.
    """
    if not (moment.isascii() and moment.isdigit() and len(moment) <= _MOMENT_DIGITS_MAX):
        return False
    is_good = False
    for text in signed.split(",", _SIGNATURES_MAX)[:_SIGNATURES_MAX]:
        for secret in secrets:
            made = signature(secret, moment, body, scheme=scheme).encode()
            is_good |= hmac.compare_digest(made, text.strip().encode())
    return is_good and abs(now - int(moment)) <= WINDOW_SECONDS
