"""Every user, every kind of request, on a real server: exactly what the checked-in table says."""

from pathlib import Path

import pytest

from tests.permissions.rows import USERS
from tests.permissions.table import PAGE, as_csv, as_page, made, read

pytestmark = pytest.mark.broker


async def test_the_broker_grants_and_refuses_exactly_what_the_table_says(tmp_path: Path) -> None:
    found, written = await made(tmp_path), read()

    assert sorted(set(found) - set(written)) == []
    assert sorted(set(written) - set(found)) == []
    assert as_csv(found) == as_csv(written)


def test_the_page_for_people_says_what_the_table_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == as_page(read())


def test_a_publisher_gets_nowhere_but_into_its_own_inbox() -> None:
    granted = {(kind, what) for kind, what, said in read() if said[-1] not in {"no", "nothing"}}

    heard = {what for kind, what in granted if kind == "subscribe"}
    assert {what for kind, what in granted if kind != "subscribe"} == {"submit.dossier.received.v1"}
    assert all(what.startswith("_INBOX.") for what in heard)  # of its own account


def test_nobody_may_delete_purge_or_change_a_stream_but_for_the_age_of_rejects() -> None:
    ends = ("STREAM.UPDATE.", "STREAM.DELETE.", "STREAM.PURGE.", "STREAM.MSG.DELETE.")
    asked = {
        what: said
        for _, what, said in read()
        if what.startswith(tuple(f"$JS.API.{e}" for e in ends))
    }
    age_of_rejects = dict(zip(USERS, asked.pop("$JS.API.STREAM.UPDATE.REJECTS"), strict=True))

    assert len(asked) == 31
    assert {word for said in asked.values() for word in said} == {"no"}
    assert [user for user, word in age_of_rejects.items() if word != "no"] == ["operator"]
