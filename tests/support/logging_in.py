"""People with accounts, for tests: an operators file, and a browser that logs in."""

import functools
import re
from pathlib import Path

from httpx import AsyncClient, Response

from shared.access import Role
from shared.login import Machine, Operator, OperatorsFile, password_hash, token_hash, written

PASSWORD = "con đường lát gạch đỏ 1990"
TOKEN = "a-token-of-a-machine-in-a-test"
LIMITED_TOKEN = "a-token-of-a-machine-of-one-agency"
SESSION_KEY = "a-key-that-signs-sessions-in-tests-only"
BROWSER = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}
NAMES = {
    Role.VIEWER: "Lê Thị Xem",
    Role.DESK: "Phạm Văn Quầy",
    Role.OPERATOR: "Ngô Thị Vận Hành",
    Role.ADMIN: "Đỗ Văn Quản Trị",
}


@functools.cache
def hashed() -> str:
    """Return the hash of the one password: working it out takes a while."""
    return password_hash(PASSWORD)


def operator(role: Role) -> Operator:
    """Return a person of that role; the login name is the role's own."""
    return Operator(
        name=role.value, full_name=NAMES[role], role=role, password_hash=hashed()
    )  # fmt: skip


def write_operators(
    path: Path, operators: tuple[Operator, ...] = (), *, machine: Role = Role.VIEWER,
    limited_to: tuple[str, ...] = (),
) -> Path:  # fmt: skip
    """Write operators.json with a person of every role, and two machines.

    The second is an administrator of the agencies `limited_to`.
    """
    people = operators or tuple(operator(role) for role in Role)
    machines = (
        Machine(name="may-do", role=machine, token_hash=token_hash(TOKEN)),
        Machine(name="may-xa", role=Role.ADMIN, token_hash=token_hash(LIMITED_TOKEN),
                agencies=limited_to),
    )  # fmt: skip
    file = OperatorsFile(session_key=SESSION_KEY, operators=people, machines=machines)
    path.write_text(written(file))
    return path


async def log_in(
    client: AsyncClient, name: str, password: str = PASSWORD, to: str = "/"
) -> Response:
    """Send the form of the login page."""
    form = {"name": name, "password": password, "toi": to}
    return await client.post("/dang-nhap", data=form, headers=BROWSER)


def form_token(page: str) -> str:
    """Return what the page's forms bring back."""
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    return found[1] if found else ""
