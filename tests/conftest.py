"""What every test shares: hypothesis profiles, a quiet client library, a real server."""

import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.support.server import TestServer

# The machine's speed is not what a property is about.
_CALM = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("default", _CALM)
# Every run the same, and a failure that can be replayed from its print.
settings.register_profile("ci", _CALM, derandomize=True, print_blob=True)
settings.load_profile("default")

# Servers die on purpose here; nats-py prints a traceback for each. Tests look at outcomes.
logging.getLogger("nats").setLevel(logging.CRITICAL)


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[TestServer]:
    """A provisioned server of the test's own, on a store of its own; killed at the end."""
    running = TestServer(tmp_path / "nats")
    try:
        await running.start()
        yield await running.provisioned()
    finally:
        if running.process is not None:
            await running.kill()
