"""`motcua doctor`: is this installation sound? Every finding says what to do."""

import asyncio
import importlib
import os
import shutil
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import httpx
import msgspec
from msgspec import Struct
from rich.console import Console
from rich.table import Table
from rich.text import Text

from shared.bus.streams import REJECTS, differences_of
from shared.calendar import civil_day
from shared.catalogue.model import load_catalogue
from shared.clock import SystemClock
from shared.runtime import explain, unknown_variables

from . import operator_login, publishers
from .doctor_calendar import calendar_findings, running_calendars, shown_calendar
from .doctor_upkeep import log_disk, token_ages, version_of, versions
from .finding import Finding, Grade
from .home import HTTP_SERVICES, Home, Ports
from .nats_server import ServerStartError, binary
from .retention import VARIABLE, keeping, kept_days

_DISK_LOW_BYTES = 2 * 1024**3
_DISK_FULL_BYTES = 200 * 1024**2
_CLOCK_SKEW_SECONDS = 2.0


@click.command("doctor")
@click.option(
    "--data", type=click.Path(file_okay=False, path_type=Path), default=Path("data"),
    show_default=True, help="Thư mục dữ liệu (data directory).",
)  # fmt: skip
@click.option(
    "--ports", "base", default=8400, show_default=True, type=click.IntRange(1024, 65000),
    help="Cổng đầu của dải, khi hệ thống chưa chạy (first port of the range).",
)  # fmt: skip
@click.option("--settings", is_flag=True, help="In mọi thiết lập và nguồn gốc của chúng.")
def command(*, data: Path, base: int, settings: bool) -> None:
    """Kiểm tra cài đặt, máy, máy chủ NATS, luồng, dịch vụ, lịch làm việc.

    Exit code 1 where something is broken.

    \b
    Example:
      motcua doctor --data ./data
      motcua doctor --settings
    """
    console = Console()
    if settings:
        _print_settings(console)
    findings = look(data, Ports(base))
    console.print(_table(findings))
    raise SystemExit(1 if any(one.grade is Grade.BAD for one in findings) else 0)


def look(data: Path, ports: Ports) -> list[Finding]:
    """Return everything found; a system that runs on `data` is asked, else its ports are tried."""
    findings = [*_machine(data), *_settings(), *_calendar(data), *_home(data)]
    running = Home(data).running() if data.exists() else None
    if running is None:
        return [*findings, *_ports(ports)]
    return [*findings, *asyncio.run(_live(Home(data), running["urls"]))]


def _table(findings: list[Finding]) -> Table:
    table = Table("Mục", "Kết quả", "Chi tiết")
    colours = {Grade.GOOD: "green", Grade.WARN: "yellow", Grade.BAD: "red"}
    for one in findings:
        # Text: a path or an error may hold [brackets].
        table.add_row(one.what, Text(one.grade.value, style=colours[one.grade]), Text(one.text))
    return table


def _machine(data: Path) -> Iterator[Finding]:
    version = sys.version.split()[0]
    good = sys.version_info >= (3, 11)
    yield Finding("Python", Grade.GOOD if good else Grade.BAD, version)
    try:
        said = subprocess.run([binary(), "--version"], capture_output=True, text=True, check=True)
        yield Finding("nats-server", Grade.GOOD, said.stdout.strip())
    except (ServerStartError, OSError, subprocess.CalledProcessError) as error:
        yield Finding("nats-server", Grade.BAD, f"{error}; chạy `make setup`")
    place = data if data.exists() else Path.cwd()
    free = shutil.disk_usage(place).free
    grade = Grade.GOOD if free > _DISK_LOW_BYTES else Grade.WARN
    grade = Grade.BAD if free < _DISK_FULL_BYTES else grade
    yield Finding("đĩa", grade, f"còn {free / 1024**3:.1f} GiB tại {place}")


def _settings_of() -> dict[str, type[Struct]]:
    return {
        name: importlib.import_module(f"services.{name}.settings").Settings
        for name in HTTP_SERVICES
    }


def _settings() -> Iterator[Finding]:
    kinds = _settings_of()
    # The commands' own (service_api, provision, probe).
    ours = {"MOTCUA_TOKEN", VARIABLE, "MOTCUA_PROBE_CERT_FILE", "MOTCUA_PROBE_KEY_FILE"}
    strange = [one for one in unknown_variables(os.environ, kinds) if one not in ours]
    if strange:
        yield Finding("biến môi trường", Grade.WARN, f"không ai đọc: {', '.join(strange)}")
    for name, kind in kinds.items():
        faults = [one for one in explain(kind, os.environ, section=name) if one.problem]
        # `motcua run` gives its services what they need; only a wrong value is a fault here.
        wrong = [f"{one.name}: {one.problem}" for one in faults if one.shown]
        if wrong:
            yield Finding(f"thiết lập {name}", Grade.BAD, "; ".join(wrong))


def _print_settings(console: Console) -> None:
    table = Table("Dịch vụ", "Thiết lập", "Giá trị", "Từ đâu", title="Thiết lập")
    for name, kind in _settings_of().items():
        for one in explain(kind, os.environ, section=name):
            table.add_row(name, one.name, one.shown, one.problem or one.origin)
    console.print(table)


def _calendar(data: Path) -> Iterator[Finding]:
    return calendar_findings(data, civil_day(SystemClock().now()))


def _home(data: Path) -> Iterator[Finding]:
    if not data.exists():
        yield Finding("dữ liệu", Grade.WARN, f"{data} chưa có; `motcua run --data {data}` sẽ tạo")
        return
    home = Home(data)
    mode = stat.S_IMODE(home.secrets.stat().st_mode)
    safe = not mode & 0o077
    text = "chỉ chủ đọc được" if safe else f"người khác đọc được: chmod 700 {home.secrets}"
    yield Finding("bí mật", Grade.GOOD if safe else Grade.BAD, text)
    yield from _publishers(home)
    yield _catalogue(home)


def _publishers(home: Home) -> Iterator[Finding]:
    try:
        live = [one for one in publishers.load(home).publishers if not one.revoked]
    except publishers.PublisherError as error:
        yield Finding("nguồn gửi", Grade.BAD, str(error))
        return
    if not live:
        yield Finding("nguồn gửi", Grade.WARN, "chưa có: motcua publishers add TÊN")
        return
    old = [one.name for one in live if len(one.token_hashes) > 1]
    more = f"; còn khóa cũ: {', '.join(old)}" if old else ""
    yield Finding("nguồn gửi", Grade.GOOD, f"{len(live)} nguồn{more}")
    yield from token_ages(home, live, SystemClock().now())


def _catalogue(home: Home) -> Finding:
    path = home.catalogue_file
    if not path.exists():
        return Finding("danh mục", Grade.WARN, f"chưa có {path}: mọi mã là chưa biết")
    try:
        found = load_catalogue(path)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return Finding("danh mục", Grade.BAD, f"{path}: {error}")
    counts = f"{len(found.agencies)} cơ quan, {len(found.procedures)} thủ tục"
    return Finding("danh mục", Grade.GOOD, counts)


def _ports(ports: Ports) -> Iterator[Finding]:
    for name in ("nats", *HTTP_SERVICES, "monitor"):
        with socket.socket() as probe:
            taken = probe.connect_ex(("127.0.0.1", ports.of(name))) == 0
        if taken:
            way_out = f"chọn dải khác: motcua run --ports {ports.base + 100}"
            yield Finding("cổng", Grade.BAD, f"{ports.of(name)} ({name}) đang bị giữ; {way_out}")


async def _live(home: Home, urls: Mapping[str, str]) -> list[Finding]:
    findings = []
    pages: dict[str, str] = {}
    async with httpx.AsyncClient(timeout=5) as http:
        for name in HTTP_SERVICES:
            try:
                answer = await http.get(f"{urls[name]}/health/ready")
                pages[name] = (await http.get(f"{urls[name]}/metrics")).text
            except httpx.HTTPError as error:
                findings.append(Finding(name, Grade.BAD, f"{urls[name]}: {type(error).__name__}"))
                continue
            grade = Grade.GOOD if answer.is_success else Grade.BAD
            findings.append(Finding(name, grade, "sẵn sàng" if answer.is_success else answer.text))
        findings.append(versions({name: version_of(one) for name, one in pages.items()}))
        counted_by = {name: shown_calendar(one) for name, one in pages.items()}
        findings.extend(running_calendars(home.root, counted_by))
        base = int(urls["nats"].rsplit(":", 1)[1])
        monitor = Ports(base).url("monitor")
        findings.extend(await _broker(http, monitor))
    findings.extend(await _streams(home, urls["nats"]))
    return findings


async def _broker(http: httpx.AsyncClient, monitor: str) -> list[Finding]:
    try:
        server: dict[str, Any] = (await http.get(f"{monitor}/varz")).json()
    except (httpx.HTTPError, ValueError) as error:
        return [Finding("NATS", Grade.BAD, f"{monitor}: {type(error).__name__}")]
    config = server.get("jetstream", {}).get("config", {})
    always = bool(config.get("sync_always"))
    told = "mọi ghi nhận xuống đĩa trước khi trả lời" if always else "sync_interval không là always"
    disk = log_disk(server)
    skew = abs((datetime.fromisoformat(server["now"]) - SystemClock().now()).total_seconds())
    return [
        Finding("NATS", Grade.GOOD, f"{server['version']}, {server['connections']} kết nối"),
        Finding("ghi đĩa", Grade.GOOD if always else Grade.BAD, told),
        *([disk] if disk else []),
        Finding(
            "đồng hồ", Grade.GOOD if skew < _CLOCK_SKEW_SECONDS else Grade.BAD,
            f"lệch {skew:.2f} giây so với máy chủ NATS ({datetime.now(UTC):%H:%M:%S} UTC)",
        ),
    ]  # fmt: skip


async def _streams(home: Home, url: str) -> list[Finding]:
    try:
        names = [login.name for login in publishers.logins(home)]
        async with operator_login.connected(url, home.service_seed("operator")) as client:
            js, days = client.jetstream(), kept_days()
            missing, different = await differences_of(js, names, rejects_kept_days=days)
            kept = [await keeping(js, days)] if REJECTS not in missing else []
    except publishers.PublisherError:
        return []  # said already
    except operator_login.FAILURES as error:
        return [Finding("luồng", Grade.BAD, f"{url}: {type(error).__name__}")]
    different = [row for row in different if (row.stream, row.setting) != (REJECTS, "max_age")]
    if not missing and not different:
        return [Finding("luồng", Grade.GOOD, "đúng thiết kế"), *kept]
    findings = [Finding("luồng", Grade.BAD, f"thiếu {name}: motcua provision") for name in missing]
    findings.extend(kept)
    for row in different:
        text = f"{row.stream}.{row.setting}: cần {row.wanted}, đang là {row.found}"
        findings.append(Finding("luồng", Grade.BAD, text))
    return findings
