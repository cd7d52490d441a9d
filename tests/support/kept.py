"""A directory for one run of a suite: thrown away when all went well, else kept to be looked at."""

import asyncio
import shutil
import tempfile
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any


def run_in_fresh_directory(
    name: str, seed: int, run: Callable[[Path], Coroutine[Any, Any, bool]]
) -> int:
    """Run in a new directory; the exit code is 0 where `run` says that it passed."""
    root = Path(tempfile.mkdtemp(prefix=f"{name}-"))
    good = False
    try:
        good = asyncio.run(run(root))
    finally:
        if good:
            shutil.rmtree(root, ignore_errors=True)
        else:
            print(f"FAIL seed={seed}: kept {root}", flush=True)
    return 0 if good else 1
