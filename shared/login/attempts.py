"""How often a login may be tried: whoever fails waits, longer each time, known name or not."""

from collections import OrderedDict
from typing import Final

from msgspec import Struct

_FORGOTTEN_SECONDS: Final = 900.0
_KEPT_MAX: Final = 10_000


class _Patience(Struct, frozen=True):
    """So many failures are free; then waits double from one second to the greatest."""

    free_count: int
    wait_seconds_max: float


class _Failures(Struct):
    count: int
    last: float


# A name is held back everywhere only a little: or anybody could lock a colleague out.
_PATIENCE: Final = {
    "pair": _Patience(5, 300.0),
    "address": _Patience(30, 60.0),
    "name": _Patience(20, 15.0),
}


class Attempts:
    """Failed logins of the last quarter of an hour, by name, by address, and by both."""

    def __init__(self) -> None:
        self._failures: OrderedDict[tuple[str, ...], _Failures] = OrderedDict()

    def wait_seconds(self, name: str, address: str, now: float) -> float:
        """How long this name from this address must wait; 0 if it may try now."""
        return max(self._wait(key, now) for key in _keys(name, address))

    def failed(self, name: str, address: str, now: float) -> None:
        """Remember a failure."""
        for key in _keys(name, address):
            known = self._failures.pop(key, None)
            if known is None or now - known.last > _FORGOTTEN_SECONDS:
                known = _Failures(0, now)
            self._failures[key] = _Failures(known.count + 1, now)
        while len(self._failures) > _KEPT_MAX:
            self._failures.popitem(last=False)

    def succeeded(self, name: str, address: str) -> None:
        """Forget the failures of this name from this address."""
        self._failures.pop(("pair", name, address), None)

    def _wait(self, key: tuple[str, ...], now: float) -> float:
        known = self._failures.get(key)
        if known is None or now - known.last > _FORGOTTEN_SECONDS:
            return 0.0
        patience = _PATIENCE[key[0]]
        beyond = known.count - patience.free_count
        if beyond < 0:
            return 0.0
        wait = min(patience.wait_seconds_max, float(2 ** min(beyond, 16)))
        return max(0.0, known.last + wait - now)


def _keys(name: str, address: str) -> tuple[tuple[str, ...], ...]:
    return ("pair", name, address), ("address", address), ("name", name)
