"""Sealing, pairing, limits, the registry, and the breaker."""

import json
import random
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.delivery import BREAKER_COUNT, Breaker
from services.intake.domain.answers import Outcome, Result
from services.intake.domain.judging import Fault
from services.intake.echoes import Echoes, Stored, Verdict
from services.intake.inbox import consumer_config, delay_seconds
from services.intake.limits import RateLimits
from services.intake.registry import Registry
from services.intake.rejects import (
    PAYLOAD_KEPT_BYTES_MAX,
    Refused,
    Via,
    body_of,
    kept_of,
    part_message,
    raised_message,
)
from services.intake.sealing import Seal, SealBrokenError, key_of
from shared.bus.publishing import BODY_MAX_BYTES
from shared.bus.streams import MESSAGE_SIZE_MAX_BYTES
from shared.errors import RejectReason, TemporarilyUnavailable
from shared.observability import get_logger
from tests.support.fake_clock import FakeClock
from tests.support.fake_wire import FakeWire, intake_parts
from tests.support.intake import PUBLISHER, SEAL_KEY, event, write_registry

SEAL = Seal(key_of(SEAL_KEY))
NOW = datetime(2026, 3, 4, 3, 0, tzinfo=UTC)
FAULT = Fault(RejectReason.NOT_JSON)


@given(st.binary(max_size=2_000))
def test_a_refused_body_comes_back_as_it_was(body: bytes) -> None:
    kept = kept_of(Refused(body=body, fault=FAULT), publisher=PUBLISHER, via=Via.NATS, at=NOW,
                   seal=SEAL)  # fmt: skip

    assert body_of(kept.record, kept.parts, SEAL) == body
    assert (kept.record.cut, kept.parts) == (False, [])


@pytest.mark.parametrize(
    ("service", "size", "is_whole"),
    [
        ("", MESSAGE_SIZE_MAX_BYTES, True),
        ("", MESSAGE_SIZE_MAX_BYTES + 1, False),
        ("DongBoHoSoMC", PAYLOAD_KEPT_BYTES_MAX, True),
        ("DongBoHoSoMC", PAYLOAD_KEPT_BYTES_MAX + 1, False),
        ("", 4_000_000, False),
    ],
)
def test_any_body_fits_into_the_stream(service: str, size: int, *, is_whole: bool) -> None:
    body = random.Random(size).randbytes(size)  # noise does not deflate: the worst case
    fault = Fault(RejectReason.TOO_LARGE, "\x01" * 300, "\x02" * 900)  # six bytes each in JSON
    refused = Refused(body=body, fault=fault, service=service, named=('"' * 128,) * 3)

    kept = kept_of(refused, publisher="p" * 32, via=Via.DVCQG, at=NOW, seal=SEAL)

    record = kept.with_rest([2**53] * len(kept.parts))
    messages = [raised_message(record), *(part_message(part, "p" * 32) for part in kept.parts)]
    assert max(len(message.body) for message in messages) <= BODY_MAX_BYTES
    assert len({message.message_id for message in messages}) == len(messages)
    assert record.cut is not is_whole
    found = body_of(record, kept.parts, SEAL)
    assert found == body if is_whole else body.startswith(found) and len(found) > 16_000


def test_parts_of_two_tries_open_together() -> None:
    body = random.Random(1).randbytes(MESSAGE_SIZE_MAX_BYTES)
    first, second = (
        kept_of(Refused(body=body, fault=FAULT), publisher=PUBLISHER, via=Via.HTTP, at=NOW,
                seal=SEAL)
        for _ in range(2)
    )  # fmt: skip

    assert body_of(second.record, first.parts, SEAL) == body


def test_the_same_body_is_the_same_reject_and_another_publishers_is_not() -> None:
    refused = Refused(body=b"{", fault=FAULT)
    made = [
        kept_of(refused, publisher=name, via=Via.HTTP, at=NOW, seal=SEAL).record
        for name in ("mot", "mot", "hai")
    ]

    assert made[0].reject_id == made[1].reject_id != made[2].reject_id
    assert made[0].sealed != made[1].sealed


def test_another_key_or_another_label_opens_nothing() -> None:
    sealed = SEAL.sealed(b"x", "label")

    for seal, label in ((SEAL, "other"), (Seal(b"k" * 32), "label")):
        with pytest.raises(SealBrokenError):
            seal.opened(sealed, label)
    with pytest.raises(ValueError, match="32 bytes"):
        key_of("c2hvcnQ=")


def test_a_contact_reference_is_stable_and_depends_on_the_key() -> None:
    assert SEAL.contact_ref("mot", "1") == SEAL.contact_ref("mot", "1")
    assert len({SEAL.contact_ref("mot", "1"), SEAL.contact_ref("mo", "t|1"),
                Seal(b"k" * 32).contact_ref("mot", "1")}) == 3  # fmt: skip


RESULT = Result(id="1", outcome=Outcome.ACCEPTED, sequence=1)
KEY = Echoes.key("mot", b"{}")


async def test_a_request_and_its_inbox_copy_are_one_event() -> None:
    echoes = Echoes()

    asked = echoes.hear_request(KEY)

    assert isinstance(asked, Stored)
    assert echoes.request_of(KEY) is asked
    assert echoes.request_of(KEY) is None  # each copy is paired once


async def test_an_inbox_copy_that_is_quicker_gives_its_verdict_to_the_request() -> None:
    echoes = Echoes()
    verdict = echoes.judging(KEY)

    heard = echoes.hear_request(KEY)
    echoes.settle(verdict, RESULT)

    assert isinstance(heard, Verdict)
    assert await heard.said == RESULT
    assert isinstance(echoes.hear_request(KEY), Stored)  # sent again: judged again


async def test_a_plain_publish_leaves_nothing_behind_for_a_later_request() -> None:
    echoes = Echoes()
    echoes.hear_plain(KEY)
    echoes.settle(echoes.judging(KEY), RESULT)

    echoes.settle(echoes.judging(KEY), RESULT)
    echoes.hear_plain(KEY)

    assert isinstance(echoes.hear_request(KEY), Stored)


def test_a_bucket_lets_a_burst_pass_and_then_its_rate() -> None:
    clock = FakeClock()
    limits = RateLimits(clock)

    assert limits.wait_seconds("mot", 20, 10) == 0
    assert limits.wait_seconds("mot", 1, 10) > 0
    assert limits.wait_seconds("hai", 1, 10) == 0
    clock.advance(1)
    assert limits.wait_seconds("mot", 5, 10) == 0


def test_a_batch_larger_than_the_bucket_is_paid_for_afterwards() -> None:
    clock = FakeClock()
    limits = RateLimits(clock)

    assert limits.wait_seconds("mot", 500, 10) == 0
    assert limits.wait_seconds("mot", 1, 10) == pytest.approx(48, abs=0.2)


def test_a_message_rests_longer_each_time_up_to_ten_seconds() -> None:
    assert [delay_seconds(n) for n in (1, 2, 3, 4, 5, 19)] == [1, 2, 4, 8, 10, 10]
    assert consumer_config().max_deliver == 20


def test_a_broken_registry_changes_nothing(tmp_path: Path) -> None:
    path = write_registry(tmp_path / "publishers.json")
    registry = Registry(path, get_logger("intake"))

    assert registry.refresh()
    assert not registry.refresh()
    path.write_text("{")
    assert not registry.refresh()
    assert registry.names() == [PUBLISHER]
    path.write_text(json.dumps({"publishers": [{"name": "moi", "dossier_pattern": "A\\d"}]}))
    assert registry.refresh()
    assert registry.names() == ["moi"]
    assert registry.pattern_of("moi") is not None


def raising() -> int:
    raise ZeroDivisionError


def test_fifty_own_faults_in_a_row_open_the_breaker_and_a_good_event_starts_anew() -> None:
    breaker = Breaker(get_logger("intake"))

    for _ in range(BREAKER_COUNT - 1):
        assert isinstance(breaker.guarded(raising), Fault)
    assert breaker.guarded(lambda: 1) == 1
    for _ in range(BREAKER_COUNT - 1):
        breaker.guarded(raising)
    assert breaker.why_open() == ""
    breaker.guarded(raising)
    assert breaker.is_open


async def test_with_the_breaker_open_nothing_is_answered_and_nothing_parked(
    tmp_path: Path,
) -> None:
    wire = FakeWire()
    parts = intake_parts(tmp_path, clock=FakeClock(NOW), wire=wire)
    publisher = parts.registry.by_name(PUBLISHER)
    assert publisher is not None
    for _ in range(BREAKER_COUNT):
        parts.breaker.guarded(raising)

    with pytest.raises(TemporarilyUnavailable, match="own faults"):
        await parts.intake.submit(
            [json.dumps(event(1, now=NOW)).encode(), b"{"], publisher, Via.NATS
        )

    assert (wire.facts, wire.rejects) == ([], [])
