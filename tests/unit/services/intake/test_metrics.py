"""The README's table of metrics is the code's."""

import re
from pathlib import Path

from services.intake.metrics import Metrics
from shared.observability import Page, table

README = Path(__file__).parents[4] / "services" / "intake" / "README.md"
_TABLE = re.compile(r"(<!-- metrics: [^\n]*-->\n).*(<!-- end of metrics -->)", re.DOTALL)


def page() -> Page:
    made = Page(with_process=False)
    Metrics(made)
    return made


def with_table(text: str) -> str:
    return _TABLE.sub(lambda found: found[1] + table(page().families) + found[2], text)


def test_the_readme_lists_every_series() -> None:
    text = README.read_text(encoding="utf-8")

    assert text == with_table(text)


async def test_every_outcome_of_every_accepted_type_stands_at_zero_from_the_start() -> None:
    rendered = (await page().render()).decode()

    for outcome in ("applied", "duplicate", "rejected"):
        labels = f'service="intake",event="dossier.received.v1",outcome="{outcome}"'
        assert f"dvc_facts_total{{{labels}}} 0" in rendered
    assert 'dvc_notices_total{notice="illegal_transition"} 0' in rendered


if __name__ == "__main__":
    README.write_text(with_table(README.read_text(encoding="utf-8")), encoding="utf-8")
