"""What promtool cannot know: every alert has a page and a test, every ratio a test."""

import re
from pathlib import Path
from typing import Any

import yaml

from deploy.alertmanager.working_hours import CONFIG, YEARS, block, main, rewritten
from shared.calendar import load_calendar
from tests.architecture.tree import REPOSITORY

PROMETHEUS = REPOSITORY / "deploy" / "prometheus"
TEAMS = {"van-hanh", "tich-hop", "nghiep-vu"}


def rules() -> list[dict[str, Any]]:
    return [
        rule
        for path in sorted((PROMETHEUS / "rules").glob("*.yml"))
        for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]
        for rule in group["rules"]
    ]


def written_tests() -> str:
    return "".join(
        path.read_text(encoding="utf-8") for path in (PROMETHEUS / "tests").glob("*.yml")
    )


ALERTS = [rule for rule in rules() if "alert" in rule]
RECORDS = {rule["record"] for rule in rules() if "record" in rule}


def test_every_alert_says_who_how_urgent_and_whether_it_is_a_cause() -> None:
    for alert in ALERTS:
        assert alert["labels"]["team"] in TEAMS, alert["alert"]
        assert alert["labels"]["severity"] in {"critical", "warning", "none"}
        assert alert["labels"]["class"] in {"health", "data"}


def test_every_alert_leads_to_a_page_that_names_it() -> None:
    for alert in ALERTS:
        page = REPOSITORY / alert["annotations"]["runbook"]
        assert alert["alert"] in page.read_text(encoding="utf-8"), page
        assert page.read_text(encoding="utf-8").count("\n1. ") == 1


def test_every_alert_is_seen_to_fire_in_a_rule_test() -> None:
    fired = set(
        re.findall(r"alertname: (\w+)\n\s+eval_time: \w+\n\s+exp_alerts:\n", written_tests())
    )

    assert {alert["alert"] for alert in ALERTS} <= fired


def test_every_ratio_has_a_rule_test() -> None:
    ratios = {name for name in RECORDS if ":ratio" in name}

    assert {name for name in ratios if name not in written_tests()} == set()


def test_every_ratio_divides_by_what_is_greater_than_zero() -> None:
    for rule in rules():
        if ":ratio" in rule.get("record", "") and "/" in rule["expr"]:
            assert re.search(r">\s*0\)", rule["expr"]), rule["record"]


def test_what_is_recorded_has_our_prefix_and_everything_used_is_recorded() -> None:
    used = {
        name for rule in rules() for name in re.findall(r"\bdvc:[a-z_]+:[a-z_0-9]+\b", rule["expr"])
    }

    assert all(name.startswith("dvc:") for name in RECORDS)
    assert used <= RECORDS


def test_every_link_between_runbooks_leads_somewhere() -> None:
    folder = REPOSITORY / "docs" / "runbooks"
    for page in folder.glob("*.md"):
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_alertmanager_knows_the_same_free_days_as_the_calendar() -> None:
    text = CONFIG.read_text(encoding="utf-8")

    assert rewritten(text, block(load_calendar(), YEARS)) == text


def test_alertmanager_takes_a_provinces_own_calendar(tmp_path: Path) -> None:
    own = tmp_path / "calendar.toml"
    own.write_text(
        "session = [{ start = 08:00:00, end = 16:00:00 }]\n"
        '[[override]]\ndate = 2026-03-18\nkind = "off"\nscope = "H44"\nsource = "x"\n'
        'status = "confirmed"\n'
    )
    config = tmp_path / "alertmanager.yml"
    config.write_text(CONFIG.read_text(encoding="utf-8"), encoding="utf-8")

    main([f"--calendar={own}", "--province=H44"], config)

    intervals = {
        one["name"]: one["time_intervals"]
        for one in yaml.safe_load(config.read_text(encoding="utf-8"))["time_intervals"]
    }
    hours = [{"start_time": "08:00", "end_time": "16:00"}]
    assert all(one["times"] == hours for one in intervals["office-hours"])
    march = [one for one in intervals["free-weekdays"] if one["months"] == ["3"]]
    assert [(one["years"], one["days_of_month"]) for one in march] == [(["2026"], ["18"])]


def test_every_scraped_container_is_a_target() -> None:
    listed = yaml.safe_load((PROMETHEUS / "targets" / "compose.yml").read_text(encoding="utf-8"))
    targets = {target for one in listed for target in one["targets"]}
    containers = yaml.safe_load(Path(REPOSITORY, "docker-compose.yml").read_text())["services"]

    assert {target.split(":")[0] for target in targets} <= containers.keys()
    assert {one["labels"]["job"] for one in listed} == {
        "intake", "scoring", "notifier", "postal_gateway", "nats",
    }  # fmt: skip
