"""An HTTP server that passes requests on to a real one, and breaks those that it is told to.

A relay serves one artctl. Its script looks at the head of each request and answers None, to pass it
on, or a Break. What was asked is kept in `requests`. Bodies are at most some MiB: they are held in
memory.

Of the upload sessions of GCS the relay knows how far they are, and answers itself who asks that: as
fake-gcs-server takes the question for the end of the upload.
"""

import dataclasses
import fcntl
import re
import socket
import ssl
import struct
import termios
import threading
import time
from typing import Callable, Optional

BLOCK = 1 << 18
LINGER_RESETS = struct.pack("ii", 1, 0)


class Gone(Exception):
    """The other side is gone, or the relay ends this connection."""


@dataclasses.dataclass
class Head:
    """The first line and the headers of a request or an answer."""
    line: str
    headers: list

    @classmethod
    def parse(cls, data):
        line, *rest = data.decode("latin-1").split("\r\n")
        return cls(line, [tuple(part.strip() for part in header.split(":", 1))
                          for header in rest if header])

    def get(self, name, default=""):
        for known, value in self.headers:
            if known.lower() == name.lower():
                return value
        return default

    def without(self, *names):
        names = [name.lower() for name in names]
        return Head(self.line, [(name, value) for name, value in self.headers
                                if name.lower() not in names])

    def having(self, name, value):
        changed = self.without(name)
        changed.headers.append((name, value))
        return changed

    def encode(self):
        lines = [self.line] + [f"{name}: {value}" for name, value in self.headers]
        return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"

    # ---- of requests ----

    @property
    def method(self):
        return self.line.split(" ")[0]

    @property
    def path(self):
        return self.line.split(" ")[1]

    # ---- of answers ----

    @property
    def status(self):
        return int(self.line.split(" ")[1])


@dataclasses.dataclass
class Break:
    """What is done to one request; only what is set."""
    before: Optional[Callable] = None      # called when the request has come, before it is passed on
    request_bytes: Optional[int] = None    # reads so many of its body, and then ...
    ending: str = "reset"                  # ... "reset", "close" or "stall"
    before_ending: Optional[Callable] = None
    request_body: Optional[Callable] = None   # bytes -> bytes that are passed on
    answer: Optional[bytes] = None         # instead of the server's
    change: Optional[Callable] = None      # (Head, body) -> (Head, body) of the answer
    answer_bytes: Optional[int] = None     # sends so many of its body, and then ENDING
    answer_lost: bool = False              # sends nothing of it, and then ENDING


@dataclasses.dataclass
class Asked:
    method: str
    path: str
    broken: bool
    status: int = 0


@dataclasses.dataclass
class Session:
    """An upload to GCS."""
    has: int = 0
    end: Optional[tuple] = None  # the answer to its last request


class Connection:
    """One side of it, with what was read too much."""

    def __init__(self, sock):
        self.sock, self.buffer = sock, b""

    def more(self):
        try:
            data = self.sock.recv(BLOCK)
        except OSError:
            raise Gone from None
        if not data:
            raise Gone
        self.buffer += data

    def send(self, data):
        try:
            self.sock.sendall(data)
        except OSError:
            raise Gone from None

    def read_head(self):
        while b"\r\n\r\n" not in self.buffer:
            self.more()
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        return Head.parse(head)

    def take(self, size):
        parts, have = [self.buffer], len(self.buffer)
        while have < size:
            try:
                data = self.sock.recv(BLOCK)
            except OSError:
                raise Gone from None
            if not data:
                raise Gone
            parts.append(data)
            have += len(data)
        whole = b"".join(parts)
        self.buffer = whole[size:]
        return whole[:size]

    def take_chunks(self, limit):
        """A body in chunks, without their frames."""
        body = b""
        while True:
            while b"\r\n" not in self.buffer:
                self.more()
            line, self.buffer = self.buffer.split(b"\r\n", 1)
            size = int(line.split(b";")[0], 16)
            if limit is not None and len(body) + size > limit:
                self.take(max(limit - len(body), 0))
                return body
            body += self.take(size)
            self.take(2)
            if size == 0:
                return body

    def take_rest(self):
        parts = [self.buffer]
        while True:
            try:
                data = self.sock.recv(BLOCK)
            except OSError:
                raise Gone from None
            if not data:
                return b"".join(parts)
            parts.append(data)

    def wait_until_sent(self):
        """A reset throws away what has not arrived yet."""
        left = bytearray(4)
        for _ in range(200):
            fcntl.ioctl(self.sock, termios.TIOCOUTQ, left)
            if not any(left):
                return
            time.sleep(0.005)

    def close(self, ending="close"):
        try:
            if ending == "reset":
                self.wait_until_sent()
                self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_RESETS)
            self.sock.close()
        except OSError:
            pass


class Relay:
    def __init__(self, upstream, script, host_of_upstream=False, tls=None, on_connect=None):
        """UPSTREAM is HOST:PORT. TLS: an ssl.SSLContext to serve with. ON_CONNECT gets the number of
        a connection, and may answer "reset", "close" or "stall"."""
        self.upstream, self.script, self.tls = upstream, script, tls
        self.host_of_upstream, self.on_connect = host_of_upstream, on_connect
        self.requests, self.sessions, self.connections = [], {}, 0
        self.down = False  # as if there were no server
        self.lock = threading.Lock()
        self.open = set()
        self.ended = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.address = f"127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self.accept, daemon=True).start()

    def close(self):
        self.ended.set()
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()
        with self.lock:
            left = list(self.open)
        for sock in left:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def broken(self):
        return sum(asked.broken for asked in self.requests)

    def accept(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            number = self.connections
            self.connections += 1
            threading.Thread(target=self.serve, args=(sock, number), daemon=True).start()

    def serve(self, sock, number):
        with self.lock:
            self.open.add(sock)
        connection = Connection(sock)
        try:
            self.begin(connection, number)
            while True:
                self.exchange(connection)
        except Gone:
            pass
        finally:
            with self.lock:
                self.open.discard(sock)
            connection.close()

    def begin(self, connection, number):
        ending = self.on_connect(number) if self.on_connect else None
        if ending:
            self.end(connection, ending)
        if self.tls:
            try:
                connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                connection.sock = self.tls.wrap_socket(connection.sock, server_side=True)
            except (OSError, ssl.SSLError):
                raise Gone from None

    def end(self, connection, ending):
        if ending == "stall":
            self.ended.wait(120)
        connection.close(ending)
        raise Gone

    # ---- one request ----

    def exchange(self, client):
        head = client.read_head()
        breaks = self.script(head) or None
        asked = Asked(head.method, head.path, breaks is not None)
        self.requests.append(asked)
        breaks = breaks or Break()
        body = self.read_body(client, head, breaks)
        if breaks.before:
            breaks.before()
        if breaks.answer is not None:
            client.send(breaks.answer)
            asked.status = Head.parse(breaks.answer.split(b"\r\n\r\n")[0]).status
            return
        if breaks.request_body:
            body = breaks.request_body(body)
        known = self.answer_of_session(head)
        answer, answer_body = known or self.ask(head, body, client)
        asked.status = answer.status
        if not known:
            self.note_session(head, answer, answer_body)
        self.send_answer(client, head, answer, answer_body, breaks)

    def read_body(self, client, head, breaks):
        if head.get("Expect"):
            client.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        limit = breaks.request_bytes
        chunked = head.get("Transfer-Encoding").lower() == "chunked"
        size = int(head.get("Content-Length", "0"))
        if chunked:
            body = client.take_chunks(limit)
        else:
            body = client.take(size if limit is None else min(limit, size))
        if limit is not None and (chunked or limit < size):
            if breaks.before_ending:
                breaks.before_ending()
            self.end(client, breaks.ending)
        return body

    def ask(self, head, body, client):
        """The server's answer to it: by a connection of its own."""
        passed = head.without("Expect", "Connection").having("Connection", "close")
        if head.get("Transfer-Encoding"):
            passed = passed.without("Transfer-Encoding").having("Content-Length", str(len(body)))
        if self.host_of_upstream:
            passed = passed.without("Host").having("Host", self.upstream)
        if self.down:
            self.end(client, "reset")
        host, port = self.upstream.rsplit(":", 1)
        try:
            with socket.create_connection((host, int(port)), timeout=60) as sock:
                server = Connection(sock)
                server.send(passed.encode() + body)
                answer = server.read_head()
                while answer.status // 100 == 1:
                    answer = server.read_head()
                if head.method == "HEAD" or answer.status in (204, 304):
                    answer_body = b""
                elif answer.get("Transfer-Encoding").lower() == "chunked":
                    answer_body = server.take_chunks(None)
                elif answer.get("Content-Length"):
                    answer_body = server.take(int(answer.get("Content-Length")))
                else:
                    answer_body = server.take_rest()
        except (OSError, Gone):
            self.end(client, "reset")
        answer = answer.without("Connection")
        if answer.get("Transfer-Encoding"):
            answer = answer.without("Transfer-Encoding").having("Content-Length",
                                                                str(len(answer_body)))
        location = answer.get("Location")
        if location and self.host_of_upstream:
            scheme = "https" if self.tls else "http"
            location = re.sub(rf"https?://{re.escape(self.upstream)}",
                              f"{scheme}://{head.get('Host')}", location)
            answer = answer.having("Location", location)
        return answer, answer_body

    # ---- the sessions of GCS ----

    @staticmethod
    def session_name(address):
        found = re.search(r"upload_id=([^&]+)", address)
        return found.group(1) if found else None

    def open_sessions(self):
        return [name for name, session in self.sessions.items() if not session.end]

    def note_session(self, head, answer, body):
        name = self.session_name(head.path)
        if head.method == "POST" and "uploadType=resumable" in head.path and answer.status == 200:
            self.sessions[self.session_name(answer.get("Location"))] = Session()
        elif head.method == "DELETE":
            self.sessions.pop(name, None)
        elif head.method == "PUT" and name in self.sessions:
            if answer.status in (200, 201):
                self.sessions[name].end = answer, body
            elif answer.status == 308:
                last = re.match(r"bytes \d+-(\d+)/", head.get("Content-Range"))
                self.sessions[name].has = int(last.group(1)) + 1
            elif answer.status in (404, 410):
                self.sessions.pop(name)

    def answer_of_session(self, head):
        """To who asks how far an upload is."""
        session = self.sessions.get(self.session_name(head.path)) if head.method == "PUT" else None
        asks = re.match(r"bytes \*/(.*)", head.get("Content-Range"))
        if not session or not asks or asks.group(1) == str(session.has):
            return None
        if session.end:
            return session.end
        answer = Head("HTTP/1.1 308 Resume Incomplete", [("Content-Length", "0")])
        if session.has:
            answer = answer.having("Range", f"bytes=0-{session.has - 1}")
        return answer, b""

    def send_answer(self, client, head, answer, body, breaks):
        if breaks.change:
            answer, body = breaks.change(answer, body)
        if breaks.answer_lost:
            self.end(client, breaks.ending)
        if breaks.answer_bytes is not None:
            client.send(answer.encode() + body[:breaks.answer_bytes])
            self.end(client, breaks.ending)
        client.send(answer.encode() + (b"" if head.method == "HEAD" else body))
        if answer.get("Connection") == "close":
            self.end(client, "close")


def answer_of(status, body="", *headers):
    """The bytes of an answer."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()
