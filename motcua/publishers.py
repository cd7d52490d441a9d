"""Who may publish: the registry file that intake and the broker's configuration come from."""

import hashlib
import re
import secrets

import bcrypt
import msgspec
from msgspec import Struct

from .home import Home, write_private
from .nats_server import PublisherLogin

_NAME = re.compile(r"\A[a-z][a-z0-9_-]{1,31}\Z")
_TOKENS_LIVE_MAX = 2


class PublisherError(ValueError):
    """The registry cannot do what was asked; the message says why, in plain words."""


class Publisher(Struct, kw_only=True):
    """One publishing system. Two tokens may live at once, so that rotation loses nothing."""

    name: str
    token_hashes: list[str] = []
    nats_password_hash: str = ""
    dossier_pattern: str | None = None
    rate_per_second: int = 2000
    silent_after_seconds: int = 900
    revoked: bool = False


class Registry(Struct):
    """The file as a whole."""

    publishers: list[Publisher] = []


class Issued(Struct, frozen=True):
    """New credentials, shown once; the registry keeps hashes only."""

    token: str
    password: str


def load(home: Home) -> Registry:
    """Return the registry; none yet is an empty one."""
    if not home.publishers_file.exists():
        return Registry()
    return msgspec.json.decode(home.publishers_file.read_bytes(), type=Registry)


def save(home: Home, registry: Registry) -> None:
    """Write the registry, whole or not at all."""
    write_private(
        home.publishers_file, msgspec.json.format(msgspec.json.encode(registry), indent=1).decode()
    )


def find(registry: Registry, name: str) -> Publisher:
    """Return a publisher by name.

    Raises:
        PublisherError: there is none.
    """
    for publisher in registry.publishers:
        if publisher.name == name:
            return publisher
    raise PublisherError(f"Không có nguồn gửi tên {name} (no publisher of that name).")


def add(home: Home, name: str, *, dossier_pattern: str | None = None) -> Issued:
    """Register a publisher and return its credentials.

    Raises:
        PublisherError: the name is taken or not a name, or the pattern is not one.
    """
    registry = load(home)
    if not _NAME.match(name):
        raise PublisherError("A name is 2-32 of a-z 0-9 _ -, beginning with a letter.")
    if any(publisher.name == name for publisher in registry.publishers):
        raise PublisherError(f"Nguồn gửi {name} đã có (already registered).")
    if dossier_pattern is not None:
        try:
            re.compile(dossier_pattern)
        except re.error as error:
            raise PublisherError(f"Not a pattern: {error}") from None
    registry.publishers.append(Publisher(name=name, dossier_pattern=dossier_pattern))
    return _issue(home, registry, name)


def rotate(home: Home, name: str) -> Issued:
    """Give new credentials; the token before stays valid until the next rotation.

    Raises:
        PublisherError: there is no such publisher.
    """
    return _issue(home, load(home), name)


def revoke(home: Home, name: str) -> None:
    """End every credential of the publisher; what it published stays.

    Raises:
        PublisherError: there is no such publisher.
    """
    registry = load(home)
    publisher = find(registry, name)
    publisher.revoked = True
    publisher.token_hashes = []
    publisher.nats_password_hash = ""
    save(home, registry)
    for kind in ("token", "password"):
        home.publisher_secret(name, kind).unlink(missing_ok=True)


def ensure(home: Home, name: str, *, dossier_pattern: str | None = None) -> None:
    """Register the publisher if it is not; keep its credentials if it is."""
    if all(publisher.name != name for publisher in load(home).publishers):
        add(home, name, dossier_pattern=dossier_pattern)


def logins(home: Home) -> list[PublisherLogin]:
    """Return who may log in to the broker."""
    return [
        PublisherLogin(publisher.name, publisher.nats_password_hash)
        for publisher in load(home).publishers
        if not publisher.revoked and publisher.nats_password_hash
    ]


def _issue(home: Home, registry: Registry, name: str) -> Issued:
    publisher = find(registry, name)
    issued = Issued(secrets.token_urlsafe(32), secrets.token_urlsafe(24))
    digest = hashlib.sha256(issued.token.encode()).hexdigest()
    publisher.token_hashes = [digest, *publisher.token_hashes][:_TOKENS_LIVE_MAX]
    # The cost guards a guessable password; this one is 24 random bytes.
    publisher.nats_password_hash = bcrypt.hashpw(
        issued.password.encode(), bcrypt.gensalt(6)
    ).decode()
    publisher.revoked = False
    write_private(home.publisher_secret(name, "token"), issued.token)
    write_private(home.publisher_secret(name, "password"), issued.password)
    save(home, registry)
    return issued
