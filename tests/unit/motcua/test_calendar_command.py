"""`motcua calendar`: a faulty file is said at once, a good one needs somebody to ask."""

from pathlib import Path

from click.testing import CliRunner, Result

from motcua.cli import cli
from shared.catalogue.model import Catalogue, encoded_catalogue

ROW = """
[[override]]
date = 2026-03-18
kind = "off"
scope = "{scope}"
source = "ví dụ"
status = "confirmed"
"""


def asked(data: Path, text: str) -> Result:
    (data / "catalogue.json").write_bytes(encoded_catalogue(Catalogue(province="H44")))
    file = data / "moi.toml"
    file.write_text(text, encoding="utf-8")
    return CliRunner().invoke(cli, ["calendar", str(file), "--data", str(data)])


def test_a_faulty_file_is_said_with_its_row_though_nothing_runs(tmp_path: Path) -> None:
    said = asked(tmp_path, ROW.format(scope="H45"))

    assert said.exit_code == 1
    assert "moi.toml: bảng lịch làm việc không hợp lệ: [[override]] thứ 1" in said.output


def test_a_good_file_needs_a_running_system(tmp_path: Path) -> None:
    said = asked(tmp_path, ROW.format(scope="H44"))

    assert said.exit_code == 1
    assert "Không có hệ thống nào chạy" in said.output
