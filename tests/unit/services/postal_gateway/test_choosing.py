"""Whose papers go by which carrier."""

import pytest

from services.postal_gateway.choosing import open_carriers
from services.postal_gateway.settings import Settings, read
from shared.runtime import SettingsError
from tests.support.fake_clock import FakeClock

TWO = {
    "MOTCUA_CARRIER_URL": "http://127.0.0.1:1",
    "MOTCUA_SECOND_CARRIER_URL": "http://127.0.0.1:2",
}


@pytest.mark.parametrize(
    ("agency", "carrier"),
    [
        ("H44.01", "viettelpost"),
        ("H44.01.02", "viettelpost"),  # below it
        ("H44.011", "vnpost"),  # another one whose code begins alike
        ("H44", "vnpost"),  # above it
        ("H44.02", "vnpost"),
        ("", "vnpost"),
    ],
)
async def test_an_agency_stands_for_all_below_it_and_the_rest_goes_by_the_first(
    agency: str, carrier: str
) -> None:
    settings = read(TWO | {"MOTCUA_SECOND_CARRIER_AGENCIES": "H44.01,H44.09"})

    carriers = open_carriers(settings, FakeClock())

    assert carriers.names == ("vnpost", "viettelpost")
    assert carriers.name_for(agency) == carrier
    for one in carriers.all:
        await one.close()


def test_without_an_address_nothing_is_ordered() -> None:
    carriers = open_carriers(Settings(), FakeClock())

    assert (carriers.all, carriers.name_for("H44.01")) == ((), "")
    assert carriers.named("vnpost") is None


def test_two_carriers_of_one_shape_are_refused_by_name() -> None:
    with pytest.raises(SettingsError, match="MOTCUA_SECOND_CARRIER_SHAPE"):
        read(TWO | {"MOTCUA_CARRIER_SHAPE": "viettelpost"})
