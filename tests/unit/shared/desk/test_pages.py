"""Pages of a desk: always escaped, always dated."""

import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from jinja2 import UndefinedError
from litestar import get
from litestar.connection import Request
from litestar.response import Response
from litestar.testing import TestClient, create_test_client
from msgspec import Struct

from shared.desk import (
    STATIC_FOLDER,
    Asked,
    Choice,
    Column,
    DeskLinks,
    Filter,
    ListPage,
    ListShape,
    Pages,
    Visitor,
    csv_download,
    links_from_base,
    list_page,
)
from tests.support.fake_clock import FakeClock

HERE = Path(__file__).parent
CLOCK = FakeClock()


class Dossier(Struct, frozen=True):
    code: str
    agency: str
    procedure: str
    due_at: datetime
    days: int


SHAPE = ListShape[Dossier](
    columns=[
        Column("ma", "Mã hồ sơ", cell=lambda d: d.code, order=lambda d: d.code),
        Column("co-quan", "Cơ quan", cell=lambda d: d.agency),
    ],
    filters=[Filter("co-quan", "Cơ quan", [Choice("A", "Sở A")]), Filter("tim", "Tìm")],
    sort="ma",
    page_size=2,
)


def pages(**options: Any) -> Pages:
    return Pages(
        service="notifier",
        templates=HERE / "templates",
        links=links_from_base(8400),
        clock=CLOCK,
        flashes={"da-ghi": "Đã ghi nhận."},
        **options,
    )


def dossiers(count: int, **query: str) -> ListPage[Dossier]:
    due_at = CLOCK.now() - timedelta(days=1)
    rows = [Dossier(f"D{n}", "<Sở & A>", "Khai sinh", due_at, n) for n in range(count)]
    return list_page(rows, query, SHAPE)


def list_html(page: ListPage[Dossier], **asked: Any) -> str:
    return pages().render("list.html", asked=Asked(**asked), dossiers=page)


def test_what_comes_from_outside_is_escaped() -> None:
    html = list_html(dossiers(1))

    assert "&lt;Sở &amp; A&gt;" in html
    assert "<Sở" not in html


def test_a_name_nobody_gave_is_an_error_and_not_a_gap() -> None:
    with pytest.raises(UndefinedError):
        pages().render("list.html")


def test_every_page_names_the_four_desks_who_is_here_and_as_of_when() -> None:
    html = list_html(dossiers(0), user="Trần Thị Ví Dụ", host="192.0.2.7")

    assert re.findall(r'href="http://192\.0\.2\.7:(\d+)/"', html) == ["8401", "8402", "8404"]
    assert '<a href="/" aria-current="page">Cảnh báo</a>' in html
    assert "Trần Thị Ví Dụ" in html
    assert re.search(r"tính đến <time [^>]*>09:07:31</time>", html)
    assert "Chưa bật đăng nhập" in list_html(dossiers(0))
    assert "/dang-nhap?toi=/" in list_html(dossiers(0), has_login=True)


def test_a_stale_page_says_so() -> None:
    fresh = pages().render(
        "list.html", as_of=CLOCK.now() - timedelta(seconds=900), dossiers=dossiers(0)
    )
    stale = pages().render(
        "list.html", as_of=CLOCK.now() - timedelta(seconds=901), dossiers=dossiers(0)
    )

    assert "Số liệu đã cũ." not in fresh
    assert "Số liệu đã cũ." in stale
    assert "đứng ở 22/11/2026 08:52:30 (15 phút trước)" in stale


def test_the_count_of_a_list_is_its_length() -> None:
    html = list_html(dossiers(3))

    assert "<b>3</b> hồ sơ" in html
    assert html.count("<tr>") == 1 + 2
    assert "dòng 1–2" in html
    assert 'rel="next" href="?trang=2"' in html


def test_an_empty_list_says_why_and_what_would_fill_it() -> None:
    html = list_html(dossiers(0))

    assert "Chưa có hồ sơ quá hạn" in html
    assert "qua giờ hẹn trả" in html
    assert "<table" not in html


def test_a_list_emptied_by_its_filter_says_that_instead() -> None:
    html = list_html(dossiers(0, tim="zzz"))

    assert "Không có hồ sơ nào khớp bộ lọc" in html
    assert 'value="zzz"' in html
    assert '<a href="?">Bỏ lọc</a>' in html


def test_the_download_link_asks_for_the_same_list() -> None:
    html = list_html(dossiers(3, tim="D", trang="2"))

    assert 'href="/list.csv?tim=D" download' in html


def test_a_refused_form_keeps_what_was_typed_and_says_what_is_wrong_beside_it() -> None:
    html = pages().render("board.html", ranks=[])

    assert 'value="Nguyễn Văn Mẫu"' in html
    assert 'aria-describedby="reason-loi reason-goi-y" aria-invalid="true"' in html
    assert '<span class="field-error" id="reason-loi">Hãy ghi lý do' in html


@pytest.mark.parametrize("is_tv", [False, True])
def test_no_page_needs_what_the_security_policy_forbids(*, is_tv: bool) -> None:
    html = pages().render("board.html", asked=Asked(is_tv=is_tv), ranks=[("A", "1", 0.5, "bad")])

    assert not re.search(r"\sstyle=|<style|\son[a-z]+=|<script(?! src=)", html)
    assert not re.search(r'(?:src|href)="https?://(?!127\.0\.0\.1:84)', html)


def test_whatever_lives_has_an_id_to_be_replaced_by() -> None:
    html = list_html(dossiers(1)) + pages().render("board.html", ranks=[])

    living = re.findall(r"<[a-z]+[^>]*data-live=[^>]*>", html)
    assert living
    assert all(" id=" in tag for tag in living)


@pytest.fixture
def client() -> Any:
    @get("/")
    async def home(request: Request[Any, Any, Any]) -> Response[str]:
        return pages(who=lambda _: Visitor("Trần Thị Ví Dụ")).page(request, "board.html", ranks=[])

    @get("/list.csv")
    async def download() -> Response[bytes]:
        return csv_download(dossiers(2).rows, SHAPE, "ho-so.csv")

    with create_test_client([home, download]) as opened:
        yield opened


def test_only_messages_the_service_knows_are_shown(
    client: TestClient,  # type: ignore[type-arg] # of whatever create_test_client returns
) -> None:
    assert "Đã ghi nhận." in client.get("/?da=da-ghi").text
    assert "CANARY" not in client.get("/?da=CANARY").text


def test_a_page_is_not_kept_by_anybody(
    client: TestClient,  # type: ignore[type-arg] # as above
) -> None:
    answer = client.get("/?tv=1")

    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert '<html lang="vi" class="tv">' in answer.text
    assert "Trần Thị Ví Dụ" in answer.text


def test_a_download_has_a_name_and_its_letters(
    client: TestClient,  # type: ignore[type-arg] # as above
) -> None:
    answer = client.get("/list.csv")

    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert 'filename="ho-so.csv"' in answer.headers["content-disposition"]
    assert answer.content.startswith("\ufeffMã hồ sơ".encode())


def test_a_desk_elsewhere_has_its_whole_address_and_an_unknown_one_none() -> None:
    links = DeskLinks({"intake": "https://tiepnhan.example/", "scoring": 8402})

    assert links.url("intake", "http", "a") == "https://tiepnhan.example/"
    assert links.url("scoring", "http", "::1") == "http://[::1]:8402/"
    assert links.url("notifier", "http", "a") == ""


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("ink", ["ink", "quiet", "link", "good", "warn", "bad", "idle"])
@pytest.mark.parametrize("ground", ["paper", "card"])
def test_every_ink_has_a_contrast_of_four_and_a_half_on_every_ground(ink: str, ground: str) -> None:
    css = (STATIC_FOLDER / "desk.css").read_text(encoding="utf-8")
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", css[: css.index("}")]))

    light, dark = luminance(colours[ground]), luminance(colours[ink])

    assert (light + 0.05) / (dark + 0.05) >= 4.5
