"""`motcua certificate`: a certificate of the installation's own authority, for pages or clients."""

import re
from pathlib import Path

import click

from shared.clock import SystemClock

from . import local_ca
from .home import Home

_HOLDER = re.compile(r"\A[a-z0-9][a-z0-9.-]{0,62}\Z")
_TAKEN = frozenset({local_ca.AUTHORITY, local_ca.BROKER})


@click.command("certificate")
@click.argument("holder", metavar="TÊN")
@click.option(
    "--name", "names", multiple=True,
    help="Tên miền hoặc địa chỉ IP mà máy khác gọi tới; nhiều lần được (default: TÊN).",
)  # fmt: skip
@click.option(
    "--data", type=click.Path(file_okay=False, path_type=Path), default=Path("data"),
    show_default=True, help="Thư mục dữ liệu (data directory).",
)  # fmt: skip
def command(holder: str, names: tuple[str, ...], data: Path) -> None:
    """Cấp chứng thư TLS cho một dịch vụ hoặc một máy khách, ký bằng CA riêng của bản cài đặt.

    Chạy lại thì giữ nguyên; sắp hết hạn (còn dưới 60 ngày) hoặc có tên mới thì cấp mới. A
    certificate for pages (MOTCUA_TLS_CERT_FILE) or for a client (MOTCUA_TLS_CLIENT_CA_FILE).

    \b
    Example:
      motcua certificate ban-mot-cua --name motcua.tinh.example --name 10.0.0.5
      motcua certificate may-quay-1
    """
    if not _HOLDER.match(holder) or holder in _TAKEN:
        raise click.ClickException(
            "TÊN gồm a-z 0-9 . -, dài 1-63 ký tự, không phải ca hay nats (not a name to use)."
        )
    made = local_ca.ensure(Home(data), names or (holder,), SystemClock().now(), holder=holder)
    click.echo(f"chứng thư (certificate)  {made.certificate}")
    click.echo(f"khóa (key)               {made.key}")
    click.echo(f"CA (authority)           {made.authority}")
