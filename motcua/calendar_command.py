"""`motcua calendar`: what a changed table of days off would do, before it is applied."""

import tomllib
from pathlib import Path

import click

from .service_api import service_url, told


@click.command("calendar")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--data", type=click.Path(file_okay=False, path_type=Path), default=Path("data"),
    show_default=True, help="Thư mục của `motcua run`.",
)  # fmt: skip
@click.option("--url", help="Địa chỉ dịch vụ scoring, thay cho --data.")
def command(*, file: Path, data: Path, url: str | None) -> None:
    """Xem trước bảng ngày nghỉ FILE của một năm: hạn trả nào đổi, hồ sơ nào vào hay ra quá hạn.

    FILE is written like shared/calendar/overrides/<year>.toml and stands in its place for the
    comparison; nothing is applied.

    \b
    Example:
      motcua calendar 2027.toml --data ./data
    """
    text = file.read_text("utf-8")
    try:
        year = int(tomllib.loads(text)["year"])
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError):
        raise click.ClickException(f"{file}: không phải bảng của một năm (no `year`).") from None
    base = service_url(data, "scoring", url)
    found = told(base, "/v1/calendar/preview", {"year": year, "text": text}).json()
    for name, key in (
        ("Hồ sơ đang mở", "open_count"),
        ("  hạn do nguồn ghi, không đổi", "given_count"),
        ("  đang tạm dừng, chưa có hạn", "paused_count"),
        ("Hạn trả đổi", "moved_count"),
        ("  sớm hơn", "earlier_count"),
        ("  muộn hơn", "later_count"),
        ("Thành quá hạn", "entering_overdue_count"),
        ("Hết quá hạn", "leaving_overdue_count"),
    ):
        click.echo(f"{name:<32}{found[key]:>8}")
    for one in found["moved"]:
        click.echo(f"{one['dossier_id']}  {one['due_at']} -> {one['new_due_at']}")
