"""A copy of the running log comes back as it was, or not at all."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from nats.aio.client import Client

from motcua.backup import (
    MANIFEST,
    REPORTS,
    BackupError,
    backup,
    copy_reports,
    read_manifest,
    restore,
)
from tests.support.server import TestServer

AT = "2026-11-22T17:00:00+07:00"
pytestmark = pytest.mark.broker


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Client]:
    """A provisioned broker with three hundred facts."""
    server = await (await TestServer(tmp_path / "first").start()).provisioned()
    client = await server.client()
    await publish(client, 1, 300)
    yield client
    await client.close()
    await server.kill()


@pytest.fixture
async def empty(tmp_path: Path) -> AsyncIterator[Client]:
    """A broker on another disk, without any stream."""
    server = await TestServer(tmp_path / "second").start()
    client = await server.client()
    yield client
    await client.close()
    await server.kill()


async def publish(client: Client, first: int, last: int) -> None:
    js = client.jetstream()
    for number in range(first, last + 1):
        await js.publish(
            "dossier.received.H99.05", b"fact %d " % number + b"x" * 400,
            headers={"Nats-Msg-Id": f"id-{number}"},
        )  # fmt: skip


async def facts(client: Client) -> list[tuple[bytes | None, str]]:
    js = client.jetstream()
    last = (await js.stream_info("FACTS")).state.last_seq
    read = [await js.get_msg("FACTS", sequence) for sequence in range(1, last + 1)]
    return [(one.data, (one.headers or {})["Nats-Msg-Id"]) for one in read]


async def test_every_fact_comes_back_with_its_sequence_and_its_id(
    running: Client, empty: Client, tmp_path: Path
) -> None:
    before = await facts(running)
    made = await backup(running, tmp_path / "copy", taken_at=AT)

    await restore(empty, tmp_path / "copy")

    assert await facts(empty) == before
    assert made.streams[0].stream == "FACTS"
    assert made.streams[0].last_id == "id-300"


async def test_a_restored_log_is_another_log_so_that_every_fold_notices(
    running: Client, empty: Client, tmp_path: Path
) -> None:
    await backup(running, tmp_path / "copy", taken_at=AT)
    await restore(empty, tmp_path / "copy")

    # The creation time is the folds' anchor: they fold anew and count it, never mix two logs.
    before = await running.jetstream().stream_info("FACTS")
    after = await empty.jetstream().stream_info("FACTS")
    assert before.created != after.created


async def test_the_settings_that_protect_the_log_come_back_too(
    running: Client, empty: Client, tmp_path: Path
) -> None:
    await backup(running, tmp_path / "copy", taken_at=AT)
    await restore(empty, tmp_path / "copy")

    wanted = (await running.jetstream().stream_info("FACTS")).config
    found = (await empty.jetstream().stream_info("FACTS")).config
    for name in ("discard", "deny_delete", "deny_purge", "max_bytes", "allow_atomic"):
        assert getattr(found, name) == getattr(wanted, name), name


async def test_publishing_goes_on_after_the_last_sequence(
    running: Client, empty: Client, tmp_path: Path
) -> None:
    await backup(running, tmp_path / "copy", taken_at=AT)
    await publish(running, 301, 310)  # after the copy: the sources send these again
    await restore(empty, tmp_path / "copy")

    await publish(empty, 301, 302)

    assert (await facts(empty))[-1][1] == "id-302"


async def test_contacts_are_not_copied(running: Client, tmp_path: Path) -> None:
    made = await backup(running, tmp_path / "copy", taken_at=AT)

    assert [one.stream for one in made.streams] == ["FACTS", "REJECTS", "ALERTS", "POSTAL"]


async def test_a_stream_that_exists_is_never_written_over(running: Client, tmp_path: Path) -> None:
    await backup(running, tmp_path / "copy", taken_at=AT)

    with pytest.raises(BackupError, match="FACTS"):
        await restore(running, tmp_path / "copy")


async def test_a_damaged_copy_is_refused_before_any_stream_is_made(
    running: Client, empty: Client, tmp_path: Path
) -> None:
    await backup(running, tmp_path / "copy", taken_at=AT)
    path = tmp_path / "copy" / "ALERTS.snapshot"
    body = bytearray(path.read_bytes())
    body[len(body) // 2] ^= 1
    path.write_bytes(body)

    with pytest.raises(BackupError, match="ALERTS"):
        await restore(empty, tmp_path / "copy")

    assert (await empty.jetstream().account_info()).streams == 0


async def test_a_folder_with_a_copy_is_not_used_twice(running: Client, tmp_path: Path) -> None:
    await backup(running, tmp_path / "copy", taken_at=AT)

    with pytest.raises(BackupError, match="already"):
        await backup(running, tmp_path / "copy", taken_at=AT)


def test_a_copy_that_was_interrupted_has_no_manifest_and_is_none(tmp_path: Path) -> None:
    (tmp_path / "FACTS.snapshot").write_bytes(b"half")

    with pytest.raises(BackupError, match=MANIFEST):
        read_manifest(tmp_path)


def test_published_reports_are_copied_once_and_never_replaced(tmp_path: Path) -> None:
    data, out = tmp_path / "data" / REPORTS, tmp_path / "copy" / REPORTS
    data.mkdir(parents=True)
    (data / "aa.json.z").write_bytes(b"first")

    assert copy_reports(data, out) == 1
    (data / "aa.json.z").write_bytes(b"another")
    assert copy_reports(data, out) == 0

    assert (out / "aa.json.z").read_bytes() == b"first"
    assert copy_reports(tmp_path / "nothing", out) == 0
