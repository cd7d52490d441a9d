"""Receivers on loopback: a mail server, a bot API, a webhook. Each remembers what reached it."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class MailBox:
    """What an SMTP server took."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []

    async def handle_DATA(  # noqa: N802 - the name is aiosmtpd's
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Take a mail."""
        del server, session
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        return "250 OK"


@contextmanager
def mail_server(port: int) -> Iterator[MailBox]:
    """Run a mail server on that port for as long as the block."""
    box = MailBox()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield box
    finally:
        controller.stop()


def text_of(mail: EmailMessage) -> str:
    """The plain text of a mail."""
    part = mail.get_body(("plain", "html"))
    assert part is not None
    return str(part.get_content())


class HttpSink:
    """Answers `statuses` one after the other, then 200; remembers every request."""

    def __init__(self, statuses: list[int] | None = None) -> None:
        self.statuses = statuses or []
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        self.url = ""

    def forms(self) -> list[dict[str, Any]]:
        """Every body, as JSON or as a form."""
        return [_read(body) for _, _, body in self.requests]


def _read(body: bytes) -> dict[str, Any]:
    try:
        return dict(json.loads(body))
    except ValueError:
        return {key: values[0] for key, values in parse_qs(body.decode()).items()}


@contextmanager
def http_sink(statuses: list[int] | None = None) -> Iterator[HttpSink]:
    """Run an HTTP server for as long as the block."""
    sink = HttpSink(statuses)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(b"")

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers["Content-Length"] or 0)))

        def _answer(self, body: bytes) -> None:
            sink.requests.append((self.path, dict(self.headers), body))
            status = sink.statuses.pop(0) if sink.statuses else 200
            if status == 0:  # hang up without a word
                self.close_connection = True
                return
            answer = b'{"ok": true, "result": {"message_id": 1}}'
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    sink.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield sink
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
