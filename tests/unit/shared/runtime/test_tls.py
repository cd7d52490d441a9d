"""Half of the TLS settings, or a wrong file, stops the start: never in the clear by mistake."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec import Struct
from msgspec.structs import replace

from motcua import local_ca
from motcua.home import Home
from shared.runtime import SettingsError, from_env
from shared.runtime.tls import listening_context

NOW = datetime.now(UTC)


class Asked(Struct, frozen=True):
    """The three settings."""

    tls_cert_file: Path | None = None
    tls_key_file: Path | None = None
    tls_client_ca_file: Path | None = None


@pytest.fixture
def whole(tmp_path: Path) -> Asked:
    made = local_ca.ensure(Home(tmp_path), ["motcua.example"], NOW, holder="pages")
    return Asked(made.certificate, made.key, made.authority)


def test_without_any_of_them_a_service_speaks_in_the_clear() -> None:
    assert listening_context(Asked()) is None


def test_an_empty_variable_names_no_file() -> None:
    environ = {
        "MOTCUA_TLS_CERT_FILE": "",
        "MOTCUA_TLS_KEY_FILE": "",
        "MOTCUA_TLS_CLIENT_CA_FILE": "",
    }

    assert listening_context(from_env(Asked, environ)) is None


def test_a_service_with_all_of_them_can_start(whole: Asked) -> None:
    assert listening_context(whole) is not None


@pytest.mark.parametrize(
    ("missing", "named"),
    [
        ({"tls_key_file": None}, "MOTCUA_TLS_KEY_FILE"),
        ({"tls_cert_file": None}, "MOTCUA_TLS_CERT_FILE"),
        ({"tls_cert_file": None, "tls_key_file": None}, "MOTCUA_TLS_KEY_FILE"),
    ],
)
def test_half_of_the_settings_is_refused_by_name(
    whole: Asked, missing: dict[str, None], named: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        listening_context(replace(whole, **missing))

    assert [one.name for one in refused.value.settings] == [named]


@pytest.mark.parametrize("field", ["tls_cert_file", "tls_key_file", "tls_client_ca_file"])
def test_a_file_that_is_not_there_or_holds_something_else_is_refused(
    whole: Asked, field: str, tmp_path: Path
) -> None:
    other = tmp_path / "other.pem"
    for _ in range(2):
        with pytest.raises(SettingsError, match="MOTCUA_TLS_"):
            listening_context(replace(whole, **{field: other}))
        other.write_text("not a certificate")


def test_the_key_of_another_certificate_is_refused(whole: Asked, tmp_path: Path) -> None:
    other = local_ca.ensure(Home(tmp_path), ["motcua.example"], NOW, holder="another")

    with pytest.raises(SettingsError, match="MOTCUA_TLS_CERT_FILE"):
        listening_context(replace(whole, tls_key_file=other.key))
