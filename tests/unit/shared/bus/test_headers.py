from hypothesis import given, settings
from hypothesis import strategies as st
from nats.aio.client import Client

from shared.bus.headers import header_lines, read_headers_quickly

PIECES = st.one_of(
    st.binary(max_size=8),
    st.sampled_from(
        [b"\r\n", b":", b": ", b" ", b"\t", b"\x1c", b"\x0b", b"\xc2\xa0", b"Nats-Msg-Id", b"a b"]
    ),
)


@settings(max_examples=2000, deadline=None)
@given(st.lists(PIECES, max_size=12).map(b"".join))
def test_headers_are_what_the_client_library_reads(raw: bytes) -> None:
    assert header_lines(raw) == Client._parse_header_lines(raw)


def test_a_fact_of_a_batch_keeps_its_headers() -> None:
    raw = b"Nats-Msg-Id: abc\r\nNats-Batch-Sequence:2\r\n\r\n"

    assert header_lines(raw) == {"Nats-Msg-Id": "abc", "Nats-Batch-Sequence": "2"}


async def test_a_client_of_ours_reads_headers_this_way() -> None:
    client = read_headers_quickly(Client())

    headers = await client._process_headers(b"NATS/1.0\r\nNats-Msg-Id: abc\r\n\r\n")

    assert headers == {"Nats-Msg-Id": "abc"}
    assert client._parse_header_lines is header_lines
