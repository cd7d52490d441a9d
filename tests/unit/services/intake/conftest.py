"""A log in memory and the parts of an intake upon it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.intake.parts import Parts
from tests.support.fake_clock import FakeClock
from tests.support.fake_wire import FakeWire, intake_parts


@pytest.fixture
def wire() -> FakeWire:
    return FakeWire()


@pytest.fixture
def parts(tmp_path: Path, wire: FakeWire) -> Parts:
    return intake_parts(tmp_path, clock=FakeClock(datetime(2026, 3, 4, tzinfo=UTC)), wire=wire)
