"""`motcua alerts ack | silence | test-channel`: what a person does about an alert."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import click

from shared.clock import SystemClock
from shared.desk.formats import moment

from .service_api import service_url, told

_DAYS_MAX = 60


def _who(function: Callable[..., None]) -> Callable[..., None]:
    for option in (
        click.option("--by", required=True, help="Họ tên của bạn; được ghi vào sổ cảnh báo."),
        click.option("--reason", required=True, help="Lý do hoặc hướng xử lý."),
    ):
        function = option(function)
    return function


def _place(function: Callable[..., None]) -> Callable[..., None]:
    for option in (
        click.option("--url", help="Địa chỉ dịch vụ notifier, thay cho --data."),
        click.option("--data", type=click.Path(file_okay=False, path_type=Path),
                     default=Path("data"), show_default=True, help="Thư mục của `motcua run`."),
    ):  # fmt: skip
        function = option(function)
    return function


@click.command("ack")
@click.argument("alert_id")
@_who
@_place
def ack(alert_id: str, by: str, reason: str, data: Path, url: str | None) -> None:
    """Tiếp nhận một cảnh báo.

    \b
    Example:
      motcua alerts ack 9f31c2d07be84a65a1f0c39e --by "Nguyễn A" --reason "Đang trình ký"
    """
    base = service_url(data, "notifier", url)
    answer = told(base, f"/v1/alerts/{alert_id}/acknowledge", {"by": by, "reason": reason})
    if not answer.json()["done"]:
        raise click.ClickException("Cảnh báo này đã có người tiếp nhận (somebody has it).")
    click.echo(f"Đã tiếp nhận {alert_id}.")


@click.command("silence")
@click.argument("alert_id")
@click.option("--days", type=click.IntRange(0, _DAYS_MAX), required=True,
              help="Bao nhiêu ngày; 0 là bật lại tiếng ngay.")  # fmt: skip
@_who
@_place
def silence(alert_id: str, days: int, by: str, reason: str, data: Path, url: str | None) -> None:
    """Tắt tiếng một cảnh báo: vẫn trong danh sách, không báo cho ai.

    \b
    Example:
      motcua alerts silence 9f31c2d07be84a65a1f0c39e --days 2 --by "Nguyễn A" --reason "Chờ"
    """
    until = SystemClock().now() + timedelta(days=days)
    body = {"by": by, "reason": reason, "until_at": until.isoformat()}
    base = service_url(data, "notifier", url)
    answer = told(base, f"/v1/alerts/{alert_id}/silence", body)
    if not answer.json()["done"]:
        raise click.ClickException("Người khác vừa thay đổi trước (somebody was faster).")
    click.echo(f"Đã tắt tiếng đến {moment(until)}." if days else "Đã bật lại tiếng.")


@click.command("test-channel")
@click.argument("name")
@_place
def test_channel(name: str, data: Path, url: str | None) -> None:
    """Gửi một tin thử qua một kênh của people.toml.

    \b
    Example:
      motcua alerts test-channel telegram
    """
    answer = told(service_url(data, "notifier", url), f"/v1/channels/{name}/test", {}).json()
    click.echo(f"{answer['channel']}: {answer['outcome']}")
    if answer["outcome"] not in ("sent", "confirmed"):
        raise click.ClickException("Kênh không nhận tin thử (the channel did not take it).")
