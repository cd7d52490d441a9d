"""The states of a dossier, walked on scoring's desk in a real browser.

Events go in over HTTP as a publisher sends them; after each one the page must say the new state.
Argument: a directory for screenshots, or none. Exit code 1 says what the page said instead.
"""

import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Page, sync_playwright

from motcua import publishers
from motcua.home import Home
from tests.system.events import AGENCY, PROCEDURE
from tests.system.running import Run

PUBLISHER = "mcdt-thu"
CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
START = datetime.now(UTC) - timedelta(days=30)
LIMIT = {"procedure_code": PROCEDURE, "channel": "direct", "limit_working_hours": 400.0}

# (what happens, its data, what the page then says); one dossier a list, a day apart.
WALKS: tuple[tuple[tuple[str, dict[str, Any], str], ...], ...] = (
    (
        ("submitted", {}, "Mới nộp, chờ tiếp nhận"),
        ("received", LIMIT, "Đã tiếp nhận"),
        ("assigned", {}, "Đang xử lý"),
        ("supplement_requested", {}, "Chờ bổ sung"),
        ("supplemented", {}, "Đang xử lý"),
        ("financial_duty_requested", {}, "Chờ thực hiện nghĩa vụ tài chính"),
        ("resumed", {}, "Đang xử lý"),
        ("suspended", {}, "Tạm dừng"),
        ("resumed", {}, "Đang xử lý"),
        ("extended", {"due_on": (START + timedelta(days=60)).date().isoformat()},
         "Đã hẹn lại ngày trả"),
        ("resolved", {"electronic_result": True}, "Đã có kết quả"),
        ("returned", {"delivery": "electronic"}, "Đã trả kết quả"),
    ),
    (("submitted", {}, "Mới nộp, chờ tiếp nhận"), ("rejected", {}, "Bị từ chối tiếp nhận")),
    (("received", LIMIT, "Đã tiếp nhận"), ("withdrawn", {}, "Đã rút")),
    (("received", LIMIT, "Đã tiếp nhận"), ("stopped", {}, "Dừng xử lý")),
)  # fmt: skip


def main(shots: Path | None) -> None:
    with tempfile.TemporaryDirectory() as directory:
        data = Path(directory) / "data"
        publishers.add(Home(data), PUBLISHER)
        run = Run(data).start()
        try:
            with sync_playwright() as browsers:
                browser = browsers.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
                page = browser.new_page(viewport={"width": 1280, "height": 900})
                seen = {state for number in range(len(WALKS)) for state in walk(run, page, number)}
                printed(run, page, shots)
                browser.close()
        finally:
            code = run.stop()
    assert code == 0, code
    print(f"{len(seen)} states walked on the desk: {', '.join(sorted(seen))}")


def walk(run: Run, page: Page, number: int) -> list[str]:
    """Tell one dossier's life and look at its page after each fact."""
    code = code_of(number)
    for step, (what, data, state) in enumerate(WALKS[number]):
        tell(run, code, what, data, START + timedelta(days=step, hours=2))
        page.goto(run.url("scoring", f"/ho-so/{code}"))
        for _ in range(50):
            if page.get_by_text(state, exact=True).count():
                break
            page.wait_for_timeout(100)
            page.reload()
        said = page.locator("section.card").first.inner_text()
        assert page.get_by_text(state, exact=True).count(), f"{code} after {what}: {said}"
    return [state for _, _, state in WALKS[number]]


def printed(run: Run, page: Page, shots: Path | None) -> None:
    """Open the working of the paused and extended dossier as it prints."""
    page.goto(run.url("scoring", f"/ho-so/{code_of(0)}"))
    text = page.locator("main").inner_text()
    for word in ("Vì sao hẹn trả như vậy", "Yêu cầu bổ sung, dừng tính giờ", "Gia hạn"):
        assert word in text, f"the page lacks {word!r}"
    if shots is not None:
        shots.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=str(shots / "dossier.png"), full_page=True)
        page.pdf(path=str(shots / "dossier.pdf"), format="A4")


def code_of(number: int) -> str:
    return f"{AGENCY}-20261001-{number + 1:07}"


def tell(run: Run, code: str, what: str, data: dict[str, Any], at: datetime) -> None:
    """Send one event, and insist that it is accepted."""
    event = {
        "specversion": "1.0", "type": f"dossier.{what}.v1", "source": PUBLISHER,
        "id": f"{code}:{what}:{at:%d%H}", "subject": code, "time": at.isoformat(),
        "data": {"agency_code": AGENCY, **data},
    }  # fmt: skip
    answer = httpx.post(
        run.url("intake", "/v1/events"), json=event, timeout=30, trust_env=False,
        headers={
            "Authorization": f"Bearer {run.secret(PUBLISHER, 'token')}",
            "Content-Type": "application/cloudevents+json",
        },
    )  # fmt: skip
    outcome = answer.json()["results"][0]
    assert outcome["outcome"] == "accepted", outcome


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
