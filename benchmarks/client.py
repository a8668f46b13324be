"""A small HTTP client: what it costs is the same for everybody, and little.

gunicorn's sync workers close a connection after each answer, so each request opens one.
"""

import socket
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import quantiles
from urllib.parse import urlencode

TIMEOUT = 120


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    seconds: float


@dataclass(frozen=True)
class Client:
    port: int
    headers: dict[str, str] = field(default_factory=dict)

    def get(self, path: str) -> Answer:
        return self._send(f"GET {path} HTTP/1.1", {}, b"")

    def post(self, path: str, fields: Mapping[str, str]) -> Answer:
        """A form, with the token that it was given."""
        body = urlencode(fields).encode()
        lines = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Content-Length": str(len(body)),
        }
        return self._send(f"POST {path} HTTP/1.1", lines, body)

    def _send(self, what: str, more: Mapping[str, str], body: bytes) -> Answer:
        lines = {"Host": "127.0.0.1", "Connection": "close", **self.headers, **more}
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        request = f"{what}\r\n{head}\r\n".encode() + body
        began = time.perf_counter()
        with socket.create_connection(("127.0.0.1", self.port), TIMEOUT) as connection:
            connection.sendall(request)
            received = bytearray()
            while part := connection.recv(1 << 16):
                received += part
        seconds = time.perf_counter() - began
        if not received:
            raise ConnectionResetError("no answer")
        head_bytes, _, answered = bytes(received).partition(b"\r\n\r\n")
        return Answer(int(head_bytes.split(b" ", 2)[1]), answered, seconds)


@dataclass(frozen=True)
class Visit:
    """One target in one round: milliseconds of each request, and requests per second."""

    milliseconds: list[float]
    rps: float

    @property
    def p50(self) -> float:
        return percentile(self.milliseconds, 50)


def visit(client: Client, path: str, *, seconds: float, clients: int = 2, least: int = 5) -> Visit:
    """Ask one at a time for half of the time, then by several clients at once."""
    alone = _ask(client, path, seconds / 2, least)
    counts: list[int] = []
    began = time.perf_counter()
    threads = [
        threading.Thread(target=lambda: counts.append(len(_ask(client, path, seconds / 2, 2))))
        for _ in range(clients)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Visit(alone, sum(counts) / (time.perf_counter() - began))


def _ask(client: Client, path: str, seconds: float, least: int) -> list[float]:
    taken: list[float] = []
    deadline = time.perf_counter() + seconds
    while len(taken) < least or time.perf_counter() < deadline:
        answer = client.get(path)
        if answer.status != 200:
            raise RuntimeError(f"{path} answered {answer.status}")
        taken.append(answer.seconds * 1000)
    return taken


def percentile(values: list[float], percent: int) -> float:
    if len(values) < 2:
        return values[0]
    return quantiles(values, n=100, method="inclusive")[percent - 1]
