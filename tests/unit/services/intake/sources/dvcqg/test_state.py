from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest

from services.intake.sources.dvcqg.mapping import facts_of
from services.intake.sources.dvcqg.outcome import Translation
from shared.events import dossier as d
from shared.events.envelope import encoded
from shared.events.fields import ApplicantKind, Channel, ResultDelivery
from tests.unit.services.intake.sources.dvcqg.payloads import CODE, PERSONAL, dossier, sync

NOW = datetime(2026, 7, 1, tzinfo=UTC)
PAPERS = [{"MaThanhPhanHoSo": "TP1", "DuocSoHoa": "1", "DuongDanTaiTepTin": PERSONAL[5]}]
RESULTS = [{"MaGiayToKetQua": "KQ.1", "DuongDanTepTinKetQua": PERSONAL[5]}]


def said(**changed: Any) -> Translation:
    return facts_of("DongBoHoSoMC", sync(dossier(**changed)), source="tinh", received_at=NOW)


def kinds(found: Translation) -> list[str]:
    return [fact.type.split(".")[1] for fact in found.facts]


def only(found: Translation, kind: type[d.DossierEvent]) -> Any:
    (fact,) = [fact for fact in found.facts if fact.type == kind.event_type]
    return fact


def test_a_received_dossier_is_said_with_its_agency_channel_and_promise() -> None:
    fact = only(said(), d.DossierReceived)

    assert (fact.subject, fact.source) == (CODE, "tinh")
    assert fact.time == datetime(2026, 6, 9, 1, 30, tzinfo=UTC)
    assert fact.data.agency_code == "H05.12"
    assert fact.data.procedure_code == "1.004194"
    assert fact.data.field_code == "G15-TN01"
    assert fact.data.channel is Channel.ONLINE
    assert fact.data.due_at == datetime(2026, 6, 23, 10, 0, tzinfo=UTC)
    assert fact.data.applicant_kind is ApplicantKind.CITIZEN
    assert fact.data.identified is True
    assert fact.data.result_delivery is ResultDelivery.COUNTER


@pytest.mark.parametrize(
    "written",
    ["20260609083000", "09/06/2026 08:30:00", "2026-06-09T08:30:00", "2026-06-09T01:30:00Z",
     20260609083000],
)  # fmt: skip
def test_every_form_of_a_date_seen_in_the_wild_means_the_same_instant(written: object) -> None:
    fact = only(said(NgayTiepNhan=written), d.DossierReceived)

    assert fact.time == datetime(2026, 6, 9, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize("written", ["20260623000000", "23/06/2026", "20260623", "2026-06-23"])
def test_a_promise_without_a_time_of_day_is_a_due_day(written: str) -> None:
    fact = only(said(NgayHenTra=written), d.DossierReceived)

    assert (fact.data.due_on, fact.data.due_at) == (date(2026, 6, 23), None)


@pytest.mark.parametrize("written", ["", None, "0001-01-01T00:00:00"])
def test_no_promise_is_no_due_date(written: str | None) -> None:
    fact = only(said(NgayHenTra=written), d.DossierReceived)

    assert (fact.data.due_on, fact.data.due_at) == (None, None)


@pytest.mark.parametrize(
    ("status", "dates", "expected"),
    [
        ("1", {"NgayNopHoSo": "20260608210000"}, ["submitted"]),
        ("2", {}, ["received"]),
        ("3", {"NgayTuChoi": "20260609100000"}, ["rejected"]),
        ("4", {}, ["received"]),
        ("7", {"NgayKetThucXuLy": "20260612100000"}, ["received", "withdrawn"]),
        ("8", {"NgayKetThucXuLy": "20260612100000"}, ["received", "stopped"]),
        ("9", {"NgayKetThucXuLy": "20260612100000"}, ["received", "resolved"]),
        (
            "10",
            {"NgayKetThucXuLy": "20260612100000", "NgayTra": "20260615100000"},
            ["received", "resolved", "returned"],
        ),
        ("10", {"NgayTra": "20260615100000"}, ["received", "returned"]),
    ],
)
def test_each_status_proves_what_has_happened_so_far(
    status: str, dates: dict[str, str], expected: list[str]
) -> None:
    found = said(TrangThaiHoSo=status, **dates)

    assert kinds(found) == expected
    assert found.rejections == []


def test_statuses_five_and_six_leave_their_instant_to_the_progress_service() -> None:
    for status in ("5", "6"):
        found = said(TrangThaiHoSo=status)

        assert kinds(found) == ["received"]
        assert [untold.status for untold in found.untold] == [status]


def test_a_supplement_keeps_the_first_promise_and_carries_the_new_one() -> None:
    supplement = {
        "NgayBoSung": "20260611090000",
        "NgayTiepNhanBoSung": "20260616140000",
        "NgayHenTraTruoc": "20260623170000",
        "NgayHenTraMoi": "20260626170000",
    }
    before = said(TrangThaiHoSo="4")
    after = said(TrangThaiHoSo="4", NgayHenTra="20260626170000", DanhSachHoSoBoSung=[supplement])

    assert kinds(after) == ["received", "supplement_requested", "supplemented"]
    assert only(after, d.DossierReceived) == only(before, d.DossierReceived)
    completed = only(after, d.DossierSupplemented)
    assert completed.data.due_at == datetime(2026, 6, 26, 10, 0, tzinfo=UTC)


def test_fees_are_summed_and_an_online_payment_names_its_gateway() -> None:
    fees = [{"MaPhiLePhi": "P1", "Gia": "150.000"}, {"MaPhiLePhi": "P2", "Gia": 20000}]

    found = said(DanhSachLePhi=fees, DuocThanhToanTrucTuyen="1")

    assert only(found, d.DossierFeeAssessed).data.amount_vnd == 170_000
    paid = only(found, d.DossierPaid).data
    assert (paid.amount_vnd, paid.online, paid.national_gateway) == (170_000, True, True)
    own = only(said(DanhSachLePhi=fees, DuocThanhToanTrucTuyen="2"), d.DossierPaid).data
    assert (own.online, own.national_gateway) == (True, False)


def test_fees_of_zero_are_assessed_and_no_list_is_not() -> None:
    assert only(said(DanhSachLePhi=[{"Gia": "0"}]), d.DossierFeeAssessed).data.amount_vnd == 0
    assert "fee_assessed" not in kinds(said(DanhSachLePhi=[]))


def test_digitisation_flags_become_facts_and_deleted_papers_do_not_count() -> None:
    papers = [{**PAPERS[0], "DuocLayTuKhoDMQG": "1"}]

    found = said(TaiLieuNop=papers, HoSoCoThanhPhanSoHoa="1")

    assert only(found, d.DossierDigitised).data.components is True
    reused = only(found, d.DossierReused).data
    assert (reused.digitised_data, reused.personal_storage) == (True, True)
    assert kinds(said(TaiLieuNop=[{**PAPERS[0], "IsDeleted": "1"}])) == ["received"]


def test_a_result_file_makes_the_result_electronic_and_digitised() -> None:
    found = said(
        TrangThaiHoSo="9",
        NgayKetThucXuLy="20260612100000",
        DanhSachGiayToKetQua=RESULTS,
        TaiLieuNop=PAPERS,
    )

    assert only(found, d.DossierResolved).data.electronic_result is True
    last = [f.data for f in found.facts if isinstance(f.data, d.DossierDigitised)][-1]
    assert (last.components, last.result) == (True, True)
    paper = said(
        TrangThaiHoSo="9",
        NgayKetThucXuLy="20260612100000",
        DanhSachGiayToKetQua=[{"MaGiayToKetQua": "KQ.1"}],
    )
    assert only(paper, d.DossierResolved).data.electronic_result is False


def test_the_same_state_again_gives_the_same_bytes() -> None:
    changed = {"TrangThaiHoSo": "9", "NgayKetThucXuLy": "20260612100000", "TaiLieuNop": PAPERS}

    first, again = said(**changed), said(**changed)

    assert [encoded(f) for f in first.facts] == [encoded(f) for f in again.facts]


def test_an_update_repeats_what_was_said_and_adds_only_what_is_new() -> None:
    steps = [
        said(TrangThaiHoSo="2"),
        said(TrangThaiHoSo="4", TaiLieuNop=PAPERS),
        said(TrangThaiHoSo="9", NgayKetThucXuLy="20260612100000", TaiLieuNop=PAPERS),
        said(
            TrangThaiHoSo="10",
            NgayKetThucXuLy="20260612100000",
            NgayTra="20260615090000",
            TaiLieuNop=PAPERS,
            DanhSachGiayToKetQua=RESULTS,
        ),
    ]

    log: dict[str, bytes] = {}
    for found in steps:
        for fact in found.facts:
            assert log.setdefault(fact.id, encoded(fact)) == encoded(fact)


def test_a_later_promise_for_the_same_receipt_is_a_greater_revision() -> None:
    first = only(said(), d.DossierReceived)
    moved = only(said(NgayHenTra="20260630170000"), d.DossierReceived)

    assert moved.order > first.order


def test_a_bare_end_day_is_not_before_the_receipt_of_the_same_day() -> None:
    found = said(TrangThaiHoSo="9", NgayKetThucXuLy="09/06/2026")

    assert only(found, d.DossierResolved).time == only(found, d.DossierReceived).time


def test_no_personal_field_reaches_a_fact_a_rejection_or_a_count() -> None:
    fees = [{"TenPhiLePhi": PERSONAL[2], "Gia": PERSONAL[0]}]
    supplements = [{"NgayBoSung": PERSONAL[0], "NoiDungBoSung": PERSONAL[3]}]

    found = said(
        TrangThaiHoSo="10",
        NgayTra="20260615090000",
        NgayHenTra=PERSONAL[0],
        LoaiDoiTuong=PERSONAL[0],
        MaLinhVuc=PERSONAL[0],
        TaiLieuNop=PAPERS,
        DanhSachGiayToKetQua=RESULTS,
        DanhSachLePhi=fees,
        DanhSachHoSoBoSung=supplements,
    )

    text = msgspec.json.encode([[encoded(f).decode() for f in found.facts], *found[1:]]).decode()
    assert not [secret for secret in PERSONAL if secret in text]
