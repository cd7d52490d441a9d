"""Settings from the environment and one file."""

from pathlib import Path

import pytest
from msgspec import Struct

from shared.runtime import Secret, SettingsError, explain, from_env, unknown_variables


class Desk(Struct, frozen=True, kw_only=True):
    nats_url: str
    nats_password: Secret
    data_dir: Path
    port: int = 8402
    is_demo: bool = False
    subjects: tuple[str, ...] = (">",)


FULL = {
    "MOTCUA_NATS_URL": "nats://127.0.0.1:4222",
    "MOTCUA_NATS_PASSWORD": "CANARY",
    "MOTCUA_DATA_DIR": "data",
}


def test_every_setting_gets_its_kind() -> None:
    desk = from_env(
        Desk,
        FULL
        | {"MOTCUA_PORT": "9000", "MOTCUA_IS_DEMO": "true", "MOTCUA_SUBJECTS": "dossier.>, a.b "},
    )

    assert desk.nats_password.reveal() == "CANARY"
    assert desk.data_dir == Path("data")
    assert (desk.port, desk.is_demo, desk.subjects) == (9000, True, ("dossier.>", "a.b"))


def test_all_faults_are_named_at_once_and_no_value_is_shown() -> None:
    with pytest.raises(SettingsError) as refused:
        from_env(Desk, {"MOTCUA_PORT": "CANARY", "MOTCUA_DATA_DIR": "data"})

    advice = refused.value.advice()
    assert [s.name for s in refused.value.settings] == [
        "MOTCUA_NATS_URL",
        "MOTCUA_NATS_PASSWORD",
        "MOTCUA_PORT",
    ]
    assert "MOTCUA_NATS_URL: is missing" in advice
    assert "CANARY" not in advice


def test_the_nearest_place_wins(tmp_path: Path) -> None:
    file = tmp_path / "motcua.toml"
    file.write_text('port = 1\nnats_url = "top"\n[scoring]\nport = 2\nMOTCUA_DATA_DIR = "own"\n')
    environ = {"MOTCUA_CONFIG": str(file), "MOTCUA_NATS_PASSWORD": "x"}

    in_file = from_env(Desk, environ, section="scoring")
    shared = from_env(Desk, environ | {"MOTCUA_PORT": "3"}, section="scoring")
    own = from_env(
        Desk, environ | {"MOTCUA_PORT": "3", "MOTCUA_SCORING_PORT": "4"}, section="scoring"
    )

    assert (in_file.port, shared.port, own.port) == (2, 3, 4)
    assert (in_file.nats_url, in_file.data_dir) == ("top", Path("own"))


def test_a_secret_may_stand_in_a_file_and_is_never_printed(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("CANARY\n")
    environ = {**FULL, "MOTCUA_NATS_PASSWORD_FILE": str(file)}
    del environ["MOTCUA_NATS_PASSWORD"]

    desk = from_env(Desk, environ)

    assert desk.nats_password.reveal() == "CANARY"
    assert "CANARY" not in f"{desk} {desk!r} {desk.nats_password}"


def test_the_doctor_sees_every_value_with_its_origin() -> None:
    told = {s.name: s for s in explain(Desk, FULL)}

    assert told["MOTCUA_NATS_URL"].origin == "MOTCUA_NATS_URL"
    assert told["MOTCUA_NATS_PASSWORD"].shown == "Secret(***)"
    assert (told["MOTCUA_PORT"].shown, told["MOTCUA_PORT"].origin) == ("8402", "default")


def test_a_missing_file_and_a_broken_file_are_named(tmp_path: Path) -> None:
    broken = tmp_path / "broken.toml"
    broken.write_text("port = = 1")
    environ = FULL | {"MOTCUA_CONFIG": str(broken), "MOTCUA_SUBJECTS_FILE": str(tmp_path / "no")}

    problems = {s.name: s.problem for s in explain(Desk, environ) if s.problem}

    assert problems["MOTCUA_CONFIG"].startswith("is not TOML")
    assert problems["MOTCUA_SUBJECTS"].startswith("cannot be read")


def test_a_misspelt_variable_is_found() -> None:
    environ = FULL | {"MOTCUA_NATS_URI": "x", "MOTCUA_SCORING_PORT": "1", "PATH": "/bin"}

    assert unknown_variables(environ, {"scoring": Desk}) == ["MOTCUA_NATS_URI"]
