"""Hostile bytes: each becomes a fact, or a closed reason that says nothing of what was refused."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.bus.codec import DEPTH_MAX, check_depth, check_size, decoded_event, decoded_json
from shared.bus.streams import MESSAGE_SIZE_MAX_BYTES
from shared.errors import InvalidFact, RejectReason
from shared.events.envelope import EVENT_TYPES, Fact, encoded, stamped
from tests.support.facts import minute

CANARY = "Nguyễn-Văn-Canary"
VALID: dict[str, Any] = {
    "specversion": "1.0",
    "id": "r-1",
    "source": "/mcdt/tinh",
    "type": "dossier.received.v1",
    "subject": "H99.12-20260302-0000417",
    "time": "2026-03-02T08:00:00+07:00",
    "datacontenttype": "application/json",
    "data": {"agency_code": "H99.12", "procedure_code": "1.004194", "due_on": "2026-03-09"},
}
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
PLACES = [("",), *((name,) for name in VALID), *(("data", name) for name in VALID["data"])]


def body_of(**changes: Any) -> bytes:
    """The valid event with top-level changes; `data` is merged."""
    data = VALID["data"] | changes.pop("data", {})
    return json.dumps(VALID | {"data": data} | changes, ensure_ascii=False).encode()


def with_value(place: tuple[str, ...], value: Any) -> Any:
    event = json.loads(json.dumps(VALID))
    target = event
    for name in place[:-1]:
        target = target[name]
    target[place[-1]] = value
    return event if place != ("",) else value


def judged(body: bytes) -> Fact | InvalidFact:
    try:
        return decoded_event(body)
    except InvalidFact as invalid:
        return invalid


def refused(body: bytes) -> InvalidFact:
    with pytest.raises(InvalidFact) as caught:
        decoded_event(body)
    return caught.value


def tells(invalid: InvalidFact) -> str:
    return f"{invalid} {invalid.detail} {invalid.field} {invalid.args!r}"


def check(body: bytes) -> None:
    """A fact can be recorded; a refusal has a closed reason and cites nothing."""
    found = judged(body)
    if isinstance(found, InvalidFact):
        assert found.reason in RejectReason
        assert "anary" not in tells(found)
        assert len(tells(found)) < 600
    else:
        assert encoded(stamped(found, source="mcdt-tinh", recorded_at=minute(1)))


@settings(max_examples=500)
@given(st.binary() | st.text().map(str.encode))
def test_arbitrary_bytes_are_a_refusal_and_never_a_crash(body: bytes) -> None:
    assert isinstance(judged(body), InvalidFact)


@settings(max_examples=500)
@given(JSON)
def test_arbitrary_json_is_a_refusal_and_never_a_crash(value: Any) -> None:
    assert isinstance(judged(json.dumps(value).encode()), InvalidFact)


@settings(max_examples=1000)
@given(st.sampled_from(PLACES), JSON, st.sampled_from(sorted(EVENT_TYPES)))
def test_any_value_in_any_field_is_a_fact_or_a_refusal(
    place: tuple[str, ...], value: Any, event_type: str
) -> None:
    event = with_value(place, value)
    if isinstance(event, dict) and place != ("type",):
        event |= {"type": event_type}

    check(json.dumps(event).encode())


SMUGGLED = [
    CANARY,
    f"x - at `{CANARY}`",
    "x - at `CanaryPlain`",
    f"Object missing required field `{CANARY}`",
    f"Object contains unknown field `{CANARY}`",
    f"2026-03-02T08:00:00+07:00{CANARY}",
    [CANARY],
    {CANARY: CANARY},
    {"- at": f"` - at `{CANARY}`"},
]


@pytest.mark.parametrize("value", SMUGGLED, ids=str)
@pytest.mark.parametrize("place", PLACES, ids=".".join)
def test_a_refusal_never_repeats_the_value_it_refuses(place: tuple[str, ...], value: Any) -> None:
    check(json.dumps(with_value(place, value), ensure_ascii=False).encode())


@pytest.mark.parametrize(
    "name",
    [CANARY, CANARY * 20, f"a` - at `{CANARY}", f"missing required field `{CANARY}`", "a\nb", ""],
    ids=repr,
)
def test_the_name_of_an_unknown_field_is_repeated_only_if_it_is_a_plain_name(name: str) -> None:
    strange = refused(body_of(data={name: 1}))
    plain = refused(body_of(data={"so_dien_thoai": 1}))

    assert (strange.reason, strange.field) == (RejectReason.UNKNOWN_FIELD, "data")
    assert "anary" not in tells(strange)
    assert "\n" not in tells(strange)
    assert (plain.reason, plain.field) == (RejectReason.UNKNOWN_FIELD, "data.so_dien_thoai")
    assert plain.detail == "unknown field data.so_dien_thoai"


def test_extension_attributes_of_cloudevents_are_accepted_and_dropped() -> None:
    extensions = {
        "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "sequence": 7,
        "dataschema": "https://schemas.example/x",
        "partitionkey": {"odd": [1]},
        "big": 10**400,
    }

    fact = decoded_event(body_of(**extensions))

    assert encoded(fact) == encoded(decoded_event(body_of()))


@pytest.mark.parametrize("source", ["https://mcdt.example/x?y=1", "/mcdt", "urn:vn:h99", "tỉnh"])
def test_the_source_of_a_cloudevent_is_any_reference_because_it_is_replaced(source: str) -> None:
    fact = decoded_event(body_of(source=source))

    assert stamped(fact, source="mcdt-tinh", recorded_at=minute(1)).source == "mcdt-tinh"


def test_an_attribute_that_is_not_set_may_be_absent_or_null() -> None:
    absent = {name: value for name, value in VALID.items() if name != "datacontenttype"}

    assert decoded_event(json.dumps(absent).encode()).id == "r-1"
    assert decoded_event(body_of(datacontenttype=None, recordedtime=None)).id == "r-1"


R = RejectReason
REFUSALS = [
    (b"", R.NOT_JSON, ""),
    (b"null", R.NOT_CLOUDEVENT, ""),
    (b"[]", R.NOT_CLOUDEVENT, ""),
    (b"{}", R.NOT_CLOUDEVENT, "type"),
    (b"\xef\xbb\xbf" + body_of(), R.NOT_JSON, ""),
    (body_of()[:-1], R.NOT_JSON, ""),
    (body_of() + b"x", R.NOT_JSON, ""),
    (body_of().replace(b'"r-1"', b'"\xff"'), R.NOT_UTF8, ""),
    (body_of().replace(b'"r-1"', b'"\\ud800"'), R.NOT_JSON, ""),
    (body_of(id="a\0b"), R.INVALID_FIELD, "id"),
    (body_of(id=""), R.INVALID_FIELD, "id"),
    (body_of(id="a" * 129), R.INVALID_FIELD, "id"),
    (body_of(type="dossier.received.v2"), R.UNKNOWN_TYPE, "type"),
    (body_of(type=["dossier.received.v1"]), R.UNKNOWN_TYPE, "type"),
    (body_of(specversion="0.3"), R.INVALID_FIELD, "specversion"),
    (body_of(subject="H99.12-1\n"), R.INVALID_FIELD, "subject"),
    (body_of(source="x" * 513), R.INVALID_FIELD, "source"),
    (body_of(time="2026-03-02T08:00:00"), R.INVALID_FIELD, "time"),
    (body_of(time="2026-02-30T08:00:00Z"), R.INVALID_FIELD, "time"),
    (body_of(time=1772413200), R.INVALID_FIELD, "time"),
    (body_of(time="9999-12-31T23:59:59-12:00"), R.INVALID_FIELD, "time"),
    (body_of(time="0001-01-01T00:00:00+14:00"), R.INVALID_FIELD, "time"),
    (body_of(data={"due_on": "9999-12-31"}), R.INVALID_FIELD, "data.due_on"),
    (body_of(data={"due_at": "9999-12-31T23:59:59Z"}), R.INVALID_FIELD, "data.due_at"),
    (body_of(data={"due_at": "2026-03-09T17:00:00"}), R.INVALID_FIELD, "data.due_at"),
    (body_of(data={"agency_code": "H99.12\n"}), R.INVALID_FIELD, "data.agency_code"),
    (body_of(data={"agency_code": "H99.*"}), R.INVALID_FIELD, "data.agency_code"),
    (body_of(data={"agency_code": "H99.>"}), R.INVALID_FIELD, "data.agency_code"),
    (body_of(data={"channel": "fax"}), R.INVALID_FIELD, "data.channel"),
    (body_of(data={"limit_working_hours": 10**400}), R.INVALID_FIELD, "data.limit_working_hours"),
    (body_of(data={"limit_working_hours": 0}), R.INVALID_FIELD, "data.limit_working_hours"),
    (body_of(type="dossier.paid.v1"), R.UNKNOWN_FIELD, "data.procedure_code"),
]


@pytest.mark.parametrize(("body", "reason", "field"), REFUSALS)
def test_what_is_refused_has_its_reason_and_its_field(
    body: bytes, reason: RejectReason, field: str
) -> None:
    invalid = refused(body)

    assert invalid.reason is reason
    assert invalid.field == field or (invalid.reason is R.NOT_CLOUDEVENT)


@pytest.mark.parametrize("digits", [20, 400, 5000])
def test_an_integer_of_any_length_is_out_of_bounds(digits: int) -> None:
    event = VALID | {"type": "dossier.paid.v1", "data": {"agency_code": "H99.12", "amount_vnd": 0}}
    body = json.dumps(event).replace('"amount_vnd": 0', f'"amount_vnd": {"9" * digits}')

    invalid = refused(body.encode())

    assert (invalid.reason, invalid.field) == (R.INVALID_FIELD, "data.amount_vnd")
    assert "999" not in tells(invalid).replace("1000000000000", "")


def test_of_a_key_written_twice_the_last_one_counts() -> None:
    body = body_of().replace(b'"id": "r-1"', b'"id": "r-1", "id": "r-2"')

    assert decoded_event(body).id == "r-2"
    assert decoded_json(b'{"a":1,"a":2}') == {"a": 2}


@pytest.mark.parametrize("zone", ["Z", "+00:00", "-00:00", "+14:00", "-12:00", "+05:45"])
def test_any_zone_is_a_zone(zone: str) -> None:
    fact = decoded_event(body_of(time=f"2026-03-02T12:30:00.123456{zone}"))

    recorded = stamped(fact, source="mcdt-tinh", recorded_at=minute(1))
    assert (recorded.time, recorded.time.utcoffset()) == (fact.time, minute(0).utcoffset())


def nested(levels: int, opening: str = "[", closing: str = "]") -> bytes:
    return (opening * levels + closing * levels).encode()


def test_depth_is_refused_before_any_decoder_sees_it() -> None:
    check_depth(nested(DEPTH_MAX))
    for body in (nested(DEPTH_MAX + 1), nested(100_000), nested(200, '{"a":', "}")):
        with pytest.raises(InvalidFact) as caught:
            check_depth(body)
        assert caught.value.reason is R.TOO_DEEP


@pytest.mark.parametrize(
    "text", ["[" * 900, "\\" * 9, '"' * 9, '\\"' + "[" * 99, "{[" * 50 + '"', "\u2028[" * 99]
)
def test_brackets_inside_strings_are_no_levels(text: str) -> None:
    body = json.dumps([text, {text: text}]).encode()

    check_depth(body)

    assert decoded_json(body) == [text, {text: text}]


@settings(max_examples=300)
@given(JSON, st.integers(0, 40))
def test_depth_is_counted_as_a_decoder_would(value: Any, more: int) -> None:
    def depth(one: Any) -> int:
        if isinstance(one, dict):
            return 1 + max(map(depth, one.values()), default=0)
        return 1 + max(map(depth, one), default=0) if isinstance(one, list) else 0

    for _ in range(more):
        value = [value]

    is_deep = depth(value) > DEPTH_MAX
    found = None
    try:
        check_depth(json.dumps(value, ensure_ascii=False).encode())
    except InvalidFact as invalid:
        found = invalid.reason
    assert found is (R.TOO_DEEP if is_deep else None)


def test_size_is_measured_in_bytes_and_the_limit_itself_is_allowed() -> None:
    check_size(b"x" * MESSAGE_SIZE_MAX_BYTES)
    with pytest.raises(InvalidFact) as caught:
        decoded_event(b"x" * (MESSAGE_SIZE_MAX_BYTES + 1))
    assert caught.value.reason is R.TOO_LARGE
    with pytest.raises(InvalidFact) as caught:
        decoded_json('"ễ"'.encode(), limit=4)
    assert caught.value.reason is R.TOO_LARGE


@pytest.mark.parametrize(
    ("body", "reason"),
    [(b"9" * 5000, R.NOT_JSON), (b'"\xff"', R.NOT_UTF8), (b"1e999", R.NOT_JSON), (b"", R.NOT_JSON)],
)
def test_plain_json_has_closed_reasons_too(body: bytes, reason: RejectReason) -> None:
    with pytest.raises(InvalidFact) as caught:
        decoded_json(body)

    assert caught.value.reason is reason
