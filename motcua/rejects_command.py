"""`motcua rejects`: what intake refused, why, and the two ways to be done with it."""

import csv
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import click
import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from shared.desk.formats import moment
from shared.errors import RejectReason

from .service_api import asked, service_url, told

_COLUMNS = (
    "reject_id", "at", "publisher", "via", "reason", "field", "detail", "event_type", "subject",
    "repeat_count",
)  # fmt: skip


def _places(function: Callable[..., None]) -> Callable[..., None]:
    for option in (
        click.option("--url", help="Địa chỉ dịch vụ intake, thay cho --data."),
        click.option(
            "--data", type=click.Path(file_okay=False, path_type=Path), default=Path("data"),
            show_default=True, help="Thư mục của `motcua run`.",
        ),
    ):  # fmt: skip
        function = option(function)
    return function


_BY = click.option("--by", required=True, help="Họ tên người xử lý, được ghi lại.")


@click.group("rejects")
def command() -> None:
    """Sự kiện bị từ chối: liệt kê, xem lý do, sửa và gửi lại, hoặc bỏ qua.

    \b
    Example:
      motcua rejects list --reason invalid_field
      motcua rejects show 6d0f… > su-kien.json
      motcua rejects resubmit 6d0f… --file su-kien.json --by "Trần Thị B"
    """


@command.command("list")
@click.option("--publisher", default="", help="Chỉ một nguồn gửi.")
@click.option(
    "--reason", type=click.Choice([one.value for one in RejectReason]), metavar="LÝ_DO",
    help="Chỉ một lý do, ví dụ invalid_field.",
)  # fmt: skip
@click.option("--settled", is_flag=True, help="Các mục đã xử lý, thay cho các mục đang chờ.")
@click.option(
    "--format", "shape", type=click.Choice(["table", "csv", "json"]), default="table",
    show_default=True, help="Cách in.",
)  # fmt: skip
@_places
def list_all(
    *, publisher: str, reason: str | None, settled: bool, shape: str, data: Path, url: str | None
) -> None:
    """Liệt kê sự kiện bị từ chối đang chờ xử lý, mới nhất trước.

    \b
    Example:
      motcua rejects list --publisher so-tu-phap --format csv > tu-choi.csv
    """
    query = {"publisher": publisher, "reason": reason or "", "settled": str(settled).lower()}
    answer = asked(service_url(data, "intake", url), "/v1/rejects", query)
    found = answer.json()
    if shape == "json":
        click.echo(msgspec.json.format(answer.content, indent=1).decode())
    elif shape == "csv":
        _write_csv(found["rejects"])
    elif not found["count"]:
        click.echo("Không có sự kiện bị từ chối nào ở đây.")
    else:
        _print_table(found["rejects"])
        click.echo(f"{found['count']} sự kiện. Xem một sự kiện: motcua rejects show MÃ")


@command.command("show")
@click.argument("reject_id", metavar="MÃ")
@_places
def show(reject_id: str, data: Path, url: str | None) -> None:
    """Xem lý do và nội dung của một sự kiện bị từ chối.

    The reason goes to the terminal, the body alone to standard output: it can go into a file,
    be mended there, and come back with `resubmit`.

    \b
    Example:
      motcua rejects show 6d0f2a… > su-kien.json
    """
    base = service_url(data, "intake", url)
    one = asked(base, f"/v1/rejects/{reject_id}").json()
    rows = [
        ("Nguồn gửi", f"{one['publisher']} ({one['via']})"),
        ("Lúc", _moment(one["at"])),
        ("Lý do", f"{one['reason_vi']} ({one['reason']})"),
        ("Trường", one["field"]),
        ("Chi tiết", one["detail"]),
        ("Gửi lại", f"{one['repeat_count']} lần" if one["repeat_count"] else ""),
        ("Đã xử lý", _settled(one) if one["settled_at"] else ""),
    ]
    for label, text in rows:
        if text:
            click.echo(f"{label:<10} {text}", err=True)
    if one["body"] is None:
        raise click.ClickException("Nội dung được niêm bằng khóa khác, không mở được (seal.key).")
    click.echo(one["body"])


@command.command("resubmit")
@click.argument("reject_id", metavar="MÃ")
@click.option(
    "--file", "path", required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Tệp nội dung đã sửa.",
)  # fmt: skip
@_BY
@_places
def resubmit(*, reject_id: str, path: Path, by: str, data: Path, url: str | None) -> None:
    """Gửi lại nội dung đã sửa, với tư cách nguồn đã gửi nó.

    Exit code 1 where it is refused again; the reject stays open then.

    \b
    Example:
      motcua rejects resubmit 6d0f2a… --file su-kien.json --by "Trần Thị B"
    """
    try:
        body = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise click.ClickException(f"{path} không phải văn bản UTF-8.") from None
    base = service_url(data, "intake", url)
    answer = told(base, f"/v1/rejects/{reject_id}/resubmit", {"body": body, "by": by}).json()
    for one in answer["results"]:
        click.echo(f"{one['outcome']}  {one['id'] or ''}".rstrip())
        for reason in one["reasons"]:
            click.echo(f"  {reason['message_vi']} ({reason['message_en']})")
    if not answer["is_settled"]:
        raise click.ClickException("Vẫn bị từ chối; mục này còn chờ xử lý.")


@command.command("dismiss")
@click.argument("reject_id", metavar="MÃ")
@_BY
@click.option("--why", required=True, help="Vì sao không gửi lại, được ghi lại.")
@_places
def dismiss(*, reject_id: str, by: str, why: str, data: Path, url: str | None) -> None:
    """Khép một sự kiện bị từ chối mà không gửi lại.

    \b
    Example:
      motcua rejects dismiss 6d0f2a… --by "Trần Thị B" --why "Gửi nhầm hồ sơ thử"
    """
    base = service_url(data, "intake", url)
    told(base, f"/v1/rejects/{reject_id}/dismiss", {"by": by, "why": why})
    click.echo(f"Đã bỏ qua {reject_id}.")


def _write_csv(rejects: list[dict[str, Any]]) -> None:
    writer = csv.DictWriter(sys.stdout, _COLUMNS, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rejects)


def _print_table(rejects: list[dict[str, Any]]) -> None:
    table = Table("Mã", "Lúc", "Nguồn gửi", "Lý do", "Trường", "Hồ sơ")
    table.columns[0].no_wrap = True
    for one in rejects:
        cells = (
            one["reject_id"], _moment(one["at"]), one["publisher"], one["reason_vi"],
            one["field"], one["subject"],
        )  # fmt: skip
        table.add_row(*(Text(str(cell)) for cell in cells))
    Console().print(table)


def _settled(one: dict[str, Any]) -> str:
    when = _moment(one["settled_at"])
    return f"{when} bởi {one['settled_by']}: {one['settled_how']}, {one['settled_reason']}"


def _moment(text: str) -> str:
    return moment(datetime.fromisoformat(text))
