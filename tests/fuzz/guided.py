"""`make fuzz-guided`: coverage-guided input for the readers, where atheris can be installed.

atheris is no dependency of ours: the target makes an environment of its own for it. Run with
`--child` this module is the fuzzed process itself; without, it starts one a target, counts, and
prints one line.
"""

import argparse
import importlib
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Final

from .mutations import examples

_DONE: Final = re.compile(r"Done (\d+) runs")
_COVERED: Final = re.compile(r"cov: (\d+)")


@cache
def _reading() -> tuple[Any, Any]:
    from services.intake.registry import Publisher
    from tests.support.fake_clock import FakeClock
    from tests.support.fake_wire import FakeWire, intake_parts

    folder = Path(tempfile.mkdtemp(prefix="guided-intake-"))
    parts = intake_parts(folder, clock=FakeClock(), wire=FakeWire())
    return parts.intake.reader, Publisher(name="fuzz")


def _events(body: bytes) -> None:
    from services.intake.bodies import TooManyError, UnsupportedError, split

    reader, publisher = _reading()
    try:
        kind = ("application/json", "application/x-ndjson")[len(body) % 2]
        for one in split(body, {"content-type": kind}).bodies[:20]:
            reading = reader.read(one, publisher)
            if reading.fault is not None and reading.fault.reason == "our_fault":
                raise AssertionError("a fault of ours")
    except (TooManyError, UnsupportedError):
        return


def _payloads(body: bytes) -> None:
    from services.intake.sources.dvcqg.mapping import facts_of
    from shared.bus.codec import decoded_json
    from shared.errors import InvalidFact

    from .intake_world import NOW

    try:
        payload = decoded_json(body, limit=4_194_304)
    except InvalidFact:
        return
    if isinstance(payload, dict):
        for service in ("DongBoHoSoMC", "CapNhatTienDoHoSoMC"):
            facts_of(service, payload, source="fuzz", received_at=NOW)


def _webhooks(body: bytes) -> None:
    import msgspec

    from services.postal_gateway.carriers.viettel.mapping import Webhook, status_of
    from services.postal_gateway.carriers.viettel.signature import is_signed, is_token

    text = body.decode("latin-1")
    is_signed([b"key"], moment=text[:12], signed=text[12:], body=body, now=0)
    try:
        said = msgspec.json.decode(body, type=Webhook)
        is_token([b"key"], said.TOKEN)
        status_of(said.DATA)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return


def _seeds(target: str) -> list[bytes]:
    from tests.support.webhooks import NOON, body_of
    from tests.unit.services.intake.sources.dvcqg.payloads import dossier, sync

    trees: dict[str, list[Any]] = {
        "events": list(examples()),
        "payloads": [sync(dossier(TrangThaiHoSo=str(n))) for n in range(1, 11)],
        "webhooks": [body_of("H44.01-260302-00001", code, NOON) for code in (100, 200, 501)],
    }
    return [json.dumps(tree).encode() for tree in trees[target]]


TARGETS: Final[dict[str, Callable[[bytes], None]]] = {
    "events": _events, "payloads": _payloads, "webhooks": _webhooks,
}  # fmt: skip


def child(target: str, arguments: list[str]) -> None:
    """Be the fuzzed process; libFuzzer ends it."""
    atheris = importlib.import_module("atheris")
    first = _seeds(target)[0]
    for name in [name for name in sys.modules if name.partition(".")[0] in {"services", "shared"}]:
        del sys.modules[name]  # what was imported so far is not instrumented
    with atheris.instrument_imports(include=["services", "shared"]):
        TARGETS[target](first)  # imports what it reaches
    atheris.Setup([sys.argv[0], *arguments], TARGETS[target])
    atheris.Fuzz()


def run(target: str, seed: int, runs: int) -> bool:
    """Fuzz one target in a process of its own; prints the line."""
    with tempfile.TemporaryDirectory(prefix="guided-") as folder:
        for number, body in enumerate(_seeds(target)):
            (Path(folder) / str(number)).write_bytes(body)
        arguments = [folder, f"-seed={seed}", f"-runs={runs}", "-timeout=10", "-max_len=8192",
                     "-rss_limit_mb=1500", f"-artifact_prefix={folder}/"]  # fmt: skip
        command = [sys.executable, "-m", "tests.fuzz.guided", "--child", target, *arguments]
        made = subprocess.run(command, capture_output=True, text=True, check=False)
    done = _DONE.search(made.stderr)
    covered = _COVERED.findall(made.stderr) or ["0"]
    is_good = made.returncode == 0 and done is not None
    if not is_good:
        print(made.stderr[-3_000:])
    print(
        f"FUZZ-GUIDED target={target} seed={seed} n={done.group(1) if done else 0}"
        f" edges={covered[0]}->{covered[-1]} CRASH={int(not is_good)} HANG=0"
        f" {'PASS' if is_good else 'FAIL'}",
        flush=True,
    )
    return is_good


def main() -> int:
    """Fuzz every target, or say that atheris is not there."""
    if sys.argv[1:2] == ["--child"]:
        child(sys.argv[2], sys.argv[3:])
        return 0
    parser = argparse.ArgumentParser(prog="fuzz-guided", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--runs", type=int, default=100_000, help="inputs a target")
    parser.add_argument("--target", choices=TARGETS, action="append")
    chosen = parser.parse_args()
    try:
        importlib.import_module("atheris")
    except ImportError:
        print("FUZZ-GUIDED not run: atheris could not be installed here")
        return 0
    found = [run(target, chosen.seed, chosen.runs) for target in chosen.target or TARGETS]
    return 0 if all(found) else 1


if __name__ == "__main__":
    sys.exit(main())
