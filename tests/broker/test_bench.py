"""The bench itself on real servers, too small to say anything of speed."""

from pathlib import Path

import pytest

from motcua.bench import plan
from motcua.bench.child import ChildError, measured
from motcua.bench.command import BENCHES, measure

pytestmark = [pytest.mark.broker, pytest.mark.slow]


@pytest.mark.parametrize("name", [name for name in BENCHES if name != "long"])
async def test_every_row_is_measured(name: str, tmp_path: Path) -> None:
    rows = await measure([name], plan.tiny(tmp_path))

    assert rows
    for one in rows:
        assert one.goal is None or (one.met is None) == (one.ours is None)
        assert one.ours is not None or "chưa có" in one.note
        assert one.ours is None or one.ours.median > 0


async def test_fold_and_query_agree_on_the_long_log(tmp_path: Path) -> None:
    read, restart, rebuild = await measure(["long"], plan.tiny(tmp_path))

    assert read.details["facts"] == restart.details["facts"] == 600
    assert rebuild.ratio is not None


async def test_a_side_that_breaks_says_why() -> None:
    with pytest.raises(ChildError, match="FileNotFoundError"):
        await measured("corpus:load", path="/nowhere")
