"""The stores of the fault matrix: real servers, and how artctl is told to use them."""

import glob
import hashlib
import json
import os
import shutil
import signal
import subprocess
import time
import urllib.parse
import urllib.request

from servers import Server

FIRST_TOKEN, SECOND_TOKEN = "expired-token", "fresh-token"


def new_server(name):
    return Server(name, *(["/dev/shm"] if name == "versitygw" and os.access("/dev/shm", os.W_OK)
                          else []))


def write(path, text, mode=0o644):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(path, mode)
    return path


def is_alive(pid):
    """What has ended has no program any more, also before its parent has heard of it."""
    try:
        return os.readlink(f"/proc/{pid}/exe") != ""
    except OSError:
        return False


class Process:
    """A server's process, which is killed and started again at the same port."""

    def __init__(self, pid):
        self.pid = pid
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            self.command = file.read().rstrip(b"\0").split(b"\0")
        if self.command[0].startswith(b"nginx: master process "):  # it shows itself so
            self.command = self.command[0].split()[3:]
        with open(f"/proc/{pid}/environ", "rb") as file:
            self.environment = dict(line.split(b"=", 1) for line in file.read().split(b"\0")
                                    if b"=" in line)
        self.started = None

    def kill(self):
        children = []
        for path in glob.glob(f"/proc/{self.pid}/task/*/children"):
            with open(path, encoding="ascii") as file:
                children += [int(word) for word in file.read().split()]
        for pid in [self.pid, *children]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        end = time.monotonic() + 10
        for pid in [self.pid, *children]:  # or else its port may be taken still
            while is_alive(pid) and time.monotonic() < end:
                time.sleep(0.01)

    def restart(self):
        self.started = subprocess.Popen(self.command, env=self.environment,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def close(self):
        if self.started:
            self.started.terminate()
            self.started.wait()


class Store:
    """`server` is one of tests/servers; `address` is where it answers plain HTTP."""
    name = server_name = ""
    host_of_upstream = False
    data = ""  # the directory of the objects

    def __init__(self):
        self.server = new_server(self.server_name)

    def close(self):
        self.server.close()

    def is_data(self, verb, head):
        """Whether a request moves an artifact's bytes."""
        raise NotImplementedError

    def environment(self, scheme, address):
        raise NotImplementedError

    def target(self, scheme, address, key):
        """The options and the URL of an object."""
        raise NotImplementedError

    def expiring(self, directory, address):
        """The environment, and instead of target() the operands, that make artctl use tokens the
        first of which is refused."""
        raise NotImplementedError

    def expired_answer(self, head):
        """(status, body, *headers) when the head has the token that has ended; or None."""
        raise NotImplementedError

    def read(self, key):
        """The bytes of an object, or None."""
        raise NotImplementedError

    def remove(self, key):
        raise NotImplementedError

    def left_open(self, key, relay):
        """What of an upload is still there."""
        return sorted(relay.open_sessions())

    def left_at_end(self):
        """What no upload may have left, once all cells have run."""
        return []

    def after_restart(self):
        """What a server that kept nothing needs."""


class S3(Store):
    name, server_name = "s3", "versitygw"

    def __init__(self):
        super().__init__()
        self.address, self.bucket = self.server["S3_ENDPOINT"], self.server["S3_BUCKET"]
        self.data = os.path.join(self.server["S3_DATA"], self.bucket)
        self.pid = int(self.server["S3_PIDS"].split()[0])

    def is_data(self, verb, head):
        return head.method == ("PUT" if verb == "save" else "GET") and (
            verb == "save" or "?" not in head.path)

    def environment(self, scheme, address):
        return {"AWS_ENDPOINT_URL_S3": f"{scheme}://{address}", "AWS_REGION": self.server["S3_REGION"],
                "AWS_ACCESS_KEY_ID": self.server["S3_ACCESS_KEY"],
                "AWS_SECRET_ACCESS_KEY": self.server["S3_SECRET_KEY"]}

    def target(self, scheme, address, key):
        return [], f"s3://{self.bucket}/{key}"

    def expiring(self, directory, address):
        def keys(access, secret):
            return json.dumps({"Version": 1, "AccessKeyId": access, "SecretAccessKey": secret,
                               "Expiration": "2099-01-01T00:00:00Z"})
        write(os.path.join(directory, "first"), keys(FIRST_TOKEN, "old"))
        write(os.path.join(directory, "second"), keys(self.server["S3_ACCESS_KEY"],
                                                      self.server["S3_SECRET_KEY"]))
        script = write(os.path.join(directory, "credentials"),
                       f"#!/bin/sh\ncd '{directory}' || exit 1\n"
                       "cat first 2>/dev/null && rm first || cat second\n", 0o755)
        config = write(os.path.join(directory, "config"),
                       f"[default]\ncredential_process = {script}\n")
        return {"AWS_ENDPOINT_URL_S3": f"http://{address}", "AWS_REGION": self.server["S3_REGION"],
                "AWS_CONFIG_FILE": config}, None

    def expired_answer(self, head):
        return ("403 Forbidden", "<Error><Code>ExpiredToken</Code><Message>The provided token has "
                "expired.</Message></Error>", "Content-Type: application/xml") \
            if FIRST_TOKEN in head.get("Authorization") else None

    def read(self, key):
        try:
            with open(os.path.join(self.data, key), "rb") as file:
                return file.read()
        except FileNotFoundError:
            return None

    def remove(self, key):
        os.unlink(os.path.join(self.data, key))

    def left_open(self, key, relay):
        found = []
        for directory, below, names in os.walk(os.path.join(
                self.data, ".sgwtmp", "multipart", hashlib.sha256(key.encode()).hexdigest())):
            found += [os.path.join(directory, name) for name in below + names]
        return found


class Gcs(Store):
    name, server_name = "gcs", "fakegcs"
    host_of_upstream = True  # it hands out addresses of its own

    def __init__(self):
        super().__init__()
        self.address, self.bucket = self.server["GCS_ENDPOINT"], self.server["GCS_BUCKET"]
        self.pid = int(self.server["GCS_PID"])

    def is_data(self, verb, head):
        if verb == "load":
            return head.method == "GET" and "alt=media" in head.path
        return head.method == "PUT" or (head.method == "POST" and
                                        "uploadType=multipart" in head.path)

    def environment(self, scheme, address):
        return {"STORAGE_EMULATOR_HOST": f"{scheme}://{address}"}

    def target(self, scheme, address, key):
        return [], f"gs://{self.bucket}/{key}"

    def expiring(self, directory, address):
        account = write(os.path.join(directory, "account.json"), json.dumps({
            "type": "authorized_user", "client_id": "id", "client_secret": "secret",
            "refresh_token": "refresh", "token_uri": f"http://{address}/token"}))
        return {"CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE": f"http://{address}",
                "GOOGLE_APPLICATION_CREDENTIALS": account}, None

    def expired_answer(self, head):
        return ("401 Unauthorized", '{"error": {"code": 401, "message": "Invalid Credentials"}}',
                "Content-Type: application/json") \
            if FIRST_TOKEN in head.get("Authorization") else None

    def call(self, method, path, body=None):
        request = urllib.request.Request(f"http://{self.address}{path}", body, method=method,
                                         headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.read()

    def object_path(self, key):
        return f"/storage/v1/b/{self.bucket}/o/{urllib.parse.quote(key, safe='')}"

    def read(self, key):
        try:
            return self.call("GET", self.object_path(key) + "?alt=media")
        except urllib.error.HTTPError as error:
            if error.code != 404:
                raise
            return None

    def remove(self, key):
        self.call("DELETE", self.object_path(key))

    def after_restart(self):
        """Its objects and its uploads were in its memory."""
        end = time.monotonic() + 20
        while True:
            try:
                self.call("POST", "/storage/v1/b?project=test",
                          json.dumps({"name": self.bucket}).encode())
                return
            except OSError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.02)


class Http(Store):
    name, server_name = "http", "nginx"

    def __init__(self):
        super().__init__()
        self.address, self.data = self.server["NGINX"], self.server["NGINX_DATA"]
        self.pid = int(self.server["NGINX_PID"])

    def is_data(self, verb, head):
        return head.method == ("PUT" if verb == "save" else "GET")

    def environment(self, scheme, address):
        return {}

    def target(self, scheme, address, key):
        return [], f"{scheme}://{address}/{key}"

    def expiring(self, directory, address):
        for name, text in (("id", "id"), ("secret", "secret"), ("url", f"http://{address}/token")):
            write(os.path.join(directory, name), text, 0o600)
        folder = os.path.basename(directory)
        repository = write(os.path.join(directory, "repository.yaml"), f"""\
http:
  url: http://{address}/
  auth:
    oauth2:
      clientIDSecret: {{name: {folder}, key: id}}
      clientSecretSecret: {{name: {folder}, key: secret}}
      tokenURLSecret: {{name: {folder}, key: url}}
""")
        return {}, ["-r", repository, "--secrets-dir", os.path.dirname(directory)]

    def expired_answer(self, head):
        return ("401 Unauthorized", "the token has ended", 'WWW-Authenticate: Bearer') \
            if FIRST_TOKEN in head.get("Authorization") else None

    def read(self, key):
        try:
            with open(os.path.join(self.data, key), "rb") as file:
                return file.read()
        except FileNotFoundError:
            return None

    def remove(self, key):
        os.unlink(os.path.join(self.data, key))

    def left_open(self, key, relay):
        folder = os.path.join(self.data, os.path.dirname(key))
        names = os.listdir(folder) if os.path.isdir(folder) else []
        return [name for name in names if name.startswith(os.path.basename(key) + ".")]

    def left_at_end(self):
        """nginx puts a body aside until it is whole."""
        return os.listdir(os.path.join(self.server.directory, "tmp"))


STORES = {store.name: store for store in (S3, Gcs, Http)}


def make_certificates(directory):
    """{name: (certificate, key)}: good, expired, other-host (by the CA in ca.pem), self-signed."""
    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], cwd=directory, check=True, capture_output=True)
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj",
            "/CN=artrepo test CA", "-addext", "basicConstraints=critical,CA:TRUE", "-addext",
            "keyUsage=critical,keyCertSign", "-keyout", "ca-key.pem", "-out", "ca.pem")
    names = {"good": "IP:127.0.0.1", "expired": "IP:127.0.0.1", "other-host": "DNS:elsewhere.example"}
    write(os.path.join(directory, "ca.conf"),
          "[ca]\ndefault_ca = own\n[own]\ndatabase = index.txt\nrand_serial = yes\n"
          "default_md = sha256\nnew_certs_dir = .\npolicy = any\nunique_subject = no\n"
          "[any]\ncommonName = supplied\n")
    write(os.path.join(directory, "index.txt"), "")
    for name, host in names.items():
        write(os.path.join(directory, f"{name}.ext"),
              f"basicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\nsubjectAltName={host}\n")
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}", "-keyout",
                f"{name}-key.pem", "-out", f"{name}.csr")
        times = ("20200101000000Z", "20200201000000Z") if name == "expired" else \
            ("20200101000000Z", "20990101000000Z")
        openssl("ca", "-batch", "-notext", "-config", "ca.conf", "-cert", "ca.pem", "-keyfile",
                "ca-key.pem", "-startdate", times[0], "-enddate", times[1], "-extfile",
                f"{name}.ext", "-in", f"{name}.csr", "-out", f"{name}.pem")
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=self",
            "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "self-signed-key.pem", "-out",
            "self-signed.pem")
    return {name: (os.path.join(directory, f"{name}.pem"), os.path.join(directory,
                                                                        f"{name}-key.pem"))
            for name in (*names, "self-signed")}


def remove_tree(path):
    shutil.rmtree(path, ignore_errors=True)
