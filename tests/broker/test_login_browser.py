"""The login in a real browser: in at one desk, at work on another, and out of both."""

import os
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.async_api import BrowserContext, Page, async_playwright, expect

from shared.access import Role
from tests.support.dossiers import AGENCIES, code_of, publish, received
from tests.support.intake import environment
from tests.support.logging_in import NAMES, PASSWORD, write_operators
from tests.support.notifying import OVERDUE_ONLY
from tests.support.server import TestServer
from tests.support.services import ServiceProcess

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.broker,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine"),
]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
PATIENCE_MS = 30_000
expect.set_options(timeout=PATIENCE_MS)  # a busy machine is not a fault of the page


@pytest.fixture
async def desks(server: TestServer, tmp_path: Path) -> AsyncIterator[tuple[str, str]]:
    """Run intake and notifier with the same operators and one late dossier; their addresses."""
    client = await server.client()
    now = datetime.now(UTC)
    late = received(code_of(1), now - timedelta(days=30), AGENCIES[0], due_at=now)
    await publish(client, [late])
    await client.close()
    file = str(write_operators(tmp_path / "operators.json"))
    intake = ServiceProcess("intake", server, tmp_path / "i", environment(tmp_path / "i"))
    notifier = ServiceProcess("notifier", server, tmp_path / "n", {
        "MOTCUA_NOTIFIER_RULES": str(OVERDUE_ONLY),
    })  # fmt: skip
    links = f"intake={intake.url},notifier={notifier.url}"
    for one in (intake, notifier):
        one.add({"MOTCUA_OPERATORS": file, "MOTCUA_DESKS": links})
        await one.start()
    for one in (intake, notifier):
        await one.ready()
    yield intake.url, notifier.url
    for one in (intake, notifier):
        await one.stop()


@pytest.fixture
async def context() -> AsyncIterator[BrowserContext]:
    async with async_playwright() as play:
        browser = await play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        made = await browser.new_context(viewport={"width": 1280, "height": 720})
        made.set_default_timeout(PATIENCE_MS)
        yield made
        await browser.close()


async def shot(page: Page, name: str) -> None:
    """Keep a picture, where somebody asked for pictures."""
    if folder := os.environ.get("MOTCUA_SHOTS"):
        await page.screenshot(path=f"{folder}/{name}.png", full_page=True)


async def enter(page: Page, password: str) -> None:
    await page.get_by_label("Tên đăng nhập").fill("desk")
    await page.get_by_label("Mật khẩu").fill(password)
    await page.get_by_role("button", name="Đăng nhập").click()


async def take_on(page: Page) -> None:
    """Take the one alert on; the desk signs with the name that is logged in."""
    await page.get_by_role("link", name="Tiếp nhận", exact=True).last.click()
    await page.get_by_text("Tiếp nhận cảnh báo…").click()
    await expect(page.get_by_label("Họ tên người tiếp nhận")).to_have_count(0)
    await page.get_by_label("Lý do hoặc hướng xử lý").fill("Đang trình ký")
    await shot(page, "act")
    await page.get_by_role("button", name="Tiếp nhận", exact=True).click()
    await expect(page.get_by_text("bạn đã tiếp nhận cảnh báo")).to_be_visible()
    await expect(page.get_by_text(f"{NAMES[Role.DESK]} đã tiếp nhận")).to_be_visible()


FORGED = """async (url) => {
  const body = new URLSearchParams({reason: 'x', by: 'y'});
  return (await fetch(url, {method: 'POST', body, redirect: 'manual'})).status;
}"""


async def test_in_at_one_desk_at_work_on_another_and_out_of_both(
    desks: tuple[str, str], context: BrowserContext
) -> None:
    intake, notifier = desks
    page = await context.new_page()

    await page.goto(f"{intake}/settled")
    await expect(page).to_have_title("Đăng nhập · Một Cửa")
    await shot(page, "login")
    await enter(page, "mật khẩu không đúng đâu")
    await expect(page.get_by_role("alert")).to_contain_text("không đúng")
    await shot(page, "wrong")
    await enter(page, PASSWORD)
    await expect(page).to_have_url(f"{intake}/settled")
    await expect(page.locator(".who")).to_contain_text(NAMES[Role.DESK])
    await shot(page, "in")

    await page.goto(notifier)  # another port, the same login
    await expect(page.locator(".list-count")).to_contain_text("1 cảnh báo")
    await take_on(page)

    forged = await page.evaluate(FORGED, f"{notifier}/alerts/{code_of(1)}:overdue/acknowledge")
    assert forged == 403

    await page.get_by_role("button", name="Đăng xuất").click()
    await expect(page).to_have_title("Đăng nhập · Một Cửa")
    await page.goto(intake)
    await expect(page).to_have_title("Đăng nhập · Một Cửa")


async def test_the_login_fits_a_phone_and_works_by_keyboard_alone(
    desks: tuple[str, str], context: BrowserContext
) -> None:
    page = await context.new_page()
    await page.set_viewport_size({"width": 390, "height": 780})
    await page.goto(f"{desks[0]}/")

    await page.keyboard.type("desk")  # the cursor stands in the first field
    await page.keyboard.press("Tab")
    await page.keyboard.type(PASSWORD)
    await shot(page, "phone")
    assert not await page.evaluate("document.documentElement.scrollWidth > innerWidth")
    await page.keyboard.press("Enter")

    await expect(page.locator(".who")).to_contain_text(NAMES[Role.DESK])
