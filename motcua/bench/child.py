"""One side of a row in a process of its own: `python -m motcua.bench.child`.

Memory, collector and event loop of one side never weigh on the other. A JSON object of arguments
comes on standard input, a JSON object of figures goes to standard output.
"""

import asyncio
import importlib
import inspect
import os
import sys
import traceback
from collections.abc import Coroutine
from typing import Any, Final

import msgspec
import uvloop

_MARK: Final = b"figures: "


class ChildError(RuntimeError):
    """A side did not finish; the message holds the end of what it said."""


async def measured(side: str, **arguments: Any) -> dict[str, Any]:
    """Run `module:function` of this package in a fresh process and return its figures.

    Raises:
        ChildError: it ended with an error.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", __name__, side,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        out, err = await process.communicate(msgspec.json.encode(arguments))
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise ChildError(f"{side}: {err.decode(errors='replace')[-2000:]}")
    # A service in the process may log on the same output: the figures are marked.
    (figures,) = [line for line in out.splitlines() if line.startswith(_MARK)]
    return msgspec.json.decode(figures.removeprefix(_MARK), type=dict[str, Any])


async def _or_end(side: Coroutine[Any, Any, Any]) -> Any:
    """Await the side; an error ends the process here, because tasks beside it may go on."""
    try:
        return await side
    except Exception:  # noqa: BLE001 - whatever it is, the parent shows it
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)


def main() -> None:
    """Run the side named on the command line."""
    module, _, name = sys.argv[1].partition(":")
    function = getattr(importlib.import_module(f"motcua.bench.{module}"), name)
    arguments = msgspec.json.decode(sys.stdin.buffer.read())
    result = function(**arguments)
    if inspect.iscoroutine(result):
        result = uvloop.run(_or_end(result))
    sys.stdout.buffer.write(b"\n" + _MARK + msgspec.json.encode(result) + b"\n")


if __name__ == "__main__":
    main()
