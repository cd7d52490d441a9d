"""The shape of every fact, written down: `shapes.json` beside this module.

`python -m tests.contract.shapes` writes down what was added; it refuses to forget anything.
"""

import json
import sys
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from shared.events.envelope import EVENT_TYPES, Fact

Shape = dict[str, dict[str, Any]]
FILE = Path(__file__).with_name("shapes.json")
_PROSE = ("title", "description")
WAY_OUT = (
    "Facts already in the log have the old shape for ever. Leave this version as it is and add "
    "the next one (v2) beside it; a field may only be added with a default."
)


def shape_of(struct: type[Struct]) -> Shape:
    """Each field with its JSON schema, and its default where it has one."""
    return {field.name: _field(field) for field in msgspec.structs.fields(struct)}


def _field(field: Any) -> dict[str, Any]:
    (schema,), found = msgspec.json.schema_components([field.type], ref_template="{name}")
    described = {"schema": _resolved(schema, found)}
    if not field.required:
        # As the file holds it: a tuple is a list there.
        described["default"] = json.loads(msgspec.json.encode(field.default))
    return described


def _resolved(schema: Any, found: dict[str, Any]) -> Any:
    if isinstance(schema, list):
        return [_resolved(one, found) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("$ref") in found:
        schema = found[schema["$ref"]] | schema
    return {
        key: _resolved(value, found)
        for key, value in schema.items()
        if key not in (*_PROSE, "$ref", "default")
    }


def shapes() -> dict[str, Shape]:
    """The shapes of the code: the envelope's own fields, then every type's `data`."""
    envelope = {name: field for name, field in shape_of(Fact).items() if name != "data"}
    return {"envelope": envelope} | {name: shape_of(event) for name, event in EVENT_TYPES.items()}


def written() -> dict[str, Shape]:
    """The shapes written down."""
    return dict(json.loads(FILE.read_text("utf-8")))


def breaches(old: dict[str, Shape], new: dict[str, Shape]) -> list[str]:
    """What in `new` breaks a promise of `old`; empty where all still holds."""
    found = [f"{name}: the type is gone. {WAY_OUT}" for name in old if name not in new]
    for name in old.keys() & new.keys():
        found += [f"{name}.{what} {WAY_OUT}" for what in _changes(old[name], new[name])]
    return sorted(found)


def _changes(old: Shape, new: Shape) -> list[str]:
    found = [f"{field}: removed or renamed." for field in old if field not in new]
    for field in old.keys() & new.keys():
        was, now = old[field], new[field]
        if was["schema"] != now["schema"]:
            found.append(f"{field}: was {was['schema']}, is {now['schema']}.")
        if ("default" in was, was.get("default")) != ("default" in now, now.get("default")):
            found.append(
                f"{field}: another default. A default is not stored, so old facts would change."
            )
    found += [
        f"{field}: added without a default."
        for field in new
        if field not in old and "default" not in new[field]
    ]
    return found


def additions(old: dict[str, Shape], new: dict[str, Shape]) -> list[str]:
    """What `new` has that is not written down yet."""
    return [
        f"{name}.{field}"
        for name, shape in new.items()
        for field in shape.keys() - old.get(name, {}).keys()
    ] + [name for name in new if name not in old]


def main() -> int:
    """Write down additions, unless a promise is broken."""
    new = shapes()
    found = breaches(written(), new) if FILE.exists() else []
    if found:
        print("\n".join(found), file=sys.stderr)
        return 1
    lines = [
        f" {json.dumps(name)}: {{\n"
        + ",\n".join(f"  {json.dumps(k)}: {json.dumps(v)}" for k, v in shape.items())
        + "\n }"
        for name, shape in new.items()
    ]
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
