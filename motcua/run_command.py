"""`motcua run`: the whole system in one terminal."""

import asyncio
import signal
import sys
from pathlib import Path

import click
import msgspec
from nats.errors import Error as NatsError
from rich.console import Console
from rich.text import Text

from shared.calendar import OverrideTableError
from shared.runtime import ExitCode

from .calendar_file import calendar_of, province_of
from .demo import Demo
from .home import Home, HomeInUseError, Ports
from .importing.destination import LOCAL_PUBLISHER
from .local import LocalSystem, Plan, PortTakenError
from .nats_server import ServerStartError
from .processes import CannotStartError, Say
from .publishers import ANY_DOSSIER_CODE, PublisherError, ensure
from .rights import DESK_PUBLISHER

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
_CANNOT_RUN = (
    HomeInUseError, PortTakenError, CannotStartError, ServerStartError, PublisherError, OSError,
    NatsError, OverrideTableError, msgspec.DecodeError,
)  # fmt: skip


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
@click.option(
    "--speed", default=60.0, show_default=True, type=click.FloatRange(0, 3600, min_open=True),
    help="Tốc độ của demo (×N).",
)  # fmt: skip
@click.option("--quiet", is_flag=True, help="Chỉ in điều cần biết, không in log của dịch vụ.")
def command(*, data: Path, base: int, demo: bool, speed: float, quiet: bool) -> None:
    """Chạy cả hệ thống: nats-server, bốn dịch vụ; Ctrl-C để dừng.

    DATA/catalogue.json and DATA/calendar.toml count where they are, from the next start on.
    Exit code 3 where a port is taken, 1 where something else keeps it from starting.

    \b
    Example:
      motcua run --data ./data            the system, empty or as it was left
      motcua run --demo --data ./demo     with an invented province at work
    """
    # Lines as they are: a log that is read from a file is not wrapped at somebody's width.
    console = Console(highlight=False, markup=False, soft_wrap=True)

    def say(name: str, line: str) -> None:
        if (quiet and name not in ("motcua", "demo")) or _is_chatter(name, line):
            return
        console.print(Text(f"{name:>14} ", style=_COLOURS.get(name, "")) + Text(line))

    plan = Plan(ports=Ports(base), demo=demo, speed=speed)
    try:
        asyncio.run(_run(data, plan, say, console))
    except _CANNOT_RUN as error:
        console.print(Text(str(error), style="red"))
        sys.exit(_exit_code(error))


def _is_chatter(name: str, line: str) -> bool:
    # The broker introduces itself in thirty lines at every start; its warnings are worth reading,
    # but for the one about passwords: those of publishers stand in it as hashes.
    return name == "nats" and ("[INF]" in line or "Plaintext passwords" in line)


def _exit_code(error: Exception) -> ExitCode:
    code = error.exit_code if isinstance(error, CannotStartError) else ExitCode.FAILED
    taken = isinstance(error, PortTakenError) or code == ExitCode.PORT_IN_USE
    return ExitCode.PORT_IN_USE if taken else ExitCode.FAILED


async def _run(data: Path, plan: Plan, say: Say, console: Console) -> None:
    home = Home(data)
    with home.hold():
        demo = Demo(home, plan, say) if plan.demo else None
        if demo is not None:
            demo.prepare()
        calendar_of(home.root, province_of(home.root))  # one sentence here, not one of each service
        _local_publisher(home)
        system = LocalSystem(home, plan, say)
        system.check_ports()
        asked_to_stop = asyncio.create_task(_signal_to_stop())
        starting = asyncio.create_task(system.start())
        try:
            await asyncio.wait({starting, asked_to_stop}, return_when=asyncio.FIRST_COMPLETED)
            if not asked_to_stop.done():
                starting.result()
                _greet(console, plan, home)
                await _work(system, demo, asked_to_stop)
        finally:
            say("motcua", "đang dừng …")
            starting.cancel()
            asked_to_stop.cancel()
            await asyncio.gather(starting, asked_to_stop, return_exceptions=True)
            await system.stop()
            say("motcua", f"đã dừng; dữ liệu ở {home.root}")


async def _signal_to_stop() -> None:
    """Return when somebody asks: Ctrl-C, a supervisor, or the terminal that goes away."""
    asked = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, asked.set)
    await asked.wait()


async def _work(system: LocalSystem, demo: Demo | None, asked_to_stop: asyncio.Task[None]) -> None:
    background = [asyncio.create_task(system.follow_publishers())]
    if demo is not None:
        background.append(asyncio.create_task(demo.run()))
    await asyncio.wait({asked_to_stop, *background}, return_when=asyncio.FIRST_COMPLETED)
    for task in background:
        if task.done():
            task.result()  # it ends only by failing: say how
        task.cancel()


def _local_publisher(home: Home) -> None:
    # For `motcua import` on this machine: any code, because a file brings its own pattern.
    ensure(home, LOCAL_PUBLISHER, dossier_pattern=ANY_DOSSIER_CODE)
    # The desk of alerts submits explanations and apologies under a name of its own.
    ensure(home, DESK_PUBLISHER, dossier_pattern=ANY_DOSSIER_CODE)


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
