"""Settings from `MOTCUA_*` variables or one TOML file: typed, and every fault named at once.

A service declares a frozen struct; each field is one setting. The first place that has a value
wins: `MOTCUA_<SECTION>_<FIELD>`, `MOTCUA_<FIELD>`, then in the TOML file named by `MOTCUA_CONFIG`
the field under `[section]`, then at the top, then the field's default. In place of a variable,
`<NAME>_FILE` may name a file that holds the value, for secrets.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, TypeVar, get_origin

import msgspec
from msgspec import NODEFAULT, Struct

PREFIX: Final = "MOTCUA_"
CONFIG: Final = "MOTCUA_CONFIG"
_SECRET_FILE_BYTES_MAX: Final = 65_536

SettingsT = TypeVar("SettingsT", bound=Struct)


class Secret:
    """A text that no log line, page or traceback shows by accident."""

    __slots__ = ("_text",)

    def __init__(self, text: str = "") -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself, for the one place that needs it."""
        return self._text

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __repr__(self) -> str:
        return "Secret(***)" if self._text else "Secret()"

    __str__ = __repr__


class Setting(Struct, frozen=True):
    """One setting as `motcua doctor` prints it; a secret's value is never shown."""

    name: str
    shown: str
    origin: str
    problem: str = ""


class SettingsError(Exception):
    """Some settings are missing or wrong; `settings` holds each of them."""

    def __init__(self, settings: list[Setting]) -> None:
        super().__init__("; ".join(f"{s.name}: {s.problem}" for s in settings))
        self.settings = settings

    def advice(self) -> str:
        """One line per fault, for the terminal."""
        lines = [f"  {s.name}: {s.problem}" for s in self.settings]
        head = "Thiếu hoặc sai cấu hình. | Settings are missing or wrong (motcua doctor explains):"
        return "\n".join([head, *lines])


def from_env(kind: type[SettingsT], environ: Mapping[str, str], *, section: str = "") -> SettingsT:
    """Read the struct `kind`; see the module for where values come from.

    Raises:
        SettingsError: names every missing or unreadable setting at once.
    """
    values, settings = _read(kind, environ, section)
    faults = [setting for setting in settings if setting.problem]
    if faults:
        raise SettingsError(faults)
    return kind(**values)


def explain(kind: type[Struct], environ: Mapping[str, str], *, section: str = "") -> list[Setting]:
    """Every setting of `kind` with its value, where that came from, and what is wrong with it."""
    return _read(kind, environ, section)[1]


def unknown_variables(environ: Mapping[str, str], kinds: Mapping[str, type[Struct]]) -> list[str]:
    """`MOTCUA_*` variables that no setting of these sections reads: most likely misspelt."""
    known = {CONFIG}
    for section, kind in kinds.items():
        for field in kind.__struct_fields__:
            for name in _variables(section, field):
                known |= {name, f"{name}_FILE"}
    return sorted(name for name in environ if name.startswith(PREFIX) and name not in known)


def _read(
    kind: type[Struct], environ: Mapping[str, str], section: str
) -> tuple[dict[str, Any], list[Setting]]:
    values: dict[str, Any] = {}
    settings: list[Setting] = []
    tables, fault = _toml_tables(environ, section)
    if fault:
        settings.append(fault)
    for field in msgspec.structs.fields(kind):
        name = _variables(section, field.name)[-1]
        try:
            raw, origin = _raw(field.name, environ, section, tables)
            if origin:
                values[field.name] = _converted(raw, field.type)
                settings.append(Setting(name, _shown(values[field.name]), origin))
            elif field.required:
                settings.append(Setting(name, "", "", problem="is missing"))
            else:
                default = field.default
                shown = "" if default is NODEFAULT else _shown(default)
                settings.append(Setting(name, shown, "default"))
        except (msgspec.ValidationError, ValueError, OSError) as error:
            settings.append(Setting(name, "", "", problem=_problem(error)))
    return values, settings


def _raw(
    field: str, environ: Mapping[str, str], section: str, tables: list[tuple[str, dict[str, Any]]]
) -> tuple[Any, str]:
    """The value as written and where it stood; the place is empty when there is none."""
    for name in _variables(section, field):
        if name in environ:
            return environ[name], name
        if path := environ.get(f"{name}_FILE"):
            with Path(path).open(encoding="utf-8") as file:
                return file.read(_SECRET_FILE_BYTES_MAX).rstrip("\r\n"), f"{name}_FILE"
    for where, entries in tables:
        for key in (field, f"{PREFIX}{field.upper()}"):
            if key in entries:
                return entries[key], where
    return None, ""


def _variables(section: str, field: str) -> list[str]:
    own = [f"{PREFIX}{section.upper()}_{field.upper()}"] if section else []
    return [*own, f"{PREFIX}{field.upper()}"]


def _toml_tables(
    environ: Mapping[str, str], section: str
) -> tuple[list[tuple[str, dict[str, Any]]], Setting | None]:
    path = environ.get(CONFIG)
    if not path:
        return [], None
    try:
        top = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        return [], Setting(CONFIG, path, "environment", problem=_problem(error))
    own = top.get(section) if section else None
    tables = [(f"{path} [{section}]", own)] if isinstance(own, dict) else []
    return [*tables, (path, top)], None


def _converted(raw: Any, kind: Any) -> Any:
    if isinstance(raw, str) and get_origin(kind) in {tuple, list, frozenset, set}:
        raw = [part.strip() for part in raw.split(",") if part.strip()]
    return msgspec.convert(raw, kind, strict=False, dec_hook=_own_type)


def _own_type(kind: type, raw: Any) -> Any:
    if kind in {Secret, Path} and isinstance(raw, str):
        return kind(raw)
    raise ValueError(f"expected {kind.__name__}")


def _shown(value: Any) -> str:
    return repr(value) if isinstance(value, Secret) else str(value)


def _problem(error: Exception) -> str:
    """What is wrong, without the value: it may be a secret."""
    if isinstance(error, OSError):
        return f"cannot be read: {error.strerror}"
    if isinstance(error, tomllib.TOMLDecodeError):
        return f"is not TOML: {error}"
    text = str(error)
    return text if text.startswith(("Expected", "expected")) else "has a value that is not allowed"
