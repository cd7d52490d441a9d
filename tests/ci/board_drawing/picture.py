"""Bundle the page with Grafana's panel library and take its picture in chromium."""

import json
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

# The newest @grafana/ui there is; its @grafana/data is of the same version.
PACKAGES = (
    "@grafana/ui@13.2.2", "@grafana/data@13.2.2", "@grafana/i18n@13.2.2", "react@19.2.8",
    "react-dom@19.2.8", "@fontsource/inter@5.2.8", "esbuild@0.25.9",
)  # fmt: skip
CAPTION = (
    "Drawn with Grafana's panel library (@grafana/ui 13.2.2) from Prometheus' answers about an "
    "invented province; not a screenshot of Grafana."
)
WALL, DESK = (1920, 1108), (1600, 900)
_PAGE = Path(__file__).with_name("page")
_DRAWN_MILLISECONDS = 30_000
_HTML = """\
<!doctype html><html lang="vi"><meta charset="utf-8"><link rel="stylesheet" href="page.css">
<style>body{margin:0;background:#111217}.nothing{display:grid;place-items:center;height:100%;
color:rgba(204,204,220,.65)}.head{display:flex;gap:24px;padding:12px 16px;color:#ccccdc;
font-size:14px}.head b{font-size:18px}.caption{font:14px Inter,sans-serif;color:#9fa7b3;
padding:4px 16px;height:20px;background:#22252b}</style>
<div id="board"></div><script src="drawing.js"></script><script src="page.js"></script></html>
"""


class NotDrawnError(RuntimeError):
    """The page failed; the message is its own."""


def bundle(folder: Path) -> None:
    """Install the pinned packages and make `page.js` there; what is there already is kept.

    Raises:
        subprocess.CalledProcessError: npm or esbuild would not.
    """
    if not (folder / "node_modules" / "esbuild").exists():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text('{"private": true}')
        subprocess.run(
            ["npm", "install", "--silent", "--no-audit", "--no-fund", "--legacy-peer-deps",
             "--save-exact", *PACKAGES],
            cwd=folder, check=True,
        )  # fmt: skip
    shutil.rmtree(folder / "page", ignore_errors=True)
    shutil.copytree(_PAGE, folder / "page")
    subprocess.run(
        ["npx", "esbuild", "page/page.jsx", "--bundle", "--format=iife", "--jsx=automatic",
         '--define:process.env.NODE_ENV="production"', "--loader:.woff2=dataurl",
         "--loader:.woff=empty", "--loader:.ttf=empty", "--loader:.svg=dataurl",
         "--log-level=error", "--outfile=page.js"],
        cwd=folder, check=True,
    )  # fmt: skip
    (folder / "page.html").write_text(_HTML, encoding="utf-8")


@contextmanager
def browser() -> Iterator[Page]:
    """Open chromium as a Vietnamese desk has it; numbers follow its language."""
    with sync_playwright() as driver:
        chromium = driver.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        try:
            yield chromium.new_page(locale="vi-VN", timezone_id="Asia/Ho_Chi_Minh")
        finally:
            chromium.close()


def draw(page: Page, folder: Path, answers: Mapping[str, Any], out: Path) -> dict[str, Any]:
    """Take one board's picture; return the links of every panel by its name.

    Raises:
        NotDrawnError: a panel could not be drawn.
    """
    is_wall = "tv" in answers["board"]["tags"]
    width, height = WALL if is_wall else DESK
    page.set_viewport_size({"width": width, "height": height})
    drawing = json.dumps({**answers, "caption": CAPTION}, ensure_ascii=False)
    (folder / "drawing.js").write_text(f"window.drawing = {drawing};", encoding="utf-8")
    faults: list[str] = []
    page.once("pageerror", lambda error: faults.append(str(error)))
    page.goto((folder / "page.html").as_uri())
    page.wait_for_function("window.isDrawn || window.fault", timeout=_DRAWN_MILLISECONDS)
    faults += filter(None, [page.evaluate("window.fault")])
    if faults:
        raise NotDrawnError("\n".join(faults))
    out.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=out, full_page=True)
    links: dict[str, Any] = page.evaluate("window.links")
    return links
