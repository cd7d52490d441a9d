"""A log in memory, the parts of an intake upon it, and a client; a file may bring its own clock."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from httpx import AsyncClient

from services.intake.parts import Parts
from tests.support.fake_clock import FakeClock
from tests.support.fake_wire import FakeWire, intake_client, intake_parts


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(datetime(2026, 3, 4, tzinfo=UTC))


@pytest.fixture
def wire() -> FakeWire:
    return FakeWire()


@pytest.fixture
def parts(tmp_path: Path, wire: FakeWire, clock: FakeClock) -> Parts:
    return intake_parts(tmp_path, clock=clock, wire=wire)


@pytest.fixture
async def client(parts: Parts, tmp_path: Path) -> AsyncIterator[AsyncClient]:
    async with intake_client(parts, tmp_path) as client:
        yield client
