"""The two commands; what they do is in `motcua.backup`."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import click
from nats.aio.client import Client
from nats.errors import Error as NatsError

from shared.clock import SystemClock

from . import backup as copying
from . import operator_login
from .home import Home

_REPORTS = copying.REPORTS
_DIRECTORY = click.Path(file_okay=False, path_type=Path)


def _shared_options(function: Callable[..., None]) -> Callable[..., None]:
    for option in (
        click.option("--data", type=_DIRECTORY, default=Path("data"), show_default=True,
                     help="Thư mục gốc: mật khẩu của operator."),
        click.option("--url", default="nats://127.0.0.1:8400", show_default=True,
                     help="Địa chỉ NATS."),
    ):  # fmt: skip
        function = option(function)
    return function


@click.command("backup")
@click.argument("out", type=_DIRECTORY)
@_shared_options
def backup(out: Path, url: str, data: Path) -> None:
    """Sao lưu nhật ký (các luồng và mốc neo) vào thư mục OUT, trong khi hệ thống chạy.

    \b
    Example:
      motcua backup /backup/2026-11-22 --url nats://127.0.0.1:8400 --data ./data
    """
    taken_at = SystemClock().now().isoformat()
    made = _run(data, url, lambda client: copying.backup(client, out, taken_at=taken_at))
    _report("đã sao lưu", made)
    _report_reports("đã sao lưu", copying.copy_reports(data / _REPORTS, out / _REPORTS))
    click.echo(f"Giữ riêng bản sao của {data / 'secrets'}: không có ở đây (secrets are not in it).")


@click.command("restore")
@click.argument("source", type=click.Path(exists=True, file_okay=False, path_type=Path))
@_shared_options
def restore(source: Path, url: str, data: Path) -> None:
    """Khôi phục từ thư mục SOURCE vào một NATS chưa có các luồng ấy; không bao giờ ghi đè.

    Services find that the log is another one, fold it anew and say so (dvc_fold_rewinds_total).

    \b
    Example:
      motcua restore /backup/2026-11-22 --url nats://127.0.0.1:8400 --data ./data
    """
    _report("đã khôi phục", _run(data, url, lambda client: copying.restore(client, source)))
    _report_reports("đã khôi phục", copying.copy_reports(source / _REPORTS, data / _REPORTS))


def _run(
    data: Path, url: str, act: Callable[[Client], Awaitable[copying.Manifest]]
) -> copying.Manifest:
    home = Home(data)
    seed = home.service_seed("operator")

    async def whole() -> copying.Manifest:
        async with operator_login.connected(url, seed, authority=home.authority()) as client:
            return await act(client)

    try:
        return asyncio.run(whole())
    except copying.BackupError as error:
        raise click.ClickException(str(error)) from None
    except (NatsError, OSError, TimeoutError) as error:
        raise click.ClickException(f"Không kết nối được {url} ({type(error).__name__}).") from None


def _report(done: str, manifest: copying.Manifest) -> None:
    for one in manifest.streams:
        click.echo(
            f"{done} {one.stream}: {one.state['messages']:,} tin, đến {one.state['last_seq']:,}"
        )
    click.echo(f"thời điểm {manifest.taken_at}")


def _report_reports(done: str, count: int) -> None:
    if count:
        click.echo(f"{done} {count} báo cáo đã công bố")


command = backup
