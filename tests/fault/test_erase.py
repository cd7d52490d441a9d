"""A person asks to be forgotten: the contact is gone, and the command shows where it looked."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner
from nats.aio.client import Client
from nats.js.errors import KeyNotFoundError

from motcua.cli import cli
from motcua.home import Home, write_private
from shared.bus.streams import CONTACTS
from shared.events.contact import Contact
from tests.support.dossiers import AGENCIES, code_of, publish, received
from tests.support.server import SEEDS, TestServer

pytestmark = pytest.mark.broker

NOW = datetime(2026, 3, 10, 5, 0, tzinfo=UTC)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "data")
    for service in ("intake", "postal_gateway"):
        write_private(made.secrets / f"{service}.nkey", SEEDS[service])
    return made


@pytest.fixture
async def client(server: TestServer) -> AsyncIterator[Client]:
    """Three dossiers with a contact each."""
    made = await server.client("postal_gateway")
    bucket = await made.jetstream().key_value(CONTACTS)
    for number in range(3):
        contact = Contact(
            name=f"CANARY {number} Ví Dụ", phone="0000 000 000", address=f"CANARY số {number}"
        )
        await bucket.put(f"c-{number}", msgspec.json.encode(contact))
    teller = await server.client()
    await publish(
        teller,
        [received(code_of(n), NOW, AGENCIES[0], contact_ref=f"c-{n}") for n in range(3)],
    )
    await teller.close()
    yield made
    await made.close()


async def erased(server: TestServer, home: Home, dossier: str) -> tuple[int, str]:
    words = ["erase", dossier, "--yes", "--data", str(home.root), "--url", server.url]
    said = await asyncio.to_thread(CliRunner().invoke, cli, words, env={"COLUMNS": "120"})
    return said.exit_code, said.output


def row(said: str, place: str) -> list[str]:
    (line,) = [line for line in said.splitlines() if place in line]
    return [cell.strip() for cell in line.strip("│ ").split("│")][1:]


async def test_the_contact_is_gone_and_the_neighbours_stays(
    server: TestServer, client: Client, home: Home
) -> None:
    code, said = await erased(server, home, code_of(1))
    bucket = await client.jetstream().key_value(CONTACTS)

    assert code == 0, said
    assert row(said, "kho CONTACTS)") == ["1", "1", "0"]
    assert row(said, "sự kiện trong nhật ký") == ["3", "0", "0"]
    assert "Đã xóa" in said
    with pytest.raises(KeyNotFoundError):
        await bucket.get("c-1")
    assert (await bucket.get("c-0")).value
    assert "CANARY" not in said


async def test_a_trace_in_a_services_file_is_found_and_the_command_fails(
    server: TestServer, client: Client, home: Home
) -> None:
    (home.root / "postal_gateway.db").write_bytes("… CANARY số 1 …".encode())

    code, said = await erased(server, home, code_of(1))

    assert code == 1
    assert row(said, "tệp SQLite") == ["1", "1", "1"]


async def test_a_second_time_finds_nothing_left(
    server: TestServer, client: Client, home: Home
) -> None:
    await erased(server, home, code_of(1))

    code, said = await erased(server, home, code_of(1))

    assert code == 0
    assert row(said, "kho CONTACTS)") == ["1", "0", "0"]
    assert "không còn địa chỉ nào" in said
