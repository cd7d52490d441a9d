"""FACTS folded into what intake must remember: which ids it saw, and where dossiers stand."""

from collections.abc import Iterable, Sequence
from struct import Struct as Layout
from typing import Final

import msgspec
from msgspec import Struct

from services.intake.domain.answers import Outcome
from services.intake.domain.judging import NoticeCode, unknown_codes
from services.intake.domain.steps import STATUS_AFTER
from shared.bus.subjects import INTAKE_NOUNS
from shared.catalogue.model import Catalogue
from shared.events.envelope import LOG_DECODER, Fact, digest_of
from shared.ledger.reader import Batch
from shared.ledger.store import Position, Store, Write
from shared.ledger.subject import microseconds

from .publishers import PublisherBook, Recent
from .unknown import UnknownBook

_HALVES: Final = Layout(">qq")
# SQLite takes 32,766 parameters; a batch has 500.
_ASKED_AT_ONCE: Final = 900
UNFOLDED_MAX_COUNT: Final = 200_000


class Recall(Struct, frozen=True, gc=False):
    """What is known of an identity: the content first recorded under it, and where it stands."""

    content: int
    sequence: int


def identity_and_content(digest: str) -> tuple[int, int]:
    """Return both halves of a digest as SQLite keeps them: signed, 8 bytes each."""
    identity, content = _HALVES.unpack(bytes.fromhex(digest))
    return identity, content


class FactsFold:
    """The target of the follower of FACTS, and the overlay of what is newer than it."""

    def __init__(
        self, store: Store, book: PublisherBook, unknown: UnknownBook, catalogue: Catalogue
    ) -> None:
        self._store = store
        self._book = book
        self._unknown = unknown
        self._catalogue = catalogue
        # Published by us and acknowledged, but not yet read back.
        self._newer: dict[int, Recall] = {}
        self._newer_steps: dict[str, tuple[int, int]] = {}
        self.position = store.position()
        self.undecodable_count = 0

    # ------------------------------------------------------------------ asking

    @property
    def unfolded_count(self) -> int:
        """How many acknowledged facts the fold has not read back yet."""
        return len(self._newer)

    def recall(self, identities: Sequence[int]) -> dict[int, Recall]:
        """Return what is known of these identities; nothing for the others."""
        found: dict[int, Recall] = {}
        for start in range(0, len(identities), _ASKED_AT_ONCE):
            asked = identities[start : start + _ASKED_AT_ONCE]
            marks = ",".join("?" * len(asked))
            query = f"select identity, content, sequence from known where identity in ({marks})"  # noqa: S608 - question marks only
            for identity, content, sequence in self._store.rows(query, asked):
                found[identity] = Recall(content, sequence)
        for identity in identities:
            if identity in self._newer:
                found.setdefault(identity, self._newer[identity])
        return found

    def last_steps(self, codes: Sequence[str]) -> dict[str, tuple[int, int]]:
        """Return (microseconds, status) of the last step of these dossiers, where one is known."""
        found: dict[str, tuple[int, int]] = {}
        for start in range(0, len(codes), _ASKED_AT_ONCE):
            asked = codes[start : start + _ASKED_AT_ONCE]
            marks = ",".join("?" * len(asked))
            query = f"select code, at_us, status from dossier where code in ({marks})"  # noqa: S608 - question marks only
            for code, at_us, status in self._store.rows(query, asked):
                found[code] = (at_us, status)
        for code in codes:
            newer = self._newer_steps.get(code)
            if newer is not None:
                found[code] = max(newer, found.get(code, newer))
        return found

    def remember(self, fact: Fact, identity: int, recall: Recall) -> None:
        """Keep an acknowledged fact until the fold reads it back, unless it already did."""
        if recall.sequence <= self.position.sequence:
            return
        self._newer[identity] = recall
        status = STATUS_AFTER.get(fact.data.event_type)
        if status is not None:
            step = (microseconds(fact.time), status)
            self._newer_steps[fact.subject] = max(step, self._newer_steps.get(fact.subject, step))

    # ------------------------------------------------------------------ folding

    async def apply(self, batch: Batch, stream_created: str) -> None:
        """Fold the batch and commit it with the position."""
        known: list[tuple[int, int, int]] = []
        steps: dict[str, tuple[int, int]] = {}
        decode, halves, fold = LOG_DECODER.decode, _HALVES.unpack, self._fold
        for sequence, body in batch.entries:
            try:
                fact = decode(body)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                self.undecodable_count += 1
                continue
            if fact.data.event_type.partition(".")[0] in INTAKE_NOUNS:
                identity, content = halves(bytes.fromhex(fact.digest or digest_of(fact)))
                known.append((identity, content, sequence))
                fold(fact, steps)
        position = Position(
            batch.entries[-1][0], stream_created, batch.last_message_id, self.position.rewinds
        )
        self._store.commit(self._writes(known, steps), position=position)
        self.position = position
        for identity, _, _ in known:
            self._newer.pop(identity, None)
        for code, step in steps.items():
            if self._newer_steps.get(code, step) <= step:
                self._newer_steps.pop(code, None)

    def reset(self, rewinds: int) -> None:
        """Forget what came from FACTS: the log is another one."""
        forget: list[Write] = [("delete from known", [()]), ("delete from dossier", [()])]
        forget += self._book.forget([Outcome.ACCEPTED])
        forget += self._unknown.forget([NoticeCode.UNKNOWN_AGENCY, NoticeCode.UNKNOWN_PROCEDURE])
        self._newer.clear()
        self._newer_steps.clear()
        self.position = Position(rewinds=rewinds)
        self._store.commit(forget, position=self.position)

    def save(self) -> None:
        """Write what waits for the next commit; before the process ends."""
        self._store.commit([*self._book.writes(also_rings=True), *self._unknown.writes()])

    def _fold(self, fact: Fact, steps: dict[str, tuple[int, int]]) -> None:
        at = fact.recordedtime or fact.time
        kind = fact.data.event_type
        self._book.note(fact.source, Recent(fact.id, kind, fact.subject, Outcome.ACCEPTED, "", at))
        for code_kind, code, _ in unknown_codes(fact, self._catalogue):
            self._unknown.add(code_kind, code, fact.source, at)
        status = STATUS_AFTER.get(kind)
        if status is not None:
            step = (microseconds(fact.time), status)
            if step >= steps.get(fact.subject, step):
                steps[fact.subject] = step

    def _writes(
        self, known: list[tuple[int, int, int]], steps: dict[str, tuple[int, int]]
    ) -> Iterable[Write]:
        upsert = (
            "insert into dossier values (?, ?, ?) on conflict do update set"
            " at_us = excluded.at_us, status = excluded.status"
            " where (excluded.at_us, excluded.status) > (at_us, status)"
        )
        return [
            # The first content under an identity stands.
            ("insert or ignore into known values (?, ?, ?)", known),
            (upsert, [(code, *step) for code, step in steps.items()]),
            *self._book.writes(),
            *self._unknown.writes(),
        ]
