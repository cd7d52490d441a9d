"""The data directory: private, held by one, and truthful about what runs."""

import json
import os
from pathlib import Path

import pytest

from motcua.home import Home, HomeInUseError, Ports, write_private
from motcua.nkey import public_key


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_secrets_are_made_once_and_read_by_their_owner_only(tmp_path: Path) -> None:
    home = Home(tmp_path / "một cửa")
    first = [
        home.service_seed("scoring"),
        home.seal_key_file().read_text(),
        home.carrier_token_file().read_text(),
    ]

    again = Home(tmp_path / "một cửa")

    assert first == [
        again.service_seed("scoring"),
        again.seal_key_file().read_text(),
        again.carrier_token_file().read_text(),
    ]
    assert {mode(path) for path in again.secrets.glob("*.*")} == {0o600}
    directories = (again.root, again.secrets, again.secrets / "publishers")
    assert {mode(path) for path in directories} == {0o700}


def test_every_service_has_a_key_of_its_own_and_the_broker_learns_its_public_half(
    tmp_path: Path,
) -> None:
    home = Home(tmp_path)

    keys = home.service_keys()

    assert len(set(keys.values())) == len(keys) == 5
    assert keys["scoring"] == public_key(home.service_seed("scoring"))
    assert not [seed for name in keys if (seed := home.service_seed(name)) in str(keys)]


def test_a_password_of_an_earlier_release_gives_way_to_a_key(tmp_path: Path) -> None:
    home = Home(tmp_path)
    old = home.secrets / "scoring.password"
    old.write_text("of an earlier release")

    home.service_seed_file("scoring")

    assert not old.exists()


def test_one_run_holds_a_directory_and_the_next_is_told_so(tmp_path: Path) -> None:
    home = Home(tmp_path)

    with (
        home.hold(),
        pytest.raises(HomeInUseError, match=str(tmp_path)),
        Home(tmp_path).hold(),
    ):
        pass

    with Home(tmp_path).hold():
        """It is free again."""


def test_a_run_that_was_killed_is_not_taken_for_a_running_one(tmp_path: Path) -> None:
    home = Home(tmp_path)
    # Its number was given to another process since: this one.
    home.run_file.write_text(json.dumps({"urls": {"intake": "http://x"}, "pid": os.getpid()}))

    before = home.running()
    with home.hold():
        during = home.running()
    after = home.running()

    assert (before, after) == (None, None)
    assert during is not None
    assert during["urls"] == {"intake": "http://x"}


def test_a_run_that_has_only_just_begun_has_no_addresses_yet(tmp_path: Path) -> None:
    home = Home(tmp_path)

    with home.hold():
        assert home.running() is None


def test_a_private_file_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "a"
    write_private(path, "whole")
    (tmp_path / "a.new").write_text("what a power cut left")

    write_private(path, "another")

    assert path.read_text() == "another"
    assert mode(path) == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["a"]


def test_ports_stand_in_the_promised_order() -> None:
    ports = Ports(8400)

    names = ("nats", "intake", "scoring", "notifier", "postal_gateway", "monitor")
    assert [ports.of(name) for name in names] == [8400, 8401, 8402, 8403, 8404, 8405]
    assert ports.url("nats") == "nats://127.0.0.1:8400"
    assert ports.url("scoring") == "http://127.0.0.1:8402"
