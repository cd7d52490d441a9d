from collections import Counter
from itertools import islice
from pathlib import Path

import pytest

from motcua.bench import corpus
from motcua.bench.filling import long_log
from motcua.bench.sql import _sqlite
from motcua.bench.visible import latencies_ms
from shared.events.envelope import LOG_DECODER, STRICT_DECODER
from shared.ledger.subject import mark_of


@pytest.fixture(scope="module")
def facts() -> list[corpus.Told]:
    return corpus.told(30)


def test_a_copied_dossier_lives_the_same_life_under_another_code(facts: list[corpus.Told]) -> None:
    lives = [fact for fact in facts if fact.type.startswith("dossier.")]

    copied = [LOG_DECODER.decode(one.body) for one in corpus.copies(facts, 3, 5)]

    assert len(copied) == 2 * len(lives)
    assert Counter(fact.type for fact in copied) == Counter(
        {kind: 2 * count for kind, count in Counter(fact.type for fact in lives).items()}
    )
    assert {fact.subject for fact in copied} == {
        f"{fact.code}-{number}" for fact in lives for number in (3, 4)
    }


def test_every_copy_has_an_identity_of_its_own_and_would_pass_intake(
    facts: list[corpus.Told],
) -> None:
    copies = list(corpus.copies(facts, 0, 4))

    assert len({mark_of(LOG_DECODER.decode(one.body)) for one in copies}) == len(copies)
    assert len({one.message_id for one in copies}) == len(copies)
    for one in copies:
        STRICT_DECODER.decode(one.body)


def test_a_long_log_is_long_enough(facts: list[corpus.Told]) -> None:
    assert len(list(islice(long_log(facts, 1_000), 1_000))) == 1_000
    assert list(long_log([], 1_000)) == []


def test_saved_facts_are_read_back(facts: list[corpus.Told], tmp_path: Path) -> None:
    corpus.save(facts, tmp_path / "facts")

    assert corpus.load(str(tmp_path / "facts")) == facts


def test_the_query_counts_every_dossier_received(facts: list[corpus.Told], tmp_path: Path) -> None:
    corpus.save(facts, tmp_path / "facts")
    steps = sum(fact.type in corpus.STEPS for fact in facts)

    said = _sqlite(str(tmp_path / "facts"), steps, 1)

    assert said["database"] == "SQLite"
    assert sum(said["received"].values()) == 30


def test_a_fact_is_visible_with_the_first_page_that_shows_its_position() -> None:
    pages = [[1.0, 0], [1.010, 2], [1.020, 3]]

    assert latencies_ms([[1.0, 1], [1.0, 2], [1.005, 3]], pages) == pytest.approx([10, 10, 15])
    assert latencies_ms([[1.0, 9]], pages) == pytest.approx([20])
