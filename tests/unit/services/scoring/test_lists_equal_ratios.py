"""Every ratio opens into exactly its things: for each measure and each node of a province.

MOTCUA_DOSSIERS sets the size of the invented province, MOTCUA_SEED another one.
"""

import os
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from motcua.simulate import simulate
from motcua.simulate.tree import catalogue_for
from services.scoring import past
from services.scoring.domain.index import Index
from services.scoring.domain.items import COUNTED, Asked, reason_of, verdict
from services.scoring.domain.periods import months_of
from services.scoring.domain.rules import Rules
from services.scoring.domain.tally import Measures, Tally
from services.scoring.handlers import SCHEMA
from services.scoring.ledger import ScoringProjection, State, load_rules, version_of
from services.scoring.snapshot import commit_of, opened, states_of
from shared.calendar import load_calendar
from shared.catalogue.model import Catalogue, Level
from shared.events.envelope import STRICT_DECODER, encoded, stamped
from shared.ledger.fold import Fold
from shared.ledger.reader import Batch
from shared.ledger.store import Store
from shared.rules.measures import Measured, load_measures

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]
DOSSIERS = int(os.environ.get("MOTCUA_DOSSIERS", "1500"))
SEED = int(os.environ.get("MOTCUA_SEED", "20261122"))
PERIODS = ("2026", "2026-Q1", "2026-02")
NOW = int(datetime(2026, 4, 20, 3, tzinfo=UTC).timestamp())
PREFIXES = {"dossier": "dossier/", "ended": "dossier/", "petition": "petition/",
            "document": "document/", "copy": "copy/"}  # fmt: skip


def bodies() -> Iterator[bytes]:
    for body in simulate("demo", DOSSIERS, SEED):
        said = STRICT_DECODER.decode(body)
        if said.time.timestamp() <= NOW:
            recorded_at = said.time + timedelta(seconds=1)
            yield encoded(stamped(said, source=said.source, recorded_at=recorded_at))


async def province(path: Path) -> tuple[Catalogue, Rules]:
    """An invented province folded into a file."""
    catalogue = catalogue_for("demo")
    rules = load_rules(load_calendar(), catalogue)
    log = list(bodies())
    projection = ScoringProjection(rules, version_of(rules))
    store = Store(path, version=projection.version, schema=SCHEMA)

    async def fetch(sequences: Any) -> dict[int, bytes]:
        return {one: log[one - 1] for one in sequences}

    fold: Fold[State] = Fold(projection, store, fetch)
    for first in range(0, len(log), 2000):
        entries = [(first + n + 1, body) for n, body in enumerate(log[first : first + 2000])]
        await fold.apply(Batch(entries, "id", 0), "created", NOW)
        fold.commit()
    store.close()
    return catalogue, rules


Lists = Counter[tuple[str, str, str, bool]]  # period, measure, agency, whether it is counted


def lists_of(db: Any, rules: Rules) -> Lists:
    """How many things of each agency each measure lists as counted, and as left out."""
    found: Lists = Counter()
    for prefix in sorted(set(PREFIXES.values())):
        asked = [
            (period, Asked(measure=one, agencies=None, months=months_of(period)))
            for period in PERIODS
            for one in load_measures().measure
            if PREFIXES.get(one.subject) == prefix
        ]
        for _, state in states_of(db, prefix):
            for period, one in asked:
                reason = verdict(state, NOW, one, rules)
                if reason is not None:
                    found[period, one.measure.id, state.agency, reason == COUNTED] += 1
    return found


def distinct_lists_of(index: Index, tally: Tally, node: str, measure: Measured) -> tuple[int, int]:
    """How many procedures, desks, officers or communes a measure lists, and in all."""
    facets = tally.distinct_facets(index, node, "asked", measure.subject)
    reasons = [reason_of(bits, measure) for bits in facets.values()]
    return reasons.count(COUNTED), len(reasons) - reasons.count(None)


async def test_a_list_is_as_long_as_its_ratio_says_for_every_measure_and_node(
    tmp_path: Path,
) -> None:
    path = tmp_path / "scoring.db"
    catalogue, rules = await province(path)
    compared = 0
    with opened(path) as db:
        assert commit_of(db)[0] == NOW
        listed = lists_of(db, rules)
        for period in PERIODS:
            index = past.index_of(db, {period, *months_of(period)})
            day = past.Place(path=path, catalogue=catalogue, rules=rules).day_of(period, NOW)
            tally = Tally(Measures(load_measures()), catalogue, day, {"asked": months_of(period)})
            tally.put_all(index)
            tally.refresh(index)
            for node in sorted(tally.nodes):
                ratios = tally.ratios(tally.vector(index, node, "asked"))
                members = tally.members(node)
                for measure in load_measures().measure:
                    if measure.subject in PREFIXES:
                        at = (period, measure.id)
                        counted = sum(listed[*at, one, True] for one in members)
                        in_all = counted + sum(listed[*at, one, False] for one in members)
                    else:
                        counted, in_all = distinct_lists_of(index, tally, node, measure)
                    wanted = ratios[measure.id]
                    assert (counted, in_all) == wanted, (period, measure.id, node)
                    compared += bool(wanted[1])
    print(f"{DOSSIERS} dossiers, {compared} ratios above 0 compared with their lists")
    assert compared > 1000


async def test_the_page_of_a_ratio_lists_numerator_and_denominator(tmp_path: Path) -> None:
    path = tmp_path / "scoring.db"
    catalogue, rules = await province(path)
    place = past.Place(path=path, catalogue=catalogue, rules=rules)
    measures = {one.id: one for one in load_measures().measure}

    for indicator in ("2.1", "3.2", "3.6", "4.6", "dossiers_early"):
        listed = await past.listed(place, measures[indicator], [""], "2026")

        assert listed.denominator > 0, indicator
        assert len(listed.counted) == listed.numerator, indicator
        assert len(listed.counted) + len(listed.left_out) == listed.denominator, indicator
        assert sum(listed.reasons.values()) == len(listed.left_out), indicator


async def test_the_page_of_a_level_lists_the_sum_of_its_agencies(tmp_path: Path) -> None:
    path = tmp_path / "scoring.db"
    catalogue, rules = await province(path)
    place = past.Place(path=path, catalogue=catalogue, rules=rules)
    measures = {one.id: one for one in load_measures().measure}
    communes = [one.code for one in catalogue.agencies if one.level is Level.COMMUNE]

    for indicator in ("2.1", "3.2", "dossiers_early"):
        measure = measures[indicator]
        together = await past.listed(place, measure, communes, "2026")
        alone = [await past.listed(place, measure, [one], "2026") for one in communes]

        assert together.denominator > 0, indicator
        assert together.numerator == sum(one.numerator for one in alone), indicator
        assert len(together.counted) == together.numerator, indicator
        assert len(together.left_out) == together.denominator - together.numerator, indicator
