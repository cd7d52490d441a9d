"""Apprise: one address for e-mail, Telegram and the rest."""

import asyncio
from typing import Final

from apprise import Apprise, NotifyFormat

from services.notifier.channels.mail import mail_of
from services.notifier.domain.messages import Message
from services.notifier.domain.telling import Outcome
from shared.clock import Clock
from shared.runtime import Secret

TIMEOUT_SECONDS: Final = 60.0
# Apprise waits 4 s for a connection and 4 s for an answer, and says the same "no" for a refusal
# and for silence. What took this long may have been taken.
SILENCE_SECONDS: Final = 3.5
# Telegram answers 200 only with the id of the message as it stands in the chat. A mail server's
# 250 says that it took the mail, not that anybody has it.
_CONFIRMING: Final = frozenset({"tgram"})
_MAIL: Final = frozenset({"mailto", "mailtos"})


class AppriseError(ValueError):
    """The address is none that Apprise knows. The message does not repeat it: it holds secrets."""


class AppriseChannel:
    """One Apprise URL as a channel."""

    def __init__(self, url: Secret, clock: Clock, name: str = "apprise") -> None:
        """Read the address.

        Raises:
            AppriseError: it cannot be used.
        """
        self.name = name
        self._clock = clock
        scheme = url.reveal().partition(":")[0].lower()
        self._taken = Outcome.CONFIRMED if scheme in _CONFIRMING else Outcome.SENT
        self._is_mail = scheme in _MAIL
        self._apprise = Apprise()
        if not self._apprise.add(_address(url, is_mail=self._is_mail)):
            raise AppriseError(f"the address of channel {name} is none that Apprise knows")

    async def send(self, message: Message) -> Outcome:
        """Send; a slow "no" is UNKNOWN, because the message may be there."""
        began = self._clock.monotonic()
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                is_taken = await self._apprise.async_notify(
                    title=message.title,
                    body=mail_of(message) if self._is_mail else message.body,
                    body_format=NotifyFormat.HTML if self._is_mail else NotifyFormat.TEXT,
                )
        except (TimeoutError, OSError, TypeError):
            return Outcome.UNKNOWN
        if is_taken:
            return self._taken
        is_slow = self._clock.monotonic() - began >= SILENCE_SECONDS
        return Outcome.UNKNOWN if is_slow else Outcome.FAILED


def _address(url: Secret, *, is_mail: bool) -> str:
    """A mail is written in HTML, with the text beside it; the address may say otherwise."""
    address = url.reveal()
    if not is_mail or "format=" in address:
        return address
    return f"{address}{'&' if '?' in address else '?'}format=html"
