"""The README's table of metrics is the code's."""

import re
from pathlib import Path

from services.postal_gateway.metrics import Metrics
from shared.observability import Page, table
from shared.observability.fold_series import FoldStanding

README = Path(__file__).parents[4] / "services" / "postal_gateway" / "README.md"
_TABLE = re.compile(r"(<!-- metrics: [^\n]*-->\n).*(<!-- end of metrics -->)", re.DOTALL)


def page() -> Page:
    made = Page(with_process=False)
    Metrics(
        made,
        standing=lambda: FoldStanding(0, 0, 0),
        counters=lambda: {("parcels", "H44.01", "vnpost", "return", "delivered"): 3},
        carriers=("vnpost",),
    )
    return made


def with_table(text: str) -> str:
    return _TABLE.sub(lambda found: found[1] + table(page().families) + found[2], text)


def test_the_readme_lists_every_series() -> None:
    text = README.read_text(encoding="utf-8")

    assert text == with_table(text)


async def test_parcels_are_shown_by_where_they_stand_and_outcomes_stand_at_zero() -> None:
    rendered = (await page().render()).decode()

    labels = 'agency="H44.01",carrier="vnpost",leg="return",state="delivered"'
    assert f"dvc_postal_parcels{{{labels}}} 3" in rendered
    for outcome in ("accepted", "found", "refused", "not_sent", "unknown", "contact_missing"):
        line = f'dvc_postal_orders_total{{carrier="vnpost",outcome="{outcome}"}} 0'
        assert line in rendered


if __name__ == "__main__":
    README.write_text(with_table(README.read_text(encoding="utf-8")), encoding="utf-8")
