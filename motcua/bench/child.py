"""One side of a row in a process of its own: `python -m motcua.bench.child`.

Memory, collector and event loop of one side never weigh on the other. A JSON object of arguments
comes on standard input, a JSON object of figures goes into a file: megabytes of them, and a service
in the process writes its log to standard output.
"""

import asyncio
import importlib
import inspect
import os
import sys
import traceback
from collections.abc import Coroutine
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import uvloop


class ChildError(RuntimeError):
    """A side did not finish; the message holds the end of what it said."""


async def measured(side: str, **arguments: Any) -> dict[str, Any]:
    """Run `module:function` of this package in a fresh process and return its figures.

    Raises:
        ChildError: it ended with an error.
    """
    with TemporaryDirectory(prefix="motcua-bench-") as folder:
        figures = Path(folder) / "figures.json"
        await _run(side, figures, msgspec.json.encode(arguments))
        return msgspec.json.decode(figures.read_bytes(), type=dict[str, Any])


async def _run(side: str, figures: Path, arguments: bytes) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", __name__, side, str(figures),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        _, err = await process.communicate(arguments)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise ChildError(f"{side}: {err.decode(errors='replace')[-2000:]}")


async def _or_end(side: Coroutine[Any, Any, Any]) -> Any:
    """Await the side; an error ends the process here, because tasks beside it may go on."""
    try:
        return await side
    except Exception:  # noqa: BLE001 - whatever it is, the parent shows it
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)


def main() -> None:
    """Run the side named on the command line; its figures go to the file named behind it."""
    module, _, name = sys.argv[1].partition(":")
    function = getattr(importlib.import_module(f"motcua.bench.{module}"), name)
    arguments = msgspec.json.decode(sys.stdin.buffer.read())
    result = function(**arguments)
    if inspect.iscoroutine(result):
        result = uvloop.run(_or_end(result))
    Path(sys.argv[2]).write_bytes(msgspec.json.encode(result))


if __name__ == "__main__":
    main()
