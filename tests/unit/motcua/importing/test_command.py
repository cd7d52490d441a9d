import csv
import json
from collections.abc import Iterator
from pathlib import Path
from random import Random

import msgspec
import pytest
from click.testing import CliRunner, Result

from motcua.cli import cli
from motcua.home import Home, write_private
from tests.support import tinh_export
from tests.support.fake_intake import TOKEN, FakeIntake, fake_intake

HEADER = (
    "case:channel,case:concept:name,case:deadline,case:department,case:enddate,case:startdate\n"
)


@pytest.fixture
def intake() -> Iterator[FakeIntake]:
    with fake_intake() as running:
        yield running


def run(*arguments: str | Path, url: str = "", token: str = TOKEN) -> Result:
    # Variables of the person who runs the tests must not reach the command.
    environment = {"MOTCUA_TOKEN": token, "MOTCUA_INTAKE_URL": url or None}
    return CliRunner().invoke(cli, ["import", *map(str, arguments)], env=environment)


def log_lines(count: int) -> list[str]:
    """An invented log in the receipt log's columns: one dossier in three is still open."""
    return [
        f"{('Internet', 'Desk', 'Post', 'e-mail', 'Intern')[n % 5]},case-{n},"
        f"2011-12-06 13:41:31.788000+01:00,General,"
        f"{'' if n % 3 == 0 else '2011-11-06 13:41:31+01:00'},2011-10-11 13:42:22.688000+02:00\n"
        for n in range(1, count + 1)
    ]


def write_log(folder: Path, lines: list[str], name: str = "receipt.csv") -> Path:
    path = folder / name
    path.write_text(HEADER + "".join(lines), encoding="utf-8")
    return path


def counts(result: Result) -> dict[str, int]:
    last = result.stdout.strip().splitlines()[-1]
    return {name: int(number) for name, number in (pair.split("=") for pair in last.split())}


def test_a_log_is_imported_once_and_again_changes_nothing(
    tmp_path: Path, intake: FakeIntake
) -> None:
    lines = log_lines(600)
    path = write_log(tmp_path, lines)

    first = run(path, url=intake.url)
    Random(3).shuffle(lines)
    again = run(write_log(tmp_path, lines * 2), url=intake.url)

    assert first.exit_code == again.exit_code == 0, first.output + again.output
    assert counts(first) == {"accepted": 1_000, "duplicate": 0, "conflict": 0, "rejected": 0}
    assert counts(again) == {"accepted": 0, "duplicate": 1_000, "conflict": 0, "rejected": 0}
    assert not (tmp_path / "receipt.rejects.csv").exists()
    assert "receipt" in first.stderr


def test_rejected_rows_stand_beside_the_file_with_their_numbers_and_reasons(
    tmp_path: Path, intake: FakeIntake
) -> None:
    lines = log_lines(6)
    lines[1] = lines[1].replace("Post", "Fax")
    lines[3] = lines[3].replace("case-4", "4")
    path = write_log(tmp_path, lines)
    intake.refused_types = {"dossier.resolved.v1"}

    result = run(path, url=intake.url)

    assert result.exit_code == 1
    assert counts(result) == {"accepted": 4, "duplicate": 0, "conflict": 0, "rejected": 4}
    with (tmp_path / "receipt.rejects.csv").open(encoding="utf-8-sig", newline="") as file:
        found = list(csv.DictReader(file))
    assert [(line["dòng"], line["mã lý do"]) for line in found] == [
        ("2", "type_not_accepted"),
        ("3", "unmapped_row"),
        ("5", "invalid_dossier_code"),
        ("6", "type_not_accepted"),
    ]
    assert "Fax" in found[1]["chi tiết"]
    assert found[1]["lý do"] == "Giá trị chưa được quy đổi"
    assert found[0]["lý do"] == "Bị từ chối: type_not_accepted"


def test_another_content_under_the_same_id_is_a_conflict_and_no_success(
    tmp_path: Path, intake: FakeIntake
) -> None:
    lines = log_lines(3)
    run(write_log(tmp_path, lines), url=intake.url)
    lines[0] = lines[0].replace("e-mail", "Desk").replace("Desk", "Internet")

    result = run(write_log(tmp_path, lines), url=intake.url)

    assert result.exit_code == 1
    assert counts(result)["conflict"] == 1
    assert (tmp_path / "receipt.rejects.csv").exists()


def test_a_dry_run_shows_the_first_rows_mapped_and_sends_nothing(
    tmp_path: Path, intake: FakeIntake
) -> None:
    path = write_log(tmp_path, log_lines(30))

    result = run(path, "--dry-run", url=intake.url)

    assert result.exit_code == 0
    assert intake.bodies == []
    assert "case-10 " in result.stdout
    assert "case-11 " not in result.stdout
    assert "e-mail" in result.stdout  # the table of channels
    assert "chưa gửi gì" in result.stdout


def test_a_busy_intake_only_delays_the_import(tmp_path: Path, intake: FakeIntake) -> None:
    intake.busy = [(503, {"Retry-After": "0"}), (429, {"Retry-After": "0"})]

    result = run(write_log(tmp_path, log_lines(3)), url=intake.url)

    assert counts(result)["accepted"] == 5


def test_an_excel_export_goes_in_under_the_shipped_mapping(
    tmp_path: Path, intake: FakeIntake
) -> None:
    path = tinh_export.write(tmp_path / "bao-cao.xlsx", tinh_export.rows(50, seed=5))

    result = run(path, "--mapping", "tinh", url=intake.url)

    assert result.exit_code == 0, result.output
    assert counts(result)["accepted"] == len(intake.log) > 100


def test_columns_that_only_some_systems_export_are_read_where_they_are(
    tmp_path: Path, intake: FakeIntake
) -> None:
    header = [*tinh_export.HEADER[:-1], "Tái sử dụng dữ liệu", "Lấy từ kho dữ liệu cá nhân",
              "Khai thác dữ liệu dân cư", "Tự nộp bằng tài khoản của mình", "Mức DVC",
              "Ngày đồng bộ Cổng DVCQG", "Ngày đánh giá", "Hài lòng"]  # fmt: skip
    (row,) = tinh_export.rows(1, seed=3)
    row |= {"Ngày tiếp nhận": "01/06/2026 08:00", "Trạng thái": "Đã xử lý xong",
            "Ngày kết thúc xử lý": "03/06/2026 08:00", "Tái sử dụng dữ liệu": "x",
            "Lấy từ kho dữ liệu cá nhân": "x", "Khai thác dữ liệu dân cư": "x",
            "Tự nộp bằng tài khoản của mình": "x", "Mức DVC": "Toàn trình",
            "Ngày đồng bộ Cổng DVCQG": "01/06/2026 09:00", "Ngày đánh giá": "04/06/2026",
            "Hài lòng": "không"}  # fmt: skip
    path = tmp_path / "so.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, header, extrasaction="ignore")
        writer.writeheader()
        writer.writerow(row)

    result = run(path, "--mapping", "tinh", url=intake.url)

    assert result.exit_code == 0, result.output
    said = [json.loads(bytes(body)) for batch in intake.bodies for body in msgspec.json.decode(
        batch, type=list[msgspec.Raw])]  # fmt: skip
    reused = [fact["data"] for fact in said if fact["type"] == "dossier.reused.v1"]
    assert {name for data in reused for name in data} == {
        "agency_code", "digitised_data", "personal_storage", "population_data",
    }  # fmt: skip
    by_type = {fact["type"]: fact["data"] for fact in said}
    assert by_type["dossier.received.v1"]["own_account"] is True
    assert by_type["dossier.received.v1"]["service_level"] == "full"
    assert by_type["dossier.rated.v1"]["satisfied"] is False
    assert "dossier.synced.v1" in by_type


@pytest.mark.parametrize("name", ["cong-quoc-gia.csv", "cong-quoc-gia.json"])
def test_saved_figures_of_the_national_portal_go_in_as_measures(
    intake: FakeIntake, name: str
) -> None:
    sample = Path(__file__).parents[4] / "docs" / "samples" / name

    first = run(sample, "--mapping", "cong-quoc-gia", url=intake.url)
    again = run(sample, url=intake.url)  # its name says which mapping

    assert first.exit_code == again.exit_code == 0, first.output
    assert counts(first)["accepted"] == counts(again)["duplicate"] == 7
    assert not list(sample.parent.glob("*.rejects.csv"))


def test_cloudevents_go_out_as_they_are_and_bad_lines_are_refused_here(
    tmp_path: Path, intake: FakeIntake
) -> None:
    event = {
        "specversion": "1.0",
        "id": "a-1",
        "source": "x-y",
        "type": "dossier.resolved.v1",
        "subject": "H05.12-20260609-0092637",
        "time": "2026-06-12T03:00:00Z",
        "data": {"agency_code": "H05.12"},
    }
    line = msgspec.json.encode(event)
    unknown = json.dumps(event | {"id": "a-2", "type": "dossier.solved.v1"}).encode()
    path = tmp_path / "su-kien.jsonl"
    path.write_bytes(b"\n".join([line, b'{"specversion": ', unknown]))

    result = run(path, url=intake.url)

    assert result.exit_code == 1
    assert counts(result) == {"accepted": 1, "duplicate": 0, "conflict": 0, "rejected": 2}
    assert line in intake.bodies[0]
    text = (tmp_path / "su-kien.rejects.csv").read_text(encoding="utf-8-sig")
    assert "not_json" in text
    assert "unknown_type" in text


def test_address_and_token_are_found_in_the_directory_of_a_local_run(
    tmp_path: Path, intake: FakeIntake
) -> None:
    home = Home(tmp_path / "data")
    home.run_file.write_text(json.dumps({"urls": {"intake": intake.url}}))
    write_private(home.publisher_secret("motcua-import", "token"), TOKEN)
    path = write_log(tmp_path, log_lines(3))

    with home.hold():
        found = run(path, "--data", home.root, token="")
        unknown = run(path, "--data", home.root, "--publisher", "la", token="")

    assert counts(found)["accepted"] == 5
    assert "motcua-import" in found.stderr
    assert unknown.exit_code == 1
    assert "motcua-import" in unknown.stderr  # the ones there are


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("khac.csv", [], "--mapping"),
        ("khac.csv", ["--mapping", "khong-co"], "khong-co"),
        ("receipt.csv", ["--url", "http://127.0.0.1:1/x y", "--mapping", "tinh"], "Số hồ sơ"),
    ],
)
def test_what_is_wrong_is_said_with_the_way_out(
    tmp_path: Path, name: str, arguments: list[str], message: str
) -> None:
    path = write_log(tmp_path, log_lines(1), name)

    result = run(path, *arguments)

    assert result.exit_code == 1
    assert message in result.stderr


def test_nothing_running_and_no_address_is_said_before_anything_is_read(tmp_path: Path) -> None:
    result = run(write_log(tmp_path, log_lines(1)), "--data", tmp_path / "data")

    assert result.exit_code == 1
    assert "motcua run" in result.stderr
    assert not (tmp_path / "data").exists()


def test_a_refused_token_is_named_and_never_printed(tmp_path: Path, intake: FakeIntake) -> None:
    result = run(write_log(tmp_path, log_lines(1)), url=intake.url, token="mot-khoa-sai")

    assert result.exit_code == 1
    assert "token" in result.stderr
    assert "mot-khoa-sai" not in result.output
