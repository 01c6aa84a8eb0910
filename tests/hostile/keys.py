#!/usr/bin/env python3
"""A store that lists keys, and sends XML, that no honest one would."""
import http.server
import os
import threading
import urllib.parse

from world import World, tame

world = World()
REFUSED, EITHER = (6,), (1, 5, 6)
answers = {}  # what the server says: a list of keys, or the bytes of a body
seen = []


class Store(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def say(self, status, body, kind="application/xml"):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("ETag", '"v"')
        self.send_header("Last-Modified", "Tue, 10 Jun 2025 14:58:09 GMT")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_GET(self):
        path, _, query = self.path.partition("?")
        seen.append(self.path)
        if "list-type" in query:
            self.say(200, answers["list"])
        elif path.endswith("/some/prefix"):
            self.say(404, answers.get("missing", b"<Error><Code>NoSuchKey</Code></Error>"))
        else:
            self.say(200, b"evil", "text/plain")

    do_HEAD = do_GET


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        pass  # whoever was refused went away


server = Server(("127.0.0.1", 0), Store)
threading.Thread(target=server.serve_forever, daemon=True).start()
world.write("repository.yaml", f"""s3:
  endpoint: 127.0.0.1:{server.server_address[1]}
  bucket: bucket
  region: us-east-1
  insecure: true
""".encode())


def listing(keys, size=b"4", encoded=True, more=b""):
    body = b"".join(b"<Contents><Key>%s</Key><Size>%s</Size><ETag>&quot;v&quot;</ETag></Contents>" % (
        urllib.parse.quote_from_bytes(key).encode() if encoded else key, size) for key in keys)
    kind = b"<EncodingType>url</EncodingType>" if encoded else b""
    return b"<ListBucketResult>%s<IsTruncated>false</IsTruncated>%s%s</ListBucketResult>" % (kind, more, body)


def load(subject, case, body, codes, message=None, check=tame, options=()):
    answers["list"] = body
    world.case(subject, case, ["-q", "-r", world.path("repository.yaml"), "--retries", "0", "get", "some/prefix",
                               world.destination, *options], codes, message, check)


def run(subject, case, arguments, codes, message=None):
    world.case(subject, case, ["-q", "-r", world.path("repository.yaml"), "--retries", "0"] + arguments, codes, message)


# ---- keys ----

OUTSIDE = {"parent": b"../f", "far up": b"../" * 50 + b"tmp/f", "inner climb": b"a/../../f", "absolute": b"/etc/f",
           "absolute to a victim": os.fsencode(world.path("outside/victim")), "only dots": b"..", "climbs and comes back": b"a/../b",
           "behind a dot": b"./../f", "doubled": b"//f", "to the victim": b"../../outside/victim"}
for case, name in OUTSIDE.items():
    for where, keys in {"alone": [b"some/prefix/" + name], "first": [b"some/prefix/" + name, b"some/prefix/good"],
                        "last": [b"some/prefix/good", b"some/prefix/" + name]}.items():
        load("listed keys that lead out", f"{case}, {where}", listing(keys), REFUSED, "outside the destination")
    load("listed keys that lead out", f"{case}, not encoded", listing([b"some/prefix/" + name], encoded=False), REFUSED)

ODD = {"NUL": b"a\0b", "NUL at the end": b"a\0", "control characters": b"a\n\r\x1b[2Jb", "no UTF-8": b"\xff\xfe", "backslash": b"a\\..\\b",
       "256 bytes": b"n" * 256, "100 KB": b"n" * 60000, "100 KB of components": b"n/" * 30000 + b"f", "a dot": b".", "blanks": b"  ",
       "percent": b"%2e%2e%2ff", "file and directory": b"good/f", "twice": b"good", "a dash": b"-rf", "empty component": b"a//b"}
for case, name in ODD.items():
    load("odd listed keys", case, listing([b"some/prefix/good", b"some/prefix/" + name]), (0, 1, 3, 6))
    load("odd listed keys", case + ", to a limit", listing([b"some/prefix/good", b"some/prefix/" + name]), (0, 1, 3, 6), options=("--max-entries", "1"))
for case, keys in {"other prefix": [b"other/f", b"some/prefixed"], "the prefix itself": [b"some/prefix/"], "nothing": []}.items():
    load("odd listed keys", case, listing(keys), (1, 3))
load("odd listed keys", "10,000 in a page, limited", listing([b"some/prefix/%d" % i for i in range(9000)]), REFUSED, options=("--max-entries", "100"))
load("odd listed keys", "too many in a page", listing([b"some/prefix/%d" % i for i in range(20000)]), (1, 6))
for case, size in {"huge": b"9223372036854775807", "overflows": b"9" * 40, "negative": b"-5", "no number": b"x"}.items():
    load("odd listed keys", f"size {case}", listing([b"some/prefix/a", b"some/prefix/b", b"some/prefix/c"], size), (0, 1, 5, 6))
    load("odd listed keys", f"size {case}, limited", listing([b"some/prefix/a", b"some/prefix/b"], size), (0, 1, 5, 6), options=("--max-bytes", "1K"))

# ---- XML ----

entities = b"".join(b'<!ENTITY %s "%s">' % (bytes([97 + i]), (b"&%s;" % bytes([96 + i])) * 10 if i else b"lol" * 10) for i in range(20))
BAD = {"entity bomb": b"<!DOCTYPE x [" + entities + b"]><ListBucketResult><Name>&t;</Name></ListBucketResult>",
       "quadratic entities": b'<!DOCTYPE x [<!ENTITY a "' + b"a" * 100000 + b'">]><ListBucketResult><Name>' + b"&a;" * 10000 + b"</Name></ListBucketResult>",
       "external entity": b'<!DOCTYPE x [<!ENTITY e SYSTEM "file://' + os.fsencode(world.path("outside/victim")) +
                          b'">]><ListBucketResult><Name>&e;</Name></ListBucketResult>',
       "external document type": b'<!DOCTYPE x SYSTEM "http://127.0.0.1/x"><ListBucketResult/>', "parameter entity": b'<!DOCTYPE x [<!ENTITY % p "x"> %p;]><ListBucketResult/>',
       "deep nesting": b"<a>" * 100000, "deep in the listing": b"<ListBucketResult>" + b"<Contents>" * 50000, "long name": b"<" + b"a" * 100000 + b"/>",
       "long text": b"<ListBucketResult><Name>" + b"x" * (1 << 20) + b"</Name></ListBucketResult>", "many attributes": b"<ListBucketResult " + b" ".join(b'a%d="1"' % i for i in range(20000)) + b"/>",
       "no XML": b"\0\1\2", "HTML": b"<html><body>log in<br></body></html>", "empty": b"", "cut off": listing([b"some/prefix/a"])[:-30],
       "two documents": listing([]) * 2, "UTF-16": listing([b"some/prefix/a"]).decode().encode("utf-16"), "unknown encoding": b'<?xml version="1.0" encoding="EBCDIC"?>' + listing([]),
       "no UTF-8": listing([b"some/prefix/\xff"], encoded=False), "more, but not where": listing([b"some/prefix/a"]).replace(b"false", b"true"),
       "contents without a key": b"<ListBucketResult><Contents><Size>1</Size></Contents></ListBucketResult>", "20 MB": b"<ListBucketResult>" + b"<a/>" * (5 << 20) + b"</ListBucketResult>",
       "for ever the same page": listing([b"some/prefix/a"], more=b"<NextContinuationToken>t</NextContinuationToken>").replace(b"false", b"true"),
       "reference to a control character": b"<ListBucketResult><Contents><Key>some/prefix/a&#1;</Key></Contents></ListBucketResult>"}
for case, body in BAD.items():
    # Odd, but well-formed; and libraries that refuse it are right, too.
    codes = (0, 1, 3, 6) if case in ("many attributes", "UTF-16") else EITHER
    load("XML that is no answer", case, body, codes)
    answers["list"] = body
    run("XML that is no answer", case + ", ls", ["ls", "some/"], codes)
    answers["missing"] = body
    load("XML that is no answer", case + ", as an error", listing([b"some/prefix/a"]), (0, 1, 3, 5, 6))
    del answers["missing"]
world.end()
