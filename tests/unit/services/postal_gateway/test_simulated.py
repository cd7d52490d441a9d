"""The simulated carrier: the same way for the same seed, over restarts as well."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from services.postal_gateway.carriers.simulated.faults import Fault, Faults, Rates
from services.postal_gateway.carriers.simulated.orders import Chances, OrderBook
from tests.support.dossiers import code_of

NOON = datetime(2026, 3, 10, 5, 0, tzinfo=UTC)


def codes(book: OrderBook) -> list[tuple[str, str]]:
    return [(row.order_number, row.code) for row in book.page(0, 1000)]


def test_statuses_come_as_time_passes() -> None:
    book = OrderBook(speed=60, chances=Chances(delivery_failed=0))
    book.create(code_of(1), "k", NOON)

    seen = []
    for minutes in (0, 1, 3, 7):
        book.advance(NOON + timedelta(minutes=minutes))
        seen.append([code for _, code in codes(book)])

    assert seen == [["1"], ["1", "3"], ["1", "3", "2"], ["1", "3", "2", "4"]]


def test_a_failed_delivery_is_tried_again_or_sent_back() -> None:
    book = OrderBook(chances=Chances(delivery_failed=1, returned=0.05), seed=3)
    for number in range(60):
        book.create(code_of(number), "k", NOON)
    book.advance(NOON + timedelta(days=2))

    ends = Counter(code for _, code in codes(book))

    assert ends["91"] == 60
    assert ends["4"] + ends["170"] == 60
    assert ends["170"] > 0


def test_a_second_order_of_the_same_number_is_kept_for_everybody_to_see() -> None:
    book = OrderBook()
    book.create(code_of(1), "k", NOON)
    book.create(code_of(1), "k", NOON)

    assert len(book.find(code_of(1))) == 2
    book.cancel(code_of(1))
    assert book.find(code_of(1)) == []


def test_a_restart_goes_on_where_the_journal_ends(tmp_path: Path) -> None:
    journal = tmp_path / "carrier.jsonl"
    whole, halved = OrderBook(seed=4), OrderBook(seed=4, journal=journal)
    for book in (whole, halved):
        for number in range(20):
            book.create(code_of(number), "k", NOON)
        book.advance(NOON + timedelta(hours=3))

    again = OrderBook(seed=4, journal=journal)
    for book in (whole, again):
        book.advance(NOON + timedelta(days=2))

    assert again.rows == whole.rows


def test_misfortune_is_the_same_for_the_same_seed() -> None:
    rates = Rates(error=0.2, silence=0.2, late_error=0.2)
    one, two = Faults(rates, 9), Faults(rates, 9)

    drawn = [one.draw() for _ in range(200)]

    assert drawn == [two.draw() for _ in range(200)]
    assert set(drawn) == {Fault.NONE, Fault.ERROR, Fault.SILENCE, Fault.LATE_ERROR}
