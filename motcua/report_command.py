"""`motcua report`: a period's report from the running system."""

from pathlib import Path

import click
import httpx

from .home import Home

_SUFFIX = {"html": "html", "csv": "csv", "xlsx": "xlsx", "json": "json"}


def service_url(data: Path, service: str, url: str | None) -> str:
    """Return the address of a running service.

    Raises:
        click.ClickException: nothing runs on this data directory.
    """
    if url:
        return url.rstrip("/")
    running = Home(data).running() if data.exists() else None
    if running is None:
        raise click.ClickException(
            f"Không có hệ thống nào chạy trên {data}. Chạy `motcua run --data {data}` "
            "hoặc cho địa chỉ bằng --url (nothing runs there)."
        )
    return str(running["urls"][service])


@click.command("report")
@click.option("--period", required=True, help="2026, 2026-Q3 hoặc 2026-09.")
@click.option("--agency", help="Chỉ một cơ quan (mã).")
@click.option("--format", "formats", default="html", show_default=True, help="html,csv,json")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=Path())
@click.option("--data", type=click.Path(path_type=Path), default=Path("data"), show_default=True)
@click.option("--url", help="Địa chỉ dịch vụ scoring.")
def command(
    period: str, agency: str | None, formats: str, out: Path, data: Path, url: str | None
) -> None:
    """Xuất báo cáo của một kỳ từ hệ thống đang chạy.

    \b
    Example:
      motcua report --period 2026-09 --format html,json --out ./bao-cao
    """
    base = service_url(data, "scoring", url)
    out.mkdir(parents=True, exist_ok=True)
    for kind in (one.strip() for one in formats.split(",")):
        if kind not in _SUFFIX:
            raise click.ClickException(f"Không có định dạng {kind}; có: {', '.join(_SUFFIX)}.")
        query = {"format": kind, **({"agency": agency} if agency else {})}
        try:
            answer = httpx.get(f"{base}/v1/reports/{period}", params=query, timeout=120)
            answer.raise_for_status()
        except httpx.HTTPStatusError as error:
            raise click.ClickException(_why(error.response)) from None
        except httpx.HTTPError as error:
            raise click.ClickException(f"{base}: {type(error).__name__}") from None
        path = out / f"bao-cao-{period}{'-' + agency if agency else ''}.{_SUFFIX[kind]}"
        path.write_bytes(answer.content)
        digest = answer.headers.get("x-report-sha256", "")
        click.echo(f"{path}  {('sha256 ' + digest) if digest else ''}".rstrip())


def _why(answer: httpx.Response) -> str:
    try:
        return str(answer.json().get("message_vi", answer.text))
    except ValueError:
        return f"HTTP {answer.status_code}"
