"""A report as files: JSON with everything, CSV with a row an agency, XLSX with six sheets."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from shared.calendar.civil_time import instant_of
from shared.desk.formats import moment

from .domain.period_report import POSTAL, Row, is_without_post, plain, without_post
from .domain.periods import period_name_vi
from .domain.report import zeros
from .domain.rules import CHANNELS
from .domain.stages import DUTIES, STAGES, TIMELINESS
from .domain.words import CHANNELS_VI
from .report_reading import ReportView, instant_text

HEADS: Final = (
    "received",
    *(f"received_{one}" for one in CHANNELS),
    "closed",
    *(f"closed_{one}" for one in TIMELINESS),
    "open",
    *(f"open_{one}" for one in STAGES),
    *(f"postal_{one}" for one in POSTAL),
    *(f"owed_{one}" for one in DUTIES),
    "total_points",
    "without_post",
)
TIMELINESS_VI: Final = ("Trước hạn", "Đúng hạn", "Trễ hạn", "Không có hạn")
STAGES_VI: Final = ("Chưa đến hạn", "Sắp đến hạn", "Quá hạn", "Tạm dừng")
STATES_VI: Final = {"late": "Trễ hạn", "overdue": "Quá hạn, chưa xong"}
DUTIES_OWED_VI: Final = {"explanation": "giải trình", "apology": "xin lỗi"}
_WIDTH_MAX: Final = 60


def json_body(view: ReportView) -> bytes:
    """Everything, with `open` as of now beside what is under the hash."""
    report = view.report
    nothing = zeros(STAGES)
    codes = sorted({*report.agencies, *view.open_now})
    now = zeros(STAGES)
    for stages in view.open_now.values():
        for name, value in stages.items():
            now[name] += value
    body = {
        **plain(report),
        "total": {"open": now, **plain(report.total)},
        "agencies": [
            {
                "code": code,
                "open": view.open_now.get(code, nothing),
                **plain(report.agencies.get(code, Row())),
            }
            for code in codes
        ],
        "targets_shown": plain(view.targets),
        "without_post": without_post(report),
        "state": state_of(view),
        "number": view.number,
        "published": [
            {
                "number": one.number, "at": instant_text(one.at), "sha256": one.digest,
                "position": one.position,
            }
            for one in view.figures
        ],
        "as_of": instant_text(view.as_of),
        "position": view.position,
        "sha256": view.sha256,
    }  # fmt: skip
    return msgspec.json.encode(body)


def state_of(view: ReportView) -> str:
    """`running`, `ended` (not closed yet), `closed`, or `corrected`."""
    if view.number is None:
        return "ended" if view.is_ended else "running"
    return "corrected" if view.number else "closed"


def csv_body(view: ReportView) -> bytes:
    """A row an agency and the total last; starts with a mark so that Excel reads Vietnamese."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(["agency_code", *HEADS])
    for code, row in [*view.report.agencies.items(), ("TOTAL", view.report.total)]:
        writer.writerow([code, *_cells(row)])
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def _cells(row: Row) -> list[int | float | None]:
    return [
        row.received_count, *_in_order(row.received, CHANNELS),
        row.closed_count, *_in_order(row.closed, TIMELINESS),
        row.open_count, *_in_order(row.open_at_end, STAGES),
        *_in_order(row.postal, POSTAL), *_in_order(row.owed, DUTIES),
        float(row.total_points) if row.total_points is not None else None,
        int(is_without_post(row)),
    ]  # fmt: skip


def _in_order(counts: Mapping[str, int], names: Iterable[str]) -> list[int]:
    """The counts as their heads stand: what was read back has its labels in another order."""
    return [counts[name] for name in names]


def xlsx_body(view: ReportView, names: Mapping[str, str], indicators: Mapping[str, str]) -> bytes:
    """Six sheets; names of agencies and indicators by code, the code where there is none."""
    book = Workbook()
    first = book.active
    assert isinstance(first, Worksheet)  # noqa: S101 - a new book has one
    _summary(first, view, names)
    _indicators(book.create_sheet("Chỉ số"), view, names, indicators)
    _targets(book.create_sheet("Chỉ tiêu"), view, names)
    _late_units(book.create_sheet("Đơn vị trễ"), view, names)
    _late_dossiers(book.create_sheet("Hồ sơ trễ"), view, names)
    _without_post(book.create_sheet("Không qua bưu chính"), view, names)
    sink = io.BytesIO()
    book.save(sink)
    return sink.getvalue()


def _summary(sheet: Worksheet, view: ReportView, names: Mapping[str, str]) -> None:
    sheet.title = "Tổng hợp"
    report = view.report
    heads = [
        "Mã", "Cơ quan", "Tiếp nhận", *(CHANNELS_VI[one] for one in CHANNELS), "Giải quyết",
        *TIMELINESS_VI, "Tỷ lệ đúng hạn", "Còn lại cuối kỳ", *STAGES_VI,
        "Nhận qua bưu chính", "Trả qua bưu chính", "Nhận hoặc trả qua bưu chính",
        "Tỷ lệ bưu chính", "Nợ giải trình", "Nợ xin lỗi", "Tổng điểm",
    ]  # fmt: skip
    rows = [
        [
            code, names.get(code, code) if code else "Toàn bộ",
            row.received_count, *_in_order(row.received, CHANNELS),
            row.closed_count, *_in_order(row.closed, TIMELINESS), row.on_time_ratio,
            row.open_count, *_in_order(row.open_at_end, STAGES),
            *_in_order(row.postal, POSTAL), row.postal_ratio, *_in_order(row.owed, DUTIES),
            float(row.total_points) if row.total_points is not None else None,
        ]
        for code, row in [("", report.total), *report.agencies.items()]
    ]  # fmt: skip
    note = (
        f"Báo cáo giải quyết thủ tục hành chính {period_name_vi(report.period)}; "
        f"tính đến {moment(instant_of(view.as_of))}; SHA-256 {view.sha256}"
    )
    _fill(sheet, heads, rows, note=note, percents=("Tỷ lệ đúng hạn", "Tỷ lệ bưu chính"))


def _indicators(
    sheet: Worksheet, view: ReportView, names: Mapping[str, str], indicators: Mapping[str, str]
) -> None:
    heads = ["Mã", "Cơ quan", "Chỉ số", "Tên chỉ số", "Tử số", "Mẫu số", "Tỷ lệ", "Điểm", "Nguồn"]
    rows = []
    for code, row in [("", view.report.total), *view.report.agencies.items()]:
        for one, told in sorted(row.indicators.items()):
            has_ratio = told.numerator is not None and told.denominator
            ratio = (told.numerator or 0) / (told.denominator or 1) if has_ratio else None
            rows.append([
                code, names.get(code, code) if code else "Toàn bộ", one, indicators.get(one, one),
                told.numerator, told.denominator, ratio,
                float(told.points) if told.points is not None else None, told.origin,
            ])  # fmt: skip
    _fill(sheet, heads, rows, percents=("Tỷ lệ",))


def _targets(sheet: Worksheet, view: ReportView, names: Mapping[str, str]) -> None:
    heads = [
        "Mã", "Cơ quan", "Kế hoạch", "Chỉ tiêu", "So sánh", "Ngưỡng", "Tử số", "Mẫu số", "Kết quả",
        "Đạt", "Căn cứ",
    ]  # fmt: skip
    rows = [
        [
            one.agency, names.get(one.agency, one.agency), one.plan, one.vi, one.comparison,
            one.threshold, one.numerator, one.denominator,
            one.numerator / one.denominator
            if one.numerator is not None and one.denominator
            else None,
            met_vi(met=one.met), one.source,
        ]
        for one in view.targets
    ]  # fmt: skip
    _fill(sheet, heads, rows, percents=("Ngưỡng", "Kết quả"))


def met_vi(*, met: bool | None) -> str:
    """Whether a target is met, as a page says it."""
    return "chưa có số liệu" if met is None else ("đạt" if met else "không đạt")


def _late_units(sheet: Worksheet, view: ReportView, names: Mapping[str, str]) -> None:
    heads = [
        "Mã", "Cơ quan", "Trễ hạn trong kỳ", "Giải quyết có hạn", "Tỷ lệ trễ",
        "Quá hạn cuối kỳ", "Nợ giải trình", "Nợ xin lỗi",
    ]  # fmt: skip
    rows = [
        [
            one.agency, names.get(one.agency, one.agency), one.late, one.judged,
            one.late / one.judged if one.judged else None, one.overdue, one.explanation,
            one.apology,
        ]
        for one in view.report.late_units
    ]  # fmt: skip
    _fill(sheet, heads, rows, percents=("Tỷ lệ trễ",))


def _late_dossiers(sheet: Worksheet, view: ReportView, names: Mapping[str, str]) -> None:
    heads = [
        "Mã hồ sơ", "Mã cơ quan", "Cơ quan", "Thủ tục", "Tình trạng", "Hẹn trả", "Kết thúc",
        "Trễ (ngày làm việc)", "Còn nợ",
    ]  # fmt: skip
    rows = [
        [
            one.code, one.agency, names.get(one.agency, one.agency), one.procedure,
            STATES_VI[one.state], moment_text(one.due_at), moment_text(one.ended_at),
            one.late_working_days, owes_vi(one.owes),
        ]
        for one in view.report.late_dossiers
    ]  # fmt: skip
    _fill(sheet, heads, rows)


def _without_post(sheet: Worksheet, view: ReportView, names: Mapping[str, str]) -> None:
    agencies = view.report.agencies
    rows = [
        [code, names.get(code, code), agencies[code].received_count]
        for code in without_post(view.report)
    ]
    _fill(sheet, ["Mã", "Cơ quan", "Tiếp nhận"], rows)


def owes_vi(owes: Iterable[str]) -> str:
    """What is owed for a late dossier, as a page says it."""
    return ", ".join(DUTIES_OWED_VI[one] for one in owes)


def moment_text(text: str | None) -> str:
    """An instant of a report as a clerk writes it; empty for none."""
    return moment(msgspec.convert(text, datetime)) if text else ""


def _fill(
    sheet: Worksheet,
    heads: Sequence[str],
    rows: Sequence[Sequence[Any]],
    *,
    note: str = "",
    percents: Sequence[str] = (),
) -> None:
    """Write a table that prints on A4 landscape, its head on every page."""
    if note:
        sheet.append([note])
    sheet.append(list(heads))
    top = sheet.max_row
    for place in range(1, len(heads) + 1):
        sheet.cell(top, place).font = Font(bold=True)
        sheet.cell(top, place).alignment = Alignment(wrap_text=True, vertical="top")
    for row in rows:
        sheet.append(list(row))
    for place, head in enumerate(heads, start=1):
        letter = get_column_letter(place)
        longest = max((len(str(row[place - 1])) for row in rows if row[place - 1]), default=0)
        sheet.column_dimensions[letter].width = min(max(longest, 10) + 2, _WIDTH_MAX)
        if head in percents:
            for line in range(top + 1, sheet.max_row + 1):
                sheet.cell(line, place).number_format = "0.00%"
    sheet.freeze_panes = f"A{top + 1}"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_title_rows = f"{top}:{top}"
