"""The README's table of metrics is the code's."""

import re
from pathlib import Path

from services.notifier.metrics import Metrics
from shared.observability import Page, table
from shared.observability.fold_series import FoldStanding

README = Path(__file__).parents[4] / "services" / "notifier" / "README.md"
_TABLE = re.compile(r"(<!-- metrics: [^\n]*-->\n).*(<!-- end of metrics -->)", re.DOTALL)


def page() -> Page:
    made = Page(with_process=False)
    Metrics(
        made,
        standing=lambda: FoldStanding(0, 0, 0),
        open_alerts=lambda: {("H44.01", "overdue", "false"): 3},
        channels=("apprise",),
    )
    return made


def with_table(text: str) -> str:
    return _TABLE.sub(lambda found: found[1] + table(page().families) + found[2], text)


def test_the_readme_lists_every_series() -> None:
    text = README.read_text(encoding="utf-8")

    assert text == with_table(text)


async def test_outcomes_of_a_channel_stand_at_zero_from_the_start() -> None:
    rendered = (await page().render()).decode()

    for outcome in ("sent", "confirmed", "failed", "unknown"):
        line = f'dvc_alert_deliveries_total{{channel="apprise",outcome="{outcome}"}} 0'
        assert line in rendered
    assert 'dvc_alerts_open{agency="H44.01",stage="overdue",acknowledged="false"} 3' in rendered


if __name__ == "__main__":
    README.write_text(with_table(README.read_text(encoding="utf-8")), encoding="utf-8")
