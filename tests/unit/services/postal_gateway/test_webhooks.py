"""Whose word a webhook is: ten thousand forgeries, none believed; rotation loses none."""

import json
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.postal_gateway.carriers.viettel.codes import MEANINGS
from services.postal_gateway.carriers.viettel.mapping import WebhookData, status_of
from services.postal_gateway.domain.facts import status_fact
from services.postal_gateway.domain.orders import LegName, Meaning
from services.postal_gateway.gateway import PostalGateway
from services.postal_gateway.settings import Settings
from services.postal_gateway.webhooks import Webhooks
from shared.errors import TemporarilyUnavailable
from shared.runtime import Refusal, Secret
from tests.support.dossiers import AGENCIES, code_of
from tests.support.fake_clock import FakeClock
from tests.support.waiting import finished
from tests.support.webhooks import NOON, SECRET, Sent, body_of, forgeries, signed

BELIEVED, FORGED, UNREADABLE = 0, 401, 422


def made(home: Path, proof: Any, *secrets: str) -> Webhooks:
    settings = Settings(
        data=home, webhook_proof=proof, webhook_secrets=tuple(Secret(one) for one in secrets)
    )
    return PostalGateway(settings, FakeClock(NOON)).webhooks


def verdict(webhooks: Webhooks, sent: Sent) -> int:
    """Say how it was refused; whoever is believed finds that there is no broker to store it."""
    try:
        finished(webhooks.take(sent.body, moment=sent.moment, signed=sent.signed))
    except Refusal as refusal:
        return refusal.status_code
    except TemporarilyUnavailable:
        return BELIEVED
    raise AssertionError("stored without a broker")


def test_of_ten_thousand_forgeries_none_is_believed(tmp_path: Path) -> None:
    webhooks = made(tmp_path, "signature", SECRET)

    found = Counter((way, verdict(webhooks, sent)) for way, sent in forgeries(10_000, seed=7))

    assert {code for _, code in found} == {FORGED}
    assert sum(found.values()) == 10_000
    assert len(found) == 11  # every way of forging was tried


@pytest.mark.parametrize("seconds", [0, -300, 300])
def test_a_genuine_one_is_believed_within_its_window(tmp_path: Path, seconds: int) -> None:
    said = body_of(code_of(1), 501, NOON)

    at = NOON + timedelta(seconds=seconds)
    assert verdict(made(tmp_path, "signature", SECRET), signed(said, at)) == BELIEVED


def test_a_rotation_of_the_secret_loses_none(tmp_path: Path) -> None:
    said = body_of(code_of(1), 501, NOON)
    old, new = signed(said, secret="old"), signed(said, secret="new")
    both = Sent(old.body, old.moment, f"{old.signed},{new.signed}")

    stages = [made(tmp_path / str(n), "signature", *keys) for n, keys in
              enumerate([("old",), ("old", "new"), ("new",)])]  # fmt: skip

    assert [verdict(one, old) for one in stages] == [BELIEVED, BELIEVED, FORGED]
    assert [verdict(one, new) for one in stages] == [FORGED, BELIEVED, BELIEVED]
    assert [verdict(one, both) for one in stages] == [BELIEVED] * 3


@pytest.mark.parametrize(
    ("token", "answer"),
    [(SECRET, BELIEVED), ("second", BELIEVED), ("", FORGED), (SECRET[:-1], FORGED),
     (SECRET + "x", FORGED), ("é", FORGED)],
)  # fmt: skip
def test_where_the_carrier_has_no_better_its_token_is_asked(
    tmp_path: Path, token: str, answer: int
) -> None:
    webhooks = made(tmp_path, "token", SECRET, "second")
    body = json.dumps(body_of(code_of(1), 501, NOON, token=token)).encode()

    assert verdict(webhooks, Sent(body)) == answer


@pytest.mark.parametrize("proof", ["token", "signature"])
@pytest.mark.parametrize("secrets", [(), ("",)])
def test_without_a_secret_nobody_is_believed(
    tmp_path: Path, proof: str, secrets: tuple[str, ...]
) -> None:
    webhooks = made(tmp_path, proof, *secrets)

    assert verdict(webhooks, signed(body_of(code_of(1), 501, NOON), secret="")) == FORGED


@pytest.mark.parametrize(
    "change",
    [
        {"ORDER_STATUSDATE": "31/02/2026 10:00:00"}, {"ORDER_STATUSDATE": "2026-03-10"},
        {"ORDER_STATUS": "delivered"}, {"ORDER_STATUS": None}, {"ORDER_NUMBER": "a\nb"},
        {"ORDER_REFERENCE": "x" * 200}, {"ORDER_REFERENCE": None},
    ],
)  # fmt: skip
def test_what_is_proven_and_cannot_be_read_is_refused_as_such(
    tmp_path: Path, change: dict[str, Any]
) -> None:
    said = body_of(code_of(1), 501, NOON)
    said["DATA"] |= change

    assert verdict(made(tmp_path, "signature", SECRET), signed(said)) == UNREADABLE


@given(st.binary(max_size=300), st.text(max_size=20), st.text(max_size=80))
def test_whatever_arrives_is_refused_and_breaks_nothing(
    body: bytes, moment: str, claimed: str
) -> None:
    for webhooks in FUZZED:
        assert verdict(webhooks, Sent(body, moment, claimed)) in (FORGED, UNREADABLE)


def test_every_known_code_has_a_meaning_that_becomes_a_fact_or_is_noted() -> None:
    for code, meaning in MEANINGS.items():
        status = status_of(
            WebhookData(
                ORDER_NUMBER="V1", ORDER_REFERENCE=code_of(1), ORDER_STATUS=code,
                ORDER_STATUSDATE="10/03/2026 12:00:00",
            )
        )  # fmt: skip
        fact = status_fact(LegName(code_of(1)), AGENCIES[0], "viettelpost", status)

        assert status.at == NOON
        assert (fact is None) is (meaning is Meaning.NOTED)


def test_statuses_of_one_second_sort_as_they_follow_each_other() -> None:
    rows = [
        status_of(
            WebhookData(
                ORDER_NUMBER="V1", ORDER_REFERENCE="R", ORDER_STATUS=code,
                ORDER_STATUSDATE="10/03/2026 12:00:00",
            )
        ).row
        for code in (-100, 100, 200, 300, 500, 501)
    ]  # fmt: skip

    assert rows == sorted(set(rows))


@pytest.fixture(autouse=True, scope="module")
def _fuzzed(tmp_path_factory: pytest.TempPathFactory) -> None:
    FUZZED[:] = [
        made(tmp_path_factory.mktemp(proof), proof, SECRET) for proof in ("token", "signature")
    ]


FUZZED: list[Webhooks] = []
