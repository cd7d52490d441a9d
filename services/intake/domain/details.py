"""The rule a field breaks, in Vietnamese: the decoder speaks English only. Pure."""

import re
from typing import Final

_KINDS: Final = {
    "str": "chữ",
    "int": "số nguyên",
    "float": "số",
    "bool": "true/false",
    "object": "đối tượng {…}",
    "array": "danh sách […]",
    "null": "null",
    "datetime": "thời điểm có múi giờ",
    "date": "ngày (yyyy-MM-dd)",
}
_RULES: Final[tuple[tuple[str, str], ...]] = (
    (r"missing field (\S+)", r"thiếu trường \1"),
    (r"unknown field (\S+)", r"không có trường \1 ở loại sự kiện này"),
    (r"Expected `(\w+)`, got `(\w+)`", r"cần <\1>, nhận được <\2>"),
    (r"Expected `(\w+)` of length <= (\d+)", r"dài tối đa \2"),
    (r"Expected `(\w+)` of length >= (\d+)", r"dài ít nhất \2"),
    (r"Expected `(\w+)` (<=|>=|<|>) ([\d.-]+)", r"phải \2 \3"),
    (r"Expected `(\w+)` with a timezone component", r"thời điểm phải có múi giờ, ví dụ +07:00"),
    (r"not one of the allowed values or not in the expected form",
     r"không thuộc các giá trị được phép hoặc sai mẫu"),
    (r"not in the expected form", r"không đúng mẫu"),
    (r"out of range", r"ngoài khoảng cho phép"),
    (r"no such event type", r"không có loại này trong danh mục"),
    (r"not a CloudEvents object", r"không phải đối tượng CloudEvents"),
    (r"more than (\d+) levels", r"sâu hơn \1 lớp"),
    (r"more than (\d+) bytes", r"hơn \1 byte"),
    (r"another service writes this noun", r"dịch vụ khác ghi loại này"),
    (r"before the year 2000", r"trước năm 2000"),
    (r"later than the tolerance allows", r"muộn hơn mức sai lệch đồng hồ cho phép"),
    (r"not the agreed pattern", r"không đúng mẫu đã thống nhất"),
    (r"not a procedure code", r"không phải mã thủ tục"),
    (r"(due_\w+) is earlier", r"\1 sớm hơn ngày tiếp nhận"),
    (r"districts ended", r"cấp huyện đã kết thúc"),
    (r"sequence (\d+)", r"bản ghi số \1"),
    (r"missing, unknown or out of bounds", r"thiếu, thừa hoặc ngoài giới hạn"),
    (r"this type carries no contact", r"loại sự kiện này không kèm địa chỉ"),
    (r"send `contact` beside `data`; the reference is made here",
     r"gửi `contact` cạnh `data`; mã tham chiếu do hệ thống này tạo"),
    (r"not an object", r"không phải đối tượng {…}"),
)  # fmt: skip
_COMPILED: Final = tuple((re.compile(rule), said) for rule, said in _RULES)
_KIND: Final = re.compile(r"<(\w+)>")


def detail_vi(detail: str) -> str:
    """Return the rule in Vietnamese; a rule that is not known stays as it was said."""
    for rule, said in _COMPILED:
        found = rule.search(detail)
        if found is not None:
            changed = detail[: found.start()] + found.expand(said) + detail[found.end() :]
            return _KIND.sub(lambda kind: _KINDS.get(kind.group(1), kind.group(1)), changed)
    return detail
