"""`motcua erase`: a person's contact is deleted, and that it is gone is shown."""

import asyncio
import sys
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from shared.ledger.reader import LogGapError

from . import operator_login
from .erasing import Looked, erase
from .home import Home
from .service_api import service_url

_WHAT = {
    "CONTACTS": "địa chỉ liên hệ (kho CONTACTS)",
    "FACTS": "sự kiện trong nhật ký",
    "*.db": "tệp SQLite của các dịch vụ",
    "CONTACTS *.blk": "khối đĩa của kho CONTACTS",
    "REJECTS": "mục bị từ chối, niêm phong",
}


@click.command("erase")
@click.argument("dossier", metavar="MÃ-HỒ-SƠ")
@click.option(
    "--data", type=click.Path(file_okay=False, exists=True, path_type=Path), default=Path("data"),
    show_default=True, help="Thư mục dữ liệu của bản cài đặt: có khóa để xóa.",
)  # fmt: skip
@click.option("--url", help="Địa chỉ NATS; mặc định là hệ thống đang chạy trên --data.")
@click.confirmation_option(prompt="Xóa địa chỉ liên hệ của hồ sơ này? Không lấy lại được")
def command(*, dossier: str, data: Path, url: str | None) -> None:
    """Xóa địa chỉ, điện thoại, họ tên người nhận của một hồ sơ, và chứng minh đã xóa.

    It reads the whole log twice. What is sealed among the rejects cannot be deleted: it is counted.
    Exit code 1 where anything readable is left.

    \b
    Example:
      motcua erase 000.00.18.H44-260302-0001 --data ./data
    """
    home = Home(data)
    place = url or service_url(data, "nats", None).url
    try:
        found = asyncio.run(erase(place, home, dossier))
    except (*operator_login.FAILURES, LogGapError) as error:
        raise click.ClickException(f"{place}: {type(error).__name__}") from None
    _report(dossier, found)
    if not all(one.is_clean for one in found):
        sys.exit(1)


def _report(dossier: str, found: list[Looked]) -> None:
    table = Table("Đã tìm ở", "Đã đọc", "Trước", "Sau", title=f"Xóa địa chỉ của {dossier}")
    for one in found:
        counts = (one.read_count, one.before_count, one.after_count)
        table.add_row(_WHAT[one.place], *map(str, counts))
    Console().print(table)
    by_place = {one.place: one for one in found}
    if not by_place["CONTACTS"].before_count:
        click.echo("Hồ sơ này không còn địa chỉ nào (nothing was left to erase).")
    elif all(one.is_clean for one in found):
        click.echo("Đã xóa; không còn ở nơi nào đọc được (erased).")
    else:
        click.echo("CHƯA XÓA HẾT (something is left).", err=True)
    if by_place["CONTACTS *.blk"].after_count:
        click.echo("Khối đĩa còn dấu vết cho tới khi NATS nén khối (gone when it compacts).")
    if by_place["REJECTS"].after_count:
        click.echo("Mục niêm phong chỉ mở được bằng khóa seal.key và không xóa được (sealed).")
