"""`motcua calendar`: what a changed calendar file would do, before it is put in force."""

from pathlib import Path

import click

from shared.calendar import OverrideTableError, province_table

from .calendar_file import province_of
from .service_api import service_url, told


@click.command("calendar")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--data", type=click.Path(file_okay=False, path_type=Path), default=Path("data"),
    show_default=True, help="Thư mục của `motcua run`.",
)  # fmt: skip
@click.option("--url", help="Địa chỉ dịch vụ scoring, thay cho --data.")
def command(*, file: Path, data: Path, url: str | None) -> None:
    """Xem trước tệp lịch FILE: hạn trả nào đổi, hồ sơ nào vào hay ra quá hạn.

    FILE is what would be put in force as the province's calendar.toml (docs/runbooks/calendar.md),
    a table like shared/calendar/overrides/<year>.toml among others; nothing is applied.

    \b
    Example:
      motcua calendar lich-moi.toml --data ./data
    """
    text = _text(file, data if url is None else None)
    base = service_url(data, "scoring", url)
    found = told(base, "/v1/calendar/preview", {"text": text}).json()
    for name, key in (
        ("Hồ sơ đang mở", "open_count"),
        ("  hạn không theo lịch", "given_count"),
        ("  đang tạm dừng, chưa có hạn", "paused_count"),
        ("Hạn trả đổi", "moved_count"),
        ("  sớm hơn", "earlier_count"),
        ("  muộn hơn", "later_count"),
        ("Thành quá hạn", "entering_overdue_count"),
        ("Hết quá hạn", "leaving_overdue_count"),
    ):
        click.echo(f"{name:<32}{found[key]:>8}")
    petitions = found["petitions"]
    for name, key in (
        ("Phản ánh, kiến nghị đổi hạn", "moved_count"),
        ("  thành quá hạn", "entering_overdue_count"),
        ("  hết quá hạn", "leaving_overdue_count"),
    ):
        click.echo(f"{name:<32}{petitions[key]:>8}")
    click.echo(f"Mã lịch: đang dùng {found['version_in_force']}, sẽ là {found['version']}")
    for one in found["moved"]:
        click.echo(f"{one['dossier_id']}  {one['due_at']} -> {one['new_due_at']}")


def _text(file: Path, data: Path | None) -> str:
    """The file's text; what is wrong with it is said here where the catalogue is known."""
    if data is None:
        return file.read_text("utf-8-sig")
    try:
        return province_table(file, scope=province_of(data)).text
    except OverrideTableError as error:
        raise click.ClickException(str(error)) from None
