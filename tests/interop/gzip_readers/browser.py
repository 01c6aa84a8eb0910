"""Lets Chromium fetch gzip files from a server on 127.0.0.1 and compares what its page sees.

    browser.py ARCHIVES EXPECTED PROFILE

ARCHIVES holds NAME.tgz, EXPECTED the SHA-256 of its decompressed bytes as NAME. The page reports by
a POST, so nothing depends on when the browser thinks that it has finished. PROFILE is a new
directory for the browser.
"""

import http.server
import json
import os
import pathlib
import subprocess
import sys
import threading

SECONDS = 60

PAGE = """<!DOCTYPE html><title>gzip</title><script type="module">
async function hash(stream) {
    const bytes = await new Response(stream).arrayBuffer();
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    return Array.from(digest, byte => byte.toString(16).padStart(2, "0")).join("");
}
const ways = {
    "Content-Encoding": async name => hash((await fetch("/encoded/" + name)).body),
    "DecompressionStream": async name => hash(
        (await fetch("/stored/" + name)).body.pipeThrough(new DecompressionStream("gzip"))),
};
const seen = {};
for (const name of NAMES) {
    for (const [way, read] of Object.entries(ways)) {
        try {
            seen[name + " " + way] = await read(name);
        } catch (error) {
            seen[name + " " + way] = String(error);
        }
    }
}
await fetch("/result", {method: "POST", body: JSON.stringify(seen)});
</script>"""


class Server(http.server.ThreadingHTTPServer):
    """Serves the page and the archives, and keeps what the page reports."""

    def __init__(self, archives):
        super().__init__(("127.0.0.1", 0), Handler)
        self.archives = {path.stem: path.read_bytes() for path in archives.glob("*.tgz")}
        self.result = None
        self.reported = threading.Event()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        _, way, name = ("/" + self.path).rsplit("/", 2)
        if self.path == "/":
            names = json.dumps(sorted(self.server.archives))
            self.answer(PAGE.replace("NAMES", names).encode(), {"Content-Type": "text/html"})
        elif way == "encoded" and name in self.server.archives:
            self.answer(self.server.archives[name],
                        {"Content-Type": "text/plain", "Content-Encoding": "gzip"})
        elif way == "stored" and name in self.server.archives:
            self.answer(self.server.archives[name], {"Content-Type": "application/octet-stream"})
        else:
            self.send_error(404)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(b"", {})
        self.server.result = json.loads(body)
        self.server.reported.set()

    def answer(self, body, headers):
        self.send_response(200)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def browse(server, profile):
    url = f"http://127.0.0.1:{server.server_port}/"
    with open(profile + ".log", "wb") as log, subprocess.Popen(
            ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
             "--no-first-run", "--disable-background-networking", "--disable-component-update",
             "--disable-sync", "--disable-dev-shm-usage", f"--user-data-dir={profile}",
             "--remote-debugging-port=0", url],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log) as browser:
        try:
            if not server.reported.wait(SECONDS):
                sys.stderr.write(pathlib.Path(profile + ".log").read_text(errors="replace")[-3000:])
                raise SystemExit(f"Chromium has reported nothing in {SECONDS} s")
        finally:
            browser.terminate()
            try:
                browser.wait(10)
            except subprocess.TimeoutExpired:
                browser.kill()


def main():
    archives, expected, profile = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3]
    server = Server(archives)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    browse(server, os.path.abspath(profile))
    server.shutdown()
    wrong = 0
    for name in server.archives:
        for way in "Content-Encoding", "DecompressionStream":
            seen = server.result.get(f"{name} {way}", "nothing")
            if seen != (expected / name).read_text().strip():
                print(f"Chromium ({way}) sees in {name}.tgz: {seen}", file=sys.stderr)
                wrong += 1
    if wrong or not server.archives:
        return 1
    print(f"Chromium: {2 * len(server.archives)} readings are right")
    return 0


if __name__ == "__main__":
    sys.exit(main())
