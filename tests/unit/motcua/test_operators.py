"""Accounts of the desks: who is in the file, and what never stands in it."""

import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from motcua import operators
from motcua.cli import cli
from motcua.hand_out import Deployment, hand_out
from motcua.home import Home, Ports
from motcua.local import LocalSystem, Plan
from motcua.service_api import Place, service_url
from shared.access import Role
from shared.catalogue.model import Agency, Catalogue, Level, encoded_catalogue
from shared.login import is_right, token_hash

PASSWORD = "con đường lát gạch đỏ"
OTHER = "chiếc thuyền trên sông"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "data")


@pytest.fixture
def lan(home: Home) -> Home:
    operators.add(home, "lan", full_name="Nguyễn Thị Lan", role=Role.DESK, password=PASSWORD)
    return home


def run(home: Home, *words: str, typed: str = "") -> Result:
    arguments = ["operators", *words, "--data", str(home.root)]
    return CliRunner().invoke(cli, arguments, input=typed)


def test_an_account_is_added_with_a_hash_and_never_its_password(home: Home) -> None:
    said = run(
        home, "add", "lan", "--full-name", "Nguyễn Thị Lan", "--role", "desk",
        typed=f"{PASSWORD}\n{PASSWORD}\n",
    )  # fmt: skip

    (person,) = operators.load(home).operators
    assert said.exit_code == 0, said.output
    assert PASSWORD not in said.output
    assert (person.name, person.full_name, person.role) == ("lan", "Nguyễn Thị Lan", Role.DESK)
    assert is_right(PASSWORD, person.password_hash)
    assert PASSWORD not in home.operators_file.read_text()
    assert stat.S_IMODE(home.operators_file.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("name", "password", "why"),
    [
        ("lan", "ngắn", "12 ký tự"),
        ("lan", "password123456", "bị thử đầu tiên"),
        ("Lan", PASSWORD, "Tên đăng nhập"),
        ("x", PASSWORD, "Tên đăng nhập"),
    ],
)
def test_a_bad_name_or_password_is_refused_and_nothing_is_written(
    home: Home, name: str, password: str, why: str
) -> None:
    said = run(home, "add", name, "--full-name", "Ví Dụ", "--password-file", "-", typed=password)

    assert said.exit_code == 1
    assert why in said.output
    assert not home.operators_file.exists()


def test_a_name_is_given_once(lan: Home) -> None:
    with pytest.raises(operators.OperatorError, match="đã có"):
        operators.add(lan, "lan", full_name="Ai Khác", role=Role.ADMIN, password=OTHER)


@pytest.mark.parametrize("change", ["password", "role", "sign-out", "revoke"])
def test_every_change_of_an_account_ends_its_sessions(lan: Home, change: str) -> None:
    before = operators.load(lan).operators[0].epoch
    words = {"password": ["--password-file", "-"], "role": ["admin"], "revoke": ["--yes"]}

    said = run(lan, change, "lan", *words.get(change, []), typed=OTHER)

    assert said.exit_code == 0, said.output
    assert operators.load(lan).operators[0].epoch == before + 1


def test_a_revoked_account_is_admitted_again_by_a_new_password(lan: Home) -> None:
    operators.revoke(lan, "lan")
    revoked = operators.load(lan).operators[0]
    operators.set_password(lan, "lan", OTHER)
    again = operators.load(lan).operators[0]

    assert (revoked.revoked, revoked.password_hash) == (True, "")
    assert not again.revoked
    assert is_right(OTHER, again.password_hash)


def test_a_token_is_shown_once_kept_as_its_hash_and_replaced_by_the_next(lan: Home) -> None:
    said = run(lan, "token", "tv-sanh", "--role", "viewer")
    token = said.output.split("Bearer ")[1].split()[0]
    operators.issue_token(lan, "tv-sanh", Role.VIEWER)

    assert f"/man-hinh?khoa={token}" in said.output
    assert token not in lan.operators_file.read_text()
    hashes = [one.token_hash for one in operators.load(lan).machines if one.name == "tv-sanh"]
    assert len(hashes) == 1
    assert token_hash(token) not in hashes


def test_the_list_names_people_and_machines_with_their_roles(lan: Home) -> None:
    operators.issue_token(lan, "tv-sanh", Role.VIEWER)
    operators.revoke(lan, "tv-sanh")

    said = run(lan, "list").output

    assert "Nguyễn Thị Lan" in said
    assert "nhân viên một cửa" in said
    assert "đã thu hồi" in said


def test_an_account_is_limited_to_agencies_of_the_catalogue_and_its_sessions_end(lan: Home) -> None:
    one = Agency(code="H44.01", name="Sở A", short_name="Sở A", level=Level.DEPARTMENT)
    lan.catalogue_file.write_bytes(encoded_catalogue(Catalogue(agencies=(one,))))

    limited = run(lan, "agencies", "lan", "H44.01")
    misspelt = run(lan, "agencies", "lan", "H44.99")
    (person,) = operators.load(lan).operators
    listed = run(lan, "list")
    freed = run(lan, "agencies", "lan")

    assert "lan: H44.01." in limited.output
    assert misspelt.exit_code == 1
    assert "không có cơ quan H44.99" in misspelt.output
    assert (person.agencies, person.epoch) == (("H44.01",), 2)
    assert "H44.01" in listed.output
    assert "lan: cả tỉnh." in freed.output
    assert operators.load(lan).operators[0].agencies == ()


def test_the_first_administrator_is_made_once_with_a_password_in_a_file(home: Home) -> None:
    made, again = operators.ensure_first(home), operators.ensure_first(home)

    (person,) = operators.load(home).operators
    file = home.secrets / "quantri.password"
    assert (made, again) == (True, False)
    assert person.role is Role.ADMIN
    assert is_right(file.read_text(), person.password_hash)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_every_service_is_handed_the_operators_and_no_password(lan: Home, tmp_path: Path) -> None:
    hand_out(lan, tmp_path / "out", Deployment())

    for service in ("intake", "scoring", "notifier", "postal_gateway"):
        handed = tmp_path / "out" / service / "operators.json"
        assert handed.read_text() == lan.operators_file.read_text()


def test_a_local_run_tells_its_services_where_the_operators_are(home: Home) -> None:
    system = LocalSystem(home, Plan(ports=Ports(8400)), lambda _name, _line: None)

    environment = system._service_program("scoring").environment or {}

    assert environment["MOTCUA_SCORING_OPERATORS"] == str(home.operators_file)


def test_the_commands_of_this_machine_have_a_token_that_no_typed_address_gets(
    lan: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MOTCUA_TOKEN", raising=False)
    own = (lan.secrets / "cli.token").read_text()
    lan.run_file.write_text('{"urls": {"scoring": "http://127.0.0.1:8402"}}')

    with lan.hold():
        here = service_url(lan.root, "scoring", None)
    elsewhere = service_url(lan.root, "scoring", "http://192.0.2.1:8402/")

    assert here == Place("http://127.0.0.1:8402", own)
    assert elsewhere == Place("http://192.0.2.1:8402", "")
    assert token_hash(own) in [one.token_hash for one in operators.load(lan).machines]
