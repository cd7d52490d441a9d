"""How facts are called in Vietnamese, on the desk and in lists. Source: docs/glossary.md."""

from typing import Final

FACTS_VI: Final = {
    "dossier.submitted.v1": "Nộp hồ sơ",
    "dossier.received.v1": "Tiếp nhận, cấp giấy hẹn",
    "dossier.rejected.v1": "Từ chối tiếp nhận",
    "dossier.assigned.v1": "Phân công, chuyển xử lý",
    "dossier.supplement_requested.v1": "Yêu cầu bổ sung, dừng tính giờ",
    "dossier.supplemented.v1": "Đã bổ sung, tiếp tục tính giờ",
    "dossier.financial_duty_requested.v1": "Yêu cầu nghĩa vụ tài chính, dừng tính giờ",
    "dossier.suspended.v1": "Tạm dừng, dừng tính giờ",
    "dossier.resumed.v1": "Tiếp tục, tính giờ trở lại",
    "dossier.extended.v1": "Gia hạn, hẹn lại ngày trả",
    "dossier.transferred.v1": "Chuyển cơ quan xử lý",
    "dossier.resolved.v1": "Có kết quả, đã xử lý xong",
    "dossier.returned.v1": "Trả kết quả",
    "dossier.withdrawn.v1": "Rút hồ sơ",
    "dossier.stopped.v1": "Dừng xử lý",
    "dossier.digitised.v1": "Số hóa thành phần, kết quả",
    "dossier.reused.v1": "Tái sử dụng dữ liệu số hóa",
    "dossier.fee_assessed.v1": "Xác định phí, lệ phí",
    "dossier.paid.v1": "Thanh toán",
    "dossier.rated.v1": "Đánh giá hài lòng",
    "dossier.apologised.v1": "Xin lỗi",
    "dossier.explained.v1": "Báo cáo giải trình",
    "dossier.synced.v1": "Đồng bộ lên Cổng DVCQG",
    "dossier.corrected.v1": "Đính chính",
}
STATES_VI: Final = {
    "dossier.submitted.v1": "mới nộp, chờ tiếp nhận",
    "dossier.received.v1": "đã tiếp nhận",
    "dossier.rejected.v1": "bị từ chối tiếp nhận",
    "dossier.assigned.v1": "đang xử lý",
    "dossier.supplement_requested.v1": "chờ bổ sung",
    "dossier.supplemented.v1": "đang xử lý",
    "dossier.financial_duty_requested.v1": "chờ thực hiện nghĩa vụ tài chính",
    "dossier.suspended.v1": "tạm dừng",
    "dossier.resumed.v1": "đang xử lý",
    "dossier.extended.v1": "đã hẹn lại ngày trả",
    "dossier.transferred.v1": "đã chuyển cơ quan xử lý",
    "dossier.withdrawn.v1": "đã rút",
    "dossier.stopped.v1": "dừng xử lý",
    "dossier.resolved.v1": "đã có kết quả",
    "dossier.returned.v1": "đã trả kết quả",
}
"""What a dossier is called after the last fact of its course; other facts leave it as it was."""

CHANNELS_VI: Final = {"direct": "Trực tiếp", "online": "Trực tuyến", "postal": "Bưu chính"}
LEVELS_VI: Final = {
    "province": "Cấp tỉnh",
    "department": "Sở, ban, ngành",
    "district": "Cấp huyện",
    "commune": "Cấp xã",
    "unknown": "Ngoài danh mục",
}
DUTIES_VI: Final = {"explanation": "giải trình", "apology": "xin lỗi"}
# How a page marks what happened: ends well, needs watching, is bad.
TONES: Final = {
    "dossier.received.v1": "good",
    "dossier.resolved.v1": "good",
    "dossier.returned.v1": "good",
    "dossier.supplement_requested.v1": "warn",
    "dossier.financial_duty_requested.v1": "warn",
    "dossier.suspended.v1": "warn",
    "dossier.extended.v1": "warn",
    "dossier.rejected.v1": "bad",
    "dossier.stopped.v1": "bad",
}
# Which particulars of a fact a timeline tells, and how it names them.
SAID_VI: Final = {
    "agency_code": "tại",
    "to_agency_code": "chuyển đến",
    "channel": "kênh",
    "officer_code": "cán bộ",
    "step_code": "bước",
    "due_at": "hẹn",
    "due_on": "hẹn ngày",
    "limit_working_hours": "thời hạn (giờ làm việc)",
    "answer_by_on": "bổ sung trước",
    "reason_code": "lý do",
    "amount_vnd": "số tiền (đồng)",
    "letter_ref": "văn bản",
    "explanation": "nội dung",
    "by": "người ghi",
}
