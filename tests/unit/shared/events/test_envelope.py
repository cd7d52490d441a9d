"""The envelope: who says what, when, and under which identity."""

from datetime import date, datetime, timedelta, timezone

import msgspec
import pytest

from shared.events import dossier
from shared.events.envelope import (
    EVENT_TYPES,
    LOG_DECODER,
    STRICT_DECODER,
    digest_of,
    encoded,
    fact,
    field_out_of_years,
    message_id,
    stamped,
)
from shared.events.fields import Channel, Event
from tests.support.facts import minute, received, recorded

CODE = "H99.12-20260302-0000417"
VIET_NAM = timezone(timedelta(hours=7))
EVENT = dossier.DossierReceived(
    agency_code="H99.12",
    procedure_code="1.004194",
    channel=Channel.ONLINE,
    due_on=date(2026, 3, 9),
    limit_working_hours=40.0,
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_identity_and_content_have_digests_that_never_change() -> None:
    """If this fails, every repeat of an older fact would be called a conflict."""
    made = fact(EVENT, id="r-1", source="mcdt-tinh", subject=CODE, time=minute(0))

    assert digest_of(made) == "274fc7d15f605d9258b1ac59bf79c19c"
    assert message_id("mcdt-tinh", "r-1") == "5593ce93218f277ba965b238f9cbc8c7"


def test_the_digest_is_that_of_the_content_whoever_decoded_it() -> None:
    made = fact(EVENT, id="r-1", source="mcdt-tinh", subject=CODE, time=minute(0))
    body = encoded(stamped(made, source="mcdt-tinh", recorded_at=minute(1)))

    digests = {decoder.decode(body).digest for decoder in (LOG_DECODER, STRICT_DECODER)}
    again = {digest_of(decoder.decode(body)) for decoder in (LOG_DECODER, STRICT_DECODER)}

    assert digests == again == {digest_of(made)}


@pytest.mark.parametrize(
    "time",
    [
        "2026-03-02T01:00:00+00:00",
        "2026-03-02T08:00:00+07:00",
        "2026-03-01T13:00:00-12:00",
        "2026-03-02T15:00:00+14:00",
        "2026-03-02T06:45:00+05:45",
    ],
)
def test_the_same_moment_said_in_any_zone_is_the_same_fact_in_utc(time: str) -> None:
    here = stamped(
        fact(EVENT, id="r-1", source="mcdt-tinh", subject=CODE, time=at(time)),
        source="mcdt-tinh",
        recorded_at=minute(1),
    )
    there = fact(EVENT, id="r-1", source="mcdt-tinh", subject=CODE, time=minute(0))

    assert here.digest == digest_of(there)
    assert b'"time":"2026-03-02T01:00:00Z"' in encoded(here)


@pytest.mark.parametrize(
    "other",
    [
        fact(EVENT, id="r-1", source="mcdt-tinh", subject=CODE, time=minute(1)),
        fact(EVENT, id="r-1", source="mcdt-tinh", subject=CODE + "1", time=minute(0)),
        fact(
            msgspec.structs.replace(EVENT, contact_ref="c/1"),
            id="r-1",
            source="mcdt-tinh",
            subject=CODE,
            time=minute(0),
        ),
        fact(
            dossier.DossierRejected(agency_code="H99.12"),
            id="r-1",
            source="mcdt-tinh",
            subject=CODE,
            time=minute(0),
        ),
    ],
    ids=["time", "subject", "data", "type"],
)
def test_another_content_under_the_same_id_shows_in_the_second_half_only(other: object) -> None:
    made = fact(EVENT, id="r-1", source="mcdt-tinh", subject=CODE, time=minute(0))

    one, two = digest_of(made), digest_of(other)  # type: ignore[arg-type]  # a table of facts

    assert one[:16] == two[:16]
    assert one[16:] != two[16:]


def test_two_publishers_never_share_an_identity() -> None:
    ours = fact(EVENT, id="r-1", source="mcdt-tinh", subject=CODE, time=minute(0))
    theirs = fact(EVENT, id="r-1", source="mcdt-xa", subject=CODE, time=minute(0))

    assert message_id("mcdt-tinh", "r-1") != message_id("mcdt-xa", "r-1")
    assert digest_of(ours)[:16] != digest_of(theirs)[:16]
    assert digest_of(ours)[16:] == digest_of(theirs)[16:]


def test_the_recorder_replaces_the_source_and_stamping_again_changes_nothing_else() -> None:
    said = fact(EVENT, id="r-1", source="somebody-else", subject=CODE, time=minute(0))

    once = stamped(said, source="mcdt-tinh", recorded_at=minute(1))
    twice = stamped(once, source="mcdt-tinh", recorded_at=minute(2))

    assert (once.source, once.recordedtime) == ("mcdt-tinh", minute(1))
    assert (twice.digest, twice.recordedtime) == (once.digest, minute(2))


def test_what_is_not_said_is_not_written() -> None:
    body = encoded(received(1))

    assert b"null" not in body
    assert b"officer_code" not in body


def test_of_two_facts_the_later_wins_then_the_greater_id_then_the_source() -> None:
    event = dossier.DossierSynced(agency_code="H99.12")
    facts = [
        recorded(event, id="b", at=1, source="mcdt-tinh"),
        recorded(event, id="a", at=2, source="mcdt-tinh"),
        recorded(event, id="ab", at=2, source="mcdt-tinh"),
        recorded(event, id="ab", at=2, source="mcdt-xa"),
    ]

    shuffled = [facts[at] for at in (3, 1, 0, 2)]
    assert sorted(shuffled, key=lambda one: one.order) == facts
    assert (facts[0].noun, facts[0].type) == ("dossier", "dossier.synced.v1")


@pytest.mark.parametrize(
    "event",
    [
        msgspec.structs.replace(EVENT, agency_code="h99"),
        msgspec.structs.replace(EVENT, procedure_code="1.00419"),
        msgspec.structs.replace(EVENT, limit_working_hours=0.0),
        msgspec.structs.replace(EVENT, due_on=date(9999, 12, 31)),
        msgspec.structs.replace(EVENT, due_at=minute(0).replace(year=9999)),
        msgspec.structs.replace(EVENT, due_at=datetime(2026, 3, 2)),  # noqa: DTZ001 - naive on purpose
        dossier.DossierPaid(agency_code="H99.12", amount_vnd=-1),
        dossier.DossierExplained(agency_code="H99.12", explanation="x" * 501),
    ],
)
def test_our_own_services_cannot_write_what_is_out_of_bounds_either(event: Event) -> None:
    with pytest.raises(msgspec.ValidationError):
        fact(event, id="r-1", source="mcdt-tinh", subject=CODE, time=minute(0))


def test_a_year_without_a_local_time_is_found_wherever_it_stands() -> None:
    far = minute(0).replace(year=9999, month=12, day=31)
    body = encoded(received(1)).replace(b'"due_at":"2026', b'"due_at":"9999')

    assert field_out_of_years(LOG_DECODER.decode(body)) == "data.due_at"
    assert field_out_of_years(msgspec.structs.replace(received(1), time=far)) == "time"
    assert field_out_of_years(received(1)) == ""


def test_every_type_names_its_noun_what_happened_and_its_version() -> None:
    for name, event in EVENT_TYPES.items():
        noun, what, version = name.split(".")
        assert event.event_type == name
        assert noun.isalpha()
        assert what.replace("_", "").isalpha()
        assert version == "v1"
        assert event.__doc__
