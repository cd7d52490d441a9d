"""`motcua report`: a period's report from the running system."""

from pathlib import Path

import click

from .service_api import asked, service_url

_FORMATS = ("html", "csv", "xlsx", "json")


@click.command("report")
@click.option("--period", required=True, help="2026, 2026-H1, 2026-Q3 hoặc 2026-09.")
@click.option("--agency", default="", help="Chỉ một cơ quan (mã).")
@click.option(
    "--format", "formats", default="html", show_default=True,
    help=f"Một hoặc nhiều, cách nhau bằng dấu phẩy: {','.join(_FORMATS)}.",
)  # fmt: skip
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), default=Path(),
    help="Thư mục ghi báo cáo; mặc định là thư mục đang đứng.",
)  # fmt: skip
@click.option(
    "--data", type=click.Path(file_okay=False, path_type=Path), default=Path("data"),
    show_default=True, help="Thư mục của `motcua run`.",
)  # fmt: skip
@click.option(
    "--correction", type=click.IntRange(0),
    help="Lần công bố của kỳ đã chốt: 0 là chốt kỳ; mặc định là lần cuối.",
)  # fmt: skip
@click.option("--url", help="Địa chỉ dịch vụ scoring, thay cho --data.")
def command(
    *,
    period: str,
    agency: str,
    formats: str,
    out: Path,
    data: Path,
    correction: int | None,
    url: str | None,
) -> None:
    """Xuất báo cáo của một kỳ từ hệ thống đang chạy.

    \b
    Example:
      motcua report --period 2026-09 --format html,csv,xlsx,json --out ./bao-cao
    """
    kinds = [one.strip() for one in formats.split(",")]
    strange = [one for one in kinds if one not in _FORMATS]
    if strange:
        raise click.ClickException(
            f"Không có định dạng {', '.join(strange)}; có: {', '.join(_FORMATS)}."
        )
    base = service_url(data, "scoring", url)
    for kind in kinds:
        query = {"format": kind, **({"agency": agency} if agency else {})}
        if correction is not None:
            query["correction"] = str(correction)
        answer = asked(base, f"/v1/reports/{period}", query)
        out.mkdir(parents=True, exist_ok=True)
        path = out / f"bao-cao-{period}{'-' + agency if agency else ''}.{kind}"
        path.write_bytes(answer.content)
        click.echo(f"{path}  sha256 {answer.headers['x-report-sha256']}")
