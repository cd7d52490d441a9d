"""Erasing a person's contact: found by the dossier, deleted, and looked for everywhere again."""

from collections.abc import AsyncIterator, Iterable, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct
from nats.aio.client import Client
from nats.js.errors import KeyNotFoundError
from nats.js.kv import KeyValue

from services.intake.rejects import DECODER, RejectPart, RejectRecord, body_of
from services.intake.sealing import Seal, SealBrokenError, key_of
from shared.bus.streams import CONTACTS, CONTACTS_STREAM, FACTS, REJECTS
from shared.events.contact import Contact
from shared.events.envelope import LOG_DECODER
from shared.ledger.follower import fetch_bodies

from . import operator_login
from .home import Home

_AT_ONCE = 2000
# Shorter words stand in other people's data as well.
_TRACE_CHARS_MIN = 8


class Looked(Struct, frozen=True):
    """One place: how much of it was read, and how many of those held the contact."""

    place: str
    read_count: int
    before_count: int
    after_count: int
    is_clean: bool = True


async def erase(url: str, home: Home, dossier: str) -> list[Looked]:
    """Delete the contact of a dossier and return where it was looked for.

    Raises:
        NatsError, OSError, TimeoutError, LogGapError: the broker does not do its part.
    """
    gateway = operator_login.connected(
        url, home.service_seed("postal_gateway"), user="postal_gateway",
        authority=home.authority(),
    )  # fmt: skip
    async with gateway as client:
        read_count, references = await _references(client, dossier)
        bucket = await client.jetstream().key_value(CONTACTS)
        contacts = [found for one in references if (found := await _contact(bucket, one))]
        traces = _traces(contacts)
        files, blocks = _files(home), _blocks(home)
        in_files, in_blocks = _count_files(files, traces), _count_files(blocks, traces)
        for reference in references:
            await bucket.delete(reference)
        left = [one for one in references if await _contact(bucket, one)]
        in_facts = 0
        async for body in _bodies(client, FACTS):
            in_facts += _holds(body, traces)
    sealed_read, sealed = await _sealed(url, home, [dossier.encode(), *traces])
    return [
        _looked("CONTACTS", len(references), len(contacts), len(left)),
        _looked("FACTS", read_count, in_facts, in_facts),
        _looked("*.db", len(files), in_files, _count_files(_files(home), traces)),
        Looked("CONTACTS *.blk", len(blocks), in_blocks, _count_files(_blocks(home), traces)),
        Looked("REJECTS", sealed_read, sealed, sealed),
    ]


def _looked(place: str, read_count: int, before_count: int, after_count: int) -> Looked:
    return Looked(place, read_count, before_count, after_count, is_clean=not after_count)


async def _references(client: Client, dossier: str) -> tuple[int, list[str]]:
    """How many facts there are, and the references in those about the dossier."""
    mark, read_count, found = msgspec.json.encode(dossier), 0, set()
    async for body in _bodies(client, FACTS):
        read_count += 1
        if mark in body:
            fact = LOG_DECODER.decode(body)
            reference = getattr(fact.data, "contact_ref", None)
            if fact.subject == dossier and reference:
                found.add(reference)
    return read_count, sorted(found)


async def _bodies(client: Client, stream: str) -> AsyncIterator[bytes]:
    async for _, body in _numbered(client, stream):
        yield body


async def _numbered(client: Client, stream: str) -> AsyncIterator[tuple[int, bytes]]:
    """Every message the stream still has; the oldest rejects are gone by their age."""
    state = (await client.jetstream().stream_info(stream)).state
    first, last = max(1, state.first_seq), state.last_seq
    for start in range(first, last + 1, _AT_ONCE):
        sequences = range(start, min(start + _AT_ONCE, last + 1))
        for found in (await fetch_bodies(client, stream, sequences)).items():
            yield found


async def _contact(bucket: KeyValue, reference: str) -> Contact | None:
    try:
        entry = await bucket.get(reference)
        return msgspec.json.decode(entry.value or b"", type=Contact)
    except (KeyNotFoundError, msgspec.MsgspecError):
        return None


def _traces(contacts: Iterable[Contact]) -> list[bytes]:
    words = {word for one in contacts for word in (one.name, one.phone, one.address)}
    return [word.encode() for word in sorted(words) if len(word) >= _TRACE_CHARS_MIN]


def _holds(body: bytes, traces: Sequence[bytes]) -> bool:
    return any(trace in body for trace in traces)


def _files(home: Home) -> list[Path]:
    """The services' own files, with what SQLite keeps beside them."""
    return sorted(home.root.glob("*.db*"))


def _blocks(home: Home) -> list[Path]:
    """The broker's own files of the bucket, where it runs on this machine."""
    return sorted(home.nats.glob(f"**/{CONTACTS_STREAM}/msgs/*.blk"))


def _count_files(files: Iterable[Path], traces: Sequence[bytes]) -> int:
    return sum(_holds(path.read_bytes(), traces) for path in files)


async def _sealed(url: str, home: Home, traces: Sequence[bytes]) -> tuple[int, int]:
    """How many rejects there are, and how many hold the dossier or its contact under the seal."""
    seal = Seal(key_of(home.seal_key_file().read_text()))
    login = operator_login.connected(
        url, home.service_seed("intake"), user="intake", authority=home.authority()
    )
    async with login as client:
        events = {n: DECODER.decode(body) async for n, body in _numbered(client, REJECTS)}
    records = [one for one in events.values() if isinstance(one, RejectRecord)]
    count = 0
    for record in records:
        rest = [events.get(sequence) for sequence in record.rest]
        parts = [part for part in rest if isinstance(part, RejectPart)]
        try:
            count += _holds(body_of(record, parts, seal), traces)
        except SealBrokenError:
            continue
    return len(records), count
