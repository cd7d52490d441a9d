"""The facts to measure with: an invented province, and many copies of it under other codes.

Simulating and stamping a fact costs far more than folding it, so a long log is made of one
province told many times: the same lives, other dossier codes, other identities.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from motcua.simulate.profiles import load_profile
from motcua.simulate.province import simulate
from motcua.simulate.tree import catalogue_for
from shared.bus.publishing import LogMessage
from shared.bus.subjects import fact_subject
from shared.calendar import HO_CHI_MINH
from shared.catalogue.model import encoded_catalogue
from shared.events.envelope import STRICT_DECODER, encoded, message_id, stamped

PROFILE: Final = "demo"
FIRST_DAY: Final = date(2026, 6, 1)
UNTIL: Final = datetime(2026, 7, 1, tzinfo=HO_CHI_MINH)
NOW: Final = int(UNTIL.timestamp())
"""The instant as of which every fold of the bench counts."""

STEPS: Final = frozenset(
    "dossier." + what + ".v1"
    for what in [
        "submitted",
        "received",
        "assigned",
        "rejected",
        "supplement_requested",
        "supplemented",
        "suspended",
        "resumed",
        "financial_duty_requested",
        "extended",
        "transferred",
        "resolved",
        "returned",
        "withdrawn",
        "stopped",
    ]
)
"""What moves a dossier on: about five facts each, where the whole life has nine."""

_RUN_LENGTH: Final = 250
_IDENTITY_DIGITS: Final = 16
_MIX: Final = 0x9E3779B97F4A7C15
_MASK: Final = (1 << 64) - 1


class Told(Struct, array_like=True, gc=False):
    """One stamped fact: its type, dossier code, NATS subject, id of the message, and bytes."""

    type: str
    code: str
    subject: str
    message_id: str
    body: bytes


def told(dossiers: int, seed: int = 1) -> list[Told]:
    """Return a month of an invented province that received so many dossiers, as in the log."""
    facts = []
    life = simulate(PROFILE, dossiers, seed, first_day=FIRST_DAY, until=UNTIL, procedures=False)
    for body in life:
        said = STRICT_DECODER.decode(body)
        fact = stamped(said, source=said.source, recorded_at=said.time + timedelta(seconds=1))
        key = message_id(fact.source, fact.id)
        facts.append(Told(fact.type, fact.subject, fact_subject(fact), key, encoded(fact)))
    return facts


def catalogue_file(directory: Path) -> Path:
    """Return the province's catalogue in `directory`; written there when it is not."""
    path = directory / "catalogue.json"
    if not path.exists():
        directory.mkdir(parents=True, exist_ok=True)
        path.write_bytes(encoded_catalogue(catalogue_for(load_profile(PROFILE))))
    return path


def save(facts: list[Told], path: Path) -> None:
    """Write facts for the processes that measure."""
    path.write_bytes(msgspec.msgpack.encode(facts))


def load(path: str) -> list[Told]:
    """Read what `save` wrote."""
    return msgspec.msgpack.decode(Path(path).read_bytes(), type=list[Told])


def messages(facts: Iterable[Told]) -> Iterator[LogMessage]:
    """Return the facts as they are appended."""
    for fact in facts:
        yield LogMessage(fact.subject, fact.body, fact.message_id)


class _Mould:
    """A fact with its dossier code and identity taken out."""

    __slots__ = ("_after", "_code", "_content", "_identity", "_parts", "_subject")

    def __init__(self, fact: Told) -> None:
        digest = msgspec.json.decode(fact.body)["digest"]
        before, after = fact.body.split(digest.encode())
        self._code = fact.code.encode()
        self._parts = before.split(self._code)
        self._after = after
        self._identity = int(digest[:_IDENTITY_DIGITS], 16)
        self._content = digest[_IDENTITY_DIGITS:].encode()
        self._subject = fact.subject

    def cast(self, number: int, mixed: int) -> LogMessage:
        code = b"%b-%d" % (self._code, number)
        digest = b"%016x%b" % (self._identity ^ mixed, self._content)
        body = b"".join((code.join(self._parts), digest, self._after))
        return LogMessage(self._subject, body, digest.decode())


def copies(facts: Iterable[Told], first: int, last: int) -> Iterator[LogMessage]:
    """Return the dossiers' facts under the copies' numbers `first` to `last`, exclusive.

    Copies take turns after 250 facts, so that what happens to a dossier within minutes stays
    close together, as it is in a log.
    """
    moulds = [_Mould(fact) for fact in facts if fact.type.startswith("dossier.")]
    mixed = [(number, number * _MIX & _MASK) for number in range(first, last)]
    for start in range(0, len(moulds), _RUN_LENGTH):
        run = moulds[start : start + _RUN_LENGTH]
        for number, mix in mixed:
            for mould in run:
                yield mould.cast(number, mix)
