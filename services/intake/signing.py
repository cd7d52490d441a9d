"""A publisher's signature over a request: the body is what it sent, and it sent it just now. Pure.

`Motcua-Timestamp` holds epoch seconds, `Motcua-Signature` is `v1=` and the HMAC-SHA256 in hex over
`<timestamp>.<body as sent>`. Its key is the SHA-256 of the token in hex, which is what the registry
keeps: a signature alone opens nothing, the token itself comes with the request. While tokens are
rotated both are good. Sending the same request again within the window changes nothing, because
every event has an id of its own.
"""

import hashlib
import hmac
from collections.abc import Sequence
from typing import Final

WINDOW_SECONDS: Final = 300
SIGNATURE: Final = "motcua-signature"
TIMESTAMP: Final = "motcua-timestamp"
_SCHEME: Final = "v1="
_DIGITS_MAX: Final = 12
_SIGNATURES_MAX: Final = 5


def signature(key: str, timestamp: str, body: bytes) -> str:
    """What a publisher puts into `Motcua-Signature`."""
    said = timestamp.encode() + b"." + body
    return _SCHEME + hmac.new(key.encode(), said, hashlib.sha256).hexdigest()


def is_signed(keys: Sequence[str], *, timestamp: str, signed: str, body: bytes, now: int) -> bool:
    """Whether one of several signatures, comma separated, is by one of the keys and fresh."""
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= _DIGITS_MAX):
        return False
    is_good = False
    for text in signed.split(",", _SIGNATURES_MAX)[:_SIGNATURES_MAX]:
        for key in keys:  # all are tried: the time taken tells nothing
            made = signature(key, timestamp, body).encode()
            is_good |= hmac.compare_digest(made, text.strip().encode())
    return is_good and abs(now - int(timestamp)) <= WINDOW_SECONDS
