"""Where a fact stands in the stream."""

import pytest

from shared.bus.subjects import (
    FACT_NOUNS,
    INTAKE_NOUNS,
    alert_subject,
    claim_subject,
    fact_subject,
    inbox_stream,
    inbox_subjects,
    reject_subject,
    shard_filter,
)
from shared.events.catalogue import SourceHeartbeat
from shared.events.envelope import EVENT_TYPES
from tests.support.facts import received, recorded


def test_a_fact_stands_under_noun_what_happened_and_agency_whose_dots_are_levels() -> None:
    assert fact_subject(received(1, agency="H99.12.04")) == "dossier.received.H99.12.04"


def test_a_fact_without_an_agency_stands_under_an_underscore() -> None:
    beat = recorded(SourceHeartbeat(), id="beat-1", subject="mcdt-tinh")

    assert fact_subject(beat) == "source.heartbeat._"


def test_no_dossier_code_enters_a_subject() -> None:
    fact = received(417)

    assert fact.subject not in fact_subject(fact)


@pytest.mark.parametrize(
    ("pattern", "filters"),
    [
        ("dossier.*.H99-*", ("dossier.*.H99", "dossier.*.H99.>")),
        ("dossier.*.H99-12-*", ("dossier.*.H99.12", "dossier.*.H99.12.>")),
        ("dossier.received.H99.12", ("dossier.received.H99.12",)),
        (">", (">",)),
    ],
)
def test_a_shard_is_an_agency_and_all_under_it(pattern: str, filters: tuple[str, ...]) -> None:
    assert shard_filter(pattern) == filters


def test_every_noun_of_a_fact_has_a_stream_and_intake_writes_only_what_it_owns() -> None:
    nouns = {name.partition(".")[0] for name in EVENT_TYPES}

    assert nouns == {*FACT_NOUNS, "alert"}
    assert set(FACT_NOUNS) > INTAKE_NOUNS
    assert INTAKE_NOUNS.isdisjoint({"postal", "alert", "indicator"})


def test_the_other_subjects_are_built_in_one_place_too() -> None:
    assert alert_subject("raised", "9f31") == "alert.raised.9f31"
    assert claim_subject("notifier", "9f31.1") == "claim.notifier.9f31.1"
    assert reject_subject("raised", "mcdt-tinh") == "reject.raised.mcdt-tinh"
    assert (inbox_stream("mcdt-tinh"), inbox_subjects("mcdt-tinh")) == (
        "INBOX_mcdt-tinh",
        "in.mcdt-tinh.>",
    )
