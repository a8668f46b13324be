"""A mail server in the test's own process, as unfriendly as a test asks."""

import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Server(socketserver.ThreadingTCPServer):
    """`answers` maps a command to the line that it gets, to a pause in seconds before none, or to
    a function that makes the line from the command's."""

    allow_reuse_address = daemon_threads = True

    def __init__(self, **answers: Any) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.answers: dict[str, Any] = answers
        self.received: list[str] = []

    @property
    def port(self) -> int:
        return self.server_address[1]


class _Talk(socketserver.StreamRequestHandler):
    server: Server

    def handle(self) -> None:
        self._say("220 test")
        while line := self.rfile.readline():
            word = line.split()[0].decode().upper() if line.strip() else ""
            answer = self.server.answers.get(word, "354 go" if word == "DATA" else "250 ok")
            if callable(answer):
                answer = answer(line)
            if not isinstance(answer, str):
                time.sleep(answer)
                return
            self._say(answer)
            if word == "DATA" and answer.startswith("354"):
                self._take()
            if word == "QUIT":
                return

    def _take(self) -> None:
        lines: list[bytes] = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line)
        self.server.received.append(b"".join(lines).decode())
        after = self.server.answers.get("AFTER", "250 taken")
        if isinstance(after, str):
            self._say(after)
        else:
            time.sleep(after)

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


@contextmanager
def serving(settings: Any, **answers: Any) -> Iterator[Server]:
    """The settings point at it until the end."""
    with Server(**answers) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        settings.EMAIL_TIMEOUT = 0.3
        yield server
        server.shutdown()
