"""`motcua backup` and `motcua restore`: the log while it runs, and its anchors.

A stream is copied by the broker's own snapshot: consistent at one instant, while publishers go on.
Beside it stands a manifest with what the copy must be when it is back: creation time, sequences,
the id of the last message, the hash of the file. A restore compares all of them and never writes
over a stream that exists. Projections are not copied: they follow from the log. CONTACTS is not
copied either: what must be erasable may not live on in back-ups.
"""

import asyncio
import hashlib
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError

_API = "$JS.API.STREAM"
_CHUNK_BYTES = 16_384  # under the server's max_payload of 32,768
_PATIENCE_SECONDS = 30.0
_CONTACTS = "KV_CONTACTS"
# A claim without its fact is harmless, a fact without its claim would be told twice: facts first.
_ORDER = {"FACTS": 0, "REJECTS": 1, "ALERTS": 2, "POSTAL": 3}
MANIFEST = "manifest.json"
REPORTS = "reports"  # what scoring published, by digest


class BackupError(RuntimeError):
    """The copy cannot be made, or is not what its manifest says; the message says which stream."""


class Kept(Struct, frozen=True, kw_only=True):
    """One stream of a back-up: `config` and `state` exactly as the broker gave them."""

    stream: str
    file: str
    sha256: str
    last_id: str
    config: dict[str, Any]
    state: dict[str, Any]
    created: str


class Manifest(Struct, frozen=True, kw_only=True):
    """The back-up as a whole; `taken_at` is RFC 3339."""

    taken_at: str
    streams: list[Kept]


async def backup(client: Client, out: Path, *, taken_at: str) -> Manifest:
    """Copy every stream but CONTACTS into `out`; the manifest is written last.

    Raises:
        BackupError: `out` holds a back-up already, or the broker refuses.
    """
    _make_room(out)
    names = await _stream_names(client)
    kept = [await _snapshot(client, name, out) for name in names]
    manifest = Manifest(taken_at=taken_at, streams=kept)
    (out / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(manifest), indent=1))
    return manifest


def _make_room(out: Path) -> None:
    if (out / MANIFEST).exists():
        raise BackupError(f"{out} đã có một bản sao lưu (already holds a back-up)")
    out.mkdir(mode=0o700, parents=True, exist_ok=True)


async def restore(client: Client, source: Path) -> Manifest:
    """Bring every stream of a back-up back, on a broker that has none of them.

    Raises:
        BackupError: a file is damaged, a stream exists, or what came back is not what was kept.
            Everything is checked before the first stream is touched.
    """
    manifest = read_manifest(source)
    existing = set(await _stream_names(client))
    there = sorted(existing & {one.stream for one in manifest.streams})
    if there:
        raise BackupError(f"{', '.join(there)} đang tồn tại; không ghi đè (exists, not replaced)")
    for one in manifest.streams:
        await _bring_back(client, one, source / one.file)
    return manifest


def copy_reports(source: Path, target: Path) -> int:
    """Copy the published reports that `target` lacks; returns how many.

    They are named by their own hash, so that one is never another. Without them an old report is
    drawn up again from the log; that fails once its rules have changed.
    """
    found = sorted(source.glob("*")) if source.is_dir() else []
    missing = [one for one in found if one.is_file() and not (target / one.name).exists()]
    if missing:
        target.mkdir(mode=0o700, parents=True, exist_ok=True)
    for one in missing:
        shutil.copy2(one, target / one.name)
    return len(missing)


def read_manifest(source: Path) -> Manifest:
    """Return the manifest after comparing every file with its hash.

    Raises:
        BackupError: no manifest, or a file is missing or damaged.
    """
    try:
        manifest = msgspec.json.decode((source / MANIFEST).read_bytes(), type=Manifest)
    except (OSError, msgspec.DecodeError) as error:
        raise BackupError(f"{source / MANIFEST}: {error}") from None
    for one in manifest.streams:
        path = source / one.file
        if not path.exists() or _sha256(path) != one.sha256:
            raise BackupError(f"{one.stream}: {one.file} is missing or damaged")
    return manifest


async def _stream_names(client: Client) -> list[str]:
    names: list[str] = []
    while True:
        found = await _ask(client, f"{_API}.NAMES", {"offset": len(names)})
        page = found.get("streams") or []
        names += page
        if not page or len(names) >= int(found["total"]):
            break
    wanted = [name for name in names if name != _CONTACTS]
    return sorted(wanted, key=lambda name: (_ORDER.get(name, len(_ORDER)), name))


async def _snapshot(client: Client, name: str, out: Path) -> Kept:
    info = await _ask(client, f"{_API}.INFO.{name}", {})
    path = out / f"{name}.snapshot"
    async with _chunks(client) as (inbox, next_chunk):
        request = {"deliver_subject": inbox, "no_consumers": True, "chunk_size": _CHUNK_BYTES}
        found = await _ask(client, f"{_API}.SNAPSHOT.{name}", request)
        with path.open("wb") as sink:
            while True:
                chunk = await next_chunk()
                status = (chunk.headers or {}).get("Status", "")
                if status not in {"", "204", "200"}:
                    raise BackupError(f"{name}: snapshot broke off ({status})")
                if not chunk.data:
                    break
                sink.write(chunk.data)
                if chunk.reply:  # the broker sends the next ones only after this
                    await client.publish(chunk.reply)
    state = found["state"]
    return Kept(
        stream=name,
        file=path.name,
        sha256=_sha256(path),
        last_id=await _message_id(client, name, int(state["last_seq"])),
        config=found["config"],
        state=state,
        created=info["created"],
    )


async def _bring_back(client: Client, kept: Kept, path: Path) -> None:
    request = {"config": kept.config, "state": kept.state}
    found = await _ask(client, f"{_API}.RESTORE.{kept.stream}", request)
    into = str(found["deliver_subject"])
    with path.open("rb") as source:
        while chunk := source.read(_CHUNK_BYTES):
            answer = await client.request(into, chunk, timeout=_PATIENCE_SECONDS)
            if answer.data:
                _refuse(kept.stream, msgspec.json.decode(answer.data))
    # An empty chunk is the end; the broker answers with the stream as it stands.
    last = await client.request(into, b"", timeout=_PATIENCE_SECONDS)
    _refuse(kept.stream, msgspec.json.decode(last.data))
    info = await _ask(client, f"{_API}.INFO.{kept.stream}", {})
    # An empty stream comes back with the first sequence it would give, not with 0.
    compared = ("messages", "last_seq", "first_seq") if kept.state["messages"] else ("messages",)
    for key in compared:
        if info["state"][key] != kept.state[key]:
            raise BackupError(
                f"{kept.stream}: {key} is {info['state'][key]}, not {kept.state[key]}"
            )
    if await _message_id(client, kept.stream, int(kept.state["last_seq"])) != kept.last_id:
        raise BackupError(f"{kept.stream}: its last message is another one")


async def _message_id(client: Client, stream: str, sequence: int) -> str:
    """The Nats-Msg-Id at a sequence; empty for an empty stream or a message without one."""
    if not sequence:
        return ""
    try:
        message = await client.jetstream().get_msg(stream, sequence)
    except NatsError:  # a work queue's last message may be gone already
        return ""
    return str((message.headers or {}).get("Nats-Msg-Id", ""))


async def _ask(client: Client, subject: str, request: dict[str, Any]) -> dict[str, Any]:
    answer = await client.request(subject, msgspec.json.encode(request), timeout=_PATIENCE_SECONDS)
    found: dict[str, Any] = msgspec.json.decode(answer.data)
    _refuse(subject, found)
    return found


def _refuse(what: str, found: dict[str, Any]) -> None:
    if "error" in found:
        raise BackupError(f"{what}: {found['error'].get('description', found['error'])}")


@asynccontextmanager
async def _chunks(client: Client) -> AsyncIterator[tuple[str, Callable[[], Awaitable[Msg]]]]:
    arrived: asyncio.Queue[Msg] = asyncio.Queue()
    inbox = client.new_inbox()
    subscription = await client.subscribe(inbox, cb=arrived.put)

    async def next_chunk() -> Msg:
        try:
            return await asyncio.wait_for(arrived.get(), _PATIENCE_SECONDS)
        except TimeoutError:
            raise BackupError("the broker stopped sending the snapshot") from None

    try:
        yield inbox, next_chunk
    finally:
        await subscription.unsubscribe()


def _sha256(path: Path) -> str:
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()
