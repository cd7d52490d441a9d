"""The yardstick of a read: events in a table, and the counts by query at every scrape.

PostgreSQL where its programs are found (with an index a careful person would make, and memory for
it), else SQLite. Either is thrown away afterwards.
"""

import os
import pwd
import re
import shutil
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Final

from motcua.bench import corpus
from motcua.bench.filling import long_log

_PROGRAMS: Final = ("initdb", "postgres", "psql")
_SHAPE: Final = re.compile(rb'"type":"([^"]+)".*?"subject":"([^"]+)","time":"([^"]+)"')
_DUE: Final = re.compile(rb'"due_at":"([^"]+)"')
_MADE: Final = (
    "create table events (seq bigint primary key, type text, subject text, agency text,"
    " time {instant}, due {instant}, data {json})"
)
_INDEXES: Final = (
    "create index by_type on events (type, time)",
    "create index by_subject on events (subject, type)",
)
_QUERY: Final = """
select r.agency, count(*) as received,
  count(*) filter (where d.time <= r.due) as on_time,
  count(*) filter (where d.time > r.due) as late,
  count(*) filter (where d.time is null and r.due < '{now}') as overdue
from events r left join events d on d.subject = r.subject and d.type = 'dossier.resolved.v1'
where r.type = 'dossier.received.v1' and r.time >= '{first}' and r.time < '{now}'
group by r.agency"""
_TIMED: Final = re.compile(r"^Time: ([\d.]+) ms", re.MULTILINE)
_START_SECONDS: Final = 60


def query() -> str:
    """The four counts of every agency for the invented month."""
    first = f"{corpus.FIRST_DAY:%Y-%m-%d}T00:00:00Z"
    return _QUERY.format(first=first, now=f"{corpus.UNTIL:%Y-%m-%d}T00:00:00Z")


def asked(path: str, limit: int, times: int) -> dict[str, Any]:
    """Load `limit` facts of the long log and ask `times` times; says which database answered."""
    if all(map(shutil.which, _PROGRAMS)):
        return _postgres(path, limit, times)
    return _sqlite(path, limit, times)


def rows(path: str, limit: int) -> Iterator[list[str]]:
    """The columns of every fact of the long log."""
    for number, message in enumerate(islice(long_log(corpus.load(path), limit), limit), 1):
        found, due = _SHAPE.search(message.body), _DUE.search(message.body)
        assert found is not None  # noqa: S101 - every fact of ours has this shape
        kind, subject, at = (part.decode() for part in found.groups())
        agency = message.subject.split(".", 2)[2]
        data = message.body.rpartition(b'"data":')[2][:-1].decode()
        yield [str(number), kind, subject, agency, at, due[1].decode() if due else "", data]


def _sqlite(path: str, limit: int, times: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as directory:
        base = sqlite3.connect(Path(directory) / "events.db")
        base.execute("pragma cache_size = -524288")
        base.execute(_MADE.format(instant="text", json="text"))
        base.executemany("insert into events values (?, ?, ?, ?, ?, ?, ?)", rows(path, limit))
        for index in _INDEXES:
            base.execute(index)
        base.execute("analyze")
        base.commit()
        seconds, answer = [], []
        for _ in range(times):
            started = time.perf_counter()
            answer = base.execute(query()).fetchall()
            seconds.append(time.perf_counter() - started)
        base.close()
    return {
        "database": "SQLite", "seconds": seconds, "received": {a: n for a, n, *_ in answer},
    }  # fmt: skip


def _postgres(path: str, limit: int, times: int) -> dict[str, Any]:
    """Run a server of its own as somebody who is not root, without a network."""
    with tempfile.TemporaryDirectory() as directory:
        who = _not_root(directory)
        home = Path(directory) / "base"
        subprocess.run(
            ["initdb", "-D", str(home), "-U", "bench", "-A", "trust", "-E", "UTF8"],  # noqa: S607 - found on the path
            check=True, capture_output=True, cwd=directory, **who,
        )  # fmt: skip
        server = subprocess.Popen(
            ["postgres", "-D", str(home), "-k", directory, "-c", "listen_addresses=",  # noqa: S607 - found on the path
             "-c", "shared_buffers=1GB", "-c", "work_mem=256MB", "-c", "fsync=off",
             "-c", "max_wal_size=8GB"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=directory, **who,
        )  # fmt: skip
        try:
            return _asked_of(directory, path, limit, times)
        finally:
            server.terminate()
            server.wait()


def _asked_of(directory: str, path: str, limit: int, times: int) -> dict[str, Any]:
    psql = ["psql", "-h", directory, "-U", "bench", "-d", "postgres", "-X", "-q", "-At"]
    deadline = time.monotonic() + _START_SECONDS
    while subprocess.run([*psql, "-c", "select 1"], check=False, capture_output=True).returncode:
        if time.monotonic() > deadline:
            raise TimeoutError("PostgreSQL did not start")
        time.sleep(0.1)
    made = _MADE.format(instant="timestamptz", json="jsonb")
    subprocess.run([*psql, "-c", made], check=True)
    _copy([*psql, "-c", "copy events from stdin with (null '')"], path, limit)
    for statement in (*_INDEXES, "vacuum analyze events"):
        subprocess.run([*psql, "-c", statement], check=True)
    asks = [part for _ in range(times + 1) for part in ("-c", query())]
    said = subprocess.run(
        [*psql, "-c", r"\timing on", *asks], check=True, capture_output=True, text=True
    ).stdout
    lines = [line.split("|") for line in said.splitlines() if "|" in line]
    return {
        "database": "PostgreSQL",
        # The first one reads from the disk; a scrape every few seconds would not.
        "seconds": [float(ms) / 1e3 for ms in _TIMED.findall(said)[1:]],
        "received": {line[0]: int(line[1]) for line in lines},
    }


def _copy(command: list[str], path: str, limit: int) -> None:
    loading = subprocess.Popen(command, stdin=subprocess.PIPE)
    assert loading.stdin is not None  # noqa: S101 - asked for
    with loading.stdin as stdin:
        for columns in rows(path, limit):
            line = "\t".join(columns).replace("\\", "\\\\")
            stdin.write(line.encode() + b"\n")
    if loading.wait():
        raise RuntimeError("PostgreSQL did not take the events")


def _not_root(directory: str) -> dict[str, Any]:
    """Who runs the server: ourselves, or somebody harmless where we are root."""
    if os.getuid():
        return {}
    names = {entry.pw_name for entry in pwd.getpwall()}
    user = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
    os.chown(directory, user.pw_uid, user.pw_gid)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
