"""`motcua init`: the secrets and configuration of a deployment in containers."""

from pathlib import Path

import click

from shared.catalogue.model import load_catalogue

from . import operators
from .demo import Demo
from .hand_out import Deployment, hand_out
from .home import Home, Ports
from .local import Plan
from .publishers import ANY_DOSSIER_CODE, ensure
from .rights import DESK_PUBLISHER

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
    desk_url: str,
    nodes: tuple[str, ...],
    tls: bool,
    tls_names: tuple[str, ...],
    store: Path,
) -> None:
    """Tạo khóa còn thiếu, viết cấu hình NATS, phát cho mỗi container đúng phần của nó.

    Running it again keeps every secret and hands out what changed (a new publisher, a new
    catalogue); then nats reads it (SIGHUP, twice). It prints names of files, never what is in them.

    \b
    Example:
      motcua init --data ./data --out ./handout --catalogue danh-muc.json
    """
    home = Home(data)
    if catalogue is not None:
        _take_over(home, catalogue)
    if demo:
        Demo(home, Plan(ports=Ports()), lambda _name, line: click.echo(line)).prepare()
    # The desk of alerts submits explanations and apologies under a name of its own.
    ensure(home, DESK_PUBLISHER, dossier_pattern=ANY_DOSSIER_CODE)
    if operators.ensure_first(home):
        file = home.secrets / f"{operators.FIRST_OPERATOR}.password"
        click.echo(f"tài khoản đầu tiên: {operators.FIRST_OPERATOR}, mật khẩu trong {file}")
    deployment = Deployment(
        store=store, carrier_url=carrier_url, desk_url=desk_url, nodes=nodes, tls=tls,
        tls_names=tls_names,
    )  # fmt: skip
    for path in hand_out(home, out, deployment):
        click.echo(f"đã phát {path.relative_to(out)}")


def _take_over(home: Home, catalogue: Path) -> None:
    try:
        load_catalogue(catalogue)
    except ValueError as error:
        raise click.ClickException(f"{catalogue}: {error}") from None
    home.catalogue_file.write_bytes(catalogue.read_bytes())
