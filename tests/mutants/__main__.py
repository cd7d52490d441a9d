"""`make mutants`: break one guard at a time in a copy of the tree, and see its test fail.

Before anything is broken the named tests run once on the copy and must pass: a test that fails
anyway would catch every mutant.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from .planted import MUTANTS, Mutant

REPOSITORY: Final = Path(__file__).parents[2]
_COPIED: Final = ("services", "shared", "motcua", "deploy", "tests", "docs")
_PASSED, _FAILED = 0, 1
_SECONDS_MAX: Final = 900


def copied(root: Path) -> None:
    """Copy what the tests need."""
    for name in _COPIED:
        shutil.copytree(
            REPOSITORY / name, root / name, ignore=shutil.ignore_patterns("__pycache__")
        )
    for path in REPOSITORY.iterdir():
        if path.is_file():
            shutil.copy(path, root)


def ran(root: Path, tests: tuple[str, ...]) -> tuple[int, str]:
    """Run tests in the copy; the exit code of pytest, and which ones failed."""
    environment = {**os.environ, "PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:xdist", *tests]
    try:
        made = subprocess.run(
            command, cwd=root, env=environment, capture_output=True, text=True, check=False,
            timeout=_SECONDS_MAX,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return _FAILED, "no end within its time"
    lines = [line for line in made.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    return made.returncode, (lines[-1].partition("::")[2] if lines else made.stdout[-300:].strip())


def killed(root: Path, mutant: Mutant) -> tuple[bool, str]:
    """Plant the fault, run its tests, and put the text back."""
    path = root / mutant.path
    sound = path.read_text(encoding="utf-8")
    path.write_text(mutant.planted_in(root), encoding="utf-8")
    try:
        code, by = ran(root, mutant.tests)
    finally:
        path.write_text(sound, encoding="utf-8")
    return code == _FAILED, by


def main() -> int:
    """Break everything once; prints a table and the line."""
    parser = argparse.ArgumentParser(prog="mutants", description=__doc__)
    parser.add_argument("--only", action="append", help="part of a name; may be repeated")
    chosen = parser.parse_args()
    mutants = [m for m in MUTANTS if not chosen.only or any(o in m.name for o in chosen.only)]
    if not mutants:
        names = ", ".join(one.name for one in MUTANTS)
        print(f"MUTANTS n=0 FAIL: nothing is named like that; there are {names}")
        return 1
    started, alive = time.monotonic(), []
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        root = Path(folder)
        copied(root)
        tests = tuple(dict.fromkeys(test for mutant in mutants for test in mutant.tests))
        code, by = ran(root, tests)
        if code != _PASSED:
            print(f"MUTANTS n={len(mutants)} FAIL: before anything was broken: {by}")
            return 1
        for mutant in mutants:
            is_killed, by = killed(root, mutant)
            print(f"  {'killed' if is_killed else 'ALIVE ':<7} {mutant.name:<34} {by}", flush=True)
            if not is_killed:
                alive.append(mutant.name)
    seconds = time.monotonic() - started
    verdict = "PASS" if not alive else "FAIL"
    print(
        f"MUTANTS seed=none n={len(mutants)} killed={len(mutants) - len(alive)} ALIVE={len(alive)}"
        f" seconds={seconds:.0f} {verdict}"
    )
    return 1 if alive else 0


if __name__ == "__main__":
    sys.exit(main())
