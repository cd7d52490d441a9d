"""An invented evening export of a provincial one-stop system: Excel, Vietnamese headers."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import openpyxl

HEADER = (
    "STT", "Số hồ sơ", "Mã TTHC", "Tên thủ tục", "Lĩnh vực", "Cơ quan giải quyết", "Đối tượng",
    "Người nộp", "Hình thức nộp", "Ngày nộp", "Ngày tiếp nhận", "Ngày hẹn trả",
    "Ngày yêu cầu bổ sung", "Ngày bổ sung xong", "Ngày hẹn trả mới", "Ngày kết thúc xử lý",
    "Ngày trả kết quả", "Trạng thái", "Hình thức trả", "Phí, lệ phí (đồng)",
    "Thanh toán trực tuyến", "Xác thực VNeID", "Số hóa thành phần hồ sơ", "Kết quả điện tử",
    "Tái sử dụng dữ liệu",
)  # fmt: skip
_FIELDS = ("Đất đai", "Hộ tịch", "Chứng thực", "Xây dựng", "Đường bộ")
_CHANNELS = ("Trực tiếp", "Trực tuyến", "Bưu chính công ích")
_STATUSES = (
    "Mới đăng ký", "Đang xử lý", "Yêu cầu bổ sung", "Không được tiếp nhận",
    "Công dân yêu cầu rút hồ sơ", "Dừng xử lý", "Đã xử lý xong", "Đã trả kết quả",
)  # fmt: skip
_FIRST_MORNING = datetime(2026, 6, 1, 8)  # noqa: DTZ001 - Excel stores civil time without a zone
_ENDED = _STATUSES[3:]


def rows(count: int, seed: int) -> list[dict[str, Any]]:
    """Return invented rows by column name; dates are datetimes, as Excel stores them."""
    random = Random(seed)
    return [_row(number, random) for number in range(1, count + 1)]


def write(path: Path, exported: Sequence[dict[str, Any]]) -> Path:
    """Write the workbook as such systems do: titles above, a total and a signature below."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"])
    sheet.append(["SỔ THEO DÕI HỒ SƠ"])
    sheet.append([])
    sheet.append(HEADER)
    for row in exported:
        sheet.append([row.get(name) for name in HEADER])
    sheet.append([f"Tổng số: {len(exported)} hồ sơ"])
    sheet.append([None, None, None, "Người lập biểu"])
    book.save(path)
    return path


def _row(number: int, random: Random) -> dict[str, Any]:
    received = _FIRST_MORNING + timedelta(minutes=random.randrange(60 * 24 * 20))
    status = random.choice(_STATUSES)
    ended = received + timedelta(hours=random.randrange(2, 400))
    supplemented = random.random() < 0.2 and status not in _STATUSES[:1] + _STATUSES[3:4]
    paid = random.random() < 0.3
    return {
        "STT": number,
        "Số hồ sơ": f"H05.{random.randrange(1, 30):02d}-{received:%Y%m%d}-{number:07d}",
        "Mã TTHC": f"1.{random.randrange(4000, 4100):06d}",
        "Tên thủ tục": "Thủ tục bịa ra để thử",
        "Lĩnh vực": random.choice(_FIELDS),
        "Cơ quan giải quyết": "Sở bịa ra để thử",
        "Đối tượng": random.choice(("Cá nhân", "Doanh nghiệp")),
        "Người nộp": "Người Không Có Thật",
        "Hình thức nộp": random.choice(_CHANNELS),
        "Ngày nộp": received - timedelta(hours=1),
        "Ngày tiếp nhận": None if status in ("Mới đăng ký", "Không được tiếp nhận") else received,
        "Ngày hẹn trả": (received + timedelta(days=10)).replace(hour=0, minute=0),
        "Ngày yêu cầu bổ sung": received + timedelta(hours=4) if supplemented else None,
        "Ngày bổ sung xong": received + timedelta(hours=30) if supplemented else None,
        "Ngày hẹn trả mới": received + timedelta(days=12) if supplemented else None,
        "Ngày kết thúc xử lý": ended if status in _ENDED else None,
        "Ngày trả kết quả": ended + timedelta(hours=20) if status == "Đã trả kết quả" else None,
        "Trạng thái": status,
        "Hình thức trả": random.choice(("Tại bộ phận một cửa", "Bưu chính công ích", "Trực tuyến")),
        "Phí, lệ phí (đồng)": random.choice((None, 0, 50_000, "150.000")),
        "Thanh toán trực tuyến": "Có" if paid else "Không",
        "Xác thực VNeID": random.choice(("x", None)),
        "Số hóa thành phần hồ sơ": random.choice(("x", None)),
        "Kết quả điện tử": random.choice(("x", None)),
        "Tái sử dụng dữ liệu": random.choice(("x", None)),
    }
