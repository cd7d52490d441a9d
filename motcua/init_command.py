"""`motcua init`: the secrets and configuration of a deployment in containers."""

import tomllib
from pathlib import Path

import click

from services.postal_gateway.domain.limits import limits_in
from shared.calendar import OverrideTableError
from shared.catalogue.model import load_catalogue

from . import operators
from .calendar_file import calendar_of
from .demo import DEMO_PROFILE, Demo
from .hand_out import Deployment, SecondCarrier, hand_out, limits_file
from .home import Home, Ports
from .local import Plan
from .publishers import ANY_DOSSIER_CODE, ensure
from .rights import DESK_PUBLISHER
from .simulate.profiles import load_profile

_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command("init")
@click.option("--data", type=_FOLDER, default=Path("data"), show_default=True,
              help="Thư mục gốc: mọi khóa của bản cài đặt (keep it: it is backed up).")  # fmt: skip
@click.option("--out", type=_FOLDER, required=True,
              help="Nơi phát cho từng container, mỗi container một thư mục.")  # fmt: skip
@click.option("--catalogue", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="Danh mục cơ quan, lĩnh vực, thủ tục (JSON).")  # fmt: skip
@click.option("--demo", is_flag=True, help="Thêm danh mục và nguồn gửi của tỉnh giả định.")
@click.option("--carrier-url", default="", help="Địa chỉ hệ thống bưu chính.")
@click.option("--second-carrier-url", default="",
              help="Bưu chính thứ hai: địa chỉ (a second one, beside the first).")  # fmt: skip
@click.option("--second-carrier-agencies", default="", metavar="MÃ,MÃ",
              help="Cơ quan gửi qua bưu chính thứ hai, kể cả mọi cơ quan trực thuộc.")  # fmt: skip
@click.option("--second-carrier-shape", default="viettelpost", show_default=True,
              type=click.Choice(["vnpost", "viettelpost"]),
              help="Hình thức của nó; khác với bưu chính thứ nhất.")  # fmt: skip
@click.option("--desk-url", default="http://127.0.0.1:8402", show_default=True,
              help="Địa chỉ trang chấm điểm, như trình duyệt thấy.")  # fmt: skip
@click.option("--node", "nodes", multiple=True, help="Tên một nút NATS của cụm (lặp lại được).")
@click.option("--tls", is_flag=True, help="NATS chỉ nhận TLS 1.3, chứng thư do CA riêng ký.")
@click.option("--tls-name", "tls_names", multiple=True,
              help="Tên hoặc địa chỉ khác mà nguồn gửi dùng (lặp lại được).")  # fmt: skip
@click.option("--store", type=_FOLDER, default=Path("/data/jetstream"), show_default=True,
              help="Nơi nats-server giữ dữ liệu, trong container của nó.")  # fmt: skip
def command(
    *,
    data: Path,
    out: Path,
    catalogue: Path | None,
    demo: bool,
    carrier_url: str,
    second_carrier_url: str,
    second_carrier_agencies: str,
    second_carrier_shape: str,
    desk_url: str,
    nodes: tuple[str, ...],
    tls: bool,
    tls_names: tuple[str, ...],
    store: Path,
) -> None:
    """Tạo khóa còn thiếu, viết cấu hình NATS, phát cho mỗi container đúng phần của nó.

    Running it again keeps every secret and hands out what changed (a new publisher, a new
    catalogue); then nats reads it (SIGHUP, twice). It prints names of files, never what is in them.

    DATA/calendar.toml, where it is, goes to every service. Of the post, secrets are read from
    DATA/secrets: carrier.token, second_carrier.token, and webhook.secrets (comma separated).
    Whatever else is set stands in DATA/settings.toml.

    \b
    Example:
      motcua init --data ./data --out ./handout --catalogue danh-muc.json
    With two carriers, the second one for H44.01, H44.09 and all below them:
      motcua init --data ./data --out ./handout --carrier-url https://mot.example
        --second-carrier-url https://hai.example --second-carrier-agencies H44.01,H44.09
    """
    second = SecondCarrier(second_carrier_url, second_carrier_shape, second_carrier_agencies)
    home = Home(data)
    _prepare(home, catalogue, second, demo=demo)
    deployment = Deployment(
        store=store, carrier_url=carrier_url, second_carrier=second, desk_url=desk_url,
        nodes=nodes, tls=tls, tls_names=tls_names,
    )  # fmt: skip
    _hand_out(home, out, deployment)


def _hand_out(home: Home, out: Path, deployment: Deployment) -> None:
    for path in hand_out(home, out, deployment):
        click.echo(f"đã phát {path.relative_to(out)}")


def _check(home: Home, second: SecondCarrier, province: str | None) -> None:
    """Before anything is written: settings that every service reads, a carrier that has work."""
    for path, read in (
        (home.root / "settings.toml", tomllib.loads),
        (limits_file(home), limits_in),
    ):
        try:
            if path.exists():
                read(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise click.ClickException(f"{path}: {error}") from None
    try:
        calendar_of(home.root, province)
    except OverrideTableError as error:
        raise click.ClickException(str(error)) from None
    if bool(second.url) != bool(second.agencies):
        raise click.ClickException(
            "--second-carrier-url và --second-carrier-agencies đi cùng nhau: gửi của cơ quan nào, "
            "đến đâu (either needs the other)."
        )
    if not set(f"{second.url}{second.agencies}").isdisjoint('"\\\n'):
        raise click.ClickException("--second-carrier-…: chứa ký tự không hợp lệ (quotes).")
    token = home.secrets / "second_carrier.token"
    if second.url and not token.exists():
        click.echo(f"chưa có {token}: bưu chính thứ hai sẽ không nhận đơn nào")


def _prepare(
    home: Home, catalogue: Path | None, second_carrier: SecondCarrier, *, demo: bool
) -> None:
    """What the home must have before it is handed out."""
    _check(home, second_carrier, _province(home, catalogue, demo=demo))
    if catalogue is not None:
        _take_over(home, catalogue)
    if demo:
        Demo(home, Plan(ports=Ports()), lambda _name, line: click.echo(line)).prepare()
    # The desk of alerts submits explanations and apologies under a name of its own.
    ensure(home, DESK_PUBLISHER, dossier_pattern=ANY_DOSSIER_CODE)
    if operators.ensure_first(home):
        file = home.secrets / f"{operators.FIRST_OPERATOR}.password"
        click.echo(f"tài khoản đầu tiên: {operators.FIRST_OPERATOR}, mật khẩu trong {file}")


def _province(home: Home, catalogue: Path | None, *, demo: bool) -> str | None:
    """The province of the catalogue that will be handed out; None where it names none."""
    if demo:
        return load_profile(DEMO_PROFILE).province.code
    kept = home.catalogue_file if home.catalogue_file.exists() else None
    try:
        return load_catalogue(catalogue or kept).province
    except ValueError as error:
        raise click.ClickException(f"{catalogue or kept}: {error}") from None


def _take_over(home: Home, catalogue: Path) -> None:
    try:
        load_catalogue(catalogue)
    except ValueError as error:
        raise click.ClickException(f"{catalogue}: {error}") from None
    home.catalogue_file.write_bytes(catalogue.read_bytes())
