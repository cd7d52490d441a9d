"""A link to a list says what it wants; the list must not answer with more."""

import pytest

from services.notifier.views import alert_shape
from shared.desk import list_state, unknown_choice

from .builders import rules

AGENCIES = {"H44.01": "Sở Xây dựng"}
FIELDS = {"dat-dai": "Đất đai"}


@pytest.mark.parametrize(
    "asked", [{"co-quan": "H44.01"}, {"muc": "overdue"}, {"linh-vuc": "dat-dai"}]
)
def test_what_has_no_alert_any_more_is_still_a_filter(asked: dict[str, str]) -> None:
    shape = alert_shape(rules(), AGENCIES, FIELDS, [], asked)

    assert list_state(asked, shape).filters == asked
    assert unknown_choice(asked, shape) is None


def test_without_being_asked_nothing_is_offered_that_has_no_alert() -> None:
    shape = alert_shape(rules(), AGENCIES, FIELDS, [], {})

    assert [one.key for one in shape.filters] == ["tuoi", "tinh-trang", "tiep-nhan", "tim"]
