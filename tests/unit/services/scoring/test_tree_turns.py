"""A commune that takes over in the middle of a month, while the service runs."""

from datetime import date

from msgspec import structs

from services.scoring.domain.scores import Unit
from shared.catalogue.model import Agency, Level
from shared.catalogue.tree import turning_days
from shared.events import dossier as d
from shared.events.envelope import Fact

from .builders import CATALOGUE, epoch, rules, told
from .scored_log import ScoredLog

OLD, HEIR, TURN = "H44.201", "H44.301", date(2026, 3, 16)
MERGING = structs.replace(
    CATALOGUE,
    agencies=(
        *CATALOGUE.agencies,
        Agency(code=OLD, name="Xã cũ", short_name="Xã cũ", level=Level.COMMUNE, parent="H44",
               valid_to=TURN, successor=HEIR),
        Agency(code=HEIR, name="Xã mới", short_name="Xã mới", level=Level.COMMUNE, parent="H44",
               valid_from=TURN),
    ),
)  # fmt: skip
BEFORE, AFTER = epoch("2026-03-15 23:59"), epoch("2026-03-16 00:01")


def received() -> list[Fact]:
    event = d.DossierReceived(agency_code=OLD, procedure_code="1.000001")
    return [told(event, "2026-03-12 09:00")]


async def month_at(*instants: int) -> tuple[dict[str, Unit], dict[tuple[str, str], int]]:
    """Each unit's month and the ranks, as a service shows them that was looked at so often."""
    log = ScoredLog(MERGING, rules())
    await log.take(received(), instants[0])
    for instant in instants:
        book = log.shown_at(instant)
    return {node: one for (node, name), one in book.units.items() if name == "month"}, book.ranks[
        "month"
    ]


async def test_a_running_service_goes_by_the_new_tree_from_its_first_day() -> None:
    before, _ = await month_at(BEFORE)
    running = await month_at(BEFORE, AFTER)

    assert HEIR not in before
    assert running == await month_at(AFTER)
    units, ranks = running
    assert units[HEIR].measures["3.3"].measure.denominator == 1
    assert (HEIR, "commune") in ranks
    assert (OLD, "commune") not in ranks


def test_the_days_on_which_the_tree_turns_are_those_of_its_agencies() -> None:
    assert turning_days(MERGING) == (TURN,)
    assert turning_days(CATALOGUE) == ()
