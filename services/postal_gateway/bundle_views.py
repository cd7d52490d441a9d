"""What the pages show of bundles. Pure."""

from collections.abc import Iterable, Mapping
from typing import Final

from msgspec import Struct

from services.postal_gateway.domain.bundles import BundleStanding, differences
from services.postal_gateway.domain.orders import leg_of
from services.postal_gateway.domain.rows import ParcelRow
from services.postal_gateway.domain.states import BundleState
from services.postal_gateway.views import LEG_VI
from shared.events.fields import BundleDirection, BundleSide

DIRECTION_VI: Final = {
    BundleDirection.TO_CARRIER: "Giao bưu điện",
    BundleDirection.FROM_CARRIER: "Nhận từ bưu điện",
}
SIDE_VI: Final = {BundleSide.AGENCY: "Bên cơ quan", BundleSide.CARRIER: "Bên bưu điện"}
STANDING_VI: Final = {
    BundleStanding.LISTED: ("Chờ hai bên ký", "warn"),
    BundleStanding.AWAITS_AGENCY: ("Chờ cơ quan ký", "warn"),
    BundleStanding.AWAITS_CARRIER: ("Chờ bưu điện ký", "warn"),
    BundleStanding.SIGNED: ("Hai bên đã ký", "good"),
    BundleStanding.WITHDRAWN: ("Đã huỷ", "idle"),
}


class ItemView(Struct, frozen=True):
    """One paper on a bundle."""

    item: str
    dossier: str
    leg: str
    tracking: str
    found: str  # ok, missing, damaged, extra


FOUND_VI: Final = {
    "ok": ("Đủ", "good"),
    "missing": ("Thiếu", "bad"),
    "damaged": ("Hư hỏng", "bad"),
    "extra": ("Ngoài bảng kê", "warn"),
}


def item_views(state: BundleState, rows: Mapping[str, ParcelRow]) -> list[ItemView]:
    """Every paper that was listed or found, with what the joint count said of it."""
    found = differences(state)
    marks = {
        **dict.fromkeys(found.extra, "extra"),
        **dict.fromkeys(found.damaged, "damaged"),
        **dict.fromkeys(found.missing, "missing"),
    }
    items = dict.fromkeys((*state.items, *found.extra))
    return [_view(item, rows.get(item), marks.get(item, "ok")) for item in items]


def _view(item: str, row: ParcelRow | None, found: str) -> ItemView:
    name = leg_of(item)
    return ItemView(item, name.dossier, LEG_VI[name.leg], row.tracking if row else "", found)


def resolved_items(
    scanned: Iterable[str], parcels: Mapping[str, ParcelRow | None]
) -> tuple[list[str], list[str]]:
    """Order numbers of what was scanned (order, dossier or tracking numbers), and what is unknown.

    `parcels` holds what the ledger found for each scanned text.
    """
    known, unknown = [], []
    for text in scanned:
        row = parcels.get(text)
        if row is None:
            unknown.append(text)
        else:
            known.append(row.item)
    return list(dict.fromkeys(known)), unknown
