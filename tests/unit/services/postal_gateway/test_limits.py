"""How long each leg may take, in working time, by the limits in force on its own day."""

from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest

from services.postal_gateway.domain.limits import (
    AgencyDistance,
    CarrierLimits,
    Stage,
    dues,
    limits_in,
    limits_on,
    overrun,
    shipped,
)
from services.postal_gateway.domain.rows import ParcelRow
from shared.calendar import civil_instant, load_calendar
from shared.calendar.civil_time import epoch_of
from tests.architecture.tree import REPOSITORY

CALENDAR = load_calendar(first_year=2025, last_year=2027)
FRIDAY_15H = epoch_of(datetime(2026, 3, 13, 8, 0, tzinfo=UTC))


def row(status: str, since: int = FRIDAY_15H, **more: Any) -> ParcelRow:
    about = {
        "dossier": "D", "leg": "return", "attempt": 1, "agency": "H44.01", "carrier": "vnpost",
        "tracking": "T", "status": status, "since": since, "is_open": True, "to_agency": "",
        "record": "", "item": "D", "scanned": since, "ordered": since, "handed": since,
        "received": None, "returned": None,
    }  # fmt: skip
    return ParcelRow(**{**about, **more})


def on(day: date, clock: str) -> int:
    return epoch_of(civil_instant(day, datetime.strptime(clock, "%H:%M").time()))  # noqa: DTZ007 - a time of day only


@pytest.mark.parametrize(
    ("status", "leg", "stage", "due_at"),
    [
        ("ordered", "return", Stage.COLLECT, on(date(2026, 3, 16), "15:00")),  # over the weekend
        ("handed_to_carrier", "return", Stage.DELIVER, on(date(2026, 3, 18), "15:00")),
        ("handed_to_carrier", "return", Stage.QUIET, on(date(2026, 3, 17), "15:00")),
        ("delivered", "pickup", Stage.SIGN, on(date(2026, 3, 16), "15:00")),
    ],
)
def test_a_limit_counts_working_time(status: str, leg: str, stage: Stage, due_at: int) -> None:
    found = {due.stage: due.at for due in dues(row(status, leg=leg), CALENDAR)}

    assert found[stage] == due_at


@pytest.mark.parametrize("status", ["requested", "delivered", "returned_to_sender", "lost"])
def test_where_nobody_waits_for_the_post_no_limit_runs(status: str) -> None:
    assert dues(row(status), CALENDAR) == ()


def test_a_limit_is_kept_to_its_last_second() -> None:
    (due,) = dues(row("ordered"), CALENDAR)

    assert overrun(row("ordered"), CALENDAR, due.at) is None
    assert overrun(row("ordered"), CALENDAR, due.at + 1) == due


def test_of_two_limits_the_one_passed_first_is_named() -> None:
    moved = row("in_transit", scanned=FRIDAY_15H)

    late = overrun(moved, CALENDAR, FRIDAY_15H + 30 * 86_400)

    assert late is not None
    assert late.stage is Stage.QUIET


def test_a_carrier_and_an_agency_may_have_times_of_their_own() -> None:
    (limits,) = shipped()
    own = msgspec.structs.replace(
        limits,
        carrier=(CarrierLimits(name="vnpost", deliver_working_days={"island": 7}),),
        agency=(AgencyDistance(code="H44.99", distance="island"),),
    )

    assert own.deliver_days("vnpost", "H44.01") == 3
    assert own.deliver_days("vnpost", "H44.99") == 7
    assert own.deliver_days("another", "H44.99") == 5
    assert limits_on(date(2026, 1, 1), [own]) is own
    assert limits_on(date(2010, 1, 1), [own]) is own  # before all of them: the oldest


def test_times_of_a_provinces_own_are_judged_by_where_they_are_named() -> None:
    text = (REPOSITORY / "services/postal_gateway/limits.toml").read_text(encoding="utf-8")
    own = limits_in(text.replace("collect_working_days = 1", "collect_working_days = 3"))

    ((usual,), (longer,)) = (dues(row("ordered"), CALENDAR, versions) for versions in ((), own))

    assert usual.at == on(date(2026, 3, 16), "15:00")
    assert longer.at == on(date(2026, 3, 18), "15:00")
    assert overrun(row("ordered"), CALENDAR, usual.at + 1, own) is None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("version = []", "version"),
        ("[[version]]\nid = 'x'", "missing required field"),
        ("version =", "Invalid value"),
    ],
)
def test_a_file_that_gives_no_times_is_refused(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        limits_in(text)


def test_times_without_an_ordinary_distance_are_refused() -> None:
    text = (REPOSITORY / "services/postal_gateway/limits.toml").read_text(encoding="utf-8")

    with pytest.raises(ValueError, match="ordinary"):
        limits_in(text.replace("ordinary = 3\n", "", 1))
