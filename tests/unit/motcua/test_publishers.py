"""Who may publish: added, rotated without a gap, revoked; the registry whole or not at all."""

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import bcrypt
import pytest
from click.testing import CliRunner

from motcua import publishers
from motcua.cli import cli
from motcua.home import Home
from motcua.nats_config import PublisherLogin
from motcua.nkey import public_key

NAME = "so-tu-phap"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "data")


def is_live(home: Home, token: str) -> bool:
    digest = hashlib.sha256(token.encode()).hexdigest()
    return any(digest in one.token_hashes for one in publishers.load(home).publishers)


def test_the_registry_holds_hashes_and_never_a_credential(home: Home) -> None:
    issued = publishers.add(home, NAME)

    text = home.publishers_file.read_text()
    assert issued.token not in text
    assert issued.seed not in text
    assert home.publishers_file.stat().st_mode & 0o777 == 0o600
    assert publishers.find(publishers.load(home), NAME).nats_keys == [public_key(issued.seed)]
    seed_file = home.publisher_secret(NAME, "nkey")
    assert (seed_file.read_text(), seed_file.stat().st_mode & 0o777) == (issued.seed, 0o600)


def test_a_password_is_given_only_to_whom_asks_for_one(home: Home) -> None:
    without = publishers.add(home, "so-tai-chinh")
    issued = publishers.add(home, NAME, password=True)

    text = home.publishers_file.read_text()
    stored = publishers.find(publishers.load(home), NAME).nats_password_hash
    assert (without.password, issued.password in text) == ("", False)
    assert bcrypt.checkpw(issued.password.encode(), stored.encode())


def test_the_broker_knows_the_key_before_until_the_next_rotation(home: Home) -> None:
    first, second, third = (
        public_key(seed)
        for seed in (
            publishers.add(home, NAME).seed,
            publishers.rotate(home, NAME).seed,
            publishers.rotate(home, NAME).seed,
        )
    )

    [login] = publishers.logins(home)

    assert login.keys == (third, second)
    assert first not in home.publishers_file.read_text()


def test_a_password_of_before_lives_until_the_second_rotation(home: Home) -> None:
    # As an earlier release wrote it: a token and a password, no nkey.
    old = {"name": NAME, "token_hashes": ["ab"], "nats_password_hash": "$2b$06$old"}
    home.publishers_file.write_text(json.dumps({"publishers": [old]}))

    before = publishers.logins(home)
    publishers.rotate(home, NAME)
    after_one = publishers.logins(home)
    publishers.rotate(home, NAME)
    after_two = publishers.logins(home)

    assert [(one.password_hash, len(one.keys)) for one in (*before, *after_one, *after_two)] == [
        ("$2b$06$old", 0),
        ("$2b$06$old", 1),
        ("", 2),
    ]


def test_the_token_before_lives_until_the_next_rotation(home: Home) -> None:
    first = publishers.add(home, NAME).token

    second = publishers.rotate(home, NAME).token
    after_one = [is_live(home, token) for token in (first, second)]
    third = publishers.rotate(home, NAME).token
    after_two = [is_live(home, token) for token in (first, second, third)]

    assert after_one == [True, True]
    assert after_two == [False, True, True]


def test_a_revoked_publisher_has_no_credential_left_anywhere(home: Home) -> None:
    token = publishers.add(home, NAME).token

    publishers.revoke(home, NAME)

    assert not is_live(home, token)
    assert publishers.logins(home) == []
    assert not home.publisher_secret(NAME, "token").exists()
    assert not home.publisher_secret(NAME, "nkey").exists()
    assert publishers.accounts(home) == [PublisherLogin(NAME)]


def test_a_revoked_publisher_is_admitted_again_by_new_credentials(home: Home) -> None:
    old = publishers.add(home, NAME).token
    publishers.revoke(home, NAME)

    new = publishers.rotate(home, NAME).token

    assert [is_live(home, token) for token in (old, new)] == [False, True]
    assert [login.name for login in publishers.logins(home)] == [NAME]


@pytest.mark.parametrize(
    "name",
    ["", "a", "Sở", "SO-TU-PHAP", "1cua", "a.b", "a b", "../x", "x" * 33, "so\n", "intake",
     "operator", "route"],
)  # fmt: skip
def test_a_name_that_is_none_or_is_ours_is_refused(home: Home, name: str) -> None:
    with pytest.raises(publishers.PublisherError):
        publishers.add(home, name)

    assert publishers.load(home).publishers == []


def test_a_name_is_given_once(home: Home) -> None:
    token = publishers.add(home, NAME).token

    with pytest.raises(publishers.PublisherError, match="rotate"):
        publishers.add(home, NAME)

    assert is_live(home, token)


def test_a_pattern_that_is_none_is_refused_before_anything_is_written(home: Home) -> None:
    with pytest.raises(publishers.PublisherError, match="not a pattern"):
        publishers.add(home, NAME, dossier_pattern="(")

    assert not home.publishers_file.exists()


def test_a_registry_that_cannot_be_read_is_left_as_it_is(home: Home) -> None:
    home.publishers_file.write_text('{"publishers": [')

    with pytest.raises(publishers.PublisherError, match=r"publishers[.]json"):
        publishers.add(home, NAME)

    assert home.publishers_file.read_text() == '{"publishers": ['


def test_many_commands_at_once_lose_no_publisher(home: Home) -> None:
    names = [f"nguon-{number:02d}" for number in range(12)]

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda name: publishers.add(home, name), names))

    assert sorted(one.name for one in publishers.load(home).publishers) == names


def test_ensuring_keeps_credentials_and_makes_lost_ones_anew(home: Home) -> None:
    publishers.ensure(home, NAME)
    kept = home.publisher_secret(NAME, "token").read_text()
    publishers.ensure(home, NAME)
    same = home.publisher_secret(NAME, "token").read_text()
    home.publisher_secret(NAME, "token").unlink()

    publishers.ensure(home, NAME)

    assert same == kept
    assert is_live(home, home.publisher_secret(NAME, "token").read_text())


def run(home: Home, *arguments: str) -> tuple[int, str]:
    said = CliRunner().invoke(cli, ["publishers", *arguments, "--data", str(home.root)])
    return said.exit_code, said.output


def test_the_command_shows_credentials_once_and_lists_none(home: Home) -> None:
    code, added = run(home, "add", NAME)
    token = home.publisher_secret(NAME, "token").read_text()
    seed = home.publisher_secret(NAME, "nkey").read_text()
    _, listed = run(home, "list")

    assert code == 0
    assert f"Bearer {token}" in added
    assert seed not in added + listed
    assert NAME in listed
    assert token not in listed


def test_the_command_refuses_in_plain_words(home: Home) -> None:
    code, said = run(home, "rotate", "khong-co")

    assert code == 1
    assert "Không có nguồn gửi tên khong-co" in said


def test_revoking_asks_once(home: Home) -> None:
    run(home, "add", NAME)

    refused = CliRunner().invoke(
        cli, ["publishers", "revoke", NAME, "--data", str(home.root)], input="n\n"
    )
    still_there = [login.name for login in publishers.logins(home)]
    code, _ = run(home, "revoke", NAME, "--yes")

    assert refused.exit_code == 1
    assert still_there == [NAME]
    assert code == 0
    assert publishers.logins(home) == []


def test_listing_a_directory_that_is_not_there_makes_none(tmp_path: Path) -> None:
    code, said = run_in(tmp_path / "nowhere")

    assert code == 0
    assert "Chưa có nguồn gửi nào" in said
    assert not (tmp_path / "nowhere").exists()


def run_in(directory: Path) -> tuple[int, str]:
    said = CliRunner().invoke(cli, ["publishers", "list", "--data", str(directory)])
    return said.exit_code, said.output
