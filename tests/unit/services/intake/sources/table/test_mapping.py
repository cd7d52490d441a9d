from collections.abc import Mapping
from datetime import UTC, date, datetime
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.sources.table.cells import Tally
from services.intake.sources.table.gathering import Row
from services.intake.sources.table.mapping import RowReject, rows_to_facts
from services.intake.sources.table.plan import TableMapping, parsed
from shared.errors import RejectReason
from shared.events.envelope import Fact, encoded

PLAN = """
name = "thu"
title = "Bảng thử"
forms = ["%d/%m/%Y %H:%M", "%d/%m/%Y"]
nothing = ["-"]
[subject]
column = "Mã"
code_pattern = 'HS-\\d+'
[constants]
procedure = "1.000001"
[values.agency]
column = "Cơ quan"
values = { "Sở A" = "H05.01", "Sở B" = "H05.02" }
[values.field]
column = "Lĩnh vực"
unknown = "null"
values = { "Đất đai" = "dat-dai" }
[values.channel]
column = "Kênh"
unknown = "default"
default = "direct"
values = { "Mạng" = "online", "Quầy" = "direct" }
[values.at]
column = "Nhận"
kind = "time"
[values.due]
column = "Hẹn"
kind = "time"
[values.end]
column = "Xong"
kind = "time"
merge = "max"
[values.step]
column = "Bước"
kind = "time"
[values.officer]
column = "Cán bộ"
unknown = "null"
pattern = 'CB\\d+'
[[skip]]
column = "Mã"
pattern = '^Tổng'
[[facts]]
type = "dossier.received.v1"
time = "at"
required = true
revision = ["due"]
data = { agency_code = "agency", procedure_code = "procedure", field_code = "field", channel = "channel", due = "due" }
[[facts]]
type = "dossier.resolved.v1"
time = "end"
not_before = "at"
data = { agency_code = "agency" }
[[facts]]
type = "dossier.assigned.v1"
time = "step"
each = "row"
row_key = ["Việc"]
data = { agency_code = "agency", officer_code = "officer" }
"""  # noqa: E501 - a TOML inline table is one line
CELLS = {
    "Mã": "HS-1",
    "Cơ quan": "Sở A",
    "Lĩnh vực": "Đất đai",
    "Kênh": "Mạng",
    "Nhận": "09/06/2026 08:30",
    "Hẹn": "23/06/2026",
    "Xong": "",
    "Bước": "09/06/2026 09:00",
    "Cán bộ": "CB7",
    "Việc": "v1",
}


@pytest.fixture(scope="module")
def plan() -> TableMapping:
    return parsed(PLAN)


def mapped(
    plan: TableMapping, *changes: Mapping[str, Any], tally: Tally | None = None
) -> list[Fact | RowReject]:
    rows = [Row(number, {**CELLS, **change}) for number, change in enumerate(changes, start=2)]
    return list(rows_to_facts(rows, plan, source="thu", tally=tally))


def data_of(item: Fact | RowReject) -> Any:
    assert isinstance(item, Fact), item
    return item.data


def refusal(items: list[Fact | RowReject]) -> RowReject:
    (item,) = items
    assert isinstance(item, RowReject)
    return item


def test_a_row_says_what_the_mapping_names_in_the_order_of_time(plan: TableMapping) -> None:
    received, assigned = mapped(plan, {})

    assert data_of(received).channel.value == "online"
    assert data_of(received).field_code == "dat-dai"
    assert (data_of(received).due_on, data_of(received).due_at) == (date(2026, 6, 23), None)
    assert isinstance(received, Fact)
    assert received.id == "thu:HS-1:received:20260609T013000Z~20260623"
    assert received.time == datetime(2026, 6, 9, 1, 30, tzinfo=UTC)
    assert data_of(assigned).officer_code == "CB7"


def test_a_bare_day_of_the_end_is_not_before_the_receipt_on_it(plan: TableMapping) -> None:
    items = mapped(plan, {"Xong": "09/06/2026"})

    times = {type(data_of(item)).__name__: item.time for item in items if isinstance(item, Fact)}
    assert times["DossierResolved"] == times["DossierReceived"]


def test_each_policy_for_an_unknown_value_does_what_it_says(plan: TableMapping) -> None:
    tally = Tally()

    refused = refusal(mapped(plan, {"Cơ quan": "Sở Z"}))
    accepted = mapped(plan, {"Lĩnh vực": "Thả diều", "Kênh": "Fax"}, tally=tally)[0]

    assert (refused.reason, refused.column) == (RejectReason.UNMAPPED_ROW, "Cơ quan")
    assert "Sở Z" in refused.detail
    assert data_of(accepted).field_code is None
    assert data_of(accepted).channel.value == "direct"
    assert tally.unknown == {("field", "Thả diều"): 1, ("channel", "Fax"): 1}


def test_tables_do_not_mind_case_spacing_or_the_way_a_letter_is_composed(
    plan: TableMapping,
) -> None:
    items = mapped(plan, {"Cơ quan": "  SỞ   a ", "Lĩnh vực": "Đất đai"})

    assert data_of(items[0]).agency_code == "H05.01"
    assert data_of(items[0]).field_code == "dat-dai"


@pytest.mark.parametrize(
    ("change", "reason", "column"),
    [
        ({"Mã": ""}, RejectReason.UNMAPPED_ROW, "Mã"),
        ({"Mã": "12"}, RejectReason.INVALID_DOSSIER_CODE, "Mã"),
        ({"Nhận": "hôm qua"}, RejectReason.INVALID_FIELD, "Nhận"),
        ({"Nhận": ""}, RejectReason.INVALID_FIELD, "at"),
        ({"Cơ quan": "-"}, RejectReason.INVALID_FIELD, "agency_code"),
    ],
)
def test_a_row_that_cannot_be_a_dossier_says_why_and_where(
    plan: TableMapping, change: dict[str, str], reason: RejectReason, column: str
) -> None:
    refused = refusal(mapped(plan, change))

    assert (refused.rows, refused.reason, refused.column) == ((2,), reason, column)


def test_totals_and_blank_rows_are_no_dossiers(plan: TableMapping) -> None:
    blank = dict.fromkeys(CELLS, "")

    assert mapped(plan, {"Mã": "Tổng số: 12"}, blank) == []


def test_rows_that_disagree_about_their_dossier_are_refused_together(plan: TableMapping) -> None:
    refused = refusal(mapped(plan, {"Việc": "v1"}, {"Việc": "v2", "Cơ quan": "Sở B"}))

    assert (refused.rows, refused.reason) == ((2, 3), RejectReason.CONFLICT)
    assert refused.column == "Cơ quan"


def test_a_later_row_may_only_raise_a_value_that_the_mapping_lets_grow(plan: TableMapping) -> None:
    items = mapped(plan, {"Xong": "11/06/2026 09:00"}, {"Xong": "12/06/2026 09:00", "Việc": "v2"})

    (end,) = [i for i in items if isinstance(i, Fact) and i.type == "dossier.resolved.v1"]
    assert end.time == datetime(2026, 6, 12, 2, 0, tzinfo=UTC)


rows_of_cases = st.lists(
    st.fixed_dictionaries(
        {
            "Mã": st.sampled_from(["HS-1", "HS-2", "HS-3", "", "lạ"]),
            "Cơ quan": st.sampled_from(["Sở A", "Sở A", "Sở A", "Sở B", "Sở Z"]),
            "Xong": st.sampled_from(["", "11/06/2026", "12/06/2026 07:00", "?"]),
            "Việc": st.sampled_from(["v1", "v2", "v3"]),
            "Bước": st.sampled_from(["", "09/06/2026 09:00", "10/06/2026 09:00"]),
            "Kênh": st.sampled_from(["Mạng", "Mạng", "mạng ", "Fax"]),
        }
    ),
    max_size=12,
)


@given(rows_of_cases, st.randoms(use_true_random=False))
def test_order_and_repetition_of_rows_change_nothing(
    changes: list[dict[str, str]], random: Random
) -> None:
    plan = parsed(PLAN)
    rows = [Row(number, {**CELLS, **change}) for number, change in enumerate(changes, start=2)]
    disturbed = rows + random.sample(rows, k=len(rows) // 2)
    random.shuffle(disturbed)

    def said(given_rows: list[Row]) -> set[object]:
        return {
            encoded(item) if isinstance(item, Fact) else item
            for item in rows_to_facts(given_rows, plan, source="thu")
        }

    assert said(disturbed) == said(rows)
