"""Who may publish: the registry file that intake and the broker's configuration come from."""

import hashlib
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import bcrypt
import msgspec
from msgspec import Struct

from .home import Home, write_private
from .nats_config import PublisherLogin
from .nkey import new_seed, public_key
from .rights import SERVICES

_NAME = re.compile(r"\A[a-z][a-z0-9_-]{1,31}\Z")
# A user name is unique in the whole broker: one of ours would keep it from starting.
_TAKEN_NAMES = frozenset({*SERVICES, "route"})
_KEYS_LIVE_MAX = 2  # of each kind: the new one and the one before
ANY_DOSSIER_CODE = r"\A[A-Za-z0-9][A-Za-z0-9._/-]{2,63}\Z"


class PublisherError(ValueError):
    """The registry cannot do what was asked; the message says why, in plain words."""


class Publisher(Struct, kw_only=True):
    """One publishing system. Two tokens and two nkeys live at once: rotation loses nothing.

    `nats_keys` are public halves, newest first. A password is for a client that knows no nkeys.
    """

    name: str
    token_hashes: list[str] = []
    nats_keys: list[str] = []
    nats_password_hash: str = ""
    nats_password_is_old: bool = False  # ends with the next rotation
    dossier_pattern: str | None = None
    rate_per_second: int = 2000
    silent_after_seconds: int = 900
    revoked: bool = False
    must_sign: bool = False


class Registry(Struct):
    """The file as a whole."""

    publishers: list[Publisher] = []


class Issued(Struct, frozen=True):
    """New credentials; the registry keeps hashes and public halves only.

    The seed is in the file of its own; `password` is empty where none was asked for.
    """

    token: str
    seed: str
    password: str = ""


def load(home: Home) -> Registry:
    """Return the registry; none yet is an empty one.

    Raises:
        PublisherError: the file is not what we wrote; nothing is guessed from it.
    """
    if not home.publishers_file.exists():
        return Registry()
    try:
        return msgspec.json.decode(home.publishers_file.read_bytes(), type=Registry)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise PublisherError(
            f"Không đọc được {home.publishers_file}: {error}. Sửa lại hoặc lấy từ bản sao lưu "
            "(mend it or take it from the back-up)."
        ) from None


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


def add(
    home: Home, name: str, *, dossier_pattern: str | None = None, password: bool = False
) -> Issued:
    """Register a publisher and return its credentials, a NATS password only if asked for.

    Raises:
        PublisherError: the name is taken or not a name, or the pattern is not one.
    """
    _check_name(name)
    _check_pattern(dossier_pattern)
    with _changed(home) as registry:
        if any(publisher.name == name for publisher in registry.publishers):
            raise PublisherError(
                f"Nguồn gửi {name} đã có; cấp khóa mới: motcua publishers rotate {name} "
                "(already registered)."
            )
        publisher = Publisher(name=name, dossier_pattern=dossier_pattern)
        registry.publishers.append(publisher)
        return _issue(home, publisher, password=password)


def rotate(home: Home, name: str, *, password: bool = False) -> Issued:
    """Give new credentials; a revoked publisher is admitted again.

    Token and nkey before stay valid until the next rotation, so that nothing is refused meanwhile;
    so does a password, unless a new one is asked for: the broker knows one a user.

    Raises:
        PublisherError: there is no such publisher.
    """
    with _changed(home) as registry:
        return _issue(home, find(registry, name), password=password)


def set_signing(home: Home, name: str, *, must_sign: bool) -> None:
    """Ask a publisher's HTTP requests for a signature over their body, or no longer.

    Raises:
        PublisherError: there is no such publisher.
    """
    with _changed(home) as registry:
        find(registry, name).must_sign = must_sign


def revoke(home: Home, name: str) -> None:
    """End every credential of the publisher; what it published stays.

    Raises:
        PublisherError: there is no such publisher.
    """
    with _changed(home) as registry:
        publisher = find(registry, name)
        publisher.revoked = True
        publisher.token_hashes = []
        publisher.nats_keys = []
        publisher.nats_password_hash = ""
    for kind in ("token", "nkey", "password"):
        home.publisher_secret(name, kind).unlink(missing_ok=True)


def ensure(home: Home, name: str, *, dossier_pattern: str | None = None) -> None:
    """Register the publisher if it is not; keep its credentials if they are here."""
    known = next((one for one in load(home).publishers if one.name == name), None)
    if known is None:
        add(home, name, dossier_pattern=dossier_pattern)
    elif not known.revoked and not all(
        home.publisher_secret(name, kind).exists() for kind in ("token", "nkey")
    ):
        rotate(home, name)


def logins(home: Home) -> list[PublisherLogin]:
    """Return who may log in to the broker."""
    return [login for login in accounts(home) if login.keys or login.password_hash]


def accounts(home: Home) -> list[PublisherLogin]:
    """Return the account of every publisher, revoked ones too: their inboxes are still read."""
    return [
        PublisherLogin(one.name)
        if one.revoked
        else PublisherLogin(one.name, one.nats_password_hash, tuple(one.nats_keys))
        for one in load(home).publishers
    ]


@contextmanager
def _changed(home: Home) -> Iterator[Registry]:
    """Yield the registry and write it back; two commands at once lose neither change."""
    with home.changing_publishers():
        registry = load(home)
        yield registry
        save(home, registry)


def _issue(home: Home, publisher: Publisher, *, password: bool) -> Issued:
    issued = Issued(
        secrets.token_urlsafe(32), new_seed(), secrets.token_urlsafe(24) if password else ""
    )
    digest = hashlib.sha256(issued.token.encode()).hexdigest()
    publisher.token_hashes = [digest, *publisher.token_hashes][:_KEYS_LIVE_MAX]
    publisher.nats_keys = [public_key(issued.seed), *publisher.nats_keys][:_KEYS_LIVE_MAX]
    publisher.revoked = False
    write_private(home.publisher_secret(publisher.name, "token"), issued.token)
    write_private(home.publisher_secret(publisher.name, "nkey"), issued.seed)
    _rotate_password(home, publisher, issued.password)
    return issued


def _rotate_password(home: Home, publisher: Publisher, fresh: str) -> None:
    path = home.publisher_secret(publisher.name, "password")
    if fresh:
        # The cost guards a guessable password; this one is 24 random bytes.
        hashed = bcrypt.hashpw(fresh.encode(), bcrypt.gensalt(6)).decode()
        publisher.nats_password_hash, publisher.nats_password_is_old = hashed, False
        write_private(path, fresh)
    elif publisher.nats_password_is_old or not publisher.nats_password_hash:
        publisher.nats_password_hash, publisher.nats_password_is_old = "", False
        path.unlink(missing_ok=True)
    else:
        publisher.nats_password_is_old = True


def _check_name(name: str) -> None:
    if not _NAME.match(name):
        raise PublisherError(
            "Tên nguồn gửi dài 2-32 ký tự, gồm a-z 0-9 _ -, bắt đầu bằng chữ "
            "(a name is 2-32 of a-z 0-9 _ -, beginning with a letter)."
        )
    if name in _TAKEN_NAMES:
        raise PublisherError(f"Tên {name} dành cho hệ thống (the system itself has that name).")


def _check_pattern(pattern: str | None) -> None:
    if pattern is None:
        return
    try:
        re.compile(pattern)
    except re.error as error:
        raise PublisherError(f"Mẫu mã hồ sơ không đúng (not a pattern): {error}.") from None
