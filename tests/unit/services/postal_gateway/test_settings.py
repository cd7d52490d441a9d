"""A province's own file of limits: read where the process starts, or named with what is wrong."""

from pathlib import Path

import pytest

from services.postal_gateway.domain.limits import shipped
from services.postal_gateway.gateway import PostalGateway
from services.postal_gateway.settings import Settings
from shared.runtime import SettingsError
from tests.architecture.tree import REPOSITORY
from tests.support.fake_clock import FakeClock

SHIPPED = (REPOSITORY / "services/postal_gateway/limits.toml").read_text(encoding="utf-8")


def gateway(tmp_path: Path, limits: Path | None) -> PostalGateway:
    return PostalGateway(Settings(data=tmp_path, limits=limits), FakeClock())


def test_without_a_file_the_times_are_those_shipped(tmp_path: Path) -> None:
    assert gateway(tmp_path, None).limits == shipped()


def test_a_file_of_its_own_replaces_them(tmp_path: Path) -> None:
    own = tmp_path / "limits.toml"
    own.write_text(SHIPPED.replace("island = 5", "island = 8"))

    (version,) = gateway(tmp_path, own).limits

    assert version.deliver_working_days["island"] == 8


@pytest.mark.parametrize("text", [None, "version =", "[[version]]"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, text: str | None) -> None:
    own = tmp_path / "limits.toml"
    if text is not None:
        own.write_text(text)

    with pytest.raises(SettingsError, match="MOTCUA_LIMITS"):
        gateway(tmp_path, own)
