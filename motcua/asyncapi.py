"""Every channel as an AsyncAPI 3 document, made from the code: `python -m motcua.asyncapi`.

It writes docs/asyncapi.json; a test holds the committed file to what the code says.
"""

import inspect
import json
import re
from importlib import resources
from pathlib import Path
from typing import Any, Final

import msgspec

from shared.bus.streams import MESSAGE_SIZE_MAX_BYTES
from shared.bus.subjects import INTAKE_NOUNS
from shared.events.envelope import EVENT_TYPES, Fact
from shared.events.fields import Event

Json = dict[str, Any]
DOCUMENT: Final = Path(__file__).parents[1] / "docs" / "asyncapi.json"

_SCHEMAS = "#/components/schemas/{name}"
_WRITERS = {"postal": "postal_gateway", "alert": "notifier", "indicator": "scoring"}
_VERDICT: Json = {
    "type": "object",
    "required": ["outcome"],
    "properties": {
        "stream": {"type": "string", "description": "The publisher's own inbox stream."},
        "seq": {"type": "integer"},
        "outcome": {"enum": ["accepted", "duplicate", "conflict", "rejected"]},
        "sequence": {"type": "integer", "description": "Where the fact stands in FACTS."},
        "reasons": {"type": "array", "items": {"type": "object"}},
        "error": {
            "type": "object",
            "description": "Only for a refusal, so that a JetStream client raises it.",
            "properties": {
                "code": {"type": "integer"},
                "err_code": {"type": "integer"},
                "description": {"type": "string"},
            },
        },
    },
}


def document() -> Json:
    """Return the whole document."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Một Cửa",
            "version": "1.0.0",
            "description": "Facts about dossiers, petitions, procedures and parcels: CloudEvents "
            "1.0 JSON in NATS JetStream. A type only grows: fields may be added with a default; "
            "anything else is a v2 beside the v1.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "nats": {
                "host": "127.0.0.1:8400",
                "protocol": "nats",
                "description": "As `motcua run` starts it; a deployment has its own address.",
            }
        },
        "channels": _channels(),
        "operations": _operations(),
        "components": {
            "messages": {name: _message(event) for name, event in EVENT_TYPES.items()}
            | {"verdict": {"title": "What intake answers a publisher", "payload": _VERDICT}},
            "schemas": _data_schemas(),
        },
    }


def _channels() -> Json:
    channels = {name: _fact_channel(name, event) for name, event in EVENT_TYPES.items()}
    submitted = [name for name in EVENT_TYPES if name.partition(".")[0] in INTAKE_NOUNS]
    channels["submit"] = {
        "address": "submit.{type}",
        "description": "How a publisher hands in a fact over NATS, in its own account. The fact's "
        "`source` is replaced by the publisher's name; `recordedtime` and `digest` are added. "
        "Sent as a request it is answered with a verdict; sent without a reply it is judged "
        f"all the same. At most {MESSAGE_SIZE_MAX_BYTES} bytes.",
        "parameters": {"type": {"description": "The versioned type.", "enum": submitted}},
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in submitted},
    }
    channels["verdict"] = {
        "address": None,
        "description": "The reply inbox that the publisher's request names.",
        "messages": {"verdict": {"$ref": "#/components/messages/verdict"}},
    }
    return channels


def _fact_channel(name: str, event: type[Event]) -> Json:
    noun, what, _ = name.split(".")
    fields = {field.name for field in msgspec.structs.fields(event)}
    reader = "stream ALERTS" if noun == "alert" else "stream FACTS"
    channel: Json = {
        "address": f"{noun}.{what}._",
        "description": f"{_summary(event)} Written by {_writer(name)} only; {reader}.",
        "messages": {name: {"$ref": f"#/components/messages/{name}"}},
    }
    if noun == "alert":
        channel["address"] = f"{noun}.{what}.{{alert_id}}"
        channel["parameters"] = {"alert_id": {"description": "One per subject, stage and due time"}}
    elif "agency_code" in fields:
        channel["address"] = f"{noun}.{what}.{{agency_code}}"
        channel["parameters"] = {
            "agency_code": {"description": "Its dots are levels of the subject: H99.12"}
        }
    return channel


def _operations() -> Json:
    operations: Json = {
        f"{_writer(name)}.records.{name}": {
            "action": "send",
            "channel": {"$ref": f"#/channels/{name}"},
            "summary": _summary(event),
        }
        for name, event in EVENT_TYPES.items()
    }
    operations["intake.receives.submission"] = {
        "action": "receive",
        "channel": {"$ref": "#/channels/submit"},
        "summary": "A publisher hands in a fact.",
        "reply": {"channel": {"$ref": "#/channels/verdict"}},
    }
    return operations


def _message(event: type[Event]) -> Json:
    name = event.event_type
    example = resources.files("shared.events") / "examples" / f"{name}.json"
    return {
        "name": name,
        "title": event.__name__,
        "summary": _summary(event),
        "description": inspect.cleandoc(event.__doc__ or ""),
        "contentType": "application/json",
        "payload": _envelope_schema(event),
        "examples": [{"name": "stored", "payload": json.loads(example.read_text("utf-8"))}],
    }


def _envelope_schema(event: type[Event]) -> Json:
    fields = [field for field in msgspec.structs.fields(Fact) if field.name != "data"]
    properties = {field.name: _ecma(msgspec.json.schema(field.type)) for field in fields}
    properties["recordedtime"]["description"] = "When it entered the log; added by the recorder."
    properties["digest"]["description"] = (
        "16 hex digits of its identity and 16 of its content; added by the recorder."
    )
    return {
        "type": "object",
        "required": [
            "type", "data",
            *(field.name for field in fields if field.required),
        ],
        "properties": {"type": {"const": event.event_type}}
        | properties
        | {"data": {"$ref": _SCHEMAS.format(name=event.__name__)}},
    }  # fmt: skip


def _data_schemas() -> Json:
    _, found = msgspec.json.schema_components(list(EVENT_TYPES.values()), ref_template=_SCHEMAS)
    return {name: _ecma(found[name]) for name in sorted(found)}


def _ecma(schema: Any) -> Any:
    """Return the schema with anchors that a JavaScript reader understands, and tidy prose."""
    if isinstance(schema, list):
        return [_ecma(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: _ecma(value) for key, value in schema.items()}
    if isinstance(made.get("pattern"), str):
        made["pattern"] = re.sub(r"^\\A(.*)\\Z$", r"^\1$", made["pattern"])
    if isinstance(made.get("description"), str):
        made["description"] = inspect.cleandoc(made["description"])
    return made


def _summary(event: type[Event]) -> str:
    return inspect.cleandoc(event.__doc__ or "").partition("\n\n")[0].replace("\n", " ")


def _writer(name: str) -> str:
    return _WRITERS.get(name.partition(".")[0], "intake")


def as_text(made: Json) -> str:
    """Return the document as the committed file holds it."""
    return json.dumps(made, ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    DOCUMENT.write_text(as_text(document()), encoding="utf-8")
