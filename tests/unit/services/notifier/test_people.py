"""Who is told, and when they may be disturbed."""

from datetime import date
from pathlib import Path

import pytest

from services.notifier.domain.people import (
    Directory,
    People,
    Person,
    may_tell_from,
    only,
    people_of,
    telling_day,
)
from services.notifier.domain.rules import Role
from shared.calendar.civil_time import epoch_of, instant_of
from shared.catalogue.model import Agency, Level
from tests.unit.services.notifier.builders import CALENDAR, VN
from tests.unit.services.notifier.shipped import civil

EXAMPLE = Path(__file__).parents[4] / "deploy" / "notifier" / "people.example.toml"
ON = date(2026, 3, 4)
TREE = (
    Agency(code="H44", name="Tỉnh", short_name="Tỉnh", level=Level.PROVINCE),
    Agency(code="H44.01", name="Sở", short_name="Sở", level=Level.DEPARTMENT, parent="H44"),
    Agency(
        code="H44.01.02", name="Chi cục", short_name="CC", level=Level.DEPARTMENT, parent="H44.01"
    ),
)


def person(name: str, agency: str, *roles: Role) -> str:
    quoted = ", ".join(f'"{role}"' for role in roles)
    return (
        f'[[person]]\nid = "{name}"\nagency = "{agency}"\nroles = [{quoted}]\nchannels = ["mail"]\n'
    )


def people(*more: str) -> People:
    text = 'schema = 1\n[[channel]]\nid = "mail"\nurl = "json://127.0.0.1"\n' + "".join(more)
    return people_of(text.encode())


TEAM = people(
    person("d1", "H44.01", Role.DESK),
    person("d2", "H44.01", Role.DESK),
    person("h1", "H44.01", Role.HEAD),
    person("h0", "H44", Role.HEAD),
    person("c0", "H44", Role.CENTRE),
    person("a0", "H44", Role.ADMIN),
)


def told(agency: str, level: int, *roles: Role, team: People = TEAM, on: date = ON) -> list[str]:
    return [one.id for one in Directory(team, TREE).recipients(agency, level, roles, on)]


@pytest.mark.parametrize(
    ("agency", "level", "roles", "expected"),
    [
        ("H44.01", 0, [Role.DESK], ["d1", "d2"]),
        ("H44.01", 0, [Role.HEAD], ["h1"]),
        ("H44.01", 1, [Role.HEAD], ["h0"]),
        ("H44.01", 1, [Role.CENTRE, Role.HEAD], ["c0", "h0"]),
        ("H44.01", 5, [Role.HEAD], ["h0"]),  # there is nobody above the province
        ("H44.01.02", 0, [Role.DESK], ["d1", "d2"]),  # nobody of its own: the next one up
        ("H44.01.02", 1, [Role.HEAD], ["h1"]),
        ("H44", 0, [Role.DESK], ["a0"]),  # no desk anywhere above: whoever keeps it running
        ("H99", 0, [Role.DESK], ["a0"]),  # an agency nobody knows
        ("TINH", 0, [Role.ADMIN], ["a0"]),
    ],
)
def test_an_alert_goes_to_the_right_people_at_the_right_level(
    agency: str, level: int, roles: list[Role], expected: list[str]
) -> None:
    assert told(agency, level, *roles) == expected


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        (date(2026, 3, 2), "d1"),  # Monday of the first week
        (date(2026, 3, 8), "d1"),  # its Sunday
        (date(2026, 3, 9), "d2"),
        (date(2026, 3, 16), "d1"),
        (date(2026, 2, 27), "d2"),  # the week before
    ],
)
def test_a_rota_tells_only_whose_week_it_is(on: date, expected: str) -> None:
    turns = (
        '[[rota]]\nagency = "H44.01"\nrole = "desk"\npeople = ["d1", "d2"]\nfirst_on = 2026-03-04\n'
    )
    team = people(person("d1", "H44.01", Role.DESK), person("d2", "H44.01", Role.DESK), turns)

    assert told("H44.01", 0, Role.DESK, team=team, on=on) == [expected]


def test_without_a_file_everything_goes_to_one_address() -> None:
    everybody = only("apprise")

    assert told("H44.01", 1, Role.HEAD, team=everybody) == ["default"]
    assert everybody.person[0].channels == ("apprise",)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (person("d1", "H44", Role.DESK) * 2, "d1 stands twice"),
        (person("d1", "H44", Role.DESK).replace("mail", "fax"), "fax is used"),
        (
            person("d1", "H44", Role.DESK)
            + '[[rota]]\nagency = "H44"\nrole = "desk"\npeople = ["x"]\nfirst_on = 2026-01-05\n',
            "x is",
        ),
    ],
)
def test_a_file_that_contradicts_itself_is_refused(fault: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        people(fault)


def test_the_example_we_ship_can_be_read_and_holds_no_address() -> None:
    found = people_of(EXAMPLE.read_bytes())

    assert {one.id for one in found.channel} == {"mail", "telegram", "hook"}
    assert not any(one.url for one in found.channel)
    assert not any(one.name for one in found.person)


@pytest.mark.parametrize(
    ("came_up", "told_on"),
    [
        ("04/03/2026 12:00", date(2026, 3, 4)),
        ("06/03/2026 18:00", date(2026, 3, 9)),  # Friday evening: whoever has Monday's week
        ("13/02/2026 18:00", date(2026, 2, 23)),
    ],
)
def test_whoever_is_on_duty_when_it_is_told_is_told_and_nobody_after_him(
    came_up: str, told_on: date
) -> None:
    assert telling_day(epoch_of(civil(came_up)), CALENDAR) == told_on


NOON_REST = Person(
    id="p-01", agency="H44", roles=(Role.DESK,), channels=("mail",),
    quiet=people_of(EXAMPLE.read_bytes()).person[2].quiet,
)  # fmt: skip
PLAIN = Person(id="p-02", agency="H44", roles=(Role.DESK,), channels=("mail",))


@pytest.mark.parametrize(
    ("now", "who", "allowed"),
    [
        ("04/03/2026 07:29:59", PLAIN, "04/03/2026 07:30"),
        ("04/03/2026 07:30", PLAIN, "04/03/2026 07:30"),
        ("04/03/2026 12:00", PLAIN, "04/03/2026 12:00"),  # the noon break is no night
        ("04/03/2026 12:00", NOON_REST, "04/03/2026 13:00"),
        ("04/03/2026 16:59:59", PLAIN, "04/03/2026 16:59:59"),
        ("04/03/2026 17:00", PLAIN, "05/03/2026 07:30"),
        ("06/03/2026 17:00:01", PLAIN, "09/03/2026 07:30"),  # over the weekend
        ("07/03/2026 10:00", PLAIN, "09/03/2026 07:30"),
        ("13/02/2026 18:00", PLAIN, "23/02/2026 07:30"),  # over Tet
        ("21/08/2026 18:00", PLAIN, "22/08/2026 07:30"),  # a Saturday that is worked
        ("24/04/2026 17:30", PLAIN, "28/04/2026 07:30"),  # over the Hung Kings
        ("29/04/2026 20:00", NOON_REST, "04/05/2026 07:30"),
    ],
)
def test_what_is_not_urgent_waits_for_the_office_to_open(
    now: str, who: Person, allowed: str
) -> None:
    at = epoch_of(civil(now))

    found = may_tell_from(at, who, is_urgent=False, calendar=CALENDAR)

    assert instant_of(found).astimezone(VN) == civil(allowed)
    assert may_tell_from(at, who, is_urgent=True, calendar=CALENDAR) == at
