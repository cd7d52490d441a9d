"""What runs out: each fault is begun, and ended as the runbook says."""

import asyncio
import contextlib
import resource
import signal
import socket
import subprocess
from pathlib import Path

from shared.bus.streams import FACTS
from tests.chaos.checking import connected
from tests.chaos.system import System

_PIECE = b"\0" * 65_536


class NoDiskError(RuntimeError):
    """No small disk can be mounted here; the message is the reason."""


class SmallDisk:
    """A tmpfs: as full as we like, and nobody else's."""

    def __init__(self, at: Path, *, size_mib: int) -> None:
        self.at = at
        self._size_mib = size_mib
        self._filling = at / "filling"

    def mount(self) -> None:
        """Mount it.

        Raises:
            NoDiskError: not root, or not allowed here.
        """
        self.at.mkdir(parents=True, exist_ok=True)
        command = ["mount", "-t", "tmpfs", "-o", f"size={self._size_mib}m", "tmpfs", str(self.at)]
        done = subprocess.run(command, check=False, capture_output=True, timeout=30)
        if done.returncode:
            raise NoDiskError(done.stderr.decode(errors="replace").strip())

    def unmount(self) -> None:
        """Take it away, also from whoever still has a file open."""
        subprocess.run(["umount", "-l", str(self.at)], check=False, capture_output=True, timeout=30)

    def fill(self) -> None:
        """Write until nothing fits any more."""
        with contextlib.suppress(OSError), self._filling.open("ab", buffering=0) as file:
            while file.write(_PIECE):
                pass

    def free(self) -> None:
        """Take the filling away: what a person does first."""
        self._filling.unlink(missing_ok=True)


async def full_disk(system: System, disk: SmallDisk, seconds: float) -> None:
    """Fill the disk; afterwards docs/runbooks/disk-full.md: free space, restart the broker."""
    for _ in range(round(seconds * 10)):
        disk.fill()  # again and again: whoever gives up a file makes room
        await asyncio.sleep(0.1)
    disk.free()
    system.victims["nats"].signal(signal.SIGTERM)


async def full_stream(system: System, seconds: float) -> None:
    """Give FACTS a limit that it reaches at once; afterwards the runbook: give it more."""
    client = await connected(system)
    js = client.jetstream()
    info = await js.stream_info(FACTS)
    shipped = info.config
    await js.update_stream(shipped.evolve(max_bytes=info.state.bytes + 20_000))
    await asyncio.sleep(seconds)
    await js.update_stream(shipped)
    await client.close()


async def no_descriptors(system: System, service: str, seconds: float) -> None:
    """Leave a service a few descriptors, and take them all with idle connections."""
    pid = system.victims[service].pid
    assert pid is not None
    before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (64, before[1]))
    address = ("127.0.0.1", system.ports.of(service))
    idle: list[socket.socket] = []
    for _ in range(100):
        one = socket.socket()
        one.settimeout(0)
        with contextlib.suppress(BlockingIOError):
            one.connect(address)
        idle.append(one)
    await asyncio.sleep(seconds)
    for one in idle:
        one.close()
    with contextlib.suppress(ProcessLookupError):
        resource.prlimit(pid, resource.RLIMIT_NOFILE, before)


async def no_memory(system: System, service: str, seconds: float) -> None:
    """Let a service have no more address space than it has; a new process of it is free again."""
    pid = system.victims[service].pid
    assert pid is not None
    has = _address_space(pid)
    before = resource.prlimit(pid, resource.RLIMIT_AS)
    resource.prlimit(pid, resource.RLIMIT_AS, (has + 2**20, before[1]))
    await asyncio.sleep(seconds)
    with contextlib.suppress(ProcessLookupError):
        resource.prlimit(pid, resource.RLIMIT_AS, before)


def _address_space(pid: int) -> int:
    """Bytes that the process has now."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[0])
    return pages * resource.getpagesize()
