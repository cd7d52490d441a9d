"""Whether a webhook is the carrier's: over the raw bytes, in constant time. Pure.

Several secrets are good at once while they are rotated. A signature covers the moment it was made
at; a shared token covers nothing, and a permanent claim is what keeps its replays out.
"""

import hashlib
import hmac
from collections.abc import Sequence
from typing import Final

WINDOW_SECONDS: Final = 300
_SCHEME: Final = "sha256="
_MOMENT_DIGITS_MAX: Final = 12
_SIGNATURES_MAX: Final = 5


def signature(secret: bytes, moment: str, body: bytes) -> str:
    """What the sender puts into `X-Signature` beside `X-Signature-Timestamp` (epoch seconds)."""
    return _SCHEME + hmac.new(secret, moment.encode() + b"." + body, hashlib.sha256).hexdigest()


def is_signed(secrets: Sequence[bytes], *, moment: str, signed: str, body: bytes, now: int) -> bool:
    """Whether one of several signatures, comma separated, is by one of our secrets and fresh."""
    if not (moment.isascii() and moment.isdigit() and len(moment) <= _MOMENT_DIGITS_MAX):
        return False
    is_good = False
    for text in signed.split(",", _SIGNATURES_MAX)[:_SIGNATURES_MAX]:
        for secret in secrets:  # all are tried: the time taken tells nothing
            made = signature(secret, moment, body).encode()
            is_good |= hmac.compare_digest(made, text.strip().encode())
    return is_good and abs(now - int(moment)) <= WINDOW_SECONDS


def is_token(secrets: Sequence[bytes], token: str) -> bool:
    """Whether the shared token in the body is one of ours."""
    is_good = False
    for secret in secrets:
        is_good |= hmac.compare_digest(secret, token.encode())
    return is_good and bool(token)
