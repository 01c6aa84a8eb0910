#!/usr/bin/env python3
"""Repository files, templates and artifacts in YAML and JSON that explode, nest, repeat and lie."""
from world import World

world = World()
ENDS = (1, 2)


def bomb(depth, width, form):
    """Aliases of aliases: WIDTH ** DEPTH of the first."""
    names = [f"a{i}" for i in range(depth)]
    lines = [f"{names[0]}: &{names[0]} [x]"]
    for last, name in zip(names, names[1:]):
        lines.append(f"{name}: &{name} [{', '.join(['*' + last] * width)}]")
    return ("\n".join(lines) + "\n" + form).encode()


S3 = "s3: {bucket: b, endpoint: 'localhost:1', insecure: true}\n"
TEMPLATE = '{"name": "t", "outputs": {"artifacts": [{"name": "a", "path": "/p"}]}}'
BAD = {"exploding aliases": bomb(40, 10, S3), "exploding aliases, used": bomb(12, 20, "s3: {bucket: *a11}\n"),
       "exploding merges": b"a0: &a0 {k: v}\n" + b"".join(b"a%d: &a%d {<<: [%s], k%d: v}\n" % (i, i, b", ".join([b"*a%d" % (i - 1)] * 10), i) for i in range(1, 30)) + S3.encode(),
       "alias of itself": b"a: &a [*a]\n" + S3.encode(), "alias of nothing": b"s3: *nothing\n", "many aliases": b"a: &a x\nb: [" + b"*a, " * 100000 + b"]\n" + S3.encode(),
       "deep lists": b"[" * 100000, "deep lists, closed": b"s3: " + b"[" * 50000 + b"]" * 50000, "deep objects": b'{"a":' * 50000 + b"1" + b"}" * 50000,
       "deep blocks": b"".join(b" " * i + b"a:\n" for i in range(1300)), "deep sequences": b"- " * 100000, "2 MB": S3.encode() + b"# comment\n" * 200000,
       "2 MB of one text": b"s3: {bucket: '" + b"b" * (2 << 20) + b"'}\n", "duplicate keys": b"s3: {bucket: a, bucket: b}\n", "duplicate keys at the top": S3.encode() * 2,
       "duplicate keys in JSON": b'{"s3": {"bucket": "a"}, "s3": {"bucket": "b"}}', "two stores": S3.encode() + b"gcs: {bucket: c}\nkind: x\ns3: y\n",
       "two documents": S3.encode() + b"---\n" + S3.encode(), "NUL": S3.encode() + b"a: \"\\0\"\n" + b"\0", "NUL in a text": b's3: {bucket: "a\\0b"}\n', "no UTF-8": b"s3: {bucket: '\xff\xfe'}\n",
       "UTF-16 of it": S3.encode("utf-16-be")[1:], "control characters": b"s3: {bucket: '\x01\x02'}\n", "empty": b"", "only a comment": b"# nothing\n", "null": b"null\n", "a list": b"[]\n", "a text": b"text\n",
       "a number": b"5\n", "wrong types": b"s3: {bucket: [1], endpoint: {a: b}, insecure: maybe}\n", "s3 is a list": b"s3: [a]\n", "huge number": b"s3: {bucket: b, insecure: " + b"9" * 10000 + b"}\n",
       "tags": b"s3: !!python/object/apply:os.system ['true']\n", "tag of a type": b"s3: !!binary aaaa\n", "tabs": b"s3:\n\tbucket: b\n", "unclosed": b's3: {bucket: "b', "cut off": S3.encode()[:-5],
       "key is an object": b"{a: b}: c\n" + b"? [x]\n: y\n", "long key": b"k" * 100000 + b": v\n" + S3.encode(), "100,000 members": b"{" + b"a, " * 100000 + b"}", "100,000 equal members": b"s3: {" + b"bucket: b, " * 80000 + b"}",
       "directives": b"%YAML 9.9\n---\n" + S3.encode(), "only dashes": b"---\n" * 10000}
# What of these are good repositories for all that: they get as far as the connection.
for case, data in BAD.items():
    path = world.write("store/file", data)
    world.case("repository files", case, ["-q", "-r", path, "--retries", "0", "config"], (0, 1, 2, 6))
    world.case("repository files", case + ", used", ["-q", "-r", path, "--retries", "0", "ls", "x"], (1, 2, 4, 5, 6))
    world.case("repository files", case + ", standing for a template", ["-q", "save", "--template", path, "--root", world.path("cwd")], (0, 1, 2, 3, 6))
    world.case("repository files", case + ", standing for an artifact", ["-q", "explain", "--artifact", "@" + path, "x"], (1, 2, 3, 6))

# What in particular has to be refused.
MUST = ["exploding aliases, used", "deep lists", "deep lists, closed", "deep objects", "deep sequences", "2 MB", "2 MB of one text", "duplicate keys", "duplicate keys at the top", "duplicate keys in JSON",
        "alias of itself", "alias of nothing", "NUL", "no UTF-8", "empty", "null", "a list", "a text", "s3 is a list", "unclosed", "wrong types"]
for case in MUST:
    path = world.write("store/file", BAD[case])
    world.case("repository files, refused", case, ["-q", "-r", path, "config"], (1, 2, 6))

PATHS = {"parent": "../f", "far up": "../" * 30 + "tmp/f", "inner": "/a/../../../f", "only dots": "/..", "dots": ".."}
for case, path in PATHS.items():
    for verb in ("save", "load"):
        text = '{"name": "t", "%s": {"artifacts": [{"name": "a", "path": "%s", "raw": {"data": "evil"}}]}}' % (
            "outputs" if verb == "save" else "inputs", path)
        template = world.write("store/file", text.encode())
        world.case("paths of templates", f"{case}, {verb}", ["-q", verb, "--template", template, "--root", world.path("work")], (0, 1, 3, 6))
for case, name in {"parent": "../x", "slash": "a/b", "absolute": "/x", "empty": "", "dots": "..", "dot": ".", "control": "a\\nb", "long": "n" * 300}.items():
    text = '{"name": "t", "inputs": {"artifacts": [{"name": "%s", "path": "/p", "raw": {"data": "evil"}}]}}' % name
    template = world.write("store/file", text.encode())
    world.case("names of artifacts", case, ["-q", "load", "--template", template, "--inputs", world.path("work"), "--main", world.path("work")], (0, 1, 2, 6))
world.end()
