"""Who may use the desks: `operators.json`, read again whenever it changes.

Hashes of passwords and tokens, and the key that signs sessions: whoever has the file can make a
session, so it is readable by its owner only. `motcua operators` writes it.
"""

import hashlib
import hmac
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from shared.access import Role
from shared.clock import Clock
from shared.observability import ServiceLog

_LOOK_SECONDS: Final = 1.0


class Operator(Struct, frozen=True, kw_only=True):
    """A person. `epoch` grows when sessions must end: a new password, a new role, a revocation.

    `agencies`: they see these and all below them; none is the whole province.
    """

    name: str
    full_name: str
    role: Role
    password_hash: str = ""
    epoch: int = 1
    revoked: bool = False
    agencies: tuple[str, ...] = ()


class Machine(Struct, frozen=True, kw_only=True):
    """A program or a wall screen with a token of 32 random bytes; its hash needs no salt."""

    name: str
    role: Role
    token_hash: str
    revoked: bool = False
    agencies: tuple[str, ...] = ()


class OperatorsFile(Struct, frozen=True, kw_only=True):
    """The file as a whole; `session_key` is base64 or any text of 32 bytes or more."""

    session_key: str = ""
    operators: tuple[Operator, ...] = ()
    machines: tuple[Machine, ...] = ()


def read_operators(path: Path) -> OperatorsFile:
    """Read the file; one that is not there holds nobody.

    Raises:
        OSError, msgspec.DecodeError, UnicodeDecodeError: it cannot be read.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return OperatorsFile()
    return msgspec.json.decode(content, type=OperatorsFile) if content else OperatorsFile()


def written(file: OperatorsFile) -> str:
    """Return the text of the file."""
    return msgspec.json.format(msgspec.json.encode(file), indent=1).decode()


def token_hash(token: str) -> str:
    """Return what is kept of a machine's token."""
    return hashlib.sha256(token.encode()).hexdigest()


class Operators:
    """The operators as of the last good reading.

    Once anybody was known, the login stays on: a file that vanished or broke lets nobody in. With
    a file that could never be read, nobody is let in either.
    """

    def __init__(self, path: Path | None, *, clock: Clock, log: ServiceLog) -> None:
        self._path = path
        self._clock = clock
        self._log = log
        self._stamp = (0, 0)
        self._looked_at: float | None = None
        self._file = OperatorsFile()
        self._is_on = False

    @property
    def is_on(self) -> bool:
        """Whether a login is asked for."""
        self._look()
        return self._is_on

    @property
    def session_key(self) -> bytes:
        """What sessions are signed with."""
        return self._file.session_key.encode()

    def operator(self, name: str) -> Operator | None:
        """Return a person who may log in; None for an unknown or revoked name."""
        self._look()
        found = (one for one in self._file.operators if one.name == name and not one.revoked)
        return next(found, None)

    def machine(self, name: str) -> Machine | None:
        """Return a machine by name; None for an unknown or revoked one."""
        self._look()
        found = (one for one in self._file.machines if one.name == name and not one.revoked)
        return next(found, None)

    def by_token(self, token: str) -> Machine | None:
        """Return whose live token this is. Every hash is compared, so time tells nothing."""
        self._look()
        digest, found = token_hash(token).encode(), None
        for machine in self._file.machines:
            is_same = hmac.compare_digest(machine.token_hash.encode(), digest)
            if is_same and not machine.revoked:
                found = machine
        return found

    def _look(self) -> None:
        """Read the file if it changed, at most once a second."""
        now = self._clock.monotonic()
        if self._path is None or not self._is_due(now):
            return
        self._looked_at = now
        try:
            found = self._path.stat()
            stamp = (found.st_mtime_ns, found.st_size)
            if stamp == self._stamp:
                return
            file = read_operators(self._path)
        except FileNotFoundError:
            return  # none yet, or taken away: what was known stays
        except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
            self._is_on = True
            self._log.failure("operators_unreadable", error)
            return
        self._stamp, self._file = stamp, file
        self._is_on = self._is_on or bool(file.operators)
        self._log.info("operators_read", count=len(file.operators))

    def _is_due(self, now: float) -> bool:
        return self._looked_at is None or now - self._looked_at >= _LOOK_SECONDS
