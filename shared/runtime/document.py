"""The OpenAPI document as it is served: every operation says how it refuses."""

from typing import Any, Final

import msgspec
from litestar import Litestar

from .refusals import Refused

_METHODS: Final = frozenset({"get", "put", "post", "delete", "patch"})
_REFUSED: Final = "#/components/schemas/Refused"
_ANY_OTHER: Final = {
    "description": "Từ chối / refused: 400, 401, 403, 404, 413, 422, 429 or 503.",
    "content": {"application/json": {"schema": {"$ref": _REFUSED}}},
}


def document_of(app: Litestar) -> dict[str, Any]:
    """Return the document, with one shape for every refusal.

    The framework describes a 400 of its own, which nobody is ever sent.
    """
    document: dict[str, Any] = app.openapi_schema.to_schema()
    components = document.setdefault("components", {})
    (_,), shapes = msgspec.json.schema_components(
        (Refused,), ref_template="#/components/schemas/{name}"
    )
    components["schemas"] = {**shapes, **components.get("schemas", {})}
    document["paths"] = {
        path: operations
        for path, operations in document.get("paths", {}).items()
        if not path.startswith("/schema")  # the framework's own pages about this document
    }
    for operations in document["paths"].values():
        for method, operation in operations.items():
            if method in _METHODS:
                operation["responses"] = {
                    **{s: r for s, r in operation["responses"].items() if s != "400"},
                    "default": _ANY_OTHER,
                }
    return document
