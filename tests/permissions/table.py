"""The table: made by trying, written as CSV for comparing and as Markdown for reading."""

import csv
import io
from pathlib import Path
from typing import Final

from .rows import HEADERS, HEARD, PUBLISHED, REQUESTS, USERS, WITH_HEADERS
from .tricks import TRICKS
from .world import World, world

ROOT: Final = Path(__file__).parents[2]
TABLE: Final = ROOT / "tests" / "broker" / "permission_matrix.csv"
PAGE: Final = ROOT / "docs" / "permissions.md"
Row = tuple[str, str, tuple[str, ...]]
"""Kind, what was tried, and what each of USERS got."""

_HEAD = """\
# Who may do what on the broker

Written by `make permissions` from a real nats-server with the configuration as shipped: every
user, every kind of request. The whole table is `tests/broker/permission_matrix.csv`; a test makes
it anew and compares both ways. Why it is so, and what the broker cannot prevent:
[ADR 0014](adr/0014-keys-and-least-rights-inside-the-core-account.md).

`publisher` is any publisher, here `so-tu-phap`; `mcdt-tinh` is another one. A dot: forbidden, and
said so at once. `stored`: acknowledged by a stream. `silence`: taken, and answered by nobody here
(intake was not running). `nobody`: permitted, and nothing listens. `error N`: permitted, and the
broker refuses it by that number. `gets there`: the trick works; `nothing`: it does not.
"""
_TITLES = {
    "publish": "Publish",
    "subscribe": "Subscribe",
    "request": "JetStream API",
    "header": "Headers on one's own messages",
    "trick": "Ways around",
}


async def made(directory: Path) -> list[Row]:
    """Try everything on a server of its own."""
    async with world(directory) as there:
        rows = [await _published(there, subject) for subject in PUBLISHED]
        rows += [await _subscribed(there, subject) for subject in HEARD]
        rows += [await _requested(there, subject) for subject in REQUESTS]
        rows += [
            await _headed(there, name, subject) for name in HEADERS for subject in WITH_HEADERS
        ]
        for name, trick in TRICKS.items():
            rows.append(("trick", name, tuple([await trick(there, user) for user in USERS])))
        return rows


async def _published(there: World, subject: str) -> Row:
    return "publish", subject, tuple([await there.asked(user, subject) for user in USERS])


async def _subscribed(there: World, subject: str) -> Row:
    pattern, _, queue = subject.partition(" ")
    said = [await there.users[user].may_subscribe(pattern, queue) for user in USERS]
    return "subscribe", subject, tuple("yes" if one else "no" for one in said)


async def _requested(there: World, subject: str) -> Row:
    # Every request of the API refuses a body that is no JSON, so that trying changes nothing.
    said = [await there.users[user].publish(subject, b"!", reply="_INBOX.x") for user in USERS]
    return "request", subject, tuple("yes" if one else "no" for one in said)


async def _headed(there: World, name: str, subject: str) -> Row:
    said = [await there.asked(user, subject, headers=HEADERS[name]) for user in USERS]
    return "header", f"{name}, on {subject}", tuple(said)


def as_csv(rows: list[Row]) -> str:
    """Return the table as it is checked in."""
    sink = io.StringIO()
    writer = csv.writer(sink, lineterminator="\n")
    writer.writerow(("kind", "what", *USERS))
    writer.writerows((kind, what, *said) for kind, what, said in rows)
    return sink.getvalue()


def read() -> list[Row]:
    """Return the checked-in table."""
    with TABLE.open(encoding="utf-8", newline="") as source:
        _, *rows = csv.reader(source)
    return [(kind, what, tuple(said)) for kind, what, *said in rows]


def as_page(rows: list[Row]) -> str:
    """Return the page for people: what somebody may, and in one list what nobody may."""
    parts = [_HEAD]
    for kind, title in _TITLES.items():
        of_kind = [row for row in rows if row[0] == kind]
        granted = [row for row in of_kind if set(row[2]) != {"no"}]
        parts.append(f"\n## {title}\n\n| | {' | '.join(USERS)} |\n|---|{'---|' * len(USERS)}\n")
        parts += [f"| `{what}` | {' | '.join(map(_cell, said))} |\n" for _, what, said in granted]
        nobody = [f"`{what}`" for _, what, said in of_kind if set(said) == {"no"}]
        if nobody:
            parts.append(f"\nNobody: {', '.join(nobody)}.\n")
    return "".join(parts)


def _cell(said: str) -> str:
    return "·" if said == "no" else said
