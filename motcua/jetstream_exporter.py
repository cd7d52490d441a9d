"""The broker's monitoring port as Prometheus series, under the official exporter's names.

No packaged exporter fits a closed network without another image, and everything is in `/jsz`,
`/varz` and `/healthz`. Names and labels follow prometheus-nats-exporter, so that its boards and
rules work; of its labels those that a province never tells apart are left out. A broker that does
not answer is `gnatsd_healthz_status 1` and nothing else, not a failed scrape.
"""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

_TIMEOUT_SECONDS = 3.0
_JSZ = "/jsz?streams=true&consumers=true&config=true"
_CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_SERVER = {
    "jetstream_server_total_streams": "streams",
    "jetstream_server_total_consumers": "consumers",
    "jetstream_server_total_messages": "messages",
    "jetstream_server_total_message_bytes": "bytes",
    "jetstream_server_max_storage": "config.max_storage",
    "jetstream_server_max_memory": "config.max_memory",
}
_VARZ = {
    "gnatsd_varz_mem": "mem",
    "gnatsd_varz_connections": "connections",
    "gnatsd_varz_slow_consumers": "slow_consumers",
    "gnatsd_varz_in_msgs": "in_msgs",
    "gnatsd_varz_out_msgs": "out_msgs",
    "gnatsd_varz_jetstream_stats_storage": "jetstream.stats.storage",
    "gnatsd_varz_jetstream_stats_reserved_storage": "jetstream.stats.reserved_storage",
}
_STREAM = {
    "jetstream_stream_total_messages": "state.messages",
    "jetstream_stream_total_bytes": "state.bytes",
    "jetstream_stream_first_seq": "state.first_seq",
    "jetstream_stream_last_seq": "state.last_seq",
    "jetstream_stream_consumer_count": "state.consumer_count",
    "jetstream_stream_limit_bytes": "config.max_bytes",
}
_CONSUMER = {
    "jetstream_consumer_num_pending": "num_pending",
    "jetstream_consumer_num_ack_pending": "num_ack_pending",
    "jetstream_consumer_num_redelivered": "num_redelivered",
    "jetstream_consumer_num_waiting": "num_waiting",
    "jetstream_consumer_delivered_stream_seq": "delivered.stream_seq",
    "jetstream_consumer_ack_floor_stream_seq": "ack_floor.stream_seq",
}

Series = tuple[str, Mapping[str, str], float]


def exposition(varz: Mapping[str, Any], jsz: Mapping[str, Any], *, is_healthy: bool) -> str:
    """Return the page: every family under its own heading, values of absent fields left out."""
    lines: dict[str, list[str]] = {}
    for name, labels, value in _series(varz, jsz, is_healthy=is_healthy):
        family = lines.setdefault(name, [f"# TYPE {name} gauge"])
        inside = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items())
        family.append(f"{name}{{{inside}}} {value:.16g}")
    return "".join(f"{line}\n" for family in lines.values() for line in family)


def silent_broker() -> str:
    """Return the page of a broker that does not answer."""
    return "# TYPE gnatsd_healthz_status gauge\ngnatsd_healthz_status 1\n"


def fetch(http: httpx.Client) -> str:
    """Ask the broker and return the page; a silent broker has one of its own."""
    try:
        health = http.get("/healthz")
        varz, jsz = http.get("/varz").json(), http.get(_JSZ).json()
    except (httpx.HTTPError, ValueError):
        return silent_broker()
    return exposition(varz, jsz, is_healthy=health.is_success)


def _series(
    varz: Mapping[str, Any], jsz: Mapping[str, Any], *, is_healthy: bool
) -> Iterator[Series]:
    server = str(varz.get("server_name", ""))
    here = {"server_name": server}
    yield ("gnatsd_healthz_status", here, 0 if is_healthy else 1)
    yield from _read(_VARZ, varz, here)
    yield from _read(_SERVER, jsz, here)
    for account in jsz.get("account_details") or ():
        for stream in account.get("stream_detail") or ():
            labels = {
                **here,
                "account": str(account.get("name", "")),
                "stream_name": str(stream.get("name", "")),
                "is_stream_leader": _leads(stream, server),
            }
            yield from _read(_STREAM, stream, labels)
            for consumer in stream.get("consumer_detail") or ():
                own = {
                    "consumer_name": str(consumer.get("name", "")),
                    "is_consumer_leader": _leads(consumer, server),
                }
                yield from _read(_CONSUMER, consumer, {**labels, **own})


def _read(
    wanted: Mapping[str, str], found: Mapping[str, Any], labels: Mapping[str, str]
) -> Iterator[Series]:
    for name, path in wanted.items():
        value: Any = found
        for step in path.split("."):
            value = value.get(step) if isinstance(value, Mapping) else None
        if isinstance(value, int | float):
            yield (name, labels, value)


def _leads(found: Mapping[str, Any], server: str) -> str:
    cluster = found.get("cluster")  # absent on a single node, which leads everything
    return "false" if cluster and cluster.get("leader") != server else "true"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def make_server(address: tuple[str, int], monitor: str) -> ThreadingHTTPServer:
    """Return the server, bound and not yet serving; it asks the broker at each scrape."""
    http = httpx.Client(base_url=monitor, timeout=_TIMEOUT_SECONDS)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path not in ("/metrics", "/health/live"):
                self.send_error(404)
                return
            body = fetch(http).encode() if self.path == "/metrics" else b'{"live":true}'
            self.send_response(200)
            self.send_header("Content-Type", _CONTENT_TYPE)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
            """Say nothing: a scrape every ten seconds is not news."""

    return ThreadingHTTPServer(address, Handler)


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve `/metrics` until stopped."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--monitor", default="http://127.0.0.1:8405", help="NATS monitoring port")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=7777)
    chosen = parser.parse_args(arguments)
    make_server((chosen.host, chosen.port), chosen.monitor).serve_forever()


if __name__ == "__main__":
    main()
