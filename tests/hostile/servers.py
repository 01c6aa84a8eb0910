#!/usr/bin/env python3
"""Servers that do not come to an end, talk to the terminal, or send back the secrets they were sent."""
import json
import os
import re
import socket
import threading

from world import World

world = World()
EITHER = (1, 5, 6)
state = {"answer": None}
received = []


# ---- a server that says whatever bytes it is told to ----

class Server(threading.Thread):
    def __init__(self):
        super().__init__(daemon=True)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]

    def run(self):
        while True:
            connection, _ = self.listener.accept()
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        with connection:
            connection.settimeout(60)
            try:
                while self.answer_one(connection):
                    pass
            except OSError:
                pass  # whoever had enough went away

    def answer_one(self, connection):
        head, body = b"", b""
        while b"\r\n\r\n" not in head:
            more = connection.recv(1 << 16)
            if not more:
                return False
            head += more
        head, _, body = head.partition(b"\r\n\r\n")
        if b"100-continue" in head.lower():
            connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        length = re.search(rb"(?i)\r\ncontent-length: (\d+)", head)
        while length is not None and len(body) < int(length[1]):
            more = connection.recv(1 << 16)
            if not more:
                return False
            body += more
        received.append((head, body))
        for piece in state["answer"](head, body):
            connection.sendall(piece)
        return True


server = Server()
server.start()
world.write("s3.yaml", f"""s3: {{endpoint: "127.0.0.1:{server.port}", bucket: bucket, region: us-east-1, insecure: true}}
""".encode())
world.write("gcs.yaml", f"""gcs: {{endpoint: "http://127.0.0.1:{server.port}", bucket: bucket}}
""".encode())
world.environment["STORAGE_EMULATOR_HOST"] = f"http://127.0.0.1:{server.port}"
world.environment["ARTREPO_STALL_TIMEOUT"] = "5s"
address = f"http://127.0.0.1:{server.port}/x"
source = world.write("cwd/source", b"some data")
S3, GCS = (["-r", world.path(name)] for name in ("s3.yaml", "gcs.yaml"))
COMMANDS = {"s3, get": S3 + ["get", "p/a", world.destination], "s3, ls": S3 + ["ls", "p/"],
            "s3, put": S3 + ["put", "--archive", "none", source, "p/a"], "s3, stat": S3 + ["stat", "p/a"],
            "s3, rm": S3 + ["rm", "p/a"],
            "gcs, get": GCS + ["get", "p/a", world.destination], "gcs, ls": GCS + ["ls", "p/"],
            "gcs, put": GCS + ["put", "--archive", "none", source, "p/a"],
            "http, get": ["get", address, world.destination], "http, stat": ["stat", address],
            "http, put": ["put", "--archive", "none", source, address]}


def ask(subject, case, answer, codes, message=None, commands=COMMANDS):
    state["answer"] = answer
    for name in commands:
        world.case(subject, f"{case}: {name}", ["-q", "--retries", "0"] + COMMANDS[name], codes, message)


def for_ever(*pieces, before=b""):
    def answer(head, body):
        yield before
        while True:
            yield from pieces
    return answer


# ---- no end ----

block = b"10000\r\n" + b"x" * 65536 + b"\r\n"
OK = b'HTTP/1.1 200 OK\r\nETag: "v"\r\nx-goog-generation: 1\r\nContent-Length: 4\r\n'
for status in (b"500 Bad", b"404 Gone", b"403 No", b"302 Elsewhere"):
    ask("bodies of refusals", f"{status.decode()}, in chunks without an end",
        for_ever(block, before=b"HTTP/1.1 %s\r\nTransfer-Encoding: chunked\r\n\r\n" % status), (1, 3, 4, 5, 6))
ask("bodies of refusals", "a length of 888 TiB",
    for_ever(b"x" * 65536, before=b"HTTP/1.1 500 Bad\r\nContent-Length: 976366325465088\r\n\r\n"), EITHER)
TOO_LARGE = "headers are larger than any that make sense"
ask("headers", "continue, for ever", for_ever(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000), (6,), TOO_LARGE)
ask("headers", "hints, for ever", for_ever(b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" * 1000), (6,), TOO_LARGE)
ask("headers", "headers, for ever", for_ever(b"X-More: and more\r\n" * 1000, before=OK), (6,), TOO_LARGE)
ask("headers", "of control characters", for_ever(b"X\x01: y\r\n" * 1000, before=OK), (6,), TOO_LARGE)
ask("headers", "one without an end", for_ever(b"y" * 65536, before=OK + b"X: "), EITHER, "header")
ask("headers", "trailers, for ever", for_ever(b"X-More: and more\r\n" * 1000, before=b'HTTP/1.1 200 OK\r\nETag: "v"\r\nx-goog-generation: 1\r\n'
    b"Transfer-Encoding: chunked\r\n\r\n4\r\nevil\r\n0\r\n"), EITHER, commands=("s3, get", "gcs, get", "http, get", "s3, ls"))
for first, second in ((4, 400), (400, 4)):
    ask("headers", f"two lengths, {first} and {second}", lambda head, body: [
        b'HTTP/1.1 200 OK\r\nETag: "v"\r\nx-goog-generation: 1\r\n'
        b"Content-Length: %d\r\nContent-Length: %d\r\n\r\nevil" % (first, second)], (6,), "contradict each other")

# ---- listings without an end ----

pages = 0


def xml_page(token, key=None):
    contents = f"<Contents><Key>{key}</Key><Size>1</Size></Contents>" if key else ""
    return (f"<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>{token}</NextContinuationToken>"
            f"{contents}</ListBucketResult>").encode()


def json_page(token, key=None):
    items = [{"name": key, "size": "1", "generation": "1"}] if key else []
    return json.dumps({"nextPageToken": token, "items": items}).encode()


def listing(page, circle, key):
    def answer(head, body):
        global pages
        pages += 1
        data = page(f"t{pages % circle if circle else pages}", key)
        yield b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(data) + data
    return answer


for store, page in (("s3, ls", xml_page), ("gcs, ls", json_page)):
    for circle in (2, 3, 100):
        ask("listings", f"a circle of {circle} pages", listing(page, circle, "p/a"), (1,), "circle", (store,))
        ask("listings", f"a circle of {circle} empty pages", listing(page, circle, None), (1,), "circle", (store,))
    ask("listings", "empty pages, for ever", listing(page, 0, None), (1,), "nothing in them", (store,))

# ---- what a terminal would obey ----

CONTROL = "\x9b2J\x85\x80".encode()


def refusal(body, headers=b"", status=b"400 Bad"):
    def answer(head, _):
        yield b"HTTP/1.1 %s\r\n%sContent-Length: %d\r\n\r\n" % (status, headers, len(body)) + body
    return answer


for case, body in {"S3's document": b"<Error><Code>Bad%s</Code><Message>%s</Message></Error>" % (CONTROL, CONTROL),
                   "JSON": json.dumps({"error": {"code": 400, "message": CONTROL.decode()}}, ensure_ascii=False).encode(),
                   "a page": b"<html>" + CONTROL + b"\x1b[2J\r\n</html>"}.items():
    ask("control characters", case, refusal(body, b"x-amz-request-id: " + CONTROL + b"\r\n"), (1, 3, 4, 5, 6))
ask("control characters", "where to", refusal(b"", b"Location: ftp://" + CONTROL + b"/\r\n", b"302 Elsewhere"), EITHER)

# ---- secrets that come back ----

SECRETS = {"id": b"client-of-the-test", "secret": b"s3cret/of=the client", "url": f"http://127.0.0.1:{server.port}/token".encode()}
os.makedirs(world.path("home/secrets/web"))
for name, value in SECRETS.items():
    world.write(f"home/secrets/web/{name}", value)
world.write("web.yaml", f"""http:
  url: http://127.0.0.1:{server.port}/
  auth:
    oauth2:
      clientIDSecret: {{name: web, key: id}}
      clientSecretSecret: {{name: web, key: secret}}
      tokenURLSecret: {{name: web, key: url}}
      endpointParams: [{{key: assertion, value: assertion-of-the-test}}]
""".encode())


def echo(head, body):
    """As debugging servers do, and in the words of OAuth."""
    fields = dict(field.split(b"=", 1) for field in body.split(b"&") if b"=" in field)
    said = json.dumps({"error": "invalid_client", "error_description": body.decode() + " " + " ".join(
        re.sub(r"%(..)", lambda hex: chr(int(hex[1], 16)), value.decode()) for value in fields.values())}).replace("/", "\\/")
    yield from refusal(said.encode(), status=b"401 No")(head, body)


state["answer"] = echo
for case, options in {"quiet": ["-q"], "at the most verbose": ["-v", "-v"], "as JSON": ["--json", "-v", "-v", "--log-format", "json"]}.items():
    received.clear()
    world.counts["secrets that come back"] = world.counts.get("secrets that come back", 0) + 1
    code, said, complained, _ = world.run(options + ["--retries", "0", "--secrets-dir", world.path("home/secrets"),
                                                     "-r", world.path("web.yaml"), "get", "x", world.destination])
    sent = b" ".join(head + body for head, body in received)
    if b"assertion-of-the-test" not in sent:
        world.fail("secrets that come back", case, f"the secrets were not sent: {sent!r}")
    if code != 4 or b"invalid_client" not in complained:
        world.fail("secrets that come back", case, f"exit code {code}: {complained.decode()}")
    for secret in (SECRETS["secret"], b"s3cret%2F", b"of=the client", b"assertion-of-the-test"):
        if secret in said + complained:
            world.fail("secrets that come back", case, f"shows {secret!r}: {complained.decode()}")
world.end()
