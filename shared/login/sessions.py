"""A session is a signed cookie: every desk that knows the key believes it, and none keeps it.

It ends after half an hour without a request, twelve hours after the login, when its operator's
epoch moves on, and at log-out. A cookie knows no ports, so one login serves all desks of a host.
"""

import base64
import hashlib
import hmac
import secrets
from typing import Final

import msgspec
from msgspec import Struct

IDLE_SECONDS: Final = 30 * 60
LIFE_SECONDS: Final = 12 * 3600
# A wall screen stays logged in; it ends with its token.
SCREEN_SECONDS: Final = 180 * 86_400
RENEW_SECONDS: Final = 60
_KEY_BYTES_MIN: Final = 32
_TEXT_MAX: Final = 1000


class Ticket(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What the cookie says; instants are epoch seconds."""

    id: str
    name: str
    is_machine: bool
    epoch: int
    began: int
    seen: int


class UnsignedError(Exception):
    """There is no key to sign with."""


def opened_now(name: str, *, epoch: int, now: int, is_machine: bool = False) -> Ticket:
    """Return a new session's ticket, under an identity nobody can guess."""
    return Ticket(secrets.token_urlsafe(18), name, is_machine, epoch, now, now)


def signed(ticket: Ticket, key: bytes) -> str:
    """Return the cookie's text.

    Raises:
        UnsignedError: the key is missing or too short.
    """
    if len(key) < _KEY_BYTES_MIN:
        raise UnsignedError
    body = _packed(msgspec.json.encode(ticket))
    return f"{body}.{_mac(key, body)}"


def read(text: str, key: bytes, now: int) -> Ticket | None:
    """Return the ticket of a cookie; None where it is forged, cut, too old or too long idle."""
    body, _, mac = text.partition(".")
    if len(key) < _KEY_BYTES_MIN or len(text) > _TEXT_MAX or not text.isascii():
        return None
    if not hmac.compare_digest(_mac(key, body).encode(), mac.encode()):
        return None
    try:
        ticket = msgspec.json.decode(_unpacked(body), type=Ticket)
    except (msgspec.DecodeError, ValueError):
        return None
    return ticket if _is_live(ticket, now) else None


def seen_again(ticket: Ticket, now: int) -> Ticket | None:
    """Return the ticket to give out anew, or None while the one there is fresh enough."""
    if now - ticket.seen < RENEW_SECONDS:
        return None
    return msgspec.structs.replace(ticket, seen=now)


def form_token(ticket: Ticket, key: bytes) -> str:
    """Return what every form of this session must bring back."""
    return _mac(key, f"form {ticket.id}")


def _is_live(ticket: Ticket, now: int) -> bool:
    if ticket.is_machine:
        return now - ticket.began < SCREEN_SECONDS
    return now - ticket.began < LIFE_SECONDS and now - ticket.seen < IDLE_SECONDS


def _mac(key: bytes, text: str) -> str:
    return _packed(hmac.new(key, f"motcua 1 {text}".encode(), hashlib.sha256).digest())


def _packed(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def _unpacked(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
