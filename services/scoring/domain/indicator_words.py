"""What indicators and their facets are called in Vietnamese, and why something is not counted."""

from collections.abc import Mapping
from typing import Final

from shared.rules.indicator_sets import load_set, set_ids
from shared.rules.targets import plans

WHY_NOT_VI: Final[Mapping[str, str]] = {
    "online": "không nộp trực tuyến",
    "received_by_post": "không nhận qua bưu chính",
    "by_post": "không nhận, không trả qua bưu chính",
    "on_time": "quá hạn, trễ hạn",
    "second_supplement": "yêu cầu bổ sung quá một lần",
    "no_due_time": "không có hạn trả",
    "paid_online": "chưa thanh toán trực tuyến",
    "electronic_result": "chưa có kết quả điện tử",
    "!returned_on_paper": "trả kết quả giấy",
    "digitised": "chưa số hóa đủ thành phần và kết quả",
    "reused": "chưa dùng lại dữ liệu đã số hóa",
    "personal_storage": "chưa lấy giấy tờ từ kho cá nhân",
    "identified": "tài khoản chưa định danh",
    "own_account": "không nộp bằng tài khoản của mình",
    "synced": "chưa đồng bộ lên Cổng DVCQG",
    "satisfied": "đánh giá không hài lòng",
    "!complained": "bị phản ánh hoặc đánh giá không hài lòng",
    "explained": "chưa giải trình",
    "apologised": "chưa xin lỗi",
    "!late": "giải quyết trễ hạn",
    "!unknown": "không có hạn trả",
    "early": "không giải quyết trước hạn",
    "!disliked": "người gửi không hài lòng",
    "!repeated": "phản ánh lặp lại",
    "staff": "không về cán bộ, công chức",
    "electronic": "bản giấy",
    "on_network": "xử lý trên giấy",
    "!announced_late": "công bố trễ",
    "!published_late": "công khai trễ",
    "content_full": "công khai chưa đủ nội dung",
    "full_online": "chưa toàn trình",
    "payment_integrated": "chưa tích hợp thanh toán",
    "used_online": "không có hồ sơ trực tuyến",
    "used_paid_online": "không có thanh toán trực tuyến",
    "used_by_post": "không có hồ sơ qua bưu chính",
    "used_result_digitised": "không có kết quả số hóa",
    "rated": "chưa được đánh giá",
    "issues_electronic_copies": "không chứng thực bản sao điện tử",
}
"""By the facet that keeps it out, as `domain.items` says it."""


def names_vi() -> dict[str, str]:
    """Return the names of all indicators and targets, by id."""
    found = {target.measure: target.vi for plan in plans().values() for target in plan.target}
    for one in set_ids():
        rules = load_set(one)
        found |= {component.id: component.name for component in rules.component}
        found |= {watched.id: watched.name for watched in rules.watched}
    return found
