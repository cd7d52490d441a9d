"""`motcua provision` against a real server: made once, compared for ever, never destroyed."""

import asyncio
from pathlib import Path

import pytest
from click.testing import CliRunner
from nats.js.api import StreamConfig

from motcua.cli import cli
from motcua.nkey import new_seed
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
