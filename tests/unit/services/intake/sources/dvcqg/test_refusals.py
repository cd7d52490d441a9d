from datetime import UTC, datetime
from typing import Any

import pytest

from services.intake.sources.dvcqg.mapping import facts_of
from services.intake.sources.dvcqg.outcome import Translation, UnknownCode, answer
from shared.errors import RejectReason
from shared.events.fields import Channel
from tests.unit.services.intake.sources.dvcqg.payloads import CODE, dossier, step, sync

NOW = datetime(2026, 7, 1, tzinfo=UTC)


def said(**changed: Any) -> Translation:
    return facts_of("DongBoHoSoMC", sync(dossier(**changed)), source="tinh", received_at=NOW)


def told(*steps: dict[str, Any]) -> Translation:
    payload = {"data": list(steps)}
    return facts_of("CapNhatTienDoHoSoMC", payload, source="tinh", received_at=NOW)


def kinds(found: Translation) -> list[str]:
    return [fact.type.split(".")[1] for fact in found.facts]


@pytest.mark.parametrize("status", ["11", "0", "", "abc", None, "2.5"])
def test_an_unknown_status_moves_nothing_and_is_refused_and_counted(status: object) -> None:
    found = said(TrangThaiHoSo=status)

    assert found.facts == []
    assert [r.field for r in found.rejections] == ["TrangThaiHoSo"]
    assert [u.field for u in found.unknown] == (["TrangThaiHoSo"] if status else [])


def test_unknown_codes_leave_their_field_empty_and_the_dossier_accepted() -> None:
    found = said(LoaiDoiTuong="7", HinhThuc="9", KenhThucHien="5")

    (fact,) = found.facts
    assert fact.data.applicant_kind is None  # type: ignore[attr-defined] # data is DossierReceived
    assert fact.data.result_delivery is None  # type: ignore[attr-defined] # same
    assert fact.data.channel is Channel.DIRECT  # type: ignore[attr-defined] # read like null
    assert {(u.field, u.code) for u in found.unknown} == {
        ("LoaiDoiTuong", "7"),
        ("HinhThuc", "9"),
        ("KenhThucHien", "5"),
    }


def test_no_channel_at_all_is_the_counter_and_nothing_to_count() -> None:
    found = said(KenhThucHien=None)

    assert found.facts[0].data.channel is Channel.DIRECT  # type: ignore[attr-defined] # received
    assert found.unknown == []


@pytest.mark.parametrize(
    ("changed", "reason", "field"),
    [
        ({"MaHoSo": ""}, RejectReason.INVALID_DOSSIER_CODE, "MaHoSo"),
        ({"MaHoSo": "hồ sơ 12"}, RejectReason.INVALID_DOSSIER_CODE, "MaHoSo"),
        ({"MaHoSo": "case-12"}, RejectReason.INVALID_FIELD, "DonViXuLy"),
        ({"MaHoSo": 10**5_000}, RejectReason.INVALID_DOSSIER_CODE, "MaHoSo"),
        ({"NgayTiepNhan": 10**5_000}, RejectReason.INVALID_FIELD, "NgayTiepNhan"),
        ({"MaTTHC": "4194"}, RejectReason.INVALID_PROCEDURE_CODE, "procedure_code"),
        ({"NgayTiepNhan": ""}, RejectReason.INVALID_FIELD, "NgayTiepNhan"),
        ({"NgayTiepNhan": "hôm qua"}, RejectReason.INVALID_FIELD, "NgayTiepNhan"),
        ({"NgayTiepNhan": "9999-12-31T23:59:59-01:00"}, RejectReason.INVALID_FIELD, "NgayTiepNhan"),
        ({"NgayTiepNhan": -1e308}, RejectReason.INVALID_FIELD, "NgayTiepNhan"),
        ({"TrangThaiHoSo": "7"}, RejectReason.INVALID_FIELD, "NgayKetThucXuLy"),
        ({"TrangThaiHoSo": "9"}, RejectReason.INVALID_FIELD, "NgayKetThucXuLy"),
        ({"DanhSachLePhi": [{"Gia": "miễn"}]}, RejectReason.INVALID_FIELD, "DanhSachLePhi"),
        ({"DanhSachLePhi": [{"Gia": "9" * 5_000}]}, RejectReason.INVALID_FIELD, "DanhSachLePhi"),
    ],
)
def test_what_cannot_be_a_fact_is_refused_with_its_field(
    changed: dict[str, Any], reason: RejectReason, field: str
) -> None:
    found = said(**changed)

    assert [(r.reason, r.field, r.index) for r in found.rejections] == [(reason, field, 0)]


def test_an_agency_code_in_don_vi_xu_ly_serves_where_the_dossier_code_has_none() -> None:
    found = said(MaHoSo="HS-000123", DonViXuLy="H05.07")

    assert found.facts[0].data.agency_code == "H05.07"  # type: ignore[attr-defined] # a dossier


def test_one_bad_dossier_does_not_hold_up_its_neighbours() -> None:
    payload = sync(dossier(), dossier(MaHoSo=""), dossier(MaHoSo="H05.12-20260609-0092638"))

    found = facts_of("DongBoHoSoMC", payload, source="tinh", received_at=NOW)

    assert kinds(found) == ["received", "received"]
    assert [r.index for r in found.rejections] == [1]


@pytest.mark.parametrize("body", [{}, {"data": "x"}, {"data": [{}] * 1_001}])
def test_a_body_that_is_no_payload_is_refused_whole(body: dict[str, Any]) -> None:
    found = facts_of("DongBoHoSoMC", body, source="tinh", received_at=NOW)

    assert [r.field for r in found.rejections] == ["data"]


def test_elements_that_are_no_objects_are_refused_one_by_one() -> None:
    found = facts_of("DongBoHoSoMC", {"data": [None, 3]}, source="tinh", received_at=NOW)

    assert [r.index for r in found.rejections] == [0, 1]


def test_a_service_we_do_not_know_is_an_error_of_the_caller() -> None:
    with pytest.raises(ValueError, match="DongBoHoSoMC"):
        facts_of("LayThuTuc", {}, source="tinh", received_at=NOW)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("1", ["submitted"]),
        ("2", []),
        ("3", ["rejected"]),
        ("4", ["assigned", "resumed"]),
        ("5", ["supplement_requested"]),
        ("6", ["financial_duty_requested"]),
        ("7", ["withdrawn"]),
        ("8", ["stopped"]),
        ("9", ["resolved"]),
        ("10", ["returned"]),
    ],
)
def test_a_step_says_when_its_status_began(status: str, expected: list[str]) -> None:
    found = told(step(status, "09/06/2026 14:05:00"))

    assert kinds(found) == expected
    assert all(fact.time == datetime(2026, 6, 9, 7, 5, tzinfo=UTC) for fact in found.facts)
    assert [untold.status for untold in found.untold] == (["2"] if status == "2" else [])


def test_steps_of_one_dossier_may_come_in_one_payload_or_one_by_one() -> None:
    steps = [step("6", "20260610080000"), step("4", "20260611080000"), step("9", "20260612080000")]

    together = told(*steps).facts
    one_by_one = [fact for single in steps for fact in told(single).facts]

    assert together == one_by_one


def test_a_step_without_a_time_or_with_an_unknown_status_is_refused() -> None:
    found = told(step("4", ""), step("12", "20260611080000"), step("4", "mai"))

    assert found.facts == []
    assert [(r.index, r.field) for r in found.rejections] == [
        (0, "ThoiDiemXuLy"),
        (1, "TrangThai"),
        (2, "ThoiDiemXuLy"),
    ]
    assert found.unknown == [UnknownCode("TrangThai", "12", 1)]


def test_a_single_object_is_taken_like_a_list_of_one() -> None:
    payload = {"data": step("9", "20260611080000")}

    found = facts_of("CapNhatTienDoHoSoMC", payload, source="tinh", received_at=NOW)

    assert [fact.subject for fact in found.facts] == [CODE]


def test_the_answer_has_the_portals_shape() -> None:
    assert answer(accepted=3)["error_code"] == "0"
    refused = answer(said(MaHoSo="").rejections)
    assert refused["error_code"] == "1"
    assert refused["errors"][0]["field"] == "MaHoSo"
