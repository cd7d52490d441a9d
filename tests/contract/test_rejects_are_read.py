"""What intake writes into REJECTS the notifier reads: written by the one, read by the other."""

from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Final

import pytest

from services.intake.domain.judging import Fault
from services.intake.rejects import (
    How,
    Refused,
    RejectSettled,
    Via,
    kept_of,
    part_message,
    raised_message,
    settled_message,
)
from services.intake.sealing import Seal
from services.notifier.domain.clocks import subject_of
from services.notifier.refused import SCHEMA, RefusedBook
from shared.calendar.civil_time import epoch_of
from shared.errors import RejectReason
from shared.ledger.reader import Batch
from shared.ledger.store import Store
from tests.unit.services.notifier.builders import at

_SEAL: Final = Seal(bytes(32))


class Log:
    """REJECTS without a broker: numbers what is said and hands it to the book."""

    def __init__(self, book: RefusedBook) -> None:
        self.book = book
        self._numbers = count(1)

    async def raised(self, moment: datetime, body: bytes, publisher: str = "mot-cua") -> str:
        refused = Refused(body=body, fault=Fault(RejectReason.INVALID_PROCEDURE_CODE))
        kept = kept_of(refused, publisher=publisher, via=Via.HTTP, at=moment, seal=_SEAL)
        await self._said(*(part_message(part, publisher).body for part in kept.parts))
        await self._said(raised_message(kept.record).body)
        return kept.record.reject_id

    async def settled(self, reject_id: str, how: How = How.DISMISSED) -> None:
        settled = RejectSettled(
            reject_id=reject_id, how=how, by="Cán bộ A", reason="gửi nhầm", at=at(9)
        )
        await self._said(settled_message(settled, "mot-cua").body)

    async def _said(self, *bodies: bytes) -> None:
        for body in bodies:
            await self.book.apply(Batch([(next(self._numbers), body)], "id", 0), "created")

    def since(self, publisher: str = "mot-cua") -> int | None:
        return self.book.state_of(publisher, "").since


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "notifier.db"


def book(path: Path) -> RefusedBook:
    return RefusedBook(Store(path, version="1", schema=SCHEMA))


async def test_what_was_refused_waits_until_a_person_settled_it(path: Path) -> None:
    log = Log(book(path))
    assert log.since() is None

    reject = await log.raised(at(2, 9), b"{}")
    assert log.since() == epoch_of(at(2, 9))
    assert [subject_of(key) for key in log.book.touched] == [("rejects", "mot-cua")]
    assert log.since("another") is None

    await log.settled(reject)
    assert log.since() is None


async def test_what_its_age_closed_waits_no_longer(path: Path) -> None:
    log = Log(book(path))
    reject = await log.raised(at(2, 9), b"{}")

    await log.settled(reject, How.EXPIRED)

    assert log.since() is None


async def test_the_same_body_again_is_the_same_reject_settled_or_not(path: Path) -> None:
    log = Log(book(path))
    reject = await log.raised(at(2, 9), b"{}")
    assert await log.raised(at(3, 9), b"{}") == reject
    assert log.since() == epoch_of(at(2, 9))

    await log.settled(reject)
    await log.raised(at(4, 9), b"{}")

    assert log.since() is None


async def test_those_of_one_day_are_one_matter_and_the_next_day_is_another(path: Path) -> None:
    log = Log(book(path))
    first = [await log.raised(at(2, hour), bytes([hour])) for hour in (9, 10, 11)]
    await log.raised(at(3, 9), b"tuesday")

    for reject in first[:2]:
        await log.settled(reject)
    assert log.since() == epoch_of(at(2, 9))  # one of Monday's still waits

    await log.settled(first[2])
    assert log.since() == epoch_of(at(3, 9))


async def test_a_body_in_parts_is_one_reject_and_a_restart_forgets_nothing(path: Path) -> None:
    log = Log(book(path))
    body = b"".join(f"{number:x}".encode() for number in range(0, 400_000, 97))[:32_000]
    await log.raised(at(2, 9), body)
    rows = log.book.saved_rows()

    again = book(path)
    again.write_again(rows)  # as after FACTS was rewound and the file emptied

    assert again.state_of("mot-cua", "H44").since == epoch_of(at(2, 9))
    assert again.state_of("mot-cua", "H44").agency == "H44"
    assert again.position.sequence == log.book.position.sequence

    again.reset(1)
    assert again.state_of("mot-cua", "").since is None
    assert book(path).state_of("mot-cua", "").since is None
