"""The life of one dossier, from the applicant's hand to the result, as facts."""

from motcua.simulate.endings import ends
from motcua.simulate.handling import is_moved, is_paused
from motcua.simulate.intake import comes_in, is_paid, submitted
from motcua.simulate.life import Arrival, Life, World
from motcua.simulate.wire import Story, Told
from shared.events.dossier import DossierRejected


def life_of(world: World, arrival: Arrival) -> list[Told]:
    """Everything that ever happens to a dossier; not sorted by time."""
    life = Life(world, arrival)
    comes_in(life)
    is_paid(life)
    is_paused(life)
    is_moved(life)
    ends(life)
    return life.story.told


def refusal_of(arrival: Arrival) -> list[Told]:
    """The desk refuses to accept it: it was never received."""
    story = Story(arrival.code, arrival.desk.source)
    story.tell(arrival.submitted, submitted(arrival))
    agency_code = arrival.desk.agency_code
    rejected = DossierRejected(agency_code=agency_code, reason_code="thieu-giay-to")
    story.tell(arrival.received, rejected)
    return story.told
