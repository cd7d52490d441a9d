"""The page that Prometheus scrapes."""

import asyncio
import gzip
import shutil
import subprocess
import time

import pytest
from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from shared.observability import Page, table
from shared.observability.series import BLOCK_SERIES_COUNT, GaugeSeries

MANY = 3 * BLOCK_SERIES_COUNT + 7


def sample_page() -> Page:
    page = Page()
    open_dossiers = page.gauge("dvc_dossiers_open", "Open dossiers.", ("agency", "stage"))
    open_dossiers.set(("H44-01", "overdue"), 3)
    open_dossiers.set(('a "name"\\\nwith all', "paused"), 0.1 + 0.2)
    page.gauge("dvc_score_points", "Points of a group, 0 to 22.", ("agency",)).set(
        ("H44-01",), float("inf")
    )
    page.counter("dvc_facts_total", "Facts.", ("outcome",), start=[("applied",)]).add(("late",), 2)
    page.counter("dvc_fold_rewinds_total", "Rewinds of the log, since the start.")
    page.histogram("dvc_delivery_seconds", "Delivery, in seconds.", ("channel",)).observe(
        ("smtp",), 0.2
    )
    return page


def numbers(page: bytes) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(page.decode())
        for sample in family.samples
    }


def test_promtool_finds_nothing_to_say_about_a_page() -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed")
    page = asyncio.run(sample_page().render())

    said = subprocess.run(
        [promtool, "check", "metrics"], input=page, capture_output=True, check=False
    )

    assert (said.returncode, said.stdout + said.stderr) == (0, b"")


async def test_an_independent_parser_reads_the_numbers_and_labels_back() -> None:
    read = numbers(await sample_page().render())

    assert read[("dvc_dossiers_open", (("agency", "H44-01"), ("stage", "overdue")))] == 3
    odd = (("agency", 'a "name"\\\nwith all'), ("stage", "paused"))
    assert read[("dvc_dossiers_open", odd)] == 0.1 + 0.2
    assert read[("dvc_score_points", (("agency", "H44-01"),))] == float("inf")
    assert read[("dvc_facts_total", (("outcome", "applied"),))] == 0
    assert read[("dvc_facts_total", (("outcome", "late"),))] == 2
    assert read[("dvc_fold_rewinds_total", ())] == 0
    bucket = "dvc_delivery_seconds_bucket"
    assert read[(bucket, (("channel", "smtp"), ("le", "0.1")))] == 0
    assert read[(bucket, (("channel", "smtp"), ("le", "0.25")))] == 1
    assert read[(bucket, (("channel", "smtp"), ("le", "+Inf")))] == 1
    assert any(name.startswith("process_") for name, _ in read)


async def test_a_series_vanishes_with_what_it_describes_and_its_place_is_used_again() -> None:
    page = Page(with_process=False)
    gauge = page.gauge("dvc_dossiers_open", "Open dossiers.", ("agency",))
    for number in range(MANY):
        gauge.set((f"A{number}",), number)
    await page.render()

    gauge.remove(("A5",))
    gauge.set(("A6",), None)
    gauge.set(("B",), 99)
    read = numbers(await page.render())

    assert len(read) == len(gauge) == MANY - 1
    assert ("dvc_dossiers_open", (("agency", "A5"),)) not in read
    assert read[("dvc_dossiers_open", (("agency", "B"),))] == 99
    assert gauge.value(("A6",)) is None


async def test_replacing_shows_exactly_the_given_series() -> None:
    page = Page(with_process=False)
    gauge = page.gauge("dvc_alerts_open", "Open alerts.", ("stage",))
    gauge.replace({("overdue",): 4, ("due_soon",): 9})

    gauge.replace({("overdue",): 5})

    assert (await page.render()).splitlines()[2:] == [b'dvc_alerts_open{stage="overdue"} 5']


async def test_a_page_is_one_instant_even_when_the_fold_moves_while_it_is_rendered() -> None:
    page = Page(with_process=False)
    gauge = page.gauge("dvc_dossiers_open", "Open dossiers.", ("agency",))
    set_all(gauge, 1, count=320 * BLOCK_SERIES_COUNT)

    rendering = asyncio.create_task(page.render())
    await asyncio.sleep(0)
    set_all(gauge, 2, count=320 * BLOCK_SERIES_COUNT)
    before = set(numbers(await rendering).values())
    after = set(numbers(await page.render()).values())

    assert (before, after) == ({1.0}, {2.0})


async def test_a_scraper_that_hangs_up_leaves_no_old_numbers_behind() -> None:
    page = Page(with_process=False)
    gauge = page.gauge("dvc_dossiers_open", "Open dossiers.", ("agency",))
    set_all(gauge, 1, count=320 * BLOCK_SERIES_COUNT)
    await page.render()
    set_all(gauge, 2, count=320 * BLOCK_SERIES_COUNT)
    hung_up = asyncio.create_task(page.render())
    await asyncio.sleep(0)
    hung_up.cancel()
    await asyncio.gather(hung_up, return_exceptions=True)

    assert set(numbers(await page.render()).values()) == {2.0}


async def test_numbers_kept_elsewhere_are_asked_for_before_each_page() -> None:
    page = Page(with_process=False)
    lag = page.gauge("dvc_fold_lag", "Facts not yet applied.")
    behind = iter([7, 0])
    page.before_render(lambda: lag.set((), next(behind)))

    first, second = await page.render(), await page.render()

    assert first.endswith(b"\ndvc_fold_lag 7\n")
    assert second.endswith(b"\ndvc_fold_lag 0\n")


async def test_a_big_page_travels_as_gzip_and_a_small_one_as_it_is() -> None:
    page = Page(with_process=False)
    gauge = page.gauge("dvc_dossiers_open", "Open dossiers.", ("agency",))
    gauge.set(("A",), 1)
    small = await page.compressed(await page.render())
    set_all(gauge, 3, count=4_000)
    text = await page.render()

    big = await page.compressed(text)

    assert small is None
    assert big is not None
    assert gzip.decompress(big) == text
    assert len(big) * 4 < len(text)


@pytest.mark.slow
async def test_a_hundred_thousand_series_cost_two_hundredths_of_the_client_library() -> None:
    count = 100_000
    page, registry = Page(with_process=False), CollectorRegistry()
    gauge = page.gauge("dvc_dossiers_open", "Open dossiers.", ("agency", "field", "stage"))
    theirs = Gauge("dvc_dossiers_open", "Open.", ["agency", "field", "stage"], registry=registry)
    ours: list[float] = []
    for number in range(count):
        theirs.labels(f"H44-{number // 500:03}", f"L{number}", "overdue").set(number)
    for turn in range(4):
        for number in range(count):
            gauge.set((f"H44-{number // 500:03}", f"L{number}", "overdue"), number + turn)
        started = time.process_time()
        await page.render()
        ours.append(time.process_time() - started)
    started = time.process_time()
    generate_latest(registry)
    client_seconds = time.process_time() - started

    # Twice the goal of 2 %: this guards against a lost idea, `motcua bench` measures.
    assert min(ours) < 0.04 * client_seconds


def test_names_that_prometheus_would_refuse_are_refused_at_once() -> None:
    page = Page(with_process=False)
    page.gauge("dvc_fold_lag", "Facts not yet applied.")

    for name in ("dvc-lag", "dvc_lag_total", "dvc_fold_lag"):
        with pytest.raises(ValueError, match="dvc"):
            page.gauge(name, "Facts.")
    with pytest.raises(ValueError, match="_total"):
        page.counter("dvc_facts", "Facts.")
    with pytest.raises(ValueError, match="label"):
        page.gauge("dvc_open", "Dossiers.", ("le",))
    with pytest.raises(ValueError, match="labels"):
        page.gauge("dvc_closed", "Dossiers.", ("agency",)).set(("a", "b"), 1)


def test_the_readme_table_names_every_family_with_its_labels() -> None:
    text = table(sample_page().families)

    assert "| `dvc_dossiers_open` | gauge | `agency`, `stage` | Open dossiers. |" in text
    assert "| `dvc_fold_rewinds_total` | counter | – | " in text


def set_all(gauge: GaugeSeries, value: int, *, count: int) -> None:
    for number in range(count):
        gauge.set((f"A{number}",), value)
