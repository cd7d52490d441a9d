"""Where the events go and as whom: from the options, or from a system that runs here."""

import os
from pathlib import Path
from typing import NamedTuple

import click

from motcua.home import Home

LOCAL_PUBLISHER = "motcua-import"  # `motcua run` makes it


class Destination(NamedTuple):
    """Intake's address, the publisher and its token. Never printed with the token."""

    url: str
    publisher: str
    token: str


def destination(
    *,
    data: Path,
    url: str | None,
    publisher: str | None,
    token_file: Path | None,
    token: str | None,
    preferred: str = "",
) -> Destination:
    """Return where to send. What the options leave open is read from the data directory.

    `preferred` is the publisher that the mapping would speak as, if this machine has its token.

    Raises:
        click.ClickException: no address or no token; says which option is missing.
    """
    home = Home(data) if (data / "run.json").exists() or (data / "secrets").is_dir() else None
    address = url or _running_url(home)
    if address is None:
        raise click.ClickException(
            f"Không có hệ thống nào chạy trên {data}. Chạy `motcua run --data {data}` ở cửa sổ "
            "khác, hoặc cho địa chỉ bằng --url http://… (nothing runs there)"
        )
    if token_file is not None:
        return Destination(address, publisher or token_file.stem, _read(token_file))
    if token:
        return Destination(address, publisher or preferred or LOCAL_PUBLISHER, token.strip())
    for name in (publisher,) if publisher else (preferred, LOCAL_PUBLISHER):
        if home and name and home.publisher_secret(name, "token").exists():
            return Destination(address, name, _read(home.publisher_secret(name, "token")))
    raise click.ClickException(_no_token(home, publisher, data))


def _running_url(home: Home | None) -> str | None:
    running = home.running() if home else None
    return str(running["urls"]["intake"]) if running else None


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise click.ClickException(f"Không đọc được khóa {path}: {error}") from None


def _no_token(home: Home | None, publisher: str | None, data: Path) -> str:
    folder = home.secrets / "publishers" if home else None
    known = sorted(path.stem for path in folder.glob("*.token")) if folder else []
    whose = f" của nguồn gửi “{publisher}”" if publisher else ""
    found = f" Trên máy này có: {', '.join(known)}." if known else ""
    return (
        f"Chưa có khóa (token){whose}.{found} Dùng --token-file TỆP, biến MOTCUA_TOKEN, hoặc "
        f"`motcua publishers add {publisher or 'TÊN'} --data {os.fspath(data)}` (no token)"
    )
