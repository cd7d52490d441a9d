"""The data directory of one installation: where everything lives, and its secrets.

`DIR/nats` is the broker's store (the truth), `DIR/*.db` are projections that rebuild themselves,
`DIR/secrets` is readable by its owner only. A back-up is a copy of DIR while nothing runs.
"""

import base64
import fcntl
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from .nkey import new_seed, public_key
from .rights import SERVICES

PORTS = ("nats", "intake", "scoring", "notifier", "postal_gateway", "monitor", "carrier")
HTTP_SERVICES = ("intake", "scoring", "notifier", "postal_gateway")


class HomeInUseError(RuntimeError):
    """Another `motcua run` holds this directory."""


class Ports(Struct, frozen=True):
    """Base B: NATS B, then the four services, monitoring B+5, the demo's carrier B+6."""

    base: int = 8400

    def of(self, name: str) -> int:
        """Return the port of `name`, one of PORTS."""
        return self.base + PORTS.index(name)

    def url(self, name: str) -> str:
        """Return the address of `name` on this machine."""
        scheme = "nats" if name == "nats" else "http"
        return f"{scheme}://127.0.0.1:{self.of(name)}"

    def urls(self) -> dict[str, str]:
        """Return the addresses people and publishers need."""
        return {name: self.url(name) for name in ("nats", *HTTP_SERVICES)}


class Home:
    """Paths and secrets under one directory; what is missing is made on first use."""

    def __init__(self, root: Path) -> None:
        """Make the directory, if it is not there, for its owner alone."""
        self.root = root.resolve()
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.nats = self.root / "nats"
        self.nats.mkdir(exist_ok=True)
        self.secrets = self.root / "secrets"
        self.secrets.mkdir(mode=0o700, exist_ok=True)
        (self.secrets / "publishers").mkdir(mode=0o700, exist_ok=True)

    @property
    def publishers_file(self) -> Path:
        """Who may publish (hashes only)."""
        return self.root / "publishers.json"

    @property
    def catalogue_file(self) -> Path:
        """Agencies, fields and procedures."""
        return self.root / "catalogue.json"

    @property
    def calendar_file(self) -> Path:
        """The province's own calendar, if it has one; a person puts it there."""
        return self.root / "calendar.toml"

    @property
    def operators_file(self) -> Path:
        """Who may use the desks (hashes, and the key that signs sessions)."""
        return self.root / "operators.json"

    @property
    def run_file(self) -> Path:
        """Addresses of the running system, for the other commands."""
        return self.root / "run.json"

    def service_seed(self, service: str) -> str:
        """Return the nkey seed of one of our services, made on first use."""
        return self.service_seed_file(service).read_text().strip()

    def service_keys(self) -> dict[str, str]:
        """Return the public nkeys of all our services: what the broker may know of them."""
        return {service: public_key(self.service_seed(service)) for service in SERVICES}

    def service_seed_file(self, service: str) -> Path:
        """Return the file of that seed, made on first use; a password of before is taken away."""
        (self.secrets / f"{service}.password").unlink(missing_ok=True)
        return self._made(f"{service}.nkey", new_seed)

    def authority(self) -> Path | None:
        """Return the file of the local authority's certificate; None where there is none."""
        path = self.secrets / "tls" / "ca.crt"
        return path if path.exists() else None

    def seal_key_file(self) -> Path:
        """Return the file of the key that seals rejects, made on first use."""
        return self._made("seal.key", lambda: base64.b64encode(secrets.token_bytes(32)).decode())

    def carrier_token_file(self) -> Path:
        """Return the file of the demo carrier's token, made on first use."""
        return self._made("carrier.token", lambda: secrets.token_urlsafe(24))

    def generated_secret(self, name: str) -> str:
        """Return the text of DIR/secrets/<name>, made on first use."""
        return self._made(name, lambda: secrets.token_urlsafe(24)).read_text().strip()

    def publisher_secret(self, name: str, kind: str) -> Path:
        """Return where a publisher's `token`, `nkey` or `password` is kept on this machine."""
        return self.secrets / "publishers" / f"{name}.{kind}"

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Hold the directory for one running system; the kernel lets go when the holder ends.

        Raises:
            HomeInUseError: another one holds it.
        """
        with (self.root / "run.lock").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise HomeInUseError(
                    f"Thư mục {self.root} đang được một `motcua run` khác dùng: dừng nó, hoặc "
                    "chọn thư mục khác bằng --data (another run uses this data directory)."
                ) from None
            yield

    @contextmanager
    def changing_publishers(self) -> Iterator[None]:
        """Let one process at a time read, change and write the registry; the next one waits."""
        with (self.root / "publishers.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def running(self) -> dict[str, Any] | None:
        """Return run.json of a system that runs here now, else None.

        A run that was killed leaves run.json behind, and its process number may belong to another
        program by now: only the lock tells.
        """
        try:
            with (self.root / "run.lock").open() as lock:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except FileNotFoundError:
            return None
        except OSError:
            return self._run_json()
        return None

    def _run_json(self) -> dict[str, Any] | None:
        try:
            found: dict[str, Any] = msgspec.json.decode(self.run_file.read_bytes())
        except (FileNotFoundError, msgspec.DecodeError):
            return None  # it has only just begun to start
        return found

    def _made(self, name: str, fresh: Callable[[], str]) -> Path:
        path = self.secrets / name
        if not path.exists():
            write_private(path, fresh())
        return path


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    beside = path.with_name(path.name + ".new")
    beside.unlink(missing_ok=True)
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as sink:
        sink.write(text)
        sink.flush()
        os.fsync(sink.fileno())
    beside.replace(path)
