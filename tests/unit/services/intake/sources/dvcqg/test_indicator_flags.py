"""The flags of a payload that decide an indicator, each with the fact it becomes."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from services.intake.sources.dvcqg.mapping import facts_of
from tests.unit.services.intake.sources.dvcqg.payloads import dossier, sync

NOW = datetime(2026, 7, 1, tzinfo=UTC)
DONE = {"TrangThaiHoSo": "10", "NgayKetThucXuLy": "20260612100000", "NgayTra": "20260612150000"}
PAPER = {"MaThanhPhanHoSo": "TP1", "DuongDanTaiTepTin": "https://kho.example.vn/1.pdf"}
FILE = {"MaGiayToKetQua": "KQ.1", "DuongDanTepTinKetQua": "https://kho.example.vn/2.pdf"}


def said(**changed: Any) -> dict[str, dict[str, Any]]:
    """What a payload says, by type; of several of one type what they say together."""
    found = facts_of("DongBoHoSoMC", sync(dossier(**changed)), source="tinh", received_at=NOW)
    assert found.rejections == []
    by_type: dict[str, dict[str, Any]] = {}
    for fact in found.facts:
        data = msgspec.to_builtins(fact.data)
        by_type.setdefault(fact.type.split(".")[1], {}).update(data)
    return by_type


@pytest.mark.parametrize(
    ("indicator", "flags", "kind", "particulars"),
    [
        ("3.3", {"KenhThucHien": "2"}, "received", {"channel": "online"}),
        ("3.3", {"KenhThucHien": "3"}, "received", {"channel": "postal"}),
        (
            "3.6 owes",
            {"DanhSachLePhi": [{"Gia": "50.000"}]},
            "fee_assessed",
            {"amount_vnd": 50_000},
        ),
        ("3.6 owes nothing", {"DanhSachLePhi": [{"Gia": 0}]}, "fee_assessed", {"amount_vnd": 0}),
        (
            "3.6 through DVCQG",
            {"DanhSachLePhi": [{"Gia": 50_000}], "DuocThanhToanTrucTuyen": "1"},
            "paid",
            {"amount_vnd": 50_000, "online": True, "national_gateway": True},
        ),
        (
            "3.6 through the province's portal",
            {"DanhSachLePhi": [{"Gia": 50_000}], "DuocThanhToanTrucTuyen": 2},
            "paid",
            {"amount_vnd": 50_000, "online": True},
        ),
        (
            "3.6 at the counter",
            {
                "DanhSachLePhi": [{"Gia": 50_000}],
                "DuocThanhToanTrucTuyen": "0",
                "TrangThaiThanhToan": "1",
            },
            "paid",
            {"amount_vnd": 50_000},
        ),
        ("4.1", {**DONE, "DanhSachGiayToKetQua": [FILE]}, "resolved", {"electronic_result": True}),
        ("4.1", {**DONE, "DanhSachGiayToKetQua": [FILE]}, "returned", {"electronic_result": True}),
        (
            "4.2",
            {**DONE, "DanhSachGiayToKetQua": [FILE], "TaiLieuNop": [PAPER]},
            "digitised",
            {"components": True, "result": True},
        ),
        ("4.3", {"HoSoCoThanhPhanSoHoa": "1"}, "reused", {"digitised_data": True}),
        (
            "4.4",
            {"TaiLieuNop": [{**PAPER, "DuocLayTuKhoDMQG": 1}]},
            "reused",
            {"personal_storage": True},
        ),
        ("4.5b", {"TaiKhoanDuocXacThucVoiVNeID": "1"}, "received", {"identified": True}),
        ("4.5b", {"TaiKhoanDuocXacThucVoiVNeID": True}, "received", {"identified": True}),
        ("by post", {"HinhThuc": "1"}, "received", {"result_delivery": "postal"}),
    ],
)
def test_a_flag_that_decides_an_indicator_becomes_its_fact(
    indicator: str, flags: dict[str, Any], kind: str, particulars: dict[str, Any]
) -> None:
    found = said(**flags)[kind]

    assert particulars.items() <= found.items(), indicator


@pytest.mark.parametrize(
    ("flags", "kind", "field"),
    [
        ({"TaiKhoanDuocXacThucVoiVNeID": "0"}, "received", "identified"),
        (
            {**DONE, "DanhSachGiayToKetQua": [{"MaGiayToKetQua": "K"}]},
            "resolved",
            "electronic_result",
        ),
    ],
)
def test_a_flag_that_says_no_is_no_and_not_silence(
    flags: dict[str, Any], kind: str, field: str
) -> None:
    assert said(**flags)[kind][field] is False


def test_flags_that_say_no_to_an_act_say_no_fact() -> None:
    found = said(
        HoSoCoThanhPhanSoHoa="0", DuocThanhToanTrucTuyen="0", TaiLieuNop=[{"DuocSoHoa": 0}]
    )

    assert set(found) == {"received"}


def test_online_but_not_paid_yet_is_no_payment() -> None:
    fees = [{"Gia": 50_000}]

    found = said(DanhSachLePhi=fees, DuocThanhToanTrucTuyen="1", TrangThaiThanhToan="0")

    assert set(found) == {"received", "fee_assessed"}
