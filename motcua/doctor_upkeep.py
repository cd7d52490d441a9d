"""What a sound installation grows out of: keys that got old, mixed versions, a full log."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from .finding import Finding, Grade
from .home import Home
from .publishers import Publisher

_TOKEN_OLD_DAYS = 365
_LOG_FILLING_RATIO = 0.8
_LOG_FULL_RATIO = 0.95
_BUILD = re.compile(r'^dvc_build_info\{.*version="([^"]+)".*\} 1', re.MULTILINE)


def token_ages(home: Home, live: Iterable[Publisher], now: datetime) -> Iterator[Finding]:
    """Tell how old the oldest token is; a year is too old. Nothing where no token is kept here.

    A token's file is written when it is issued and never touched again; `publishers rotate` writes
    it anew. A registry brought back without the files has no ages to tell.
    """
    ages = {}
    for one in live:
        file = home.publisher_secret(one.name, "token")
        if file.exists():
            ages[one.name] = (now - datetime.fromtimestamp(file.stat().st_mtime, UTC)).days
    old = {name: days for name, days in ages.items() if days > _TOKEN_OLD_DAYS}
    for name, days in sorted(old.items()):
        text = f"{name}: khóa đã dùng {days} ngày; motcua publishers rotate {name}"
        yield Finding("tuổi khóa", Grade.WARN, text)
    if ages and not old:
        yield Finding("tuổi khóa", Grade.GOOD, f"khóa cũ nhất {max(ages.values())} ngày")


def version_of(metrics: str) -> str:
    """The version in a service's metrics page; empty where it tells none."""
    found = _BUILD.search(metrics)
    return found.group(1) if found else ""


def versions(running: Mapping[str, str], wanted: str = "") -> Finding:
    """Compare what each service runs with this program; `wanted` is this one's where empty."""
    wanted = wanted or version("motcua")
    other = {name: one for name, one in running.items() if one and one != wanted}
    if not other:
        return Finding("phiên bản", Grade.GOOD, wanted)
    told = ", ".join(f"{name} {one}" for name, one in sorted(other.items()))
    text = f"chương trình này {wanted}, đang chạy {told}: khởi động lại dịch vụ"
    return Finding("phiên bản", Grade.BAD, text)


def log_disk(server: Mapping[str, Any]) -> Finding | None:
    """How full the broker's share of the disk is; None where it says no limit."""
    jetstream = server.get("jetstream", {})
    limit = jetstream.get("config", {}).get("max_storage", 0)
    if limit <= 0:
        return None
    used = jetstream.get("stats", {}).get("storage", 0)
    ratio = used / limit
    grade = Grade.WARN if ratio > _LOG_FILLING_RATIO else Grade.GOOD
    grade = Grade.BAD if ratio > _LOG_FULL_RATIO else grade
    text = f"nhật ký {used / 1024**3:.2f} trên {limit / 1024**3:.0f} GiB cho phép"
    more = "" if grade is Grade.GOOD else "; docs/runbooks/stream-filling.md"
    return Finding("đĩa của NATS", grade, text + more)
