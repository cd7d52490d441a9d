"""The broker's store, exchanged or damaged while the broker is down."""

import asyncio
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

from tests.chaos.system import System


async def while_down(
    system: System,
    name: str,
    change: Callable[[], None],
    how: signal.Signals = signal.SIGKILL,
) -> None:
    """End the broker or a service, change its files, and let its keeper start it again.

    The keeper waits half a second: `change` must be quicker.
    """
    child = system.victims[name]
    pid = child.pid
    child.signal(how)
    while child.pid == pid:
        await asyncio.sleep(0.005)
    assert child.pid is None, f"{name} was back before its files were changed"
    change()
    if name == "nats":
        await child.wait_ready(60)


def store_of(system: System) -> Path:
    """Where the broker keeps everything."""
    return system.home.nats / "jetstream"


def exchange(store: Path, other: Path) -> None:
    """Put a prepared copy in the place of the store; `other` is used up."""
    store.rename(store.with_name(f"was-{other.name}"))
    other.rename(store)


def copy(store: Path, to: Path) -> None:
    """Copy the store as it is."""
    shutil.copytree(store, to)


def flip_a_bit(store: Path, body: bytes) -> None:
    """Flip one bit in the middle of a message that stands in the log."""
    for block in store.rglob("FACTS/msgs/*.blk"):
        held = bytearray(block.read_bytes())
        at = held.find(body)
        if at >= 0:
            held[at + len(body) // 2] ^= 1
            block.write_bytes(held)
            return
    raise AssertionError("the message stands in no block")


def forget(home: Path, service: str) -> None:
    """Take a service's file away, as a person does who wants it folded anew."""
    for path in home.glob(f"{service}.db*"):
        path.unlink()
