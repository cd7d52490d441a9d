"""`motcua`: the one front door. Each command is a module of its own, loaded when it is called."""

import importlib
import sys
from difflib import get_close_matches
from typing import NamedTuple

import click


class Listed(NamedTuple):
    """Where a command lives, and what it does in a few words of both languages."""

    module: str
    vi: str
    en: str


COMMANDS = {
    "run": Listed(
        "motcua.run_command",
        "Chạy cả hệ thống trong một cửa sổ; --demo thêm một tỉnh giả định.",
        "the whole system in one terminal; `--demo` adds an invented province at work",
    ),
    "import": Listed(
        "motcua.importing",
        "Nạp tệp CSV, XLSX, JSONL, CloudEvents.",
        "a CSV, XLSX, JSONL or CloudEvents file into a running intake",
    ),
    "simulate": Listed(
        "motcua.simulate.command",
        "Sinh dữ liệu một tỉnh giả định.",
        "an invented province as CloudEvents, the same bytes for the same seed",
    ),
    "score": Listed(
        "motcua.score_command",
        "Chấm điểm một bảng số đo, không cần hệ thống chạy.",
        "a table of measures into points of Decision 766, offline",
    ),
    "report": Listed(
        "motcua.report_command",
        "Báo cáo theo kỳ.",
        "a period's report from the running system, with its SHA-256",
    ),
    "replay": Listed(
        "motcua.replay_command",
        "Dựng lại báo cáo của một kỳ chỉ từ nhật ký, với SHA-256.",
        "a period's report drawn up from the log alone, with its SHA-256",
    ),
    "calendar": Listed(
        "motcua.calendar_command",
        "Xem trước thay đổi lịch làm việc: hạn trả nào đổi.",
        "what a changed calendar file would do to due times, before it is put in force",
    ),
    "rejects": Listed(
        "motcua.rejects_command",
        "Sự kiện bị từ chối: xem, sửa và gửi lại, bỏ qua.",
        "refused events: listed, shown, mended and sent again, or dismissed",
    ),
    "alerts": Listed(
        "motcua.alerts_command",
        "Cảnh báo: đang mở, lịch sử, tiếp nhận, tắt tiếng, thử kênh, thử quy tắc.",
        "open alerts: list, show, ack, silence, test-channel; backtest of changed rules",
    ),
    "publishers": Listed(
        "motcua.publishers_command",
        "Nguồn gửi dữ liệu: thêm, đổi khóa, thu hồi, liệt kê.",
        "who may publish: add, rotate, revoke, list",
    ),
    "operators": Listed(
        "motcua.operators_command",
        "Tài khoản của người dùng bốn bàn: thêm, mật khẩu, vai trò, thu hồi.",
        "who may use the desks: add, password, role, sign-out, revoke, token, list",
    ),
    "erase": Listed(
        "motcua.erase_command",
        "Xóa địa chỉ liên hệ của một hồ sơ và chứng minh đã xóa.",
        "a person's contact deleted, with where it was looked for before and after",
    ),
    "provision": Listed(
        "motcua.provision_command",
        "Tạo và kiểm tra các luồng.",
        "the streams, made once and compared for ever; nothing is destroyed",
    ),
    "backup": Listed(
        "motcua.backup_command",
        "Sao lưu nhật ký đang chạy.",
        "a copy of the log while it runs",
    ),
    "restore": Listed(
        "motcua.restore_command",
        "Khôi phục nhật ký từ bản sao.",
        "brings a copy of the log back",
    ),
    "doctor": Listed(
        "motcua.doctor",
        "Kiểm tra cài đặt và máy; in thiết lập và nguồn gốc.",
        "checks this installation; `--settings` prints every setting with its origin",
    ),
    "bench": Listed(
        "motcua.bench.command",
        "Đo tốc độ theo tỷ lệ.",
        "speed, as ratios against the usual ways",
    ),
    "init": Listed(
        "motcua.init_command",
        "Khóa và cấu hình cho các container.",
        "secrets and configuration of a deployment in containers",
    ),
    "certificate": Listed(
        "motcua.certificate_command",
        "Cấp chứng thư TLS bằng CA riêng của bản cài đặt.",
        "a TLS certificate of this installation's own authority, for pages or for a client",
    ),
    "feed": Listed(
        "motcua.feed_command",
        "Gửi tỉnh giả định vào hệ thống ở nơi khác.",
        "the invented province into a system that runs elsewhere",
    ),
}


class _Lazy(click.Group):
    """Imports a command only when it is asked for: `--help` answers at once."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the table."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return the command, or None for an unknown name."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        found = importlib.import_module(COMMANDS[cmd_name].module).command
        assert isinstance(found, click.Command)  # noqa: S101 - ours
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; for a slip of the finger, name the nearest one."""
        near = get_close_matches(args[0], COMMANDS, n=1)
        if near and args[0] not in COMMANDS:
            ctx.fail(f"Không có lệnh “{args[0]}”. Ý bạn là “{near[0]}”? (did you mean that?)")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list from the table, without importing anything."""
        del ctx
        with formatter.section("Lệnh (commands)"):
            formatter.write_dl([(name, one.vi) for name, one in COMMANDS.items()])


@click.command(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="motcua", prog_name="motcua")
def cli() -> None:
    """Một Cửa: chất lượng phục vụ của một tỉnh, theo thời gian thực.

    \b
    Start here:
      motcua run --demo          an invented province, on http://127.0.0.1:8402
      motcua COMMAND --help      what each command does, with an example
    """


def main() -> None:
    """Run the command line."""
    cli(prog_name="motcua")


if __name__ == "__main__":
    sys.exit(main())  # type: ignore[func-returns-value]  # click exits by itself
