"""Log lines that may be shown to anyone."""

import io
import json
import logging
from collections.abc import Iterator

import pytest

from shared.errors import InvalidFact, RejectReason
from shared.observability import ServiceLog, configure_logging, get_logger


@pytest.fixture
def root_restored() -> Iterator[None]:
    root = logging.getLogger()
    kept, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = kept, level


def logged(style: str = "json") -> tuple[ServiceLog, io.StringIO]:
    stream = io.StringIO()
    configure_logging(style=style, stream=stream)
    return get_logger("intake"), stream


@pytest.mark.usefixtures("root_restored")
def test_a_line_holds_the_fields_on_the_list_and_drops_all_others() -> None:
    log, stream = logged()

    log.info("fact_rejected", reason="too_old", count=3, applicant="Nguyễn Văn Mẫu", phone="x")

    line = json.loads(stream.getvalue())
    assert line.pop("at").endswith("+00:00")
    assert line == {
        "level": "info",
        "service": "intake",
        "event": "fact_rejected",
        "reason": "too_old",
        "count": 3,
    }


@pytest.mark.usefixtures("root_restored")
@pytest.mark.parametrize("style", ["json", "readable"])
def test_an_exception_shows_where_and_what_kind_and_never_its_text(style: str) -> None:
    log, stream = logged(style)

    try:
        try:
            int("CANARY-1")
        except ValueError as inner:
            raise KeyError("CANARY-2") from inner
    except KeyError as error:
        log.failure("task_failed", error, task="reader")

    text = stream.getvalue()
    assert "CANARY" not in text
    assert "KeyError" in text
    assert "caused by ValueError" in text
    assert "test_logging.py" in text


@pytest.mark.usefixtures("root_restored")
def test_our_own_errors_keep_their_closed_reason() -> None:
    log, stream = logged("readable")

    log.failure("rejected", InvalidFact(RejectReason.TOO_LARGE, "CANARY"))

    assert "reason=too_large" in stream.getvalue()
    assert "CANARY" not in stream.getvalue()


@pytest.mark.usefixtures("root_restored")
def test_a_library_that_quotes_what_it_was_given_is_not_quoted() -> None:
    log, stream = logged()

    logging.getLogger("somelibrary").error("bad input: %s", "CANARY")
    try:
        int("CANARY")
    except ValueError:
        log.stdlib.exception("input was CANARY")

    assert "CANARY" not in stream.getvalue()
    first = json.loads(stream.getvalue().splitlines()[0])
    assert first["where"].startswith("test_logging.py:")
