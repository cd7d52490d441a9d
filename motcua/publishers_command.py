"""`motcua publishers`: who may publish."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click
from rich.console import Console
from rich.table import Table

from . import publishers
from .home import Home

_DATA = click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("data"),
    show_default=True,
    help="Thư mục dữ liệu (data directory).",
)

_PASSWORD = click.option(
    "--password", is_flag=True,
    help="Cấp thêm mật khẩu NATS, cho chương trình không dùng được nkey.",
)  # fmt: skip

_Result = TypeVar("_Result")


@click.group("publishers")
def command() -> None:
    """Nguồn gửi dữ liệu: thêm, đổi khóa, thu hồi, liệt kê.

    A running `motcua run` takes a change over within two seconds.

    \b
    Example:
      motcua publishers add so-tu-phap
      curl -H "Authorization: Bearer <token>" …
    """


@command.command("add")
@click.argument("name")
@click.option("--dossier-pattern", help="Mẫu mã hồ sơ riêng (regular expression).")
@_PASSWORD
@_DATA
def add(name: str, dossier_pattern: str | None, data: Path, *, password: bool) -> None:
    """Thêm một nguồn gửi, in khóa HTTP và nơi giữ khóa NATS của nó.

    \b
    Example:
      motcua publishers add so-tu-phap --dossier-pattern 'H99[.]05-[0-9]{8}-[0-9]{7}'
    """
    home = Home(data)
    _show(
        home,
        name,
        _guarded(
            lambda: publishers.add(home, name, dossier_pattern=dossier_pattern, password=password)
        ),
    )


@command.command("rotate")
@click.argument("name")
@_PASSWORD
@_DATA
def rotate(name: str, data: Path, *, password: bool) -> None:
    """Cấp khóa mới; khóa cũ còn hiệu lực đến lần đổi sau.

    Với --password, mật khẩu NATS cũ hết hiệu lực ngay. (Token and nkey before live until the next
    rotation; a revoked publisher is admitted again.)

    \b
    Example:
      motcua publishers rotate so-tu-phap
    """
    home = Home(data)
    _show(home, name, _guarded(lambda: publishers.rotate(home, name, password=password)))


@command.command("signing")
@click.argument("name")
@click.argument("wanted", type=click.Choice(["required", "optional"]))
@_DATA
def signing(name: str, wanted: str, data: Path) -> None:
    """Bắt buộc hay không bắt buộc chữ ký trên mỗi yêu cầu HTTP của một nguồn gửi.

    \b
    Example:
      motcua publishers signing so-tu-phap required
    """
    must_sign = wanted == "required"
    _guarded(lambda: publishers.set_signing(Home(data), name, must_sign=must_sign))
    click.echo(f"{name}: chữ ký {'bắt buộc' if must_sign else 'không bắt buộc'}.")


@command.command("revoke")
@click.argument("name")
@click.confirmation_option(prompt="Thu hồi mọi khóa của nguồn này?")
@_DATA
def revoke(name: str, data: Path) -> None:
    """Thu hồi mọi khóa của một nguồn gửi; dữ liệu đã gửi vẫn giữ.

    \b
    Example:
      motcua publishers revoke so-tu-phap --yes
    """
    _guarded(lambda: publishers.revoke(Home(data), name))
    click.echo(f"Đã thu hồi {name}.")


@command.command("list")
@_DATA
def list_all(data: Path) -> None:
    """Liệt kê các nguồn gửi.

    \b
    Example:
      motcua publishers list --data ./data
    """
    registry = _guarded(lambda: publishers.load(Home(data))) if data.exists() else None
    if registry is None or not registry.publishers:
        click.echo("Chưa có nguồn gửi nào. Thêm: motcua publishers add TÊN")
        return
    table = Table("Nguồn", "Khóa HTTP", "Khóa NATS", "Mẫu mã hồ sơ", "Trạng thái")
    for one in registry.publishers:
        state = "đã thu hồi" if one.revoked else "hoạt động"
        keys = f"{len(one.nats_keys)} nkey" + (", mật khẩu" if one.nats_password_hash else "")
        pattern = one.dossier_pattern or "chuẩn"
        table.add_row(one.name, str(len(one.token_hashes)), keys, pattern, state)
    Console().print(table)


def _guarded(act: Callable[[], _Result]) -> _Result:
    try:
        return act()
    except publishers.PublisherError as error:
        raise click.ClickException(str(error)) from None


def _show(home: Home, name: str, issued: publishers.Issued) -> None:
    click.echo(f"Nguồn gửi: {name}")
    click.echo(f"HTTP  Authorization: Bearer {issued.token}")
    # A seed goes by file only: terminals and containers keep what was printed.
    click.echo(f"NATS  nkey: {home.publisher_secret(name, 'nkey')}")
    if issued.password:
        click.echo(f"NATS  user {name}, password {issued.password}")
