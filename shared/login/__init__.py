"""One login for the four desks: operators, sessions, and the gate in front of every route."""

from shared.login.gate import Gate, GateSettings, author
from shared.login.operators import (
    Machine,
    Operator,
    Operators,
    OperatorsFile,
    read_operators,
    token_hash,
    written,
)
from shared.login.pages import make_login
from shared.login.passwords import PASSWORD_CHARS_MIN, is_right, password_hash, why_refused

__all__ = [
    "PASSWORD_CHARS_MIN",
    "Gate",
    "GateSettings",
    "Machine",
    "Operator",
    "Operators",
    "OperatorsFile",
    "author",
    "is_right",
    "make_login",
    "password_hash",
    "read_operators",
    "token_hash",
    "why_refused",
    "written",
]
