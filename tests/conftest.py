"""What every test shares: hypothesis profiles, a quiet client library, a real server."""

import gc
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.support.containers import is_there, why_not
from tests.support.server import TestServer

# While tests and plugins are read: when garbage is collected inside `ast.parse`, Python 3.11 loses
# its depth ("AST constructor recursion depth mismatch"), and that file cannot be read.
gc.disable()

# The machine's speed is not what a property is about.
_CALM = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("default", _CALM)
# Every run the same, and a failure that can be replayed from its print.
settings.register_profile("ci", _CALM, derandomize=True, print_blob=True)
settings.load_profile("default")

# Servers die on purpose here; nats-py prints a traceback for each. Tests look at outcomes.
logging.getLogger("nats").setLevel(logging.CRITICAL)

_CONTAINERS = Path(__file__).with_name("containers")


def pytest_addoption(parser: pytest.Parser) -> None:
    """`make test-containers` sets both; `make test` neither."""
    parser.addoption("--containers", action="store_true", help="run tests/containers too")
    parser.addoption("--nats-image", default="", help="run each nats-server in this image")


def pytest_configure(config: pytest.Config) -> None:
    TestServer.image = config.getoption("--nats-image")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Without --containers they are not even read; None leaves the decision to others."""
    is_there = collection_path == _CONTAINERS and not config.getoption("--containers")
    return True if is_there else None


def pytest_collection_finish() -> None:
    """All tests are read."""
    gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish() -> None:
    """A plugin reads more of itself now."""
    gc.disable()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not (image := config.getoption("--nats-image")):
        return
    reason = why_not() or ("" if is_there(image) else f"no image {image}")
    for item in items if reason else ():
        item.add_marker(pytest.mark.skip(reason=reason))


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
