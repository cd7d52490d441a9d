"""`motcua operators`: who may use the desks."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TextIO, TypeVar

import click
from rich.console import Console
from rich.table import Table

from shared.access import ROLES_VI, Role

from . import operators
from .home import Home

_DATA = click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("data"),
    show_default=True,
    help="Thư mục dữ liệu (data directory).",
)
_ROLE = click.option(
    "--role", type=click.Choice([role.value for role in Role]), default=Role.VIEWER.value,
    show_default=True, help="; ".join(f"{role.value}: {ROLES_VI[role]}" for role in Role),
)  # fmt: skip
_PASSWORD_FILE = click.option(
    "--password-file", type=click.File("r", encoding="utf-8"),
    help="Đọc mật khẩu từ tệp, `-` là đầu vào chuẩn; không có thì hỏi (read it from a file).",
)  # fmt: skip

_AGENCIES = click.option(
    "--agency", "agencies", multiple=True, metavar="MÃ",
    help="Chỉ cơ quan này và cấp dưới; nhiều lần được (default: cả tỉnh).",
)  # fmt: skip

_Result = TypeVar("_Result")


@click.group("operators")
def command() -> None:
    """Tài khoản của người dùng bốn bàn: thêm, mật khẩu, vai trò, thu hồi, liệt kê.

    Có một tài khoản là bốn bàn bắt đầu hỏi đăng nhập. A running system takes a change over within
    two seconds; containers get it with `motcua init`.

    \b
    Example:
      motcua operators add lan --full-name "Nguyễn Thị Lan" --role desk
      motcua operators token tv-sanh --role viewer
    """


@command.command("add")
@click.argument("name")
@click.option("--full-name", prompt="Họ tên", help="Họ tên, sẽ ghi vào mỗi quyết định.")
@_ROLE
@_AGENCIES
@_PASSWORD_FILE
@_DATA
def add(
    *, name: str, full_name: str, role: str, agencies: tuple[str, ...],
    password_file: TextIO | None, data: Path,
) -> None:  # fmt: skip
    """Thêm một tài khoản; mật khẩu từ 12 ký tự.

    \b
    Example:
      motcua operators add lan --full-name "Nguyễn Thị Lan" --role desk
      motcua operators add minh --full-name "Lê Văn Minh" --role desk --agency H44.01
    """
    password = _password(password_file)
    _guarded(
        lambda: operators.add(
            Home(data),
            name,
            full_name=full_name,
            role=Role(role),
            password=password,
            agencies=agencies,
        )
    )
    click.echo(f"Đã thêm {name} ({ROLES_VI[Role(role)]}).")


@command.command("password")
@click.argument("name")
@_PASSWORD_FILE
@_DATA
def password_of(name: str, password_file: TextIO | None, data: Path) -> None:
    """Đặt mật khẩu mới; mọi phiên đang mở của người đó kết thúc.

    \b
    Example:
      motcua operators password lan
    """
    password = _password(password_file)
    _guarded(lambda: operators.set_password(Home(data), name, password))
    click.echo(f"Đã đổi mật khẩu của {name}.")


@command.command("role")
@click.argument("name")
@click.argument("role", type=click.Choice([role.value for role in Role]))
@_DATA
def role_of(name: str, role: str, data: Path) -> None:
    """Đổi vai trò; mọi phiên đang mở của người đó kết thúc.

    \b
    Example:
      motcua operators role lan operator
    """
    _guarded(lambda: operators.set_role(Home(data), name, Role(role)))
    click.echo(f"{name}: {ROLES_VI[Role(role)]}.")


@command.command("agencies")
@click.argument("name")
@click.argument("agencies", nargs=-1, metavar="[MÃ]...")
@_DATA
def agencies_of(name: str, agencies: tuple[str, ...], data: Path) -> None:
    """Giới hạn một người ở vài cơ quan và cấp dưới; không ghi mã nào là cả tỉnh.

    Chỉ xem và xử lý được hồ sơ của các cơ quan đó; trang của toàn tỉnh thì không mở được.

    \b
    Example:
      motcua operators agencies lan H44.01 H44.09
    """
    _guarded(lambda: operators.set_agencies(Home(data), name, agencies))
    click.echo(f"{name}: {_scope(agencies)}.")


@command.command("sign-out")
@click.argument("name")
@_DATA
def sign_out(name: str, data: Path) -> None:
    """Kết thúc mọi phiên đang mở của một người.

    \b
    Example:
      motcua operators sign-out lan
    """
    _guarded(lambda: operators.end_sessions(Home(data), name))
    click.echo(f"Mọi phiên của {name} đã kết thúc.")


@command.command("revoke")
@click.argument("name")
@click.confirmation_option(prompt="Thu hồi tài khoản hoặc khóa này?")
@_DATA
def revoke(name: str, data: Path) -> None:
    """Thu hồi một tài khoản hoặc khóa của một máy.

    \b
    Example:
      motcua operators revoke lan --yes
    """
    _guarded(lambda: operators.revoke(Home(data), name))
    click.echo(f"Đã thu hồi {name}.")


@command.command("token")
@click.argument("name")
@_ROLE
@_AGENCIES
@_DATA
def token(name: str, role: str, agencies: tuple[str, ...], data: Path) -> None:
    """Cấp khóa cho một chương trình hoặc một màn hình lớn; in một lần.

    \b
    Example:
      motcua operators token tv-sanh --role viewer
    """
    issued = _guarded(lambda: operators.issue_token(Home(data), name, Role(role), agencies))
    click.echo(f"Authorization: Bearer {issued}")
    if role == Role.VIEWER.value:
        click.echo(f"Màn hình lớn (TV): http://MÁY-CHỦ:8402/man-hinh?khoa={issued}")


@command.command("list")
@_DATA
def list_all(data: Path) -> None:
    """Liệt kê tài khoản và khóa của máy.

    \b
    Example:
      motcua operators list --data ./data
    """
    file = _guarded(lambda: operators.load(Home(data))) if data.exists() else None
    if file is None or not (file.operators or file.machines):
        click.echo("Chưa có tài khoản nào: bốn bàn chỉ mở trên máy này và không hỏi đăng nhập.")
        return
    table = Table("Tên", "Họ tên", "Vai trò", "Cơ quan", "Trạng thái")
    for one in file.operators:
        state = _state(is_revoked=one.revoked)
        table.add_row(one.name, one.full_name, ROLES_VI[one.role], _scope(one.agencies), state)
    for one_machine in file.machines:
        state = _state(is_revoked=one_machine.revoked)
        scope = _scope(one_machine.agencies)
        table.add_row(one_machine.name, "(máy)", ROLES_VI[one_machine.role], scope, state)
    Console().print(table)


def _scope(agencies: Sequence[str]) -> str:
    return ", ".join(agencies) or "cả tỉnh"


def _state(*, is_revoked: bool) -> str:
    return "đã thu hồi" if is_revoked else "hoạt động"


def _password(file: TextIO | None) -> str:
    if file is not None:
        return str(file.read()).rstrip("\r\n")
    return str(click.prompt("Mật khẩu", hide_input=True, confirmation_prompt="Nhập lại mật khẩu"))


def _guarded(act: Callable[[], _Result]) -> _Result:
    try:
        return act()
    except operators.OperatorError as error:
        raise click.ClickException(str(error)) from None
