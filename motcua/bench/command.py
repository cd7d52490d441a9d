"""`motcua bench`: how fast each part is, against what one would otherwise write or buy."""

import asyncio
import logging
import os
import platform
import signal
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import click
import msgspec
from rich.console import Console

from motcua.bench import counting, long_log, plan, scraping, screen, taking_in, visible
from motcua.bench.child import ChildError
from motcua.bench.measuring import Row
from motcua.bench.plan import Plan
from motcua.nats_server import ServerStartError

BENCHES: Final[dict[str, Callable[[Plan], Awaitable[list[Row]]]]] = {
    "counts": counting.counts,
    "indicators": counting.indicators,
    "intake": taking_in.intake,
    "scrape": scraping.scrape,
    "visible": visible.visible,
    "memory": long_log.memory,
    "long": long_log.read_and_restart,
}
_EXAMPLE = """\b
Example:
  motcua bench --quick
  motcua bench --only counts --only scrape --json bench.json
"""


@click.command("bench", epilog=_EXAMPLE)
@click.option(
    "--only", "names", multiple=True, type=click.Choice(list(BENCHES)),
    help="Chỉ đo mục này (lặp lại được); long: đọc chỉ số, khởi động lại, dựng lại.",
)  # fmt: skip
@click.option(
    "--facts", type=click.IntRange(min=1_000),
    help=f"Số sự kiện của nhật ký dài; mặc định {plan.LONG_FACTS}.",
)  # fmt: skip
@click.option("--quick", is_flag=True, help="Ít dữ liệu, dưới 90 giây: để thử, không để so.")
@click.option(
    "--json", "json_file", type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Ghi kết quả vào tệp JSON này.",
)  # fmt: skip
def command(
    *, names: tuple[str, ...], facts: int | None, quick: bool, json_file: Path | None
) -> None:
    """Đo tốc độ theo tỷ lệ với cách làm thường thấy, trong cùng một lần chạy.

    Every row measures ours and its yardstick in turn, on servers of its own under a temporary
    directory. The exit code is 0 whether or not goals are met: a bench is no test.
    """
    started = time.monotonic()
    # Told to end, it ends its servers too, as with Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with _thrown_away() as home:
        sizes = plan.quick(home) if quick else Plan(home=home)
        if facts is not None:
            sizes = msgspec.structs.replace(sizes, long_facts=facts)
        try:
            rows = asyncio.run(measure(names or tuple(BENCHES), sizes))
        except (ChildError, ServerStartError) as error:
            raise click.ClickException(f"Không đo được (the bench broke): {error}") from None
    report = screen.Report(
        rows=rows, quick=quick, cores=os.cpu_count() or 1, python=platform.python_version(),
        seconds=round(time.monotonic() - started, 1),
    )  # fmt: skip
    Console(width=None if Console().is_terminal else 160).print(screen.as_table(rows))
    if json_file is not None:
        json_file.write_bytes(screen.as_json(report) + b"\n")


async def measure(names: Sequence[str], sizes: Plan) -> list[Row]:
    """Run the named benches one after another; each says on standard error that it began."""
    rows: list[Row] = []
    for name in names:
        click.echo(f"đang đo {name} …", err=True)
        rows += await BENCHES[name](sizes)
    return rows


@contextmanager
def _thrown_away() -> Iterator[Path]:
    # Simulating in this process: nothing of ours should speak between the lines of the table.
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory(prefix="motcua-bench-", ignore_cleanup_errors=True) as home:
        yield Path(home)
    logging.disable(logging.NOTSET)
