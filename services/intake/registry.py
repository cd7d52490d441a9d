"""Who may publish: `publishers.json`, read again whenever it changes."""

import hashlib
import hmac
import re
from collections.abc import Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from shared.events.fields import SourceName
from shared.observability import ServiceLog


class Publisher(Struct, frozen=True, kw_only=True):
    """One publishing system as the registry knows it; hashes only, never a token."""

    name: SourceName
    token_hashes: tuple[str, ...] = ()
    dossier_pattern: str | None = None
    rate_per_second: float = 2000
    silent_after_seconds: float = 900
    revoked: bool = False
    must_sign: bool = False  # every request carries a signature over its body


class _File(Struct):
    publishers: tuple[Publisher, ...] = ()


class Registry:
    """The publishers as of the last good reading; a broken file changes nothing and is logged."""

    def __init__(self, path: Path, log: ServiceLog) -> None:
        self._path = path
        self._log = log
        self._stamp = (0, 0)
        self._by_name: dict[str, Publisher] = {}
        self._patterns: dict[str, re.Pattern[str] | None] = {}

    def refresh(self) -> bool:
        """Read the file if it changed; True if there is something new."""
        try:
            found = self._path.stat()
            stamp = (found.st_mtime_ns, found.st_size)
            if stamp == self._stamp:
                return False
            publishers = msgspec.json.decode(self._path.read_bytes(), type=_File).publishers
            patterns = {p.name: _compiled(p.dossier_pattern) for p in publishers}
        except FileNotFoundError:
            if self._stamp == (0, 0):
                return False
            self._stamp, publishers, patterns = (0, 0), (), {}
        except (OSError, msgspec.DecodeError, UnicodeDecodeError, re.error) as error:
            self._log.failure("registry_unreadable", error)
            return False
        else:
            self._stamp = stamp
        self._by_name = {publisher.name: publisher for publisher in publishers}
        self._patterns = patterns
        self._log.info("registry_read", count=len(publishers))
        return True

    def names(self) -> list[str]:
        """Return who is known, revoked ones too: what they published stays."""
        return sorted(self._by_name)

    def live(self) -> Sequence[Publisher]:
        """Return who may publish now."""
        return [publisher for publisher in self._by_name.values() if not publisher.revoked]

    def by_name(self, name: str) -> Publisher | None:
        """Return a publisher, revoked or not; None where there is none of that name."""
        return self._by_name.get(name)

    def by_token(self, token: str) -> Publisher | None:
        """Return whose live token this is. Every hash is compared, so time tells nothing."""
        digest = hashlib.sha256(token.encode()).hexdigest().encode()
        found: Publisher | None = None
        for publisher in self.live():
            for known in publisher.token_hashes:
                if hmac.compare_digest(known.encode(), digest):
                    found = publisher
        return found

    def pattern_of(self, name: str) -> re.Pattern[str] | None:
        """Return the publisher's own dossier code pattern; None where ours applies."""
        return self._patterns.get(name)


def _compiled(pattern: str | None) -> re.Pattern[str] | None:
    return re.compile(pattern, re.ASCII) if pattern else None
