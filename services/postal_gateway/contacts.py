"""Addresses of parcels: fetched just in time, never kept, never logged, erased on delivery."""

import contextlib

import msgspec
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.errors import KeyNotFoundError, NotFoundError

from shared.bus.streams import CONTACTS
from shared.errors import TemporarilyUnavailable
from shared.events.contact import Contact


class ContactGoneError(Exception):
    """The reference leads to nothing: erased, expired, or unreadable."""


class Contacts:
    """The bucket that intake writes and only this service reads."""

    def __init__(self, client: Client) -> None:
        self._js = client.jetstream()

    async def fetch(self, reference: str) -> Contact | None:
        """The contact; None where no reference was given.

        Raises:
            ContactGoneError: there is none behind the reference.
            TemporarilyUnavailable: the broker did not answer.
        """
        if not reference:
            return None
        try:
            bucket = await self._js.key_value(CONTACTS)
            entry = await bucket.get(reference)
            return msgspec.json.decode(entry.value or b"", type=Contact)
        except (KeyNotFoundError, NotFoundError, msgspec.MsgspecError, ValueError):
            raise ContactGoneError from None
        except (TimeoutError, NatsError, OSError) as error:
            raise TemporarilyUnavailable(type(error).__name__) from None

    async def erase(self, reference: str) -> None:
        """Delete it; what is gone already is gone.

        Raises:
            TemporarilyUnavailable: the broker did not answer.
        """
        try:
            bucket = await self._js.key_value(CONTACTS)
            with contextlib.suppress(KeyNotFoundError):
                await bucket.delete(reference)
        except (TimeoutError, NatsError, OSError) as error:
            raise TemporarilyUnavailable(type(error).__name__) from None
