"""The metrics page: what it shows and when, and the README's table of it.

`python -m tests.unit.services.scoring.test_metrics` writes the table anew.
"""

import asyncio
import re
from asyncio.subprocess import PIPE
from datetime import UTC, datetime
from pathlib import Path
from shutil import which
from typing import Any

import pytest
from msgspec import Struct

from services.scoring.handlers import Scoring
from services.scoring.metrics import Metrics
from shared.events import dossier as d
from shared.events.fields import Channel
from shared.ledger.reader import Batch
from shared.observability import Page, table
from shared.observability.fold_series import FoldStanding

from .builders import AGENCY, CATALOGUE, PROCEDURE, Log, at, told

README = Path(__file__).parents[4] / "services" / "scoring" / "README.md"
_TABLE = re.compile(r"(<!-- metrics: [^\n]*-->\n).*(<!-- end of metrics -->)", re.DOTALL)


class Following(Struct):
    """What the follower would know."""

    caught_up: bool = False
    lag_count: int = 7
    halted: str = ""


class Clock:
    """Stands still until told."""

    def __init__(self, when: str) -> None:
        self.time = at(when)

    def now(self) -> datetime:
        return self.time

    def monotonic(self) -> float:
        return self.time.timestamp()


class Desk:
    """Scoring over a log in memory, with its page."""

    def __init__(self, when: str = "2026-03-31 09:00") -> None:
        self.clock, self.following, self.log = Clock(when), Following(), Log(":memory:")
        self.page = Page(with_process=False)
        self.metrics = Metrics(self.page, CATALOGUE, standing=self.standing)
        self.scoring = Scoring(
            self.log.fold,
            self.log.store,
            self.log.projection,
            self.metrics,
            catalogue=CATALOGUE,
            clock=self.clock,
        )
        self.scoring.following = self.following
        self.page.before_render(self.scoring.refresh_metrics)

    def standing(self) -> FoldStanding:
        return self.scoring.standing()

    async def take(self, *facts: Any) -> None:
        batch: Batch = self.log.batch(facts)
        await self.scoring.apply(batch, "created")

    async def lines(self, name: str) -> set[str]:
        text = (await self.page.render()).decode()
        return {line for line in text.splitlines() if line.startswith(name)}


def received(when: str, number: int = 0, **said: Any) -> Any:
    event = d.DossierReceived(agency_code=AGENCY, procedure_code=PROCEDURE, **said)
    return told(event, when, code=f"H44.01-260302-{number:04d}")


async def test_no_legal_number_is_shown_before_the_log_is_read() -> None:
    desk = Desk()
    await desk.take(received("2026-03-02 09:00"))

    assert await desk.lines("dvc_dossiers") == await desk.lines("dvc_period") == set()
    assert await desk.lines("dvc_fold_lag") == {'dvc_fold_lag{service="scoring"} 7'}

    desk.following.caught_up = True
    assert await desk.lines("dvc_dossiers_open") == {
        'dvc_dossiers_open{agency="H44.01",field="dat-dai",stage="overdue"} 1'
    }

    desk.following.halted = "expected sequence 2, found 3"
    assert await desk.lines("dvc_dossiers") == await desk.lines("dvc_snapshot") == set()


async def test_where_the_desks_are_is_said_from_the_start() -> None:
    desk = Desk()
    desk.metrics.show_desks(["notifier=http://may.example:8403/", "nowhere", "scoring="])

    assert await desk.lines('dvc_desk_info{service="notifier') == {
        'dvc_desk_info{service="notifier",url="http://may.example:8403"} 1'
    }


async def test_a_rewound_log_takes_the_numbers_away_until_it_is_read_again() -> None:
    desk = Desk()
    desk.following.caught_up = True
    await desk.take(received("2026-03-02 09:00"))
    assert await desk.lines("dvc_dossiers_open")

    desk.scoring.reset(1)
    desk.following.caught_up = False

    assert await desk.lines("dvc_dossiers") == set()
    assert await desk.lines("dvc_fold_rewinds") == {'dvc_fold_rewinds_total{service="scoring"} 1'}


async def test_the_oldest_overdue_dossier_moves_on_when_it_is_closed() -> None:
    desk = Desk()
    desk.following.caught_up = True
    dues = ["2026-03-06 17:00", "2026-03-04 17:00", "2026-03-04 17:00"]
    await desk.take(
        *(received("2026-03-02 09:00", n, due_at=at(due)) for n, due in enumerate(dues))
    )
    oldest = 'dvc_oldest_overdue_due_timestamp_seconds{agency="H44.01"} '

    for number, due in ((1, dues[2]), (2, dues[0])):
        end = told(d.DossierResolved(agency_code=AGENCY), "2026-03-30 09:00", number="end",
                   code=f"H44.01-260302-{number:04d}")  # fmt: skip
        await desk.take(end)
        lines = await desk.lines("dvc_oldest")
        assert lines == {f"{oldest}{int(at(due).timestamp())}"}


async def test_month_quarter_and_year_are_the_current_ones() -> None:
    desk = Desk("2026-04-01 09:00")
    desk.following.caught_up = True
    await desk.take(
        received("2026-03-02 09:00", 1, channel=Channel.ONLINE),
        received("2026-04-01 08:00", 2, channel=Channel.ONLINE),
        received("2025-12-31 08:00", 3, channel=Channel.ONLINE),
    )
    line = (
        'dvc_period_dossiers_received{{agency="H44.01",field="dat-dai",channel="online",'
        'period="{}"}} {}'
    )

    assert await desk.lines("dvc_period_dossiers_received") == {
        line.format("month", 1), line.format("quarter", 1), line.format("year", 2)
    }  # fmt: skip

    desk.clock.time = at("2026-05-01 00:00")
    await desk.scoring.tick()
    assert await desk.lines("dvc_period_dossiers_received") == {
        line.format("quarter", 1), line.format("year", 2)
    }  # fmt: skip


async def test_sources_corrections_and_outcomes_survive_a_restart(tmp_path: Path) -> None:
    desk = Desk()
    desk.following.caught_up = True
    late = told(d.DossierReceived(agency_code=AGENCY, procedure_code=PROCEDURE),
                "2026-02-02 09:00", recorded=at("2026-03-30 09:00"))  # fmt: skip
    await desk.take(late, late)
    await desk.scoring.tick()  # what was shown at once is committed by now

    again = Scoring(
        desk.log.fold, desk.log.store, desk.log.projection,
        Metrics(Page(), CATALOGUE, standing=desk.scoring.standing), catalogue=CATALOGUE,
        clock=desk.clock,
    )  # fmt: skip
    assert again.correction_count == 1
    assert again.projection.last_event_at == {"mcdt-tinh": datetime(2026, 2, 2, 2, tzinfo=UTC)}
    assert await desk.lines("dvc_corrections") == {"dvc_corrections 1"}
    counted = 'dvc_facts_total{{service="scoring",event="dossier.received.v1",outcome="{}"}} 1'
    assert await desk.lines("dvc_facts") == {counted.format("late"), counted.format("duplicate")}


@pytest.mark.skipif(not which("promtool"), reason="promtool is not on this machine")
async def test_promtool_finds_nothing_but_the_promised_name() -> None:
    desk = Desk()
    desk.following.caught_up = True
    await desk.take(received("2026-03-02 09:00"))

    promtool = await asyncio.create_subprocess_exec(
        "promtool", "check", "metrics", stdin=PIPE, stdout=PIPE, stderr=PIPE
    )
    _, said = await promtool.communicate(await desk.page.render())
    # A unit in its name that is none: it says whether these are hours of business.
    found = [one for one in said.decode().splitlines() if "dvc_business_hours" not in one]
    assert found == []


def with_table(text: str) -> str:
    families = Desk().page.families
    return _TABLE.sub(lambda found: found[1] + table(families) + found[2], text)


def test_the_readme_lists_every_series() -> None:
    text = README.read_text(encoding="utf-8")

    assert text == with_table(text)


if __name__ == "__main__":
    README.write_text(with_table(README.read_text(encoding="utf-8")), encoding="utf-8")
