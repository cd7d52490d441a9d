"""How much is measured: in earnest, quickly, or just enough to see that it works."""

from pathlib import Path
from typing import Final

from msgspec import Struct

LONG_FACTS: Final = 5_000_000


class Plan(Struct, frozen=True, kw_only=True):
    """Sizes of one run. `home` is a directory of its own that is thrown away afterwards."""

    home: Path
    rounds: int = 3
    dossiers: int = 20_000  # a month of the invented province: about eight facts each
    yardstick_facts: int = 20_000  # what the slow side of a row handles; rates are compared
    intake_facts: int = 60_000
    series: int = 100_000
    long_facts: int = LONG_FACTS
    segment_facts: int = 300_000  # of the long log, for rebuild against decoding
    rates: tuple[int, ...] = (1_000, 20_000)
    visible_seconds: float = 10.0
    open_dossiers: int = 300_000


def quick(home: Path) -> Plan:
    """Everything once, in about a minute."""
    return Plan(
        home=home, rounds=1, dossiers=1_500, yardstick_facts=3_000, intake_facts=10_000,
        series=20_000, long_facts=60_000, segment_facts=30_000, visible_seconds=2.0,
        open_dossiers=10_000,
    )  # fmt: skip


def tiny(home: Path) -> Plan:
    """Too little to say anything of speed: for tests of the bench itself."""
    return Plan(
        home=home, rounds=1, dossiers=60, yardstick_facts=100, intake_facts=200, series=300,
        long_facts=600, segment_facts=300, rates=(200,), visible_seconds=1.0, open_dossiers=50,
    )  # fmt: skip
