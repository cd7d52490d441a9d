"""The digest of the content: the same fact has the same one, however it was written down."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from shared.events import dossier
from shared.events.envelope import (
    EVENT_TYPES,
    LOG_DECODER,
    STRICT_DECODER,
    Fact,
    digest_of,
    encoded,
    fact,
    stamped,
)
from shared.events.fields import Event
from tests.support.facts import minute

INSTANTS = st.datetimes(datetime(2000, 1, 1), datetime(2099, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis wants naive bounds
ZONES = st.builds(timezone, st.integers(-14 * 60, 14 * 60).map(lambda n: timedelta(minutes=n)))
TIMED = [
    (event, field.name)
    for event in EVENT_TYPES.values()
    for field in msgspec.structs.fields(event)
    if field.name.endswith("_at")
]
"""Every field of every type that holds an instant."""

FILLED: dict[str, Any] = {
    "agency_code": "H99.12", "procedure_code": "1.004194", "alert_id": "a", "stage": "overdue",
    "level": 1, "by": "Người thử", "reason": "thử", "since_at": minute(0), "until_at": minute(0),
}  # fmt: skip


def about(event: type[Event], name: str, at: datetime, time: datetime) -> Fact:
    required = {
        field.name: FILLED[field.name]
        for field in msgspec.structs.fields(event)
        if field.required and field.name != name
    }
    said = event(**required, **{name: at})
    return fact(said, id="r-1", source="mcdt-tinh", subject="H99.12-20260302-0000417", time=time)


def sent(made: Fact, at: datetime, zone: timezone, name: str) -> bytes:
    """The same fact as a publisher writes it that lives in `zone`."""
    body: dict[str, Any] = msgspec.json.decode(encoded(made))
    body["time"] = made.time.astimezone(zone).isoformat()
    body["data"][name] = at.astimezone(zone).isoformat()
    return msgspec.json.encode(body)


@given(which=st.sampled_from(TIMED), at=INSTANTS, here=ZONES, there=ZONES)
def test_the_same_instant_in_two_zones_is_the_same_fact(
    which: tuple[type[Event], str], at: datetime, here: timezone, there: timezone
) -> None:
    event, name = which
    made = about(event, name, at, minute(0))

    for decoder in (STRICT_DECODER, LOG_DECODER):
        one, other = (decoder.decode(sent(made, at, zone, name)) for zone in (here, there))

        assert digest_of(one) == digest_of(other) == digest_of(made)


@given(at=INSTANTS, zone=ZONES, moved=st.integers(1, 10**9))
def test_another_instant_is_another_content(at: datetime, zone: timezone, moved: int) -> None:
    made = about(dossier.DossierReceived, "due_at", at, minute(0))
    later = at.astimezone(zone) + timedelta(microseconds=moved)

    other = about(dossier.DossierReceived, "due_at", later, minute(0))

    assert digest_of(made)[:16] == digest_of(other)[:16]
    assert digest_of(made)[16:] != digest_of(other)[16:]


@given(at=INSTANTS, zone=ZONES)
def test_what_enters_the_log_is_in_utc_and_keeps_its_digest(at: datetime, zone: timezone) -> None:
    made = about(dossier.DossierReceived, "due_at", at, minute(0))
    said = STRICT_DECODER.decode(sent(made, at, zone, "due_at"))

    stored = LOG_DECODER.decode(encoded(stamped(said, source="mcdt-tinh", recorded_at=minute(9))))

    assert isinstance(stored.data, dossier.DossierReceived)
    assert stored.data.due_at == at
    assert encoded(stored).count(b"Z") >= 3
    assert stored.digest == digest_of(stored) == digest_of(made)
