"""The codes of the sync services to Cổng DVCQG. An unknown code is counted, never guessed.

Source: [DVCQG-SYNC]; [D20] for LoaiDoiTuong and HinhThuc.
"""

import re
from collections.abc import Mapping
from enum import StrEnum, unique
from typing import Final

from shared.events.fields import ApplicantKind, Channel, ResultDelivery

SYNC: Final = "DongBoHoSoMC"
PROGRESS: Final = "CapNhatTienDoHoSoMC"
SERVICES: Final = (SYNC, PROGRESS)

DONE: Final = "0"
FAILED: Final = "1"


@unique
class Status(StrEnum):
    """TrangThaiHoSo, TrangThai."""

    SUBMITTED = "1"
    RECEIVED = "2"
    REJECTED = "3"
    PROCESSING = "4"
    SUPPLEMENT_REQUESTED = "5"
    FINANCIAL_DUTY = "6"
    WITHDRAWN = "7"
    STOPPED = "8"
    RESOLVED = "9"
    RETURNED = "10"
    UNKNOWN = "unknown"


NOT_YET_RECEIVED: Final = frozenset({Status.SUBMITTED, Status.REJECTED})

# KenhThucHien. The portal counts null as 1.
CHANNELS: Final[Mapping[str, Channel]] = {
    "1": Channel.DIRECT,
    "2": Channel.ONLINE,
    "3": Channel.POSTAL,
}
# HinhThuc.
DELIVERIES: Final[Mapping[str, ResultDelivery]] = {
    "0": ResultDelivery.COUNTER,
    "1": ResultDelivery.POSTAL,
}
# LoaiDoiTuong in OpenCPS's reading; other systems differ, hence only these two (D20).
APPLICANTS: Final[Mapping[str, ApplicantKind]] = {
    "1": ApplicantKind.CITIZEN,
    "2": ApplicantKind.BUSINESS,
}
# DuocThanhToanTrucTuyen: 0 no, 1 through DVCQG, 2 through the ministry's or province's portal.
NOT_PAID_ONLINE: Final = "0"
PAID_NATIONAL: Final = "1"
PAID_OWN_PORTAL: Final = "2"

_CODE_BITS_MAX: Final = 128
_TRUE: Final = frozenset({"1", "true"})
_FALSE: Final = frozenset({"0", "false"})
_SHOWABLE: Final = re.compile(r"[A-Za-z0-9._-]{1,16}")


def text_of(written: object) -> str:
    """Return a code as text: 2, 2.0 and " 2 " are the same; nothing written is "".

    A number longer than any code is "?", which is none: Python refuses to write thousands of
    digits out.
    """
    if written is None or isinstance(written, (dict, list)):
        return ""
    if isinstance(written, int) and written.bit_length() > _CODE_BITS_MAX:
        return "?"
    if isinstance(written, float) and written.is_integer():
        written = int(written)
    return str(written).strip()


def status_of(written: object) -> Status:
    """Return the status, UNKNOWN where the code is not one of the ten."""
    text = text_of(written).lstrip("0")
    try:
        return Status(text) if text.isdigit() else Status.UNKNOWN
    except ValueError:
        return Status.UNKNOWN


def flag_of(written: object) -> bool | None:
    """Return a 0/1 or true/false flag; None where nothing readable is written."""
    text = text_of(written).casefold()
    if text in _TRUE:
        return True
    return False if text in _FALSE else None


def showable(written: object) -> str:
    """Return an unknown code for the counters, or "?" where it might be somebody's own words."""
    text = text_of(written)
    return text if _SHOWABLE.fullmatch(text) else "?"
