"""A generic webhook: JSON by POST, signed with HMAC-SHA256 over time and body.

Headers: `X-Motcua-Timestamp` (epoch seconds), `X-Motcua-Signature` (`sha256=` and the hex digest of
`<timestamp>.<body>`), `Idempotency-Key` (the same for the same message). A receiver that answers
`GET <address>?key=<key>` with 200 or 404 settles whether a message without an answer arrived;
it is asked before such a message is sent again.
"""

import hashlib
import hmac
from typing import Final

import httpx
import msgspec

from services.notifier.domain.messages import Message
from services.notifier.domain.telling import Outcome
from shared.calendar.civil_time import epoch_of
from shared.clock import Clock
from shared.runtime import Secret

TIMEOUT_SECONDS: Final = 10.0
_TAKEN: Final = range(200, 300)
_NOT_FOUND: Final = 404
# Nothing reached the receiver, so nobody was told.
_NEVER_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol)


class WebhookChannel:
    """One address with its secret."""

    def __init__(self, name: str, url: Secret, secret: Secret, clock: Clock) -> None:
        self.name = name
        self._url = url
        self._secret = secret
        self._clock = clock

    async def send(self, message: Message) -> Outcome:
        """Send; without an answer, ask whether it arrived. What may be there is asked first."""
        body = msgspec.json.encode(message)
        at = str(epoch_of(self._clock.now()))
        headers = {
            "Content-Type": "application/json",
            "X-Motcua-Timestamp": at,
            "X-Motcua-Signature": signature(self._secret, at, body),
            "Idempotency-Key": message.key,
        }
        async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS) as http:
            if message.is_repeat and await self._ask(http, message) is Outcome.CONFIRMED:
                return Outcome.CONFIRMED
            try:
                answer = await http.post(self._url.reveal(), content=body, headers=headers)
            except _NEVER_SENT:
                return Outcome.FAILED
            except (httpx.HTTPError, httpx.InvalidURL):
                return await self._ask(http, message)
        return Outcome.SENT if answer.status_code in _TAKEN else Outcome.FAILED

    async def _ask(self, http: httpx.AsyncClient, message: Message) -> Outcome:
        try:
            answer = await http.get(self._url.reveal(), params={"key": message.key})
        except (httpx.HTTPError, httpx.InvalidURL):
            return Outcome.UNKNOWN
        if answer.status_code in _TAKEN:
            return Outcome.CONFIRMED
        return Outcome.FAILED if answer.status_code == _NOT_FOUND else Outcome.UNKNOWN


def signature(secret: Secret, at: str, body: bytes) -> str:
    """What a receiver computes and compares, in constant time."""
    made = hmac.new(secret.reveal().encode(), f"{at}.".encode() + body, hashlib.sha256)
    return f"sha256={made.hexdigest()}"
