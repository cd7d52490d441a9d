"""The desk in a real browser: filtering, taking on, silence, what arrives by itself, the letter."""

import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from nats.aio.client import Client
from playwright.async_api import Page, async_playwright, expect

from tests.support.dossiers import AGENCIES, code_of, publish, received
from tests.support.notifying import OVERDUE_ONLY
from tests.support.server import TestServer
from tests.support.services import ServiceProcess

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.broker,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine"),
]
PATIENCE_MS = 30_000
expect.set_options(timeout=PATIENCE_MS)  # a busy machine is not a fault of the page


async def overdue(client: Client, numbers: range) -> None:
    now = datetime.now(UTC)
    await publish(
        client,
        [received(code_of(n), now - timedelta(days=30), AGENCIES[n % 2],
                  due_at=now - timedelta(days=n + 1)) for n in numbers],
    )  # fmt: skip


@pytest.fixture
async def client(server: TestServer) -> AsyncIterator[Client]:
    made = await server.client()
    yield made
    await made.close()


@pytest.fixture
async def page(server: TestServer, client: Client, tmp_path: Path) -> AsyncIterator[Page]:
    """Open the desk of four late dossiers at 1280 by 720."""
    await overdue(client, range(4))
    rules = {"MOTCUA_NOTIFIER_RULES": str(OVERDUE_ONLY)}
    process = ServiceProcess("notifier", server, tmp_path / "data", rules)
    running = await (await process.start()).ready()
    async with async_playwright() as play:
        browser = await play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        context = await browser.new_context(
            viewport={"width": 1280, "height": 720}, base_url=running.url
        )
        context.set_default_timeout(PATIENCE_MS)
        made = await context.new_page()
        await made.goto("/")
        await expect(made.locator(".list-count")).to_contain_text("4 cảnh báo", timeout=PATIENCE_MS)
        yield made
        await browser.close()
    await running.stop()


async def test_a_day_at_the_desk(page: Page, client: Client) -> None:
    count = page.locator(".list-count")

    await overdue(client, range(4, 5))  # it appears by itself
    await expect(count).to_contain_text("5 cảnh báo", timeout=PATIENCE_MS)
    assert not await page.evaluate("document.documentElement.scrollWidth > innerWidth")

    await page.reload()  # what can be chosen follows from what is there
    await page.get_by_label("Cơ quan").select_option(AGENCIES[1])
    await page.get_by_role("button", name="Lọc").click()
    await expect(count).to_contain_text("2 cảnh báo khớp bộ lọc")

    await page.get_by_role("link", name="Tiếp nhận", exact=True).last.click()
    await page.get_by_text("Tiếp nhận cảnh báo…").click()
    await page.get_by_label("Họ tên người tiếp nhận").fill("Cán bộ A")
    await page.get_by_label("Lý do hoặc hướng xử lý").fill("Đang trình ký")
    await page.get_by_role("button", name="Tiếp nhận", exact=True).click()
    await expect(page.get_by_text("bạn đã tiếp nhận cảnh báo")).to_be_visible()
    await expect(page.locator("#lich-su")).to_contain_text("Cán bộ A tiếp nhận")

    await page.get_by_text("Tắt tiếng…").click()
    await page.get_by_role("textbox", name="Họ tên của bạn").fill("Cán bộ B")
    await page.get_by_role("textbox", name="Lý do", exact=True).fill("Chờ liên ngành")
    await page.get_by_role("button", name="Tắt tiếng", exact=True).click()
    await expect(page.get_by_text("Đã tắt tiếng; cảnh báo vẫn")).to_be_visible()
    await page.goto("/silences")
    await expect(page.get_by_role("heading", name="Cảnh báo đang tắt tiếng")).to_be_visible()
    await expect(page.get_by_text("Chờ liên ngành")).to_be_visible()


async def test_the_letter_is_printed_without_what_surrounds_it(page: Page) -> None:
    await page.goto(
        f"/letters/{code_of(1)}?ly-do=Ch%E1%BB%9D+%C3%BD+ki%E1%BA%BFn&hen-lai=2026-12-18"
    )

    await page.emulate_media(media="print")

    await expect(page.get_by_text("VĂN BẢN XIN LỖI VÀ ĐỀ NGHỊ GIA HẠN")).to_be_visible()
    await expect(page.get_by_text("18/12/2026")).to_be_visible()
    await expect(page.locator("header.top")).to_be_hidden()
    await expect(page.locator("form.filters")).to_be_hidden()
    await expect(page.get_by_text("Không lưu gì ở đây")).to_be_hidden()


async def test_the_list_can_be_used_on_a_phone(page: Page) -> None:
    await page.set_viewport_size({"width": 390, "height": 800})

    assert not await page.evaluate("document.documentElement.scrollWidth > innerWidth")
    await page.get_by_role("link", name=code_of(0)).click()
    await expect(page.get_by_text("Tiếp nhận cảnh báo…")).to_be_visible()
