"""A report is drawn up by walking over all subjects: none of their kinds may be left out."""

from pathlib import Path

from services.scoring.drawing import draw
from services.scoring.past import Place
from shared.events import catalogue as c
from shared.events import petition as p
from shared.events.fields import ServiceLevel

from .builders import AGENCY, CATALOGUE, Log, epoch, rules, told

MARCH, MAY = "2026-03", epoch("2026-05-04 09:00")


async def test_a_report_tells_of_every_kind_of_thing_that_the_board_counts(tmp_path: Path) -> None:
    """Letters and certified copies too, and one of each with the same number."""
    letter = c.DocumentProcessed(agency_code=AGENCY, on_network=True)
    copy = c.DocumentCertifiedCopyIssued(agency_code=AGENCY, electronic=True)
    petition = p.PetitionReceived(agency_code=AGENCY)
    offer = c.ProcedureServiceLevelSet(agency_code=AGENCY, service_level=ServiceLevel.FULL)
    measure = c.MeasureReported(
        agency_code=AGENCY, indicator_id="4.5a", period=MARCH, numerator=1, denominator=2
    )
    facts = [
        told(event, "2026-03-03 09:00", number=n, code=code)
        for n, (event, code) in enumerate([
            (letter, "VB-1"), (copy, "VB-1"), (petition, "PA-1"), (offer, "1.000001"),
            (measure, f"{AGENCY}/4.5a/{MARCH}"),
        ])
    ]  # fmt: skip
    log = Log(tmp_path / "scoring.db")
    await log.take(facts, MAY)
    log.fold.commit()
    place = Place(path=tmp_path / "scoring.db", catalogue=CATALOGUE, rules=rules())

    indicators = draw(place, MARCH, (), MAY).report.agencies[AGENCY].indicators
    shown = {one: (told.numerator, told.denominator) for one, told in indicators.items()}

    assert shown["documents_processed_on_network"] == (1, 1)
    assert shown["electronic_certified_copies"] == (1, 1)
    assert shown["5.2"] == (0, 1)  # unanswered, and its limit ended in March
    assert shown["3.1"] == (1, 1)
    assert shown["4.5a"] == (1, 2)
