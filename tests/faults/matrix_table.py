"""The fault matrix: what must come of each fault, for each verb, store and archive strategy.

A row is (faults, verbs, stores, strategies, outcome), each of the first four as words. "tar" is an
archive of less than a part, "none" a file of two parts of an upload and two pieces of a download.
Every cell has one row, but those of a fault that another row excludes by `absent`.

`asked` counts the requests for the artifact's bytes that were broken, as (least, most) or a number:
what is final is asked for once, what may pass as often as there are attempts (3), and by each of the
parts or pieces that are under way together. A connection that is cut before its request is sent as a
whole is repeated by the transport once, with a question before the body, so that a refusal is heard.
"""

import dataclasses
from typing import Optional

ATTEMPTS = 3


@dataclasses.dataclass(frozen=True)
class Outcome:
    exit: int
    words: str = ""           # a regular expression, in the last line of standard error
    asked: Optional[object] = None
    retried: Optional[bool] = None  # whether it logs "retrying"
    content: str = "right"    # at the destination, or in the store: right, none, either, wrong
    left: str = ""            # why something of an upload may stay in the store
    why: str = ""
    exists: bool = True

    @property
    def name(self):
        if not self.exists:
            return "–"
        if self.exit == 0 and self.content != "right":
            return "not noticed"
        if self.exit == 0:
            return "right, after a retry" if self.retried else "right"
        return {1: "failed", 3: "not found", 4: "access denied", 5: "gave up"}[self.exit]


def right(**others):
    return Outcome(0, **others)


def gave_up(words, asked=None, content="none", **others):
    return Outcome(5, rf"{words}.*\(gave up after {ATTEMPTS} attempts\)", asked, True, content,
                   **others)


def fails(code, words, asked=1, **others):
    """At once, and for good."""
    return Outcome(code, words, asked, False, "none", **others)


def not_noticed(why, content="wrong"):
    """The artifact is not what it was, and nothing that was said could show it."""
    return Outcome(0, content=content, why=why)


def absent(why):
    return Outcome(0, why=why, exists=False)


ALL, BOTH, ANY = "s3 gcs http", "save load", "tar none"
UNHEARD = "what the store answers to the beginning of an upload is not heard, nor to any question"
SAYS_NOTHING = "HTTP has no checksum, and the length is missing or untrue; use TLS, or an archive"

TABLE = [
    # ---- connections ----
    ("nothing", BOTH, ALL, ANY, right(asked=0, retried=False)),
    ("refused-once", BOTH, ALL, ANY, right(retried=True)),
    ("refused", BOTH, ALL, ANY, gave_up("cannot connect to")),
    ("reset-at-connect-once", BOTH, ALL, ANY, right()),
    ("reset-at-connect", BOTH, ALL, ANY, gave_up("cut off by|cannot connect to", asked=0)),
    ("reset-by-proxy", "load", ALL, ANY, gave_up("cut off by")),
    ("reset-by-proxy", "save", ALL, ANY, gave_up("cut off by", content="either", left=UNHEARD)),
    ("unknown-name", BOTH, ALL, ANY, gave_up("cannot find the address of", asked=0)),
    ("tls-good", BOTH, ALL, ANY, right(asked=0, retried=False)),
    ("tls-expired", BOTH, ALL, ANY, fails(1, "certificate that cannot be trusted.*expired", asked=0)),
    ("tls-other-host", BOTH, ALL, ANY, fails(1, "certificate that cannot be trusted.*127.0.0.1",
                                             asked=0)),
    ("tls-self-signed", BOTH, ALL, ANY, fails(1, "certificate that cannot be trusted.*self.signed",
                                              asked=0)),

    # ---- broken on the way ----
    ("reset-in-request-once", "save", ALL, ANY, right(asked=(1, 2))),
    ("reset-in-request", "save", ALL, ANY, gave_up("cut off by", asked=(3, 12))),
    ("reset-in-answer-once", "load", ALL, ANY, right(asked=1)),
    # Each attempt gets on, from the byte where the one before broke.
    ("reset-in-answer", "load", ALL, ANY, right(asked=(2, 6))),
    ("reset-in-answer-early", "load", ALL, ANY, gave_up("cut off by", asked=(3, 6))),
    ("cut-by-proxy", "save", ALL, ANY, gave_up("cut off by")),
    ("cut-by-proxy", "load", ALL, "tar", gave_up("cut off by|too early|ended after")),
    ("cut-by-proxy", "load", ALL, "none", gave_up("cut off by|too early|ended after")),
    ("lost-answer-once", "save", ALL, ANY, right(asked=(1, 2))),
    ("lost-answer-once", "load", ALL, ANY, right(asked=(1, 2))),
    # The object is there, whole; that is not known.
    ("lost-answer", "save", "s3", "tar", gave_up("cut off by", asked=(3, 6), content="either")),
    ("lost-answer", "save", "s3", "none", gave_up("cut off by", asked=(3, 12))),
    ("lost-answer", "save", "gcs", "tar", right(asked=(1, 2))),  # it looks
    ("lost-answer", "save", "gcs", "none", gave_up("cut off by", asked=(3, 6))),
    ("lost-answer", "save", "http", ANY, gave_up("cut off by", asked=(3, 6), content="either")),
    ("lost-answer", "load", ALL, ANY, gave_up("cut off by", asked=(3, 6))),
    ("truncated-once", "load", ALL, ANY, right(asked=1)),
    ("truncated", "load", ALL, ANY, gave_up("cut off by|too early|ended after", asked=(3, 6))),

    # ---- too slow ----
    ("stalled-request", BOTH, ALL, ANY, gave_up("waited too long for")),
    ("stalled-answer", "load", ALL, ANY, gave_up("waited too long for")),
    ("stalled-answer", "save", ALL, ANY, gave_up("waited too long for", content="either",
                                                 left=UNHEARD)),
    ("stalled-in-request-once", "save", ALL, ANY, right(asked=1, retried=True)),
    ("stalled-in-answer-once", "load", ALL, ANY, right(asked=1, retried=True)),
    ("slow slow-for-long", BOTH, ALL, ANY, right(retried=False)),

    # ---- bodies and lengths that are not true ----
    ("truncated-without-length-once", "load", "s3 gcs", ANY, right(asked=1, retried=True)),
    ("truncated-without-length", "load", "s3 gcs", ANY, gave_up("checksum", asked=3)),
    ("truncated-without-length-once truncated-without-length", "load", "http", "tar",
     fails(1, "archive ends early|damaged")),
    ("truncated-without-length-once truncated-without-length", "load", "http", "none",
     not_noticed(SAYS_NOTHING)),
    ("length-too-long-once length-too-long", "load", "http", ANY,
     Outcome(1, "said that it has .* bytes, and has less", (1, 2), True, "none")),
    ("length-too-long-once length-too-long", "load", "s3 gcs", "tar",
     Outcome(1, "said that the object has .* bytes, and has less", (1, 2), True, "none")),
    ("length-too-long-once length-too-long", "load", "s3 gcs", "none",
     fails(1, "another size than before", asked=(1, 2))),
    ("length-too-short-once", "load", "s3 gcs", "tar", right(asked=1, retried=True)),
    ("length-too-short-once", "load", "s3 gcs", "none", fails(1, "another size than before")),
    ("length-too-short", "load", "s3 gcs", "tar", gave_up("checksum", asked=3)),
    ("length-too-short", "load", "s3 gcs", "none", fails(1, "another size than before", asked=(1, 2))),
    ("length-too-short-once length-too-short", "load", "http", "tar",
     fails(1, "archive ends early|damaged")),
    ("length-too-short-once length-too-short", "load", "http", "none", not_noticed(SAYS_NOTHING)),
    ("bit-flipped-in-request-once", "save", "s3 gcs", ANY, right(asked=1, retried=True)),
    ("bit-flipped-in-request", "save", "s3 gcs", ANY, gave_up("damaged on the way", asked=(3, 6))),
    ("bit-flipped-in-request-once bit-flipped-in-request", "save", "http", ANY,
     not_noticed("HTTP has no checksum (Artifactory has); use TLS")),
    ("bit-flipped-in-answer-once", "load", "s3 gcs", ANY, right(asked=1, retried=True)),
    ("bit-flipped-in-answer", "load", "s3 gcs", ANY, gave_up("checksum", asked=(3, 6))),
    ("bit-flipped-in-answer-once bit-flipped-in-answer", "load", "http", "tar",
     fails(1, "damaged|checksum|corrupt")),
    ("bit-flipped-in-answer-once bit-flipped-in-answer", "load", "http", "none",
     not_noticed("HTTP has no checksum (Artifactory has); use TLS, or an archive")),

    # ---- answers ----
    ("500-once 503-retry-after-once 429-once", BOTH, ALL, ANY, right(asked=1, retried=True)),
    ("500", BOTH, ALL, "tar", gave_up("HTTP 500", asked=3)),
    ("500", BOTH, ALL, "none", gave_up("HTTP 500", asked=(3, 6))),
    ("503-retry-after", BOTH, ALL, "tar", gave_up("HTTP 503", asked=3)),
    ("503-retry-after", BOTH, ALL, "none", gave_up("HTTP 503", asked=(3, 6))),
    ("429", BOTH, ALL, "tar", gave_up("HTTP 429", asked=3)),
    ("429", BOTH, ALL, "none", gave_up("HTTP 429", asked=(3, 6))),
    ("403", BOTH, ALL, "tar", fails(4, "HTTP 403")),
    ("403", "load", ALL, "none", fails(4, "HTTP 403")),
    ("403", "save", ALL, "none", fails(4, "HTTP 403", asked=(1, 2))),
    ("expired-token", BOTH, "s3", ANY, right(asked=(1, 2))),
    ("expired-token", BOTH, "gcs http", ANY, right(asked=(3, 5))),  # two tokens are fetched
    ("200-with-error-once", "save", "s3 gcs", ANY, right(asked=(1, 2), retried=True)),
    ("200-with-error", "save", "s3 gcs", ANY, gave_up("InternalError|Backend Error",
                                                      asked=(3, 6))),
    ("200-with-error-once 200-with-error", "load", "s3 gcs", ANY,
     fails(1, "the store gives no (ETag|generation)")),
    ("200-with-error-once 200-with-error", "save", "http", ANY,
     not_noticed("to HTTP this is success, as it is to the reference", "none")),
    ("200-with-error-once 200-with-error", "load", "http", "tar", fails(1, "not a tar archive")),
    ("200-with-error-once 200-with-error", "load", "http", "none",
     not_noticed("to HTTP this is success, as it is to the reference")),
    ("200-with-error-at-the-end-once", "save", "s3", "none", right(retried=True)),
    ("200-with-error-at-the-end", "save", "s3", "none", gave_up("InternalError")),
    ("200-with-error-at-the-end-once 200-with-error-at-the-end", "save", "s3", "tar",
     absent("one request")),
    ("200-with-error-at-the-end-once 200-with-error-at-the-end", "save", "gcs http", ANY,
     absent("S3's alone")),
    ("redirect-loop", BOTH, "s3 gcs", "tar", fails(1, "HTTP 307")),
    ("redirect-loop", "load", "s3 gcs", "none", fails(1, "HTTP 307")),
    ("redirect-loop", "save", "s3 gcs", "none", fails(1, "HTTP 307", asked=(1, 2))),
    ("redirect-loop", BOTH, "http", ANY, fails(1, "redirects more than 10 times", asked=11)),

    # ---- objects that change, servers that end ----
    ("replaced", "load", ALL, ANY, Outcome(1, "replaced while it was read", (1, 2), None, "none")),
    ("deleted", "load", ALL, ANY, Outcome(3, "", (1, 2), None, "none")),
    ("server-restarted", "save", ALL, ANY, right(asked=(1, 2), retried=True)),
    ("server-killed", "save", "s3 gcs", "tar", gave_up("", asked=(1, 2))),
    ("server-killed", "save", "s3 gcs", "none",
     gave_up("", asked=(1, 2), left="nobody is there to end it")),
    ("server-killed", "save", "http", ANY, gave_up("", asked=(1, 2))),
]


def expand():
    """{(store, verb, fault, strategy): Outcome}"""
    cells = {}
    for faults, verbs, stores, strategies, outcome in TABLE:
        for fault in faults.split():
            for verb in verbs.split():
                for store in stores.split():
                    for strategy in strategies.split():
                        cell = store, verb, fault, strategy
                        assert cell not in cells, f"two rows for {cell}"
                        cells[cell] = outcome
    return cells
