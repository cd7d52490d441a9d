"""`motcua provision`: the streams, made once and compared for ever."""

import asyncio
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from pathlib import Path
from typing import NamedTuple

import click
from nats.aio.client import Client
from nats.errors import AuthorizationError
from rich.console import Console
from rich.table import Table

from shared.bus.streams import (
    REJECTS,
    REJECTS_KEPT_DAYS,
    Difference,
    differences_of,
    provision,
)
from shared.clock import SystemClock

from . import operator_login, publishers
from .home import Home
from .nkey import public_key
from .retention import DAYS, VARIABLE, TooOldError, limit_rejects


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
@click.option(
    "--rejects-kept-days", "kept_days", type=DAYS, default=REJECTS_KEPT_DAYS, show_default=True,
    envvar=VARIABLE, show_envvar=True, help="Số ngày giữ nội dung bị từ chối.",
)  # fmt: skip
@click.option(
    "--limit-rejects", "is_limiting", is_flag=True,
    help="Đặt thời hạn đó cho luồng REJECTS đang có; cái cũ hơn mất ngay.",
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
    kept_days: int,
    is_limiting: bool,
) -> None:
    """Tạo các luồng còn thiếu, nói rõ luồng nào khác thiết kế; không bao giờ xóa.

    Exit code 1 where a live stream differs from what is written: changing it is your decision.
    The age limit of REJECTS is only told; --limit-rejects sets it.

    \b
    Example:
      motcua provision --url nats://127.0.0.1:8400 --data ./data
      motcua provision --limit-rejects --rejects-kept-days 365
    """
    home = Home(data) if data.exists() else None
    seed = _seed(home, nkey_file, data)
    authority = ca_file or (home.authority() if home else None)
    wanted = list(names) or _publishers_of(home)
    login = operator_login.connected(url, seed, authority=authority)
    sizes = _Sizes(replicas, scale, kept_days)
    with _told_plainly(url, kept_days):
        made = asyncio.run(_provision(login, wanted, sizes, is_limiting=is_limiting))
    _report(*made)


class _Sizes(NamedTuple):
    """How the streams are to be."""

    replicas: int
    scale: int
    rejects_kept_days: int


@contextmanager
def _told_plainly(url: str, kept_days: int) -> Iterator[None]:
    try:
        yield
    except TooOldError as error:
        raise click.ClickException(
            f"{error.count} mục bị từ chối cũ hơn {kept_days} ngày chưa ai xử lý, sẽ mất ngay: xử "
            "lý trước ở bàn tiếp nhận hoặc `motcua rejects list` (open rejects are older)"
        ) from None
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
    login: AbstractAsyncContextManager[Client],
    names: list[str],
    sizes: _Sizes,
    *,
    is_limiting: bool,
) -> tuple[list[str], list[Difference]]:
    async with login as client:
        js, asked = client.jetstream(), sizes._asdict()
        created, different = await provision(js, names, **asked)
        if is_limiting:
            await limit_rejects(client, sizes.rejects_kept_days, SystemClock().now())
            _, different = await differences_of(js, names, **asked)
        return created, different


def _report(created: list[str], different: list[Difference]) -> None:
    for name in created:
        click.echo(f"đã tạo {name}")
    # No reason to keep the services waiting: what is open can only be settled where they run.
    aged = [row for row in different if (row.stream, row.setting) == (REJECTS, "max_age")]
    different = [row for row in different if row not in aged]
    for row in aged:
        click.echo(
            f"REJECTS giữ {row.found} giây (0: mãi mãi), thiết kế {row.wanted}: khi các dịch vụ đã "
            "chạy, motcua provision --limit-rejects (an age limit is still to be set)"
        )
    if not different:
        click.echo("Tất cả các luồng đúng thiết kế (all streams as designed).")
        return
    table = Table("Luồng", "Thiết lập", "Thiết kế", "Đang là", title="Khác thiết kế")
    for row in different:
        table.add_row(row.stream, row.setting, row.wanted, row.found)
    Console().print(table)
    raise SystemExit(1)
