"""How long a claim stood is counted from when it was seen, by no clock that can be set."""

from shared.bus import claims
from shared.bus.claims import Sightings
from tests.support.fake_clock import FakeClock


def test_a_claim_is_as_old_as_it_was_seen_unchanged() -> None:
    clock = FakeClock()
    sightings = Sightings(clock.monotonic)

    ages = [sightings.age("a", 1)]
    clock.advance(90)
    ages += [sightings.age("a", 1), sightings.age("b", 1)]
    ages += [sightings.age("a", 2)]  # somebody wrote on it: it begins anew
    clock.advance(5)
    ages += [sightings.age("a", 2), sightings.age("b", 1)]

    assert ages == [0, 90, 0, 0, 5, 5]


def test_the_oldest_of_too_many_begin_anew() -> None:
    clock = FakeClock()
    sightings = Sightings(clock.monotonic)
    for number in range(claims.SIGHTINGS_MAX + 1):
        sightings.age(str(number), 1)
    clock.advance(7)

    assert (sightings.age("1", 1), sightings.age("0", 1)) == (7, 0)
