"""What the series of points say: the rules of the day, and how far reports are from facts."""

from datetime import date

from services.scoring.score_series import ScoreSeries
from shared.catalogue.model import Level
from shared.events import catalogue as c
from shared.events.fields import Channel
from shared.observability import Page
from shared.rules.targets import Comparison, Plan, Target

from .builders import AGENCY, told
from .test_metrics import Desk, received


def target(measure: str, since: date, until: date) -> Target:
    return Target(
        key=measure, vi=measure, comparison=Comparison.AT_LEAST, threshold=0.5, period="year",
        scope=(Level.PROVINCE,), effective_from=since, effective_to=until, source="[S0]",
    )  # fmt: skip


PLAN = Plan(
    id="vi-du",
    title="Ví dụ",
    issuer="",
    document="",
    issued="",
    target=(
        target("3.3", date(2026, 1, 1), date(2027, 1, 1)),
        target("2.1", date(2027, 1, 1), date(2028, 1, 1)),
    ),
)


def test_a_plan_that_begins_while_the_service_runs_takes_the_place_of_the_one_that_ended() -> None:
    series, today = ScoreSeries(Page(with_process=False)), [date(2025, 12, 31)]
    refresh = series.keep_rules([PLAN], lambda: today[0])
    shown = []
    for day in (date(2025, 12, 31), date(2026, 12, 31), date(2027, 1, 1)):
        today[0] = day
        refresh()
        shown.append(({one for _, one, _ in series.target}, bool(list(series.max_points))))

    assert shown == [(set(), False), ({"3.3"}, True), ({"2.1"}, True)]


async def test_what_another_system_counted_otherwise_is_exported_by_how_much() -> None:
    desk = Desk()
    online = [received("2026-03-10 09:00", n, channel=Channel.ONLINE) for n in range(3)]
    reported = c.MeasureReported(
        agency_code=AGENCY, indicator_id="3.3", period="2026-03", numerator=2, denominator=5
    )
    # The report system tells how many it received, and not how many of them were synced.
    received_there = c.MeasureReported(
        agency_code=AGENCY, indicator_id="1.4", period="2026-03", denominator=7
    )
    other = c.MeasureReported(
        agency_code=AGENCY, indicator_id="4.5a", period="2026-03", numerator=1, denominator=4
    )
    desk.following.caught_up = True
    await desk.take(
        *online,
        told(reported, "2026-03-30 09:00", code="H44.01/3.3/2026-03"),
        told(received_there, "2026-03-30 09:00", code="H44.01/1.4/2026-03"),
        told(other, "2026-03-30 09:00", code="H44.01/4.5a/2026-03"),
    )

    exported = await desk.lines("dvc_reconciliation_difference")
    labels = 'agency="H44.01",indicator="1.4",period="month"'
    assert {line for line in exported if labels in line} == {
        f'dvc_reconciliation_difference{{{labels},part="denominator"}} -4'
    }
    labels = 'agency="H44.01",indicator="3.3",period="month"'
    assert {line for line in exported if labels in line} == {
        f'dvc_reconciliation_difference{{{labels},part="numerator"}} 1',
        f'dvc_reconciliation_difference{{{labels},part="denominator"}} -2',
    }
    counted = await desk.lines("dvc_indicator_numerator")
    line = 'dvc_indicator_numerator{{agency="H44.01",indicator="{}",period="month"}} {}'
    assert line.format("3.3", 3) in counted  # facts stand where both exist
    assert line.format("4.5a", 1) in counted  # and a report where there is nothing else
