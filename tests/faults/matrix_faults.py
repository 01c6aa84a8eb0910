"""What each fault of the matrix does. What must come of it stands in matrix_table.py."""

import dataclasses
import threading
import time
from typing import Callable, Optional

from relay import Break, answer_of

CUT = {"tar": 100_000, "none": 3_000_000}  # in the middle of the archive, and of the first piece
SHORT = 1000                               # so little that an attempt counts as no progress
STALL = "1s"


@dataclasses.dataclass
class Fault:
    # Of the requests that move the artifact's bytes: (cell, number from 0, Head) -> Break or None.
    data: Optional[Callable] = None
    # Of all others: (cell, Head) -> Break or None.
    other: Optional[Callable] = None
    on_connect: Optional[Callable] = None   # see Relay
    toxics: tuple = ()                      # of a toxiproxy before the relay
    gone: bool = False                      # nobody listens there
    heals: bool = False                     # at artctl's first "retrying"
    certificate: str = ""                   # of a relay that speaks TLS
    host: str = ""                          # instead of the relay's
    environment: dict = dataclasses.field(default_factory=dict)
    save_environment: dict = dataclasses.field(default_factory=dict)  # of saves alone, on top
    data_set: str = ""                      # instead of the usual one
    expiring: bool = False                  # with credentials that end
    own_server: bool = False                # it is killed
    own_object: bool = False                # it is changed
    least_seconds: float = 0                # or it did not wait as it was asked to
    what: str = ""                          # in words


FAULTS = {}


def fault(name, **settings):
    assert name not in FAULTS
    FAULTS[name] = Fault(**settings)


def once(make):
    """The first request alone; MAKE: cell -> Break."""
    return lambda cell, number, head: make(cell) if number == 0 else None


def each(make):
    return lambda cell, number, head: make(cell)


def in_both(name, make, **settings):
    """The fault once, and each time."""
    fault(f"{name}-once", data=once(make), **settings)
    fault(name, data=each(make), **settings)


# ---- connections ----

fault("nothing")
# With waits that are long enough to make the server come up on a busy machine.
fault("refused-once", gone=True, heals=True,
      environment={"EXECUTOR_RETRY_BACKOFF_DURATION": "1s"})
fault("refused", gone=True)
fault("reset-at-connect-once", on_connect=lambda number: "reset" if number == 0 else None)
fault("reset-at-connect", on_connect=lambda number: "reset")
fault("reset-by-proxy", toxics=({"type": "reset_peer", "attributes": {"timeout": 0}},))
fault("unknown-name", host="no-such-host.invalid")
for certificate in ("good", "expired", "other-host", "self-signed"):
    fault(f"tls-{certificate}", certificate=certificate)

# ---- broken on the way ----

in_both("reset-in-request", lambda cell: Break(request_bytes=CUT[cell.strategy]))
in_both("reset-in-answer", lambda cell: Break(answer_bytes=CUT[cell.strategy]))
fault("reset-in-answer-early", data=each(lambda cell: Break(answer_bytes=SHORT)))
fault("cut-by-proxy", toxics=({"type": "limit_data", "stream": "upstream",
                               "attributes": {"bytes": 60_000}},
                              {"type": "limit_data", "stream": "downstream",
                               "attributes": {"bytes": 60_000}}))
in_both("lost-answer", lambda cell: Break(answer_lost=True))
fault("truncated-once", data=once(lambda cell: Break(answer_bytes=CUT[cell.strategy],
                                                     ending="close")))
fault("truncated", data=each(lambda cell: Break(answer_bytes=SHORT, ending="close")))

# ---- too slow ----

fault("stalled-request", toxics=({"type": "timeout", "stream": "upstream",
                                  "attributes": {"timeout": 0}},),
      environment={"ARTREPO_STALL_TIMEOUT": STALL})
fault("stalled-answer", toxics=({"type": "timeout", "stream": "downstream",
                                 "attributes": {"timeout": 0}},),
      environment={"ARTREPO_STALL_TIMEOUT": STALL})
fault("stalled-in-request-once", environment={"ARTREPO_STALL_TIMEOUT": STALL},
      data=once(lambda cell: Break(request_bytes=CUT[cell.strategy], ending="stall")))
fault("stalled-in-answer-once", environment={"ARTREPO_STALL_TIMEOUT": STALL},
      data=once(lambda cell: Break(answer_bytes=CUT[cell.strategy], ending="stall")))
SLOW = ({"type": "bandwidth", "stream": "upstream", "attributes": {"rate": 1}},
        {"type": "bandwidth", "stream": "downstream", "attributes": {"rate": 1}})
fault("slow", toxics=SLOW, data_set="small", environment={"ARTREPO_STALL_TIMEOUT": "3s"},
      least_seconds=3)
# All that is saved fits into the buffers on the way: whoever sends it sees nothing more until the
# answer, and has to wait for that.
fault("slow-for-long", toxics=SLOW, data_set="slow", environment={"ARTREPO_STALL_TIMEOUT": "3s"},
      save_environment={"ARTREPO_STALL_TIMEOUT": "300s"}, least_seconds=60)

# ---- bodies and lengths that are not true ----


def without_length(cell):
    def change(answer, body):
        return (answer.without("Content-Length").having("Connection", "close"),
                body[:CUT[cell.strategy]])
    return Break(change=change)


def with_length(difference):
    def change(answer, body):
        length = len(body) + difference
        return (answer.having("Content-Length", str(length)).having("Connection", "close"),
                body[:length])
    return lambda cell: Break(change=change)


def flip(body):
    at = len(body) // 2
    return body[:at] + bytes([body[at] ^ 4]) + body[at + 1:]


in_both("truncated-without-length", without_length)
in_both("length-too-long", with_length(1000))
in_both("length-too-short", with_length(-1000))
in_both("bit-flipped-in-request", lambda cell: Break(request_body=flip))
in_both("bit-flipped-in-answer",
        lambda cell: Break(change=lambda answer, body: (answer, flip(body) if body else body)))

# ---- answers ----


def answers(*arguments):
    return lambda cell: Break(answer=answer_of(*arguments))


in_both("500", answers("500 Internal Server Error"))
fault("503-retry-after-once", least_seconds=1,
      data=once(answers("503 Service Unavailable", "", "Retry-After: 1")))
fault("503-retry-after", least_seconds=2,
      data=each(answers("503 Service Unavailable", "", "Retry-After: 1")))
in_both("429", answers("429 Too Many Requests"))
fault("403", data=each(answers("403 Forbidden")))

ERROR_BODIES = {
    "s3": ("200 OK", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>InternalError</Code>"
           "<Message>We encountered an internal error.</Message></Error>",
           "Content-Type: application/xml"),
    "gcs": ("200 OK", '{"error": {"code": 503, "message": "Backend Error"}}',
            "Content-Type: application/json"),
    "http": ("200 OK", "<html><title>Error</title>Please log in.</html>", "Content-Type: text/html"),
}


def error_body(cell):
    return answers(*ERROR_BODIES[cell.store.name])(cell)


def completes(head):
    return head.method == "POST" and "uploadId=" in head.path


def of_completion(make):
    """Of the request that ends a multipart upload of S3."""
    return lambda cell, head: make(cell) if completes(head) else None


def first_completion(cell, head):
    return error_body(cell) if completes(head) and not cell.relay.broken() else None


in_both("200-with-error", error_body)
fault("200-with-error-at-the-end-once", other=first_completion)
fault("200-with-error-at-the-end", other=of_completion(error_body))


def redirect(cell, number, head):
    return Break(answer=answer_of("307 Temporary Redirect", "",
                                  f"Location: http://{head.get('Host')}{head.path}"))


fault("redirect-loop", data=redirect)

# ---- credentials that end ----


def expired(cell, head):
    answer = cell.store.expired_answer(head)
    return Break(answer=answer_of(*answer)) if answer else None


def token_endpoint(cell, head):
    if head.path != "/token":
        return expired(cell, head)
    with cell.lock:
        token = cell.tokens.pop(0)
    return Break(answer=answer_of("200 OK", '{"access_token": "%s", "token_type": "Bearer", '
                                  '"expires_in": 3600}' % token, "Content-Type: application/json"))


fault("expired-token", expiring=True, data=lambda cell, number, head: expired(cell, head),
      other=token_endpoint)

# ---- objects that change, servers that end ----


def changed(change):
    def data(cell, number, head):
        if number == 0:
            return Break(answer_bytes=CUT[cell.strategy])
        return Break(before=lambda: change(cell)) if number == 1 else None
    return data


fault("replaced", own_object=True, data=changed(lambda cell: cell.put_other()))
fault("deleted", own_object=True, data=changed(lambda cell: cell.store.remove(cell.key)))


def kill(cell, restart):
    cell.relay.down = True
    cell.process.kill()
    cell.relay.sessions.clear()
    if restart:
        def start():
            time.sleep(0.3)
            cell.process.restart()
            cell.store.after_restart()
            cell.relay.down = False
        thread = threading.Thread(target=start)
        thread.start()
        cell.threads.append(thread)


def killed(restart):
    """In the last request for the artifact's bytes that there would be."""
    def data(cell, number, head):
        last = 1 if cell.strategy == "none" and cell.store.name != "http" else 0
        if number != last:
            return None
        return Break(request_bytes=CUT["tar"], before_ending=lambda: kill(cell, restart))
    return data


PATIENT = {"EXECUTOR_RETRY_BACKOFF_STEPS": "7"}
fault("server-restarted", own_server=True, data=killed(True), environment=PATIENT)
fault("server-killed", own_server=True, data=killed(False))


# ---- in words ----

WORDS = {
    "nothing": "nothing is wrong",
    "refused-once": "connections are refused until the first retry",
    "refused": "connections are refused",
    "reset-at-connect-once": "the first connection is reset at once",
    "reset-at-connect": "each connection is reset at once",
    "reset-by-proxy": "toxiproxy resets each connection, though what was sent may arrive",
    "unknown-name": "the server's name does not resolve",
    "tls-good": "TLS, with a certificate that is right",
    "tls-expired": "TLS, with a certificate that has expired",
    "tls-other-host": "TLS, with another host's certificate",
    "tls-self-signed": "TLS, with a self-signed certificate",
    "reset-in-request-once": "the first request is reset in the middle of its body",
    "reset-in-request": "each request is reset in the middle of its body",
    "reset-in-answer-once": "the first answer is reset in the middle of its body",
    "reset-in-answer": "each answer is reset after 100 KB (tar) or 3 MB (none) more",
    "reset-in-answer-early": "each answer is reset after 1000 bytes",
    "cut-by-proxy": "toxiproxy ends each connection after 60 KB",
    "lost-answer-once": "the server does it, and its answer is lost, once",
    "lost-answer": "the server does it, and its answer is lost, each time",
    "truncated-once": "the first answer ends before its Content-Length",
    "truncated": "each answer ends after 1000 bytes, before its Content-Length",
    "stalled-request": "nothing that is sent arrives (ARTREPO_STALL_TIMEOUT=1s)",
    "stalled-answer": "no answer arrives (ARTREPO_STALL_TIMEOUT=1s)",
    "stalled-in-request-once": "the server stops to read in the middle of the first request",
    "stalled-in-answer-once": "the server stops to write in the middle of the first answer",
    "slow": "1 KB/s in both directions, 3 KB",
    "slow-for-long": "1 KB/s in both directions, 80 KB (long tests alone)",
    "truncated-without-length-once": "the first answer has no Content-Length, and a part of the body",
    "truncated-without-length": "no answer has a Content-Length, nor all of the body",
    "length-too-long-once": "the first answer's Content-Length is 1000 bytes too large",
    "length-too-long": "each answer's Content-Length is 1000 bytes too large",
    "length-too-short-once": "the first answer's Content-Length is 1000 bytes too small",
    "length-too-short": "each answer's Content-Length is 1000 bytes too small",
    "bit-flipped-in-request-once": "a bit of the first request is flipped",
    "bit-flipped-in-request": "a bit of each request is flipped",
    "bit-flipped-in-answer-once": "a bit of the first answer is flipped",
    "bit-flipped-in-answer": "a bit of each answer is flipped",
    "500-once": "500, once",
    "500": "500, each time",
    "503-retry-after-once": "503 with Retry-After: 1, once",
    "503-retry-after": "503 with Retry-After: 1, each time",
    "429-once": "429, once",
    "429": "429, each time",
    "403": "403",
    "200-with-error-once": "200 with an error in the body, once",
    "200-with-error": "200 with an error in the body, each time",
    "200-with-error-at-the-end-once": "200 with an error for CompleteMultipartUpload, once",
    "200-with-error-at-the-end": "200 with an error for CompleteMultipartUpload, each time",
    "redirect-loop": "307 to the same address",
    "expired-token": "the token has ended; there is another one",
    "replaced": "another object takes its place after the first bytes",
    "deleted": "the object is deleted after the first bytes",
    "server-restarted": "the server is killed in the middle of the upload, and comes back",
    "server-killed": "the server is killed in the middle of the upload",
}
for name, words in WORDS.items():
    FAULTS[name].what = words
assert all(known.what for known in FAULTS.values())
