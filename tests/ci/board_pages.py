"""What a page of a desk says in place of a number of a board: a length, a share, points, a rank."""

import csv
import math
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from html import unescape
from http.client import NOT_FOUND
from typing import Protocol
from urllib.parse import parse_qs, urlsplit

import httpx

from services.scoring.domain.words import CHANNELS_VI
from tests.architecture.tree import REPOSITORY

_JUDGED = {"giải quyết trước hạn", "giải quyết đúng hạn", "giải quyết trễ hạn"}
_SET = REPOSITORY / "shared" / "rules" / "sets" / "portal-2026.toml"
_GROUPS = {one["code"]: one["name"] for one in tomllib.loads(_SET.read_text())["group"]}
_LISTS = {"/ho-so": ("/ho-so.csv",), "/phan-anh": ("/phan-anh.csv",),
          # The first page of a desk is its list; the file that it has tells which desk it is.
          "/": ("/alerts.csv", "/parcels.csv", "/rejects.csv")}  # fmt: skip


class Number(Protocol):
    """What must be known of a number to find it on its page."""

    @property
    def unit(self) -> str: ...
    @property
    def labels(self) -> Mapping[str, str]: ...


def is_comparable(url: str, name: str) -> bool:
    """Whether the page is a list, or the page of points for a number of points."""
    path = urlsplit(url).path
    return path in _LISTS or (path.startswith("/diem") and "điểm" in name.lower())


def number_of(http: httpx.Client, url: str, drawn: Number) -> float:
    """Return the number that a link's page stands for."""
    if urlsplit(url).path in _LISTS:
        return _of_list(http, url, drawn.unit)
    return _of_points(http.get(url).raise_for_status().text, drawn.labels)


def _of_list(http: httpx.Client, url: str, unit: str) -> float:
    rows = _rows(http, url)
    if unit != "percentunit":
        return float(len(rows))
    if (channel := parse_qs(urlsplit(url).query).get("kenh")) is not None:
        return _share_of(CHANNELS_VI[channel[0]], rows, http, url)
    judged = Counter(row["Tình trạng"] for row in rows if row["Tình trạng"] in _JUDGED)
    return 1 - judged["giải quyết trễ hạn"] / sum(judged.values())


def _share_of(channel: str, before: list[dict[str, str]], http: httpx.Client, url: str) -> float:
    """Return a channel's share of all, which is one list; the channel's own stands around it.

    Dossiers come meanwhile: what it held before is among all, and those are in what it holds after.
    """
    every = _rows(http, re.sub(r"&?kenh=\w+", "", url))
    after = _codes(_rows(http, url))
    among = _codes(row for row in every if row["Kênh"] == channel)
    return len(among) / len(every) if _codes(before) <= among <= after else math.nan


def _codes(rows: Iterable[dict[str, str]]) -> set[str]:
    return {row["Mã hồ sơ"] for row in rows}


def _rows(http: httpx.Client, url: str) -> list[dict[str, str]]:
    parts = urlsplit(url)
    for name in _LISTS[parts.path]:
        answer = http.get(f"{parts.scheme}://{parts.netloc}{name}?{parts.query}")
        if answer.status_code != NOT_FOUND:
            answer.raise_for_status()
            return list(csv.DictReader(answer.content.decode("utf-8-sig").splitlines()))
    raise ValueError(url)


def _of_points(page: str, labels: Mapping[str, str]) -> float:
    """Read the stat or the caption that names the points."""
    text = re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", page)))
    names = [_GROUPS[labels["group"]]] if "group" in labels else ["Toàn tỉnh", "Tổng điểm"]
    for name in names:
        found = re.search(rf"{re.escape(name)}[^\d:/]*:? ([\d.,]+) / [\d,]+", text)
        if found:
            return float(found[1].replace(".", "").replace(",", "."))
    raise ValueError(f"no {names} in {text[:500]}")
