"""Sums per key, and what of them is not on disk yet."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from shared.ledger.counters import SCHEMA, Counters
from shared.ledger.store import Store
from shared.ledger.subject import CounterKey

KEYS = st.sampled_from([("open", "H99.12"), ("open", ""), ("late", "H99.12", "2026-03"), ("n",)])
STEPS = st.lists(st.tuples(KEYS, st.integers(-3, 3), st.sampled_from([1, -1])), max_size=20)


def new_store() -> Store:
    return Store(":memory:", version="1", schema=SCHEMA)


def loaded(store: Store) -> dict[CounterKey, int]:
    counters = Counters()
    counters.load(store)
    return counters.values


def commit(counters: Counters, store: Store) -> None:
    store.commit(counters.unsaved_writes())
    counters.saved()


@given(st.lists(STEPS, max_size=5))
def test_what_is_saved_is_the_sum_and_a_sum_of_zero_does_not_exist(
    commits: list[list[tuple[CounterKey, int, int]]],
) -> None:
    counters, store, wanted = Counters(), new_store(), Counter[CounterKey]()
    for steps in commits:
        for key, amount, sign in steps:
            one = ((key, amount),)
            counters.move(*(((), one) if sign > 0 else (one, ())))
            wanted[key] += sign * amount
        commit(counters, store)

    assert counters.values == {key: value for key, value in wanted.items() if value}
    assert loaded(store) == counters.values


def test_a_key_without_labels_of_its_own_survives_the_file() -> None:
    counters, store = Counters(), new_store()
    counters.move((), ((("open", ""), 2), (("waiting",), 1)))

    commit(counters, store)

    assert loaded(store) == {("open", ""): 2, ("waiting",): 1}


def test_writes_that_were_not_confirmed_are_asked_for_again() -> None:
    counters, store = Counters(), new_store()
    counters.move((), ((("open",), 1),))

    list(counters.unsaved_writes())
    commit(counters, store)

    assert loaded(store) == {("open",): 1}
    assert [list(rows) for _, rows in counters.unsaved_writes()] == [[], []]


def test_the_renderer_learns_of_every_key_that_changed_also_of_those_that_are_gone() -> None:
    counters = Counters()
    counters.move((), ((("open",), 1), (("late",), 1)))
    counters.changed.clear()

    counters.move(((("open",), 1),), ())
    counters.clear()

    assert counters.values == {}
    assert counters.changed == {("open",), ("late",)}
