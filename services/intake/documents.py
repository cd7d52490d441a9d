"""What the OpenAPI document says of the ways in, with an example of each."""

from dataclasses import dataclass
from typing import Any, Final

from litestar.openapi.spec import (
    Components,
    Example,
    OpenAPIMediaType,
    Operation,
    RequestBody,
    Schema,
    SecurityScheme,
)
from litestar.openapi.spec.enums import OpenAPIType

from .bodies import BATCH, JSON, NDJSON, STRUCTURED

COMPONENTS: Final = Components(
    security_schemes={
        "publisher": SecurityScheme(
            type="http", scheme="bearer", description="The token of `motcua publishers add`."
        )
    }
)
SECURITY: Final[list[dict[str, list[str]]]] = [{"publisher": []}]

EVENT: Final[dict[str, Any]] = {
    "specversion": "1.0",
    "id": "000.00.18.H02-240412-0001:received:1",
    "source": "mcdt-tinh",
    "type": "dossier.received.v1",
    "subject": "000.00.18.H02-240412-0001",
    "time": "2024-04-12T08:15:00+07:00",
    "data": {
        "agency_code": "H02.18",
        "procedure_code": "1.004194",
        "channel": "online",
        "due_on": "2024-04-19",
    },
}
CONTACT: Final[dict[str, Any]] = {
    "name": "Nguyễn Văn Mẫu",
    "phone": "0000 000 000",
    "address": "Số 1, đường Ví Dụ",
}
PAYLOAD: Final[dict[str, Any]] = {
    "isUpdating": "false",
    "data": [
        {
            "MaHoSo": "000.00.18.H02-240412-0001",
            "MaTTHC": "1.004194",
            "NgayTiepNhan": "20240412081500",
            "NgayHenTra": "20240419170000",
            "TrangThaiHoSo": "2",
            "KenhThucHien": "2",
        }
    ],
}


@dataclass
class EventsOperation(Operation):
    """`POST /v1/events`: the same events in four forms."""

    def __post_init__(self) -> None:
        """Describe the request body, which is read as bytes."""
        event = Schema(type=OpenAPIType.OBJECT, description="CloudEvents 1.0, JSON format.")
        many = Schema(type=OpenAPIType.ARRAY, items=event)
        line = Schema(type=OpenAPIType.STRING, description="One event a line.")
        self.request_body = RequestBody(
            required=True,
            description="Binary mode: the body is `data`, attributes stand in ce- headers.",
            content={
                STRUCTURED: _media(event, EVENT),
                JSON: _media(event, {**EVENT, "contact": CONTACT}),
                BATCH: _media(many, [EVENT]),
                NDJSON: _media(line, "{…}\n{…}\n"),
            },
        )


@dataclass
class PayloadOperation(Operation):
    """`POST /v1/dvcqg/{service}`."""

    def __post_init__(self) -> None:
        """Describe the request body, which is read as bytes."""
        schema = Schema(type=OpenAPIType.OBJECT, description="The payload of the sync service.")
        self.request_body = RequestBody(required=True, content={JSON: _media(schema, PAYLOAD)})


def _media(schema: Schema, value: Any) -> OpenAPIMediaType:
    return OpenAPIMediaType(schema=schema, examples={"ví dụ": Example(value=value)})
