"""What time, people and silences make of an open alert."""

from typing import Any

import pytest

from services.notifier.domain.lifecycle import NextTurn, Turn, next_turn
from services.notifier.domain.occasions import occasions
from services.notifier.domain.records import AlertRecord, alert_step
from services.notifier.domain.rules import Grouping, Stage, alert_rules
from shared.calendar.civil_time import epoch_of
from shared.events import alert as a
from tests.support.dossiers import code_of, said
from tests.unit.services.notifier.builders import CALENDAR, at, row
from tests.unit.services.notifier.shipped import civil

CODE = code_of(1)
STAGE: Stage = alert_rules(
    (
        "schema = 1\n" + row("overdue", 0)
        + "escalate_after_working_hours = 16\nlevel_max = 2\nremind_after_working_days = 3\n"
    ).encode()
).stage[0]  # fmt: skip
Told = tuple[type[a.AlertEvent], str, dict[str, Any]]
RAISED: Told = (a.AlertRaised, "04/03/2026 09:00", {"since_at": at(3), "due_at": at(3)})


def taken(when: str) -> Told:
    return a.AlertAcknowledged, when, {"by": "Cán bộ A", "reason": "Đang xử lý"}


def quiet(when: str, until: str) -> Told:
    more = {"by": "Cán bộ B", "reason": "Chờ liên ngành", "until_at": civil(until)}
    return a.AlertSilenced, when, more


def level(when: str, number: int) -> Told:
    return a.AlertEscalated, when, {"level": number}


def reminded(when: str, count: int) -> Told:
    return a.AlertReminded, when, {"count": count}


def after(*facts: Told) -> AlertRecord:
    record: AlertRecord | None = None
    for sequence, (kind, when, more) in enumerate((RAISED, *facts), start=1):
        event = kind(alert_id="a1", stage="overdue", agency_code="H44.01", **more)
        record = alert_step(record, said(event, CODE, civil(when)), sequence)
    assert record is not None
    return record


@pytest.mark.parametrize(
    ("facts", "turn", "when", "number"),
    [
        ([], Turn.ESCALATE, "06/03/2026 09:00", 1),  # two working days, nobody
        ([level("06/03/2026 09:00", 1)], Turn.ESCALATE, "10/03/2026 09:00", 2),  # over a weekend
        ([taken("04/03/2026 10:00")], Turn.REMIND, "09/03/2026 10:00", 1),
        ([taken("04/03/2026 10:00"), reminded("09/03/2026 10:00", 1)], Turn.ESCALATE,
         "11/03/2026 10:00", 1),
        ([taken("04/03/2026 10:00"), reminded("09/03/2026 10:00", 1), taken("09/03/2026 14:00")],
         Turn.REMIND, "12/03/2026 14:00", 2),
        ([quiet("04/03/2026 10:00", "20/03/2026 08:00")], Turn.ESCALATE, "20/03/2026 08:00", 1),
        ([quiet("04/03/2026 10:00", "05/03/2026 08:00")], Turn.ESCALATE, "06/03/2026 09:00", 1),
    ],
)  # fmt: skip
def test_what_time_makes_of_an_alert_is_counted_in_working_time(
    facts: list[Told], turn: Turn, when: str, number: int
) -> None:
    found = next_turn(after(*facts), STAGE, CALENDAR)

    assert found == NextTurn(turn, epoch_of(civil(when)), number)


def test_above_the_highest_level_and_after_the_end_nothing_more_is_said() -> None:
    highest = after(level("06/03/2026 09:00", 1), level("10/03/2026 09:00", 2))
    ended = after((a.AlertResolved, "05/03/2026 09:00", {"because": "resolved"}))

    assert next_turn(highest, STAGE, CALENDAR) is None
    assert next_turn(ended, STAGE, CALENDAR) is None


def names(record: AlertRecord, now: str, repeat_working_hours: float = 0) -> list[str]:
    grouping = Grouping(repeat_working_hours=repeat_working_hours)
    at_epoch = epoch_of(civil(now))
    found = occasions(record, STAGE, grouping, at_epoch, calendar=CALENDAR)
    return [one.name for one in found]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ([], ["raised"]),
        ([level("06/03/2026 09:00", 1)], ["raised", "level-1"]),
        ([taken("04/03/2026 10:00")], []),  # somebody has it in hand
        ([taken("04/03/2026 10:00"), reminded("09/03/2026 10:00", 1)], ["reminded-1"]),
        ([quiet("04/03/2026 10:00", "20/03/2026 08:00")], []),
        ([quiet("04/03/2026 10:00", "06/03/2026 08:00")], ["raised"]),  # the quiet is over
        ([quiet("04/03/2026 10:00", "20/03/2026 08:00"),
          quiet("05/03/2026 10:00", "05/03/2026 10:00")], ["raised"]),  # it was ended
        ([(a.AlertResolved, "05/03/2026 09:00", {"because": "resolved"})], []),
    ],
)  # fmt: skip
def test_an_alert_is_told_once_for_each_reason_to_tell_it(
    facts: list[Told], expected: list[str]
) -> None:
    assert names(after(*facts), "10/03/2026 11:00") == expected


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("05/03/2026 08:59", ["raised"]),
        ("05/03/2026 09:00", ["raised", "repeat-0-1"]),
        ("06/03/2026 09:00", ["raised", "repeat-0-2"]),
        ("09/03/2026 09:00", ["raised", "repeat-0-3"]),  # not on the weekend
    ],
)
def test_a_repeat_comes_after_its_working_hours_only_where_the_rules_ask_for_it(
    now: str, expected: list[str]
) -> None:
    assert names(after(), now, repeat_working_hours=8) == expected
    assert names(after(), now) == ["raised"]


def test_everybody_who_took_it_on_is_remembered() -> None:
    record = after(
        taken("04/03/2026 10:00"), reminded("09/03/2026 10:00", 1), taken("09/03/2026 14:00")
    )

    assert [one.at for one in record.taken] == [
        epoch_of(civil("04/03/2026 10:00")), epoch_of(civil("09/03/2026 14:00")),
    ]  # fmt: skip
    assert record.is_acknowledged
