"""`motcua provision` against a real server: made once, compared for ever, never destroyed."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from nats.js.api import StreamConfig

from motcua.cli import cli
from motcua.nkey import new_seed
from services.intake.domain.judging import Fault
from services.intake.rejects import (
    How,
    Refused,
    RejectSettled,
    Via,
    kept_of,
    raised_message,
    settled_message,
)
from services.intake.sealing import Seal
from shared.bus.publishing import LogWriter
from shared.errors import RejectReason
from tests.support.server import SEEDS, TestServer


@pytest.fixture
def seed_file(tmp_path: Path) -> Path:
    path = tmp_path / "operator.nkey"
    path.write_text(SEEDS["operator"])
    return path


async def provision(server: TestServer, *more: str) -> tuple[int, str]:
    """Run the command in a thread: it brings a loop of its own."""
    arguments = ["provision", "--url", server.url, *more]
    said = await asyncio.to_thread(CliRunner().invoke, cli, arguments)
    return said.exit_code, said.output


async def changed(server: TestServer, name: str, **settings: object) -> StreamConfig:
    client = await server.client()
    js = client.jetstream()
    found = (await js.stream_info(name)).config
    after = await js.update_stream(found.evolve(**settings))
    await client.close()
    return after.config


async def test_a_second_time_finds_everything_as_designed(
    server: TestServer, seed_file: Path
) -> None:
    first = await provision(server, "--nkey-file", str(seed_file), "--publisher", "so-tu-phap")
    second = await provision(server, "--nkey-file", str(seed_file), "--publisher", "so-tu-phap")

    assert first[0] == 0
    assert "đã tạo INBOX_so-tu-phap" in first[1]
    assert second == (0, "Tất cả các luồng đúng thiết kế (all streams as designed).\n")


async def test_a_difference_is_said_and_left_alone(server: TestServer, seed_file: Path) -> None:
    await changed(server, "FACTS", duplicate_window=60)

    code, said = await provision(server, "--nkey-file", str(seed_file))
    client = await server.client()
    still = (await client.jetstream().stream_info("FACTS")).config.duplicate_window
    await client.close()

    assert code == 1
    assert "FACTS" in said
    assert "duplicate_window" in said
    assert "7200" in said
    assert still == 60


async def refused(server: TestServer, days_ago: int, *, is_settled: bool = False) -> None:
    """Put a reject into the log that came so long ago."""
    client = await server.client("tests")
    at = datetime.now(UTC) - timedelta(days=days_ago)
    kept = kept_of(
        Refused(body=b"{}", fault=Fault(RejectReason.NOT_JSON)),
        publisher="so-tu-phap", via=Via.HTTP, at=at, seal=Seal(bytes(32)),
    )  # fmt: skip
    messages = [raised_message(kept.record)]
    if is_settled:
        settled = RejectSettled(
            reject_id=kept.record.reject_id, how=How.DISMISSED, by="Cán bộ A", reason="thử", at=at
        )
        messages.append(settled_message(settled, "so-tu-phap"))
    writer = LogWriter(client, stream="REJECTS")
    for message in messages:
        await writer.append(message)
    await client.close()


async def age_of_rejects(server: TestServer) -> float:
    client = await server.client()
    found = (await client.jetstream().stream_info("REJECTS")).config.max_age or 0
    await client.close()
    return found / 86_400


@pytest.mark.parametrize("is_settled", [False, True])
async def test_a_stream_without_an_age_limit_gets_one_unless_it_would_take_what_is_open(
    server: TestServer, seed_file: Path, *, is_settled: bool
) -> None:
    key = ("--nkey-file", str(seed_file))
    await changed(server, "REJECTS", max_age=0)
    await refused(server, days_ago=200, is_settled=is_settled)

    told = await provision(server, *key)
    limited = await provision(server, *key, "--limit-rejects")

    assert told[0] == 0  # the services must run, or nobody can settle what is open
    assert "motcua provision --limit-rejects" in told[1]
    assert limited[0] == (0 if is_settled else 1)
    assert ("1 mục bị từ chối cũ hơn 180 ngày" in limited[1]) is not is_settled
    assert await age_of_rejects(server) == (180 if is_settled else 0)


async def test_the_days_may_be_chosen_by_option_or_by_the_environment(
    server: TestServer, seed_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = ("--nkey-file", str(seed_file))
    await refused(server, days_ago=200)

    longer = await provision(server, *key, "--limit-rejects", "--rejects-kept-days", "365")
    monkeypatch.setenv("MOTCUA_REJECTS_KEPT_DAYS", "365")
    as_asked = await provision(server, *key)
    too_short = await provision(server, *key, "--rejects-kept-days", "7")

    assert (longer[0], as_asked[0], too_short[0]) == (0, 0, 2)
    assert await age_of_rejects(server) == 365


async def test_a_wrong_key_is_told_from_a_server_that_is_not_there(
    server: TestServer, tmp_path: Path
) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text(new_seed())

    refused = await provision(server, "--nkey-file", str(wrong))
    await server.kill()
    silent = await provision(server, "--nkey-file", str(wrong))

    assert refused[0] == silent[0] == 1
    assert "không nhận khóa này" in refused[1]
    assert "Hệ thống đã chạy chưa?" in silent[1]


async def test_a_data_directory_that_is_not_there_is_not_made(
    server: TestServer, tmp_path: Path
) -> None:
    code, said = await provision(server, "--data", str(tmp_path / "nowhere"))

    assert code == 1
    assert "--nkey-file" in said
    assert not (tmp_path / "nowhere").exists()
