"""A full counter day in a real browser: listed, printed, signed, delivered, the fee paid over."""

import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.async_api import Page, async_playwright, expect

from tests.support.dossiers import AGENCIES, code_of
from tests.support.posting import CarrierProcess, environment, resolved_by_post
from tests.support.server import TestServer
from tests.support.services import ServiceProcess

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.broker,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine"),
]
PATIENCE_MS = 60_000
expect.set_options(timeout=PATIENCE_MS)  # a busy machine is not a fault of the page
AGENCY = AGENCIES[0]


@pytest.fixture
async def carrier(tmp_path: Path) -> AsyncIterator[CarrierProcess]:
    running = await CarrierProcess(
        tmp_path / "carrier", "--speed", "0.01", "--failed-rate", "0"
    ).start()
    yield running
    await running.stop()


@pytest.fixture
async def page(server: TestServer, carrier: CarrierProcess, tmp_path: Path) -> AsyncIterator[Page]:
    """Open the desk with ten ordered results, two of them at the first agency."""
    client = await server.client()
    await resolved_by_post(client, 10, datetime.now(UTC))
    await client.close()
    process = ServiceProcess("postal_gateway", server, tmp_path / "data", environment(carrier))
    running = await (await process.start()).ready()
    async with async_playwright() as play:
        browser = await play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        context = await browser.new_context(
            viewport={"width": 1280, "height": 720}, base_url=running.url
        )
        context.set_default_timeout(PATIENCE_MS)
        yield await context.new_page()
        await browser.close()
    await running.stop()


async def sign(page: Page, address: str, side: str, who: str, missing: str = "") -> None:
    await page.goto(address)
    if missing:
        await page.get_by_label(f"Khi đếm {missing}").select_option("missing")
    await page.get_by_label("Bên ký").select_option(side)
    await page.get_by_label("Họ tên người ký").fill(who)
    await page.get_by_role("button", name="Ký xác nhận").click()


async def pay(page: Page, word: str, amount: str) -> None:
    await page.goto(f"/parcels/{code_of(0)}")
    await page.get_by_label("Việc", exact=True).select_option(word)
    await page.get_by_text("Chi tiết: tiền").click()
    await page.locator("#amount").fill(amount)
    await page.get_by_label("Mã bưu cục").fill("BC01")
    await page.get_by_label("Họ tên người ghi").fill("Cán bộ A")
    await page.get_by_role("button", name="Ghi vào sổ").click()
    await expect(page.get_by_text("Đã ghi nhận.")).to_be_visible()


async def test_a_day_at_the_counter(page: Page, carrier: CarrierProcess) -> None:
    await page.goto("/bundles")
    link = page.locator("#can-giao").get_by_role("link", name=AGENCY)
    await expect(page.locator("#can-giao")).to_contain_text(f"{AGENCY}: 2", timeout=PATIENCE_MS)
    await link.click()
    await page.get_by_label("Họ tên người lập").fill("Cán bộ A")
    await page.get_by_role("button", name="Lập bảng kê").click()
    await expect(page.get_by_text("Đã lập bảng kê.")).to_be_visible()
    address = page.url.split("?")[0]

    await page.get_by_role("link", name="In biên bản").click()
    await expect(page.get_by_role("heading", name="BIÊN BẢN GIAO NHẬN HỒ SƠ")).to_be_visible()
    await expect(page.locator("svg.barcode")).to_have_count(3)
    printed = await page.pdf(format="A4")
    assert printed.startswith(b"%PDF")
    assert not await page.evaluate("document.documentElement.scrollWidth > innerWidth")

    await sign(page, address, "carrier", "Bưu tá B", missing=code_of(5))
    await expect(page.get_by_text("chữ ký của một bên")).to_be_visible()
    await sign(page, address, "agency", "Cán bộ A")
    await expect(page.get_by_text("giấy tờ đã đổi tay")).to_be_visible()
    await expect(page.locator("tr", has_text=code_of(5))).to_contain_text("Thiếu")

    await carrier.at_speed(1_000_000)
    await page.goto(f"/parcels/{code_of(0)}")
    await expect(page.locator("#chang")).to_contain_text("Người nộp giữ", timeout=PATIENCE_MS)
    await expect(page.locator("#chang")).to_contain_text(f"BK-{AGENCY}")

    await pay(page, "collected", "50.000")
    await pay(page, "remitted", "50.000")
    await page.goto("/fees")
    await expect(page.locator("tbody tr")).to_contain_text("BC01")
    await expect(page.locator(".stats")).to_contain_text("50.000")


async def test_no_page_is_wider_than_a_phone(page: Page) -> None:
    await page.set_viewport_size({"width": 390, "height": 800})

    for path in ("", "bundles", "bundles/new", "fees", "claims", "reconciliation", "share"):
        await page.goto(f"/{path}")
        assert not await page.evaluate("document.documentElement.scrollWidth > innerWidth"), path
