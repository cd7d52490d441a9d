"""The rejects file beside the imported one: which rows, why, and what to mend."""

import csv
from pathlib import Path
from typing import NamedTuple

from services.intake.sources.table.mapping import RowReject

from .sending import Answered

COLUMNS = ("dòng", "mã hồ sơ", "sự kiện", "mã lý do", "lý do", "chi tiết", "cột / trường")

REASONS_VI = {
    "too_large": "Sự kiện quá lớn",
    "too_deep": "JSON lồng quá sâu",
    "not_json": "Không phải JSON hợp lệ",
    "not_utf8": "Không ở bảng mã UTF-8",
    "not_cloudevent": "Không phải CloudEvents 1.0",
    "unknown_type": "Loại sự kiện không tồn tại",
    "type_not_accepted": "Nguồn không được gửi loại sự kiện này",
    "unknown_field": "Có trường lạ",
    "invalid_field": "Trường thiếu hoặc sai quy định",
    "invalid_dossier_code": "Mã hồ sơ sai mẫu",
    "invalid_procedure_code": "Mã thủ tục hành chính sai mẫu",
    "time_in_future": "Thời điểm ở tương lai",
    "time_too_old": "Thời điểm quá xa trong quá khứ",
    "due_before_received": "Ngày hẹn trả trước ngày tiếp nhận",
    "district_closed": "Cấp huyện đã kết thúc hoạt động",
    "conflict": "Mâu thuẫn: cùng một sự kiện nhưng nội dung khác",
    "unmapped_row": "Giá trị chưa được quy đổi",
    "our_fault": "Lỗi của hệ thống",
}
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


class Refused(NamedTuple):
    """One line of the rejects file."""

    rows: tuple[int, ...]
    key: str
    type: str
    code: str
    reason: str
    detail: str
    field: str


def of_row(reject: RowReject) -> Refused:
    """Return the line for rows that never became events."""
    code = reject.reason.value
    return Refused(
        reject.rows,
        reject.key,
        reject.type,
        code,
        REASONS_VI.get(code, code),
        reject.detail,
        reject.column,
    )


def of_answer(answered: Answered) -> list[Refused]:
    """Return the lines for an event that intake refused; one per reason, at least one."""
    submission, answer = answered
    lines = [
        Refused(
            submission.rows,
            submission.subject,
            submission.type,
            reason.code or answer.outcome.value,
            reason.message_vi or REASONS_VI.get(reason.code, reason.code),
            reason.message_en,
            reason.field or "",
        )
        for reason in answer.reasons
    ]
    outcome = answer.outcome.value
    return lines or [
        Refused(
            submission.rows,
            submission.subject,
            submission.type,
            outcome,
            REASONS_VI.get(outcome, "Bị từ chối"),
            "",
            "",
        )
    ]


class RejectsFile:
    """`<name>.rejects.csv` beside the file; in the working directory where that is read-only.

    The file is only made when there is something to write. It opens in Excel as it is.
    """

    def __init__(self, imported: Path) -> None:
        self._name = f"{imported.stem}.rejects.csv"
        self._folders = [imported.parent, Path()]
        self._lines: list[Refused] = []

    def add(self, *lines: Refused) -> None:
        """Keep lines until `save`."""
        self._lines.extend(lines)

    def __len__(self) -> int:
        return len(self._lines)

    def save(self) -> Path | None:
        """Write the lines in row order and return where; None when there are none.

        Raises:
            OSError: neither place can be written.
        """
        if not self._lines:
            return None
        for folder in self._folders[:-1]:
            try:
                return self._write(folder / self._name)
            except OSError:
                continue
        return self._write(self._folders[-1] / self._name)

    def _write(self, path: Path) -> Path:
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            for line in sorted(self._lines):
                rows = " ".join(map(str, line.rows))
                writer.writerow(_harmless(text) for text in (rows, *line[1:]))
        return path


def _harmless(text: str) -> str:
    # A spreadsheet would run a cell that begins like a formula.
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
