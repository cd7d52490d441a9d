"""`motcua feed`: the invented province, into a system that runs elsewhere."""

import asyncio
from pathlib import Path

import click

from .demo import Demo
from .home import Home, Ports
from .local import Plan


class Elsewhere(Ports, frozen=True, kw_only=True):
    """Addresses as given, where everything is a container of its own."""

    intake: str
    nats: str

    def url(self, name: str) -> str:
        """Return the address of `name`: intake and nats as given, the others as at home."""
        return {"intake": self.intake, "nats": self.nats}.get(name) or super().url(name)


@click.command("feed")
@click.option(
    "--data", type=click.Path(file_okay=False, path_type=Path), default=Path("data"),
    show_default=True, help="Thư mục gốc đã qua `motcua init --demo`.",
)  # fmt: skip
@click.option("--intake", default="http://127.0.0.1:8401", show_default=True,
              help="Địa chỉ dịch vụ tiếp nhận.")  # fmt: skip
@click.option("--nats", default="nats://127.0.0.1:8400", show_default=True, help="Địa chỉ NATS.")
@click.option("--speed", default=60.0, show_default=True,
              type=click.FloatRange(0, 3600, min_open=True), help="Tốc độ (×N).")  # fmt: skip
def command(*, data: Path, intake: str, nats: str, speed: float) -> None:
    """Gửi dữ liệu của tỉnh giả định: quá khứ một lần, rồi hiện tại cho đến khi dừng.

    \b
    Example:
      motcua feed --data ./data --intake http://intake:8401 --nats nats://nats:4222
    """
    plan = Plan(ports=Elsewhere(intake=intake, nats=nats), demo=True, speed=speed)
    demo = Demo(Home(data), plan, lambda name, line: click.echo(f"{name}: {line}"))
    asyncio.run(demo.run())
