"""`motcua run`: the whole system in one terminal."""

import asyncio
import signal
import sys
from contextlib import suppress
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from .demo import Demo
from .home import Home, Ports
from .local import CannotRunError, LocalSystem, Plan, only_one
from .nats_server import ServerStartError
from .processes import Say
from .publishers import PublisherError, ensure

_COLOURS = {
    "nats": "blue",
    "intake": "green",
    "scoring": "cyan",
    "notifier": "yellow",
    "postal_gateway": "magenta",
    "carrier": "white",
    "motcua": "bold",
    "demo": "bright_black",
}
_LOCAL_PUBLISHER = "motcua-import"


@click.command("run")
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("data"),
    show_default=True,
    help="Thư mục dữ liệu; giữ lại giữa các lần chạy (kept between runs).",
)
@click.option(
    "--ports", "base", default=8400, show_default=True, type=click.IntRange(1024, 65000),
    help="Cổng đầu của dải: NATS, rồi bốn dịch vụ (first port of the range).",
)  # fmt: skip
@click.option("--demo", is_flag=True, help="Thêm một tỉnh giả định và bưu chính giả lập.")
@click.option("--speed", default=60.0, show_default=True, help="Tốc độ của demo (×N).")
@click.option("--quiet", is_flag=True, help="Chỉ in điều cần biết, không in log của dịch vụ.")
def command(*, data: Path, base: int, demo: bool, speed: float, quiet: bool) -> None:
    """Chạy cả hệ thống: nats-server, bốn dịch vụ; Ctrl-C để dừng.

    \b
    Example:
      motcua run --data ./data            the system, empty or as it was left
      motcua run --demo --data ./demo     with an invented province at work
    """
    console = Console(highlight=False)

    def say(name: str, line: str) -> None:
        if quiet and name not in ("motcua", "demo"):
            return
        console.print(Text(f"{name:>14} ", style=_COLOURS.get(name, "")) + Text(line))

    plan = Plan(ports=Ports(base), demo=demo, speed=speed)
    try:
        asyncio.run(_run(data, plan, say, console))
    except (CannotRunError, ServerStartError, PublisherError, TimeoutError) as error:
        console.print(Text(str(error), style="red"))
        sys.exit(3)


async def _run(data: Path, plan: Plan, say: Say, console: Console) -> None:
    home = Home(data)
    async with only_one(home):
        demo = Demo(home, plan, say) if plan.demo else None
        if demo is not None:
            demo.prepare()
        _local_publisher(home)
        system = LocalSystem(home, plan, say)
        stopped = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stopped.set)
        starting = asyncio.create_task(system.start())
        waiting = asyncio.create_task(stopped.wait())
        try:
            await asyncio.wait({starting, waiting}, return_when=asyncio.FIRST_COMPLETED)
            if starting.done():
                starting.result()
                _greet(console, plan, home)
                background = [asyncio.create_task(system.follow_publishers())]
                if demo is not None:
                    background.append(asyncio.create_task(demo.run()))
                await asyncio.wait({waiting, *background}, return_when=asyncio.FIRST_COMPLETED)
                await _end(background, stopped)
        finally:
            say("motcua", "đang dừng …")
            starting.cancel()
            waiting.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await starting
            await system.stop()
            say("motcua", "đã dừng; dữ liệu ở " + str(home.root))


async def _end(background: list[asyncio.Task[None]], stopped: asyncio.Event) -> None:
    for task in background:
        if task.done() and not stopped.is_set():
            task.result()  # a background task ends only by failing: say how
        task.cancel()


def _local_publisher(home: Home) -> None:
    # For `motcua import` on this machine: any code, because a file brings its own pattern.
    ensure(home, _LOCAL_PUBLISHER, dossier_pattern=r"\A[A-Za-z0-9][A-Za-z0-9._/-]{2,63}\Z")


def _greet(console: Console, plan: Plan, home: Home) -> None:
    url = plan.ports.url
    rows = [
        ("Bảng chỉ số (board)", url("scoring") + "/"),
        ("Màn hình lớn (TV)", url("scoring") + "/?tv=1"),
        ("Tiếp nhận (intake)", url("intake") + "/"),
        ("Cảnh báo (alerts)", url("notifier") + "/"),
        ("Bưu chính (post)", url("postal_gateway") + "/"),
        ("Số đo (metrics)", url("scoring") + "/metrics"),
        ("NATS", url("nats")),
        ("Dữ liệu (data)", str(home.root)),
    ]
    console.print()
    console.print("ready", style="bold green")
    for name, address in rows:
        console.print(f"  {name:<22} {address}")
    console.print("  Ctrl-C để dừng\n", style="dim")
