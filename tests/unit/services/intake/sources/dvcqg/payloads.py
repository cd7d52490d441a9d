"""Invented payloads of the sync services, in the shape that provincial systems send."""

from typing import Any

CODE = "H05.12-20260609-0092637"
PERSONAL = (
    "Nguyễn Thị Không Có Thật",
    "123456789012x",
    "Đơn xin cấp phép của bà Không Có Thật",
    "Đã gọi điện cho bà Không Có Thật",
    "Cán bộ Không Có Thật",
    "https://kho.example.vn/bi-mat.pdf",
    "khong-co-that@example.vn",
)


def dossier(**changed: Any) -> dict[str, Any]:
    """One element of DongBoHoSoMC: received on Tuesday 9 June 2026, due on the 23rd."""
    return {
        "MaHoSo": CODE,
        "MaTTHC": "1.004194",
        "TenTTHC": "Thủ tục bịa ra để thử",
        "MaLinhVuc": "G15-TN01",
        "ChuHoSo": PERSONAL[0],
        "LoaiDoiTuong": "1",
        "MaDoiTuong": PERSONAL[1],
        "SoDinhDanh": PERSONAL[1],
        "Email": PERSONAL[6],
        "TrichYeuHoSo": PERSONAL[2],
        "ThongTinTra": PERSONAL[3],
        "NgayTiepNhan": "20260609083000",
        "NgayHenTra": "20260623170000",
        "TrangThaiHoSo": "2",
        "NgayTra": "",
        "HinhThuc": "0",
        "NgayKetThucXuLy": "",
        "DonViXuLy": "Sở bịa ra để thử",
        "KenhThucHien": "2",
        "TaiKhoanDuocXacThucVoiVNeID": "1",
        "DuocThanhToanTrucTuyen": "0",
        "HoSoCoThanhPhanSoHoa": "0",
        "TaiLieuNop": [],
        "DanhSachLePhi": [],
        "DanhSachHoSoBoSung": [],
        "DanhSachGiayToKetQua": [],
    } | changed


def sync(*elements: dict[str, Any]) -> dict[str, Any]:
    """The body of DongBoHoSoMC."""
    return {"isUpdating": "False", "madonvi": "H05", "data": list(elements)}


def step(status: str, at: str, code: str = CODE) -> dict[str, Any]:
    """One element of CapNhatTienDoHoSoMC."""
    return {
        "MaHoSo": code,
        "NguoiXuLy": PERSONAL[4],
        "ChucDanh": "Chuyên viên",
        "ThoiDiemXuLy": at,
        "PhongBanXuLy": "Phòng bịa ra",
        "NoiDungXuLy": PERSONAL[3],
        "TrangThai": status,
        "NgayBatDau": "",
        "NgayKetThucTheoQuyDinh": "",
    }
