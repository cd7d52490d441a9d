"""Whether a webhook is the carrier's: over the raw bytes, in constant time. Pure.

Several secrets are good at once while they are rotated. A signature covers the moment it was made
at; a shared token covers nothing, and a permanent claim is what keeps its replays out.
"""

import hmac
from collections.abc import Sequence
from typing import Final

from shared import signatures

_SCHEME: Final = "sha256="


def signature(secret: bytes, moment: str, body: bytes) -> str:
    """What the sender puts into `X-Signature` beside `X-Signature-Timestamp` (epoch seconds)."""
    return signatures.signature(secret, moment, body, scheme=_SCHEME)


def is_signed(secrets: Sequence[bytes], *, moment: str, signed: str, body: bytes, now: int) -> bool:
    """Whether one of several signatures, comma separated, is by one of our secrets and fresh."""
    return signatures.is_signed(
        secrets, moment=moment, signed=signed, body=body, now=now, scheme=_SCHEME
    )


def is_token(secrets: Sequence[bytes], token: str) -> bool:
    """Whether the shared token in the body is one of ours."""
    is_good = False
    for secret in secrets:
        is_good |= hmac.compare_digest(secret, token.encode())
    return is_good and bool(token)
