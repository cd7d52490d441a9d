import itertools

from hypothesis import example, given, settings
from hypothesis import strategies as st
from nats.aio.client import Client
from nats.protocol.parser import Parser

from shared.bus.tap import OnArrival, _read_runs, _tapped_run, lines_of, status_of

TAPPED, OTHER = 7, 8
Heard = tuple[int, bytes, bytes, bytes | None]


class Library(Client):
    """Stands where the client's own handling begins."""

    def __init__(self, taps: dict[int, OnArrival], heard: list[Heard]) -> None:
        super().__init__()
        self.heard, self.taps, self.pings = heard, taps, 0

    async def _process_msg(
        self, sid: int, subject: bytes, reply: bytes, data: bytes, headers: bytes | None
    ) -> None:
        assert subject == b"a.b"
        if sid in self.taps:
            self.taps[sid](reply, data, headers)
        else:
            self.heard.append((sid, reply, data, headers))

    async def _process_ping(self) -> None:
        self.pings += 1


HEADERS = st.sampled_from([None, b"NATS/1.0\r\n\r\n", b"NATS/1.0 408 X\r\nA: b\r\n\r\n"])
BODIES = st.one_of(st.binary(max_size=12), st.sampled_from([b"\r\n", b"HMSG a.b 7 r 12 13\r\n"]))
MESSAGES = st.lists(
    st.none()
    | st.tuples(st.sampled_from([TAPPED, OTHER]), st.sampled_from([b"", b"r.1"]), BODIES, HEADERS),
    max_size=8,
)


def wire(message: Heard | None) -> bytes:
    if message is None:
        return b"PING\r\n"
    sid, reply, body, headers = message
    words = [b"a.b", b"%d" % sid, *([reply] if reply else [])]
    if headers is None:
        return b"MSG %b %d\r\n%b\r\n" % (b" ".join(words), len(body), body)
    sizes = b"%d %d" % (len(headers), len(headers) + len(body))
    return b"HMSG %b %b\r\n%b%b\r\n" % (b" ".join(words), sizes, headers, body)


@settings(max_examples=2000, deadline=None)
@given(MESSAGES, st.lists(st.integers(0, 400), max_size=6))
@example([(TAPPED, b"r.1", b"x", b"NATS/1.0\r\n\r\n"), None], [3, 20, 31])
async def test_messages_arrive_whole_and_in_order_however_the_stream_is_torn(
    messages: list[Heard | None], cuts: list[int]
) -> None:
    heard: list[Heard] = []
    taps: dict[int, OnArrival] = {TAPPED: lambda r, b, h: heard.append((TAPPED, r, b, h))}
    library = Library(taps, heard)
    parser = Parser(library)
    _read_runs(parser, taps)

    stream = b"".join(map(wire, messages))
    places = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    for start, stop in itertools.pairwise(places):
        await parser.parse(stream[start:stop])

    assert heard == [message for message in messages if message is not None]
    assert library.pings == messages.count(None)


def test_a_run_of_tapped_messages_is_taken_at_once() -> None:
    heard: list[bytes] = []
    taps: dict[int, OnArrival] = {TAPPED: lambda _, body, __: heard.append(body)}
    two = wire((TAPPED, b"r.1", b"x", b"NATS/1.0\r\n\r\n")) * 2

    assert _tapped_run(two + b"HMSG a.", taps) == (len(two), True)
    assert _tapped_run(two + b"PING\r\n", taps) == (len(two), False)
    assert heard == [b"x"] * 4


def test_a_status_is_told_from_headers() -> None:
    lapsed = b"NATS/1.0 408 Request Timeout\r\nNats-Pending-Messages: 3\r\n\r\n"

    assert status_of(lapsed) == "408"
    assert status_of(b"NATS/1.0 503\r\n\r\n") == "503"
    assert status_of(b"NATS/1.0\r\nStatus: 408\r\n\r\n") == ""
    assert status_of(None) == ""
    assert lines_of(lapsed) == b"Nats-Pending-Messages: 3\r\n\r\n"
    assert lines_of(None) == b""
