"""Nothing is refused or remarked without words."""

import pytest

from services.intake.domain.answers import Outcome, Result, answer, pub_ack, reason_remark
from services.intake.domain.answers import status_code as status_of
from services.intake.domain.details import detail_vi
from services.intake.domain.judging import Fault, NoticeCode
from services.intake.domain.marking import marked, particulars, readable
from services.intake.domain.words import NOTICES, REASONS
from shared.errors import RejectReason


def test_every_reason_and_notice_is_told_in_both_languages() -> None:
    assert set(REASONS) == set(RejectReason)
    assert set(NOTICES) == set(NoticeCode)
    assert all(words.vi and words.en and words.advice_vi for words in REASONS.values())
    assert all(words.vi and words.en for words in NOTICES.values())


def refused(reason: RejectReason) -> Result:
    outcome = Outcome.CONFLICT if reason is RejectReason.CONFLICT else Outcome.REJECTED
    return Result(id="1", outcome=outcome, reasons=[reason_remark(Fault(reason, "rule", "field"))])


ACCEPTED = Result(id="1", outcome=Outcome.ACCEPTED, sequence=7)


@pytest.mark.parametrize(
    ("results", "is_single", "status"),
    [
        ([ACCEPTED], True, 202),
        ([Result(id="1", outcome=Outcome.DUPLICATE, sequence=7)], True, 202),
        ([refused(RejectReason.CONFLICT)], True, 409),
        ([refused(RejectReason.NOT_JSON)], True, 422),
        ([refused(RejectReason.TOO_LARGE)], True, 413),
        ([refused(RejectReason.OUR_FAULT)], True, 500),
        ([], False, 202),
        ([ACCEPTED, ACCEPTED], False, 202),
        ([ACCEPTED, refused(RejectReason.CONFLICT)], False, 207),
        ([refused(RejectReason.NOT_JSON)], False, 207),
    ],
)
def test_the_status_says_whether_anything_was_refused(
    results: list[Result], status: int, *, is_single: bool
) -> None:
    assert status_of(results, is_single=is_single) == status


def test_the_counts_of_an_answer_are_those_of_its_results() -> None:
    said = answer([ACCEPTED, refused(RejectReason.CONFLICT), refused(RejectReason.NOT_JSON)])

    assert (said.accepted, said.duplicate, said.conflict, said.rejected) == (1, 0, 1, 1)


def test_a_nats_client_is_told_of_a_refusal_as_of_an_error() -> None:
    said = pub_ack(refused(RejectReason.INVALID_FIELD), stream="INBOX_x")

    assert said["error"]["code"] == 422
    assert said["error"]["description"].startswith("invalid_field: ")
    assert "error" not in pub_ack(ACCEPTED, stream="INBOX_x")


BODY = readable(b'{"id":"1","data":{"agency_code":"H99","due_on":"x"},"due_on":"y"}')


@pytest.mark.parametrize(
    ("field", "line"),
    [
        ("data.due_on", '    "due_on": "x"'),
        ("due_on", '  "due_on": "y"'),
        ("data.procedure_code", '  "data": {'),  # missing: what should hold it
        ("nothing", None),
        ("", None),
    ],
)
def test_the_line_of_the_fault_is_marked(field: str, line: str | None) -> None:
    shown = [one.text.rstrip(",") for one in marked(BODY, field) if one.is_marked]

    assert shown == ([line] if line else [])


def test_a_body_that_is_no_json_is_shown_as_it_is() -> None:
    assert readable(b'{"a": \xff') == '{"a": �'
    assert particulars(b"[" * 100_000) == {}
    assert particulars(b'{"id": "7", "subject": {"a": 1}}') == {"id": "7"}
    assert particulars(b'{"id": "\\ud800"}') == {"id": "?"}


@pytest.mark.parametrize(
    ("detail", "said"),
    [
        ("missing field data.agency_code", "thiếu trường data.agency_code"),
        ("time: Expected `str`, got `int`", "time: cần chữ, nhận được số nguyên"),
        ("data.amount_vnd: Expected `int` >= 0", "data.amount_vnd: phải >= 0"),
        ("due_on is earlier", "due_on sớm hơn ngày tiếp nhận"),
        ("a rule of tomorrow", "a rule of tomorrow"),
    ],
)
def test_the_broken_rule_is_told_in_vietnamese(detail: str, said: str) -> None:
    assert detail_vi(detail) == said
