"""What people are told: every reason and notice in Vietnamese and in English. Pure."""

from typing import Final, NamedTuple

from shared.errors import RejectReason as R

from .judging import NoticeCode as N


class Words(NamedTuple):
    """What is wrong, in both languages, and what a clerk can do about it."""

    vi: str
    en: str
    advice_vi: str = ""


REASONS: Final[dict[R, Words]] = {
    R.TOO_LARGE: Words(
        "Sự kiện lớn hơn mức cho phép (32 KiB).",
        "The event is larger than 32 KiB.",
        "Yêu cầu nguồn gửi bỏ phần nội dung không thuộc sự kiện (tệp đính kèm, ảnh).",
    ),
    R.TOO_DEEP: Words(
        "Nội dung JSON lồng nhau quá sâu (hơn 32 lớp).",
        "The JSON is nested deeper than 32 levels.",
        "Gửi lại đúng cấu trúc CloudEvents, không bọc thêm lớp nào.",
    ),
    R.NOT_JSON: Words(
        "Nội dung không phải JSON hợp lệ.",
        "The body is not valid JSON.",
        "Kiểm tra dấu ngoặc, dấu phẩy, dấu nháy; có thể nội dung bị cắt giữa chừng.",
    ),
    R.NOT_UTF8: Words(
        "Nội dung không phải mã UTF-8.",
        "The body is not UTF-8.",
        "Nguồn gửi đang dùng bảng mã cũ (TCVN3, VNI, Windows-1258): chuyển sang UTF-8.",
    ),
    R.NOT_CLOUDEVENT: Words(
        "Không phải một sự kiện CloudEvents 1.0 (thiếu specversion, id, type, subject, time "
        "hoặc data).",
        "Not a CloudEvents 1.0 object (specversion, id, type, subject, time or data missing).",
        "Bổ sung thuộc tính còn thiếu được nêu bên cạnh.",
    ),
    R.UNKNOWN_TYPE: Words(
        "Loại sự kiện (type) không có trong danh mục.",
        "There is no such event type.",
        "So với danh sách loại sự kiện ở trang Tài liệu, chú ý phần .v1 ở cuối.",
    ),
    R.TYPE_NOT_ACCEPTED: Words(
        "Loại sự kiện này không nhận từ bên ngoài: dịch vụ khác của hệ thống ghi nó.",
        "This event type is not accepted from outside: another of our services writes it.",
        "Sự kiện bưu chính gửi qua cổng bưu chính; chỉ số và cảnh báo do hệ thống tự ghi.",
    ),
    R.UNKNOWN_FIELD: Words(
        "Có trường không thuộc loại sự kiện này.",
        "A field does not belong to this event type.",
        "Xóa trường thừa hoặc sửa tên trường cho đúng.",
    ),
    R.INVALID_FIELD: Words(
        "Một trường thiếu, sai kiểu hoặc ngoài giới hạn.",
        "A field is missing, of the wrong type or out of bounds.",
        "Sửa trường được đánh dấu theo quy tắc ghi bên cạnh.",
    ),
    R.INVALID_DOSSIER_CODE: Words(
        "Mã hồ sơ không đúng mẫu đã thống nhất với nguồn gửi.",
        "The dossier code does not match the publisher's pattern.",
        "Đối chiếu giấy tiếp nhận; phần ngày trong mã phải là một ngày có thật.",
    ),
    R.INVALID_PROCEDURE_CODE: Words(
        "Mã thủ tục hành chính không đúng mẫu (ví dụ 1.004194).",
        "The procedure code does not match its pattern (for example 1.004194).",
        "Tra mã trên Cơ sở dữ liệu quốc gia về thủ tục hành chính.",
    ),
    R.TIME_IN_FUTURE: Words(
        "Thời điểm xảy ra ở tương lai.",
        "The time lies in the future.",
        "Kiểm tra đồng hồ và múi giờ (+07:00) của hệ thống gửi.",
    ),
    R.TIME_TOO_OLD: Words(
        "Thời điểm xảy ra trước năm 2000.",
        "The time lies before the year 2000.",
        "Thường là ô ngày bị bỏ trống ở hệ thống gửi: nhập ngày thật.",
    ),
    R.DUE_BEFORE_RECEIVED: Words(
        "Ngày hẹn trả trước ngày tiếp nhận.",
        "The due date lies before the receipt.",
        "Đối chiếu giấy tiếp nhận và hẹn trả kết quả.",
    ),
    R.DISTRICT_CLOSED: Words(
        "Cơ quan cấp huyện đã kết thúc hoạt động từ 01/07/2025, không thể tiếp nhận hồ sơ.",
        "Districts ended on 1 July 2025 and cannot receive dossiers.",
        "Ghi mã cơ quan cấp xã hoặc sở đã thực sự tiếp nhận.",
    ),
    R.CONFLICT: Words(
        "Mã sự kiện (id) này đã được ghi với nội dung khác; bản ghi đầu vẫn đứng.",
        "This id was recorded with other content; the first record stands.",
        "Nếu là đính chính: gửi sự kiện dossier.corrected với id mới.",
    ),
    R.UNMAPPED_ROW: Words(
        "Dòng của tệp không chuyển được thành sự kiện.",
        "The row of the file could not be mapped to an event.",
        "Bổ sung giá trị còn thiếu vào bảng giá trị của tệp ánh xạ.",
    ),
    R.OUR_FAULT: Words(
        "Lỗi của hệ thống Một Cửa khi đọc sự kiện này; nguồn gửi không sai.",
        "A fault of ours in reading this event; the publisher is not to blame.",
        "Báo quản trị viên; sau khi sửa, gửi lại từ trang này.",
    ),
}
"""A test holds that no reason is missing."""

NOTICES: Final[dict[N, Words]] = {
    N.UNKNOWN_AGENCY: Words(
        "Cơ quan không có trong danh mục vào ngày đó; vẫn ghi nhận và đưa vào danh sách mã lạ.",
        "The agency was not in the catalogue on that day; accepted and listed as unknown.",
    ),
    N.UNKNOWN_PROCEDURE: Words(
        "Thủ tục không có trong danh mục; vẫn ghi nhận và đưa vào danh sách mã lạ.",
        "The procedure is not in the catalogue; accepted and listed as unknown.",
    ),
    N.ILLEGAL_TRANSITION: Words(
        "Bước chuyển trạng thái không có trong quy định; vẫn ghi nhận, đã đánh dấu.",
        "This step may not follow the dossier's last status; accepted and flagged.",
    ),
    N.DUE_ON_DAY_OFF: Words(
        "Ngày hẹn trả rơi vào ngày nghỉ; giữ nguyên như nguồn gửi.",
        "The due date is not a working day; kept as given.",
    ),
}
