"""A publisher's signature over a request: the body is what it sent, and it sent it just now. Pure.

`Motcua-Timestamp` holds epoch seconds, `Motcua-Signature` is `v1=` and the HMAC-SHA256 in hex over
`<timestamp>.<body as sent>`. Its key is the SHA-256 of the token in hex, which is what the registry
keeps: a signature alone opens nothing, the token itself comes with the request. While tokens are
rotated both are good. Sending the same request again within the window changes nothing, because
every event has an id of its own.
"""

from collections.abc import Sequence
from typing import Final

from shared import signatures

SIGNATURE: Final = "motcua-signature"
TIMESTAMP: Final = "motcua-timestamp"
_SCHEME: Final = "v1="


def signature(key: str, timestamp: str, body: bytes) -> str:
    """What a publisher puts into `Motcua-Signature`."""
    return signatures.signature(key.encode(), timestamp, body, scheme=_SCHEME)


def is_signed(keys: Sequence[str], *, timestamp: str, signed: str, body: bytes, now: int) -> bool:
    """Whether one of several signatures, comma separated, is by one of the keys and fresh."""
    secrets = [key.encode() for key in keys]
    return signatures.is_signed(
        secrets, moment=timestamp, signed=signed, body=body, now=now, scheme=_SCHEME
    )
