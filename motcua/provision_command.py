"""`motcua provision`: the streams, made once and compared for ever."""

import asyncio
from pathlib import Path

import click
from nats.errors import AuthorizationError
from rich.console import Console
from rich.table import Table

from shared.bus.streams import Difference, provision

from . import operator_login, publishers
from .home import Home
from .nkey import public_key


@click.command("provision")
@click.option("--url", default="nats://127.0.0.1:8400", show_default=True, help="Địa chỉ NATS.")
@click.option(
    "--nkey-file", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Tệp khóa nkey của người vận hành; mặc định lấy trong --data.",
)  # fmt: skip
@click.option(
    "--ca-file", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Chứng thư gốc cho địa chỉ tls://; mặc định lấy trong --data.",
)  # fmt: skip
@click.option("--publisher", "names", multiple=True, help="Nguồn gửi (lặp lại được).")
@click.option(
    "--data", type=click.Path(file_okay=False, path_type=Path), default=Path("data"),
    show_default=True, help="Thư mục dữ liệu: khóa và danh sách nguồn gửi.",
)  # fmt: skip
@click.option(
    "--replicas", type=click.IntRange(1, 5), default=1, show_default=True,
    help="Số bản sao của mỗi luồng trong cụm NATS (3 khi vận hành).",
)  # fmt: skip
@click.option(
    "--scale", type=click.IntRange(1, 1000), default=1, show_default=True,
    help="Bội số dung lượng: 1 là khoảng năm triệu sự kiện.",
)  # fmt: skip
def command(
    *,
    url: str,
    nkey_file: Path | None,
    ca_file: Path | None,
    names: tuple[str, ...],
    data: Path,
    replicas: int,
    scale: int,
) -> None:
    """Tạo các luồng còn thiếu, nói rõ luồng nào khác thiết kế; không bao giờ xóa.

    Exit code 1 where a live stream differs from what is written: changing it is your decision.

    \b
    Example:
      motcua provision --url nats://127.0.0.1:8400 --data ./data
    """
    home = Home(data) if data.exists() else None
    seed = _seed(home, nkey_file, data)
    authority = ca_file or (home.authority() if home else None)
    wanted = list(names) or _publishers_of(home)
    try:
        created, different = asyncio.run(
            _provision(url, seed, wanted, authority, replicas=replicas, scale=scale)
        )
    except AuthorizationError:
        raise click.ClickException(
            f"{url} không nhận khóa này: đúng --data hoặc --nkey-file chưa? NATS chạy với cấu hình "
            "cũ thì đọc lại cấu hình hoặc khởi động lại (the broker does not know this key)"
        ) from None
    except operator_login.FAILURES as error:
        raise click.ClickException(
            f"Không kết nối được {url} ({type(error).__name__}). Hệ thống đã chạy chưa? "
            "(is it running? `motcua run`)"
        ) from None
    _report(created, different)


def _seed(home: Home | None, nkey_file: Path | None, data: Path) -> str:
    if nkey_file is not None:
        seed = nkey_file.read_text().strip()
        try:
            public_key(seed)
        except ValueError:
            raise click.ClickException(
                f"{nkey_file} không phải tệp khóa nkey (it holds no nkey seed)."
            ) from None
        return seed
    if home is None:
        raise click.ClickException(
            f"Không có {data}: cho thư mục của `motcua run` hoặc `motcua init` bằng --data, hoặc "
            "khóa bằng --nkey-file (no such data directory)."
        )
    return home.service_seed("operator")


def _publishers_of(home: Home | None) -> list[str]:
    try:
        return [login.name for login in publishers.logins(home)] if home else []
    except publishers.PublisherError as error:
        raise click.ClickException(str(error)) from None


async def _provision(
    url: str, seed: str, names: list[str], authority: Path | None, *, replicas: int, scale: int
) -> tuple[list[str], list[Difference]]:
    async with operator_login.connected(url, seed, authority=authority) as client:
        return await provision(client.jetstream(), names, replicas=replicas, scale=scale)


def _report(created: list[str], different: list[Difference]) -> None:
    for name in created:
        click.echo(f"đã tạo {name}")
    if not different:
        click.echo("Tất cả các luồng đúng thiết kế (all streams as designed).")
        return
    table = Table("Luồng", "Thiết lập", "Thiết kế", "Đang là", title="Khác thiết kế")
    for row in different:
        table.add_row(row.stream, row.setting, row.wanted, row.found)
    Console().print(table)
    raise SystemExit(1)
