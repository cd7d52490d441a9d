"""A disk that can lose its power: an ext4 image behind a loop device.

The image holds what reached the device. What a program wrote and the kernel had not passed on is
in the page cache of the mounted file system only, and a copy of the image does not have it: that
copy is the disk after the cut.
"""

import hashlib
import os
import subprocess
import time
from pathlib import Path

_MIB = 1024**2
_UNMOUNT_ATTEMPTS = 50


class NoDiskError(RuntimeError):
    """This machine cannot do it; the message is the reason."""


class Disk:
    """One image, mounted while it has power."""

    def __init__(self, root: Path, *, size_mib: int = 128) -> None:
        root.mkdir(parents=True, exist_ok=True)
        self._image = root / "disk.img"
        self._next = root / "next.img"
        self.mounted_at = root / "mnt"
        self.mounted_at.mkdir(exist_ok=True)
        with self._image.open("wb") as image:
            image.truncate(size_mib * _MIB)
        _run("mkfs.ext4", "-q", "-F", str(self._image))
        self.cut_count = 0

    def mount(self) -> None:
        """Give it power; the journal is replayed as after a real cut.

        Raises:
            NoDiskError: not root, or no loop device here.
        """
        _run("mount", "-o", "loop,data=ordered", str(self._image), str(self.mounted_at))

    def remember(self) -> None:
        """Copy what is on the device now. Whoever writes must stand still.

        The kernel may pass something on while we copy; a disk is never half in one moment and half
        in another, so it is copied until two copies are equal.
        """
        before = b""
        while True:
            _run("cp", "--sparse=always", str(self._image), str(self._next))
            found = _digest(self._next)
            if found == before:
                return
            before = found

    def cut(self) -> None:
        """Throw away what the file system has, and go on with what was remembered."""
        self.unmount()
        self._next.replace(self._image)
        self.cut_count += 1

    def unmount(self) -> None:
        """Take the file system away, if it is there."""
        for attempts_left in reversed(range(_UNMOUNT_ATTEMPTS)):
            if not os.path.ismount(self.mounted_at):
                return
            try:
                _run("umount", str(self.mounted_at))
            except NoDiskError:
                if not attempts_left:
                    raise
                time.sleep(0.1)  # a process that was just killed still lets go of its files


def _digest(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha1").digest()


def _run(*command: str) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=60)
    except FileNotFoundError:
        raise NoDiskError(f"{command[0]} is not installed") from None
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode(errors="replace").strip().splitlines()
        raise NoDiskError(f"{command[0]}: {said[-1] if said else error.returncode}") from None
