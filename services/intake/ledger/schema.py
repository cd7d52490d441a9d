"""The tables of intake's file. Delete the file and it is rebuilt from FACTS and REJECTS."""

from pathlib import Path

from shared.ledger.store import Store

VERSION = "intake-1"
SCHEMA = (
    # 8 bytes of identity, 8 of content, the fact's place: enough to tell a repeat from a conflict.
    (
        "create table if not exists known"
        " (identity integer primary key, content integer not null, sequence integer not null)"
    ),
    (
        "create table if not exists dossier"
        " (code text primary key, at_us integer not null, status integer not null) without rowid"
    ),
    (
        "create table if not exists tally (publisher text, day integer, outcome text,"
        " count integer, primary key (publisher, day, outcome)) without rowid"
    ),
    (
        "create table if not exists publisher"
        " (name text primary key, last_at text, ring blob) without rowid"
    ),
    (
        "create table if not exists unknown_code (kind text, code text, publisher text,"
        " count integer, first_at text, last_at text,"
        " primary key (kind, code, publisher)) without rowid"
    ),
    (
        "create table if not exists reject (reject_id text primary key, publisher text, via text,"
        " reason text, field text, detail text, at text, event_id text, event_type text,"
        " subject text, sequence integer, repeat_count integer, settled_how text, settled_by text,"
        " settled_reason text, settled_at text, new_fact_id text) without rowid"
    ),
    "create index if not exists reject_open on reject (settled_how, publisher, reason)",
)


def open_store(path: Path | str) -> Store:
    """Open or create intake's file."""
    return Store(path, version=VERSION, schema=SCHEMA)
