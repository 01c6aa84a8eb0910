"""Runs the servers of tests/servers, and toxiproxy's proxies, for one test of its own."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.request

SERVERS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "servers")


class Server:
    """One of tests/servers, with what it exports. Ends the program when it cannot be started."""

    def __init__(self, name, *options):
        self.script = os.path.join(SERVERS, f"{name}.sh")
        self.directory = tempfile.mkdtemp(prefix=f"artrepo-{name}-")
        started = subprocess.run(["bash", self.script, "start", self.directory, *options],
                                 check=False)
        if started.returncode:
            os.rmdir(self.directory)
            sys.exit(started.returncode)
        with open(os.path.join(self.directory, "env"), encoding="ascii") as file:
            self.values = dict(re.findall(r"export (\w+)='([^']*)'", file.read()))

    def __getitem__(self, name):
        return self.values[f"ARTREPO_TEST_{name}"]

    def close(self):
        subprocess.run(["bash", self.script, "stop", self.directory], check=False)
        shutil.rmtree(self.directory, ignore_errors=True)  # where one was killed, more is left


class Stuck(Exception):
    """toxiproxy 2.5 sometimes waits for itself for ever when toxics come and go."""


class Toxiproxy(Server):
    def __init__(self):
        super().__init__("toxiproxy")

    def call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"http://{self['TOXIPROXY']}{path}", data, method=method,
                                         headers={"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                text = answer.read()
                return json.loads(text) if text else None
        except TimeoutError:
            raise Stuck from None

    def open(self, name, upstream):
        """The address of a new proxy."""
        return self.call("POST", "/proxies", {
            "name": name, "listen": "127.0.0.1:0", "upstream": upstream})["listen"]

    def add(self, name, *toxics):
        for toxic in toxics:
            self.call("POST", f"/proxies/{name}/toxics", toxic)

    def toxics(self, name):
        return self.call("GET", f"/proxies/{name}/toxics")

    def remove(self, name, toxic):
        self.call("DELETE", f"/proxies/{name}/toxics/{toxic}")

    def enable(self, name, enabled):
        self.call("POST", f"/proxies/{name}", {"enabled": enabled})
