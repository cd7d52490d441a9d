"""Who may use the desks: operators and machines in `operators.json`, changed one at a time."""

import re
import secrets
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from shared.access import Role
from shared.catalogue.model import load_catalogue
from shared.login import (
    Machine,
    Operator,
    OperatorsFile,
    password_hash,
    read_operators,
    token_hash,
    why_refused,
    written,
)

from .home import Home, write_private

FIRST_OPERATOR = "quantri"
COMMAND_LINE = "motcua"  # the machine as which the other commands ask
_NAME = re.compile(r"\A[a-z][a-z0-9._-]{1,31}\Z")
_FULL_NAME_CHARS_MAX = 80


class OperatorError(ValueError):
    """The file cannot do what was asked; the message says why, in plain words."""


def load(home: Home) -> OperatorsFile:
    """Return the operators; none yet is an empty file.

    Raises:
        OperatorError: the file is not what we wrote; nothing is guessed from it.
    """
    try:
        return read_operators(home.operators_file)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        raise OperatorError(
            f"Không đọc được {home.operators_file}. Sửa lại hoặc lấy từ bản sao lưu "
            "(mend it or take it from the back-up)."
        ) from None


def add(
    home: Home, name: str, *, full_name: str, role: Role, password: str,
    agencies: Sequence[str] = (),
) -> None:  # fmt: skip
    """Give a person an account, for some agencies and all below them; none: for the province.

    Raises:
        OperatorError: the name is taken or not a name, the password is refused, or an agency is
            not in the catalogue.
    """
    _check_name(name)
    limited_to = _known(home, agencies)
    full = " ".join(full_name.split())
    if not (1 <= len(full) <= _FULL_NAME_CHARS_MAX and full.isprintable()):
        raise OperatorError(f"Họ tên dài 1-{_FULL_NAME_CHARS_MAX} ký tự (the full name).")
    hashed = _hashed(name, password)

    def change(file: OperatorsFile) -> OperatorsFile:
        if any(one.name == name for one in file.operators):
            raise OperatorError(
                f"Tài khoản {name} đã có; đổi mật khẩu: motcua operators password {name} "
                "(the name is taken)."
            )
        person = Operator(name=name, full_name=full, role=role, password_hash=hashed,
                          agencies=limited_to)  # fmt: skip
        return msgspec.structs.replace(file, operators=(*file.operators, person))

    _change(home, change)


def set_password(home: Home, name: str, password: str) -> None:
    """Give a person another password; their sessions end, and a revoked one is admitted again.

    Raises:
        OperatorError: there is no such person, or the password is refused.
    """
    hashed = _hashed(name, password)
    _replace(home, name, password_hash=hashed, revoked=False)


def set_role(home: Home, name: str, role: Role) -> None:
    """Give a person another role; their sessions end.

    Raises:
        OperatorError: there is no such person.
    """
    _replace(home, name, role=role)


def set_agencies(home: Home, name: str, agencies: Sequence[str]) -> None:
    """Limit a person to some agencies and all below them, or to none; their sessions end.

    Raises:
        OperatorError: there is no such person, or an agency is not in the catalogue.
    """
    _replace(home, name, agencies=_known(home, agencies))


def end_sessions(home: Home, name: str) -> None:
    """End every session of a person, wherever its cookie was copied to.

    Raises:
        OperatorError: there is no such person.
    """
    _replace(home, name)


def revoke(home: Home, name: str) -> None:
    """Let a person or a machine in no more; what they decided stays under their name.

    Raises:
        OperatorError: there is no such name.
    """
    if any(one.name == name for one in load(home).machines):
        _change(home, lambda file: _without_token(file, name))
    else:
        _replace(home, name, revoked=True, password_hash="")


def issue_token(home: Home, name: str, role: Role, agencies: Sequence[str] = ()) -> str:
    """Return a new token for a machine; the one before it ends.

    Raises:
        OperatorError: the name is not one, a person has it, or an agency is not in the catalogue.
    """
    _check_name(name)
    limited_to = _known(home, agencies)
    token = secrets.token_urlsafe(32)

    def change(file: OperatorsFile) -> OperatorsFile:
        if any(one.name == name for one in file.operators):
            raise OperatorError(f"Tên {name} là của một người (a person has that name).")
        machine = Machine(
            name=name, role=role, token_hash=token_hash(token), agencies=limited_to
        )  # fmt: skip
        return _with_machine(file, machine)

    _change(home, change)
    return token


def ensure_first(home: Home) -> bool:
    """Make the first administrator, if there is nobody; True if it was made.

    The password is random and stands in the home's secrets, readable by its owner only.
    """
    if load(home).operators:
        return False
    password = home.generated_secret(f"{FIRST_OPERATOR}.password")
    add(home, FIRST_OPERATOR, full_name="Quản trị hệ thống", role=Role.ADMIN, password=password)
    return True


def _change(home: Home, change: Callable[[OperatorsFile], OperatorsFile]) -> None:
    """Read, change and write; two commands at once lose neither change."""
    with home.changing_publishers():
        file = change(load(home))
        if not file.session_key:
            file = msgspec.structs.replace(file, session_key=secrets.token_urlsafe(48))
        # The commands of this machine go on working once a login is asked for.
        own = token_hash(home.generated_secret("cli.token"))
        if file.operators and not any(one.token_hash == own for one in file.machines):
            machine = Machine(name=COMMAND_LINE, role=Role.ADMIN, token_hash=own)
            file = _with_machine(file, machine)
        write_private(home.operators_file, written(file))


def _replace(home: Home, name: str, **changes: Any) -> None:
    def change(file: OperatorsFile) -> OperatorsFile:
        if not any(one.name == name for one in file.operators):
            raise OperatorError(f"Không có tài khoản tên {name} (no operator of that name).")
        operators = tuple(
            msgspec.structs.replace(one, epoch=one.epoch + 1, **changes)
            if one.name == name
            else one
            for one in file.operators
        )
        return msgspec.structs.replace(file, operators=operators)

    _change(home, change)


def _with_machine(file: OperatorsFile, machine: Machine) -> OperatorsFile:
    others = tuple(one for one in file.machines if one.name != machine.name)
    return msgspec.structs.replace(file, machines=(*others, machine))


def _without_token(file: OperatorsFile, name: str) -> OperatorsFile:
    machines = tuple(
        msgspec.structs.replace(one, revoked=True) if one.name == name else one
        for one in file.machines
    )
    return msgspec.structs.replace(file, machines=machines)


def _hashed(name: str, password: str) -> str:
    refused = why_refused(password, name=name)
    if refused:
        raise OperatorError(refused)
    return password_hash(password)


def _known(home: Home, agencies: Sequence[str]) -> tuple[str, ...]:
    """The codes without repeats; one that the catalogue lacks is most likely misspelt."""
    path = home.catalogue_file
    try:
        known = load_catalogue(path if path.exists() else None).agency_by_code
    except (OSError, msgspec.DecodeError) as error:
        raise OperatorError(f"Không đọc được {path}: {error}") from None
    for code in agencies:
        if code not in known:
            raise OperatorError(f"Danh mục không có cơ quan {code} (not an agency of {path.name}).")
    return tuple(dict.fromkeys(agencies))


def _check_name(name: str) -> None:
    if not _NAME.match(name):
        raise OperatorError(
            "Tên đăng nhập dài 2-32 ký tự, gồm a-z 0-9 . _ -, bắt đầu bằng chữ "
            "(a name is 2-32 of a-z 0-9 . _ -, beginning with a letter)."
        )
