"""`motcua`: the one front door. Each command is a module of its own, loaded when it is called."""

import importlib
import sys
from difflib import get_close_matches

import click

COMMANDS = {
    "run": ("motcua.run_command", "Chạy cả hệ thống trong một cửa sổ (the whole system)."),
    "import": ("motcua.importing", "Nạp tệp CSV, XLSX, JSONL, CloudEvents (load a file)."),
    "simulate": ("motcua.simulate.command", "Sinh dữ liệu một tỉnh giả định (invented data)."),
    "score": ("motcua.score_command", "Chấm điểm một bảng số đo (score a table offline)."),
    "report": ("motcua.report_command", "Báo cáo theo kỳ (the period's report)."),
    "rejects": ("motcua.rejects_command", "Sự kiện bị từ chối (refused events)."),
    "alerts": ("motcua.alerts_command", "Cảnh báo (alerts)."),
    "init": ("motcua.init_command", "Khóa và cấu hình cho các container (a deployment)."),
    "feed": ("motcua.feed_command", "Gửi tỉnh giả định vào hệ thống ở nơi khác (demo feed)."),
    "publishers": ("motcua.publishers_command", "Nguồn gửi dữ liệu (who may publish)."),
    "provision": ("motcua.provision_command", "Tạo và kiểm tra các luồng (streams)."),
    "backup": ("motcua.backup_command", "Sao lưu nhật ký đang chạy (copy the running log)."),
    "restore": ("motcua.restore_command", "Khôi phục nhật ký (bring a copy back)."),
    "doctor": ("motcua.doctor", "Kiểm tra cài đặt và máy (check this installation)."),
    "bench": ("motcua.bench.command", "Đo tốc độ theo tỷ lệ (measure, as ratios)."),
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
        found = importlib.import_module(COMMANDS[cmd_name][0]).command
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
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


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
