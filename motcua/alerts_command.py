"""`motcua alerts`: what is open now, and what happened to one alert or dossier."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import click
import httpx
from rich.console import Console
from rich.table import Table

from shared.desk.formats import moment

from . import alerts_acts, backtest
from .service_api import asked, service_url

_LIMIT_MAX = 10_000


def _places(function: Callable[..., None]) -> Callable[..., None]:
    for option in (
        click.option("--url", help="Địa chỉ dịch vụ notifier, thay cho --data."),
        click.option(
            "--data",
            type=click.Path(file_okay=False, path_type=Path),
            default=Path("data"),
            show_default=True,
            help="Thư mục của `motcua run`.",
        ),
        click.option("--json", "as_json", is_flag=True, help="Nguyên dạng JSON."),
    ):
        function = option(function)
    return function


@click.group("alerts")
def command() -> None:
    """Cảnh báo: đang mở những gì, lịch sử của một hồ sơ, tiếp nhận, tắt tiếng, thử quy tắc.

    \b
    Example:
      motcua alerts list --agency H44.01
      motcua alerts show H44.01-260302-00001
    """


@command.command("list")
@click.option("--agency", default="", help="Chỉ một cơ quan (mã).")
@click.option("--stage", default="", help="Chỉ một mức: overdue, …")
@click.option("--limit", type=click.IntRange(1, _LIMIT_MAX), default=50, show_default=True,
              help="Nhiều nhất bao nhiêu cảnh báo.")  # fmt: skip
@_places
def list_open(
    agency: str,
    stage: str,
    limit: int,
    data: Path,
    url: str | None,
    as_json: bool,  # noqa: FBT001 - click passes it
) -> None:
    """Liệt kê cảnh báo đang mở, lâu nhất trước.

    \b
    Example:
      motcua alerts list --agency H44.01 --stage overdue
    """
    query = {"agency": agency, "stage": stage, "limit": str(limit)}
    answer = _asked(data, url, "/v1/alerts", query)
    if as_json:
        click.echo(answer.text)
        return
    found = answer.json()
    if not found["count"]:
        click.echo("Không có cảnh báo nào đang mở.")
        return
    table = Table("Hồ sơ", "Cơ quan", "Mức", "Hẹn trả", "Người tiếp nhận", "Mã cảnh báo")
    for one in found["alerts"]:
        table.add_row(
            one["dossier"], one["agency"], one["stage"], _moment(one["due_at"]),
            one["acknowledged_by"] or "–", one["alert_id"],
        )  # fmt: skip
    Console().print(table)
    shown = len(found["alerts"])
    click.echo(f"{found['count']} cảnh báo" + (f", hiện {shown}" if shown < found["count"] else ""))


@command.command("show")
@click.argument("name")
@_places
def show(name: str, data: Path, url: str | None, as_json: bool) -> None:  # noqa: FBT001 - click passes it
    """Mọi cảnh báo của một hồ sơ, hoặc một cảnh báo theo mã của nó.

    \b
    Example:
      motcua alerts show H44.01-260302-00001
    """
    answer = _asked(data, url, "/v1/alerts", {"dossier": name, "limit": str(_LIMIT_MAX)})
    alerts = answer.json()["alerts"]
    if not alerts:
        answer = _asked(data, url, f"/v1/alerts/{name}", {})
        alerts = [answer.json()]
    if as_json:
        click.echo(answer.text)
        return
    for one in alerts:
        click.echo(f"{one['dossier']}  {one['stage']}  {one['agency']}  ({one['alert_id']})")
        for label, text in _life(one):
            click.echo(f"  {label:<14}{text}")


def _life(one: dict[str, Any]) -> list[tuple[str, str]]:
    told = [("đã báo", _telling(t)) for t in one["deliveries"]]
    taken = f"{_moment(one['acknowledged_at'])}  {one['acknowledged_by']}"
    ended = f"{_moment(one['resolved_at'])}  {one['because']}"
    return [
        ("hẹn trả", _moment(one["due_at"])),
        ("đúng từ", _moment(one["since_at"])),
        ("cảnh báo lúc", _moment(one["raised_at"])),
        *(
            [("tiếp nhận", f"{taken}: {one['acknowledged_reason']}")]
            if one["acknowledged_at"]
            else []
        ),
        *told,
        *([("hết lúc", ended)] if one["resolved_at"] else []),
    ]


def _telling(told: dict[str, Any]) -> str:
    way = f"{told['recipient']} qua {told['channel']}: {told['outcome']}"
    return f"{_moment(told['at'])}  {way}, {told['occasion']}, lần {told['attempt']}"


def _moment(text: str | None) -> str:
    return moment(datetime.fromisoformat(text) if text else None)


def _asked(data: Path, url: str | None, path: str, query: dict[str, str]) -> httpx.Response:
    return asked(service_url(data, "notifier", url), path, query)


for _one in (alerts_acts.ack, alerts_acts.silence, alerts_acts.test_channel, backtest.command):
    command.add_command(_one)
