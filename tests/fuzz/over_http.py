"""Requests to intake's two HTTP ways in, `POST /v1/events` and `POST /v1/dvcqg/{service}`."""

import random
from typing import Any, Final, NamedTuple

import httpx

from tests.unit.services.intake.sources.dvcqg import payloads

from .intake_world import PUBLISHER, World
from .mutations import event, mutate, one_of, written
from .odd_values import TEXTS, odd_value

EVENTS: Final = "/v1/events"
AT_THE_DOOR: Final = {400, 401, 403, 404, 405, 413, 415}
_ANSWERS: Final = {200, 202, 207, 409, 413, 422}
_KINDS: Final = (
    "application/json", "application/cloudevents+json", "application/cloudevents-batch+json",
    "application/x-ndjson", "application/json; charset=utf-16", "APPLICATION/JSON", "",
    "text/plain", "multipart/form-data", "multipart/form-data; boundary=x", "application/xml",
    "application/x-www-form-urlencoded", "application/json;;;", "/", "a" * 500, "\xff\xfe",
)  # fmt: skip
_SHAPES: Final = (
    (0.45, "structured"), (0.17, "batch"), (0.14, "ndjson"), (0.14, "binary"), (0.10, "astray"),
)  # fmt: skip


class Sent(NamedTuple):
    """One request as it goes out; header values are latin-1 bytes."""

    path: str
    headers: list[tuple[bytes, bytes]]
    body: bytes


def events_request(chance: random.Random) -> Sent:
    """A request to the events' door."""
    shape = one_of(chance, _SHAPES)
    headers = _door(chance)
    if shape == "binary":
        return Sent(EVENTS, [*headers, *_binary(chance)], written(odd_value(chance), chance))
    many = chance.choice((1, 2, 3, 8))
    if shape == "ndjson":
        body = b"\n".join(written(event(chance), chance) for _ in range(many))
        kind = "application/x-ndjson"
    elif shape == "batch":
        body = b"[" + b",".join(written(event(chance), chance) for _ in range(many)) + b"]"
        kind = chance.choice(("application/cloudevents-batch+json", "application/json"))
    else:
        body, kind = written(event(chance), chance), chance.choice(_KINDS[:2])
    if shape == "astray":
        kind = chance.choice(_KINDS)
        body = chance.choice((body, b"[" * chance.choice((40, 3_000)), b"[" + b"{}," * 5_100))
    return Sent(EVENTS, [*headers, (b"Content-Type", kind.encode("latin-1"))], body)


def payload_request(chance: random.Random) -> Sent:
    """A request of the national sync; now and then to a service that is none."""
    service = chance.choice(("DongBoHoSoMC", "DongBoHoSoMC", "CapNhatTienDoHoSoMC"))
    payload: Any = payloads.sync(
        *(_element(service, chance) for _ in range(chance.choice((1, 1, 2, 5))))
    )
    if chance.random() < 0.1:
        payload = odd_value(chance)
    elif chance.random() < 0.2:
        mutate(payload, chance, 1)
    if chance.random() < 0.01:
        service = chance.choice(("DongBo", "%00", "..", "x" * 41, "%ff%fe", "HoSo%2F.."))
    kind = (
        chance.choice(_KINDS).encode("latin-1") if chance.random() < 0.05 else b"application/json"
    )
    headers = [*_door(chance), (b"Content-Type", kind)]
    return Sent(f"/v1/dvcqg/{service}", headers, written(payload, chance))


def _element(service: str, chance: random.Random) -> Any:
    code = f"H05.12-20260609-{chance.randrange(400):07}"
    if service == "DongBoHoSoMC":
        found = payloads.dossier(
            MaHoSo=code, TrangThaiHoSo=str(chance.randint(0, 11)),
            NgayKetThucXuLy=chance.choice(("", "20260612100000")),
            DanhSachLePhi=chance.choice(([], [{"Gia": "50.000"}])),
        )  # fmt: skip
    else:
        at = f"202606{chance.randint(9, 28):02}083000"
        found = payloads.step(str(chance.randint(0, 11)), at, code)
    mutate(found, chance, chance.choice((0, 1, 1, 2, 4)))
    return found


def _door(chance: random.Random) -> list[tuple[bytes, bytes]]:
    token = PUBLISHER.encode()
    if chance.random() < 0.02:
        token = chance.choice((b"", b"x", b"\xff\xfe", token + b"\xe9", b"a" * 9_000, b"fuzz fuzz"))
    headers = [(b"Authorization", b"Bearer " + token)]
    if chance.random() < 0.03:
        headers.append(chance.choice([
            (b"Motcua-Via", b"import"), (b"Motcua-Via", b"\xff"), (b"Content-Encoding", b"gzip"),
            (b"Content-Length", b"-1"), (b"Accept", b"text/html"), (b"Origin", b"http://[::1"),
            (b"Sec-Fetch-Site", b"cross-site"), (b"Cookie", b"\xff=;;="), (b"Host", b"["),
            (b"X-HTTP-Method-Override", b"DELETE"), (b"Content-Type", b"text/plain"),
        ]))  # fmt: skip
    return headers


def _binary(chance: random.Random) -> list[tuple[bytes, bytes]]:
    found = event(chance)
    found.pop("data", None)
    headers = [
        (f"ce-{name}".encode("latin-1", "replace"), _header(value))
        for name, value in found.items()
        if name.isascii() and name.isalnum()
    ]
    if chance.random() < 0.1:
        headers.append((b"ce-" + b"x" * chance.choice((5, 30)), _header(chance.choice(TEXTS))))
    if chance.random() < 0.05:
        headers += [(f"ce-a{n}".encode(), b"1") for n in range(40)]
    return [*headers, (b"Content-Type", b"application/json")]


def _header(value: Any) -> bytes:
    text = str(value).encode("utf-8", "surrogatepass")[:5_000]
    return bytes(byte for byte in text if byte not in b"\r\n\x00")


async def send(here: World, sent: Sent) -> None:
    """Post it in this process, and hold the answer against the logs."""
    request = httpx.Request(
        "POST", f"http://intake.test{sent.path}", headers=sent.headers, content=sent.body
    )
    answer = await here.client.send(request)
    judged(here, sent, answer)


def judged(here: World, sent: Sent, answer: httpx.Response) -> None:
    """Judge one answer: a fault of ours, refused at the door, or event by event."""
    tally = here.tally
    if answer.status_code >= 500:
        tally.fault("server_errors", f"{answer.status_code} {answer.text[:200]} {sent}")
        here.wire.raised.clear()
        return
    is_page = answer.headers.get("content-type", "").startswith("text/html")
    said = {} if is_page else answer.json()
    if answer.status_code in _ANSWERS and "results" in said:
        here.judge(said["results"], sent.body, is_event=sent.path == EVENTS)
    elif answer.status_code in AT_THE_DOOR:
        tally.outcomes["at_the_door"] += 1
        if here.wire.raised:
            tally.fault("unaccounted", f"refused at the door, and kept: {answer.status_code}")
    else:
        tally.fault("unaccounted", f"{answer.status_code}: {answer.text[:200]}")
