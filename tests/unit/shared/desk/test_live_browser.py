"""The live script in a real browser, before a server that is all written here."""

import shutil
from itertools import chain, repeat
from pathlib import Path

import pytest
from playwright.async_api import Route, async_playwright, expect

from shared import desk

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine"),
]
SCRIPT = Path(desk.__file__).parent / "static" / "desk.js"
PAGE = """<!doctype html><main><p id="so" data-live="alerts">{}</p>{}</main>
<p id="tinh-den"></p><script src="/desk.js"></script>"""


async def test_what_came_between_the_page_and_its_stream_is_not_missed() -> None:
    # Once the page is drawn a fifth alert comes, and what an earlier one asked for is over.
    drawn = chain([("4", '<p id="viec" data-live="alerts">Việc</p>')], repeat(("5", "")))

    async def answer(route: Route) -> None:
        path = route.request.url.removeprefix("http://desk.test")
        if path == "/desk.js":
            await route.fulfill(path=SCRIPT, content_type="text/javascript")
        elif path == "/live":
            await route.fulfill(body="event: alive\ndata:\n\n", content_type="text/event-stream")
        else:
            await route.fulfill(body=PAGE.format(*next(drawn)), content_type="text/html")

    async with async_playwright() as play:
        browser = await play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = await browser.new_page()
        await page.route("http://desk.test/**", answer)
        await page.goto("http://desk.test/")

        await expect(page.locator("#so")).to_have_text("5", timeout=30_000)
        await expect(page.locator("#viec")).to_have_count(0)
        await browser.close()
