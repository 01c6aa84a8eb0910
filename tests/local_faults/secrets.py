#!/usr/bin/env python3
"""Where secrets must not be: readable by others without a warning, in the environment of processes that
are started, in titles of processes, in core dumps."""

import json
import os
import resource
import shutil
import signal
import subprocess
import tempfile
import time

from support import World, expect

WARNING = "a secret can be read by other users"


def warnings(world):
    """The files that the warnings name."""
    _, _, error = world.run("--log-format", "json", "-v", "--retries", "0", "--timeout", "60s", "stat", "some/key")
    records = [json.loads(line) for line in error.splitlines() if line.startswith("{")]
    return [r["path"] for r in records if r.get("msg", "").startswith(WARNING)]


def nowhere(world, more=""):
    with open(world.path("repository.yaml"), "w") as file:
        file.write(
            "s3: {endpoint: '127.0.0.1:1', bucket: b, region: r, insecure: true, "
            "accessKeySecret: {name: s, key: access}, secretKeySecret: {name: s, key: secret}%s}\n" % more
        )


def readable_by_others(world):
    nowhere(world, ", caSecret: {name: s, key: ca}")
    access = world.secret("s", "access", "a")
    secret = world.secret("s", "secret", "b")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
         "/CN=x", "-keyout", "/dev/null", "-out", world.path("secrets/s/ca")], check=True, capture_output=True)
    os.chmod(world.path("secrets/s/ca"), 0o644)
    expect(warnings(world) == [], "warned of nothing: %s" % warnings(world))
    for mode in (0o640, 0o400, 0o440):
        os.chmod(secret, mode)
        expect(warnings(world) == [], "warned of mode %o" % mode)
    for mode in (0o644, 0o604, 0o666):
        os.chmod(secret, mode)
        expect(warnings(world) == [secret], "mode %o: %s" % (mode, warnings(world)))
    os.chmod(access, 0o644)
    expect(sorted(warnings(world)) == [access, secret], "both: %s" % warnings(world))
    # Without -v it is a line of its own; -q takes it away.
    _, _, error = world.run("--retries", "0", "--timeout", "60s", "stat", "some/key")
    expect(error.count(WARNING) == 2, "not shown by default: " + error)
    _, _, error = world.run("-q", "--retries", "0", "--timeout", "60s", "stat", "some/key")
    expect(WARNING not in error, "shown with -q")
    if os.geteuid() == 0:  # another user's file, which we cannot change in general
        for path in (access, secret):
            os.chown(path, 12345, 0)
        expect(warnings(world) == [], "warned of another owner's file")
        for path in (access, secret):
            os.chown(path, 0, 0)


def in_memory(world):
    """Kubernetes' own mounts are tmpfs, with 0644."""
    if not os.path.isdir("/dev/shm") or subprocess.run(
            ["stat", "-f", "-c", "%T", "/dev/shm"], capture_output=True, text=True).stdout.strip() != "tmpfs":
        print("no tmpfs at /dev/shm: that it is passed over is not tested")
        return
    there = tempfile.mkdtemp(dir="/dev/shm")
    try:
        shutil.copytree(world.path("secrets"), there, dirs_exist_ok=True)
        kept = world.path("secrets")
        os.rename(kept, kept + ".disk")
        os.symlink(there, kept)
        expect(warnings(world) == [], "warned of a projected secret")
        os.unlink(kept)
        os.rename(kept + ".disk", kept)
        expect(len(warnings(world)) == 2, "the modes were not what the test wants")
    finally:
        shutil.rmtree(there)


def of_a_child(world):
    """A credential process gets the environment without the secrets in it."""
    seen = world.path("seen")
    script = world.path("process.sh")
    with open(script, "w") as file:
        file.write("#!/bin/sh\nenv >%s\ntr '\\0' ' ' </proc/$PPID/cmdline >%s.parent\n" % (seen, seen))
        file.write("echo '{\"Version\": 1, \"AccessKeyId\": \"made\", \"SecretAccessKey\": \"made-secret\"}'\n")
    os.chmod(script, 0o700)
    os.makedirs(world.path("home", ".aws"))
    shared = world.path("home", ".aws", "credentials")
    with open(world.path("home", ".aws", "config"), "w") as file:
        file.write("[profile p]\ncredential_process = %s\n" % script)
    with open(shared, "w") as file:
        file.write("[other]\naws_access_key_id = x\naws_secret_access_key = y\n")
    with open(world.path("repository.yaml"), "w") as file:
        file.write("s3: {endpoint: '127.0.0.1:1', bucket: b, region: r, insecure: true, useSDKCreds: true}\n")
    world.environment.update(AWS_PROFILE="p", AWS_EC2_METADATA_DISABLED="true", USEFUL="kept",
                             AWS_SESSION_TOKEN="token-in-environment",
                             AWS_CONTAINER_AUTHORIZATION_TOKEN="container-in-environment",
                             AWS_SECRET_ACCESS_KEY="key-in-environment")
    os.chmod(shared, 0o600)
    expect(warnings(world) == [], "warned of the shared file")
    with open(seen) as file:
        environment = file.read()
    expect("USEFUL=kept" in environment and "AWS_PROFILE=p" in environment, "what it needs is gone: " + environment)
    expect("-in-environment" not in environment, "it was given secrets: " + environment)
    with open(seen + ".parent") as file:
        title = file.read()
    expect("stat some/key" in title and "made" not in title and "-in-env" not in title, "the title: " + title)
    os.chmod(shared, 0o644)
    expect(warnings(world) == [shared], "the shared file: %s" % warnings(world))


def core_dumps(world):
    """A crash leaves none, whatever the limit says."""
    if resource.getrlimit(resource.RLIMIT_CORE)[1] == 0:
        print("core dumps are off here: not tested")
        return
    resource.setrlimit(resource.RLIMIT_CORE, (resource.getrlimit(resource.RLIMIT_CORE)[1],) * 2)
    with open(world.path("repository.yaml"), "w") as file:
        file.write("fs:\n  root: %s\n" % world.path("repository"))
    where = world.path("cores")
    os.makedirs(where)
    for number in (signal.SIGQUIT, signal.SIGABRT, signal.SIGSEGV):
        process = world.start("put", "-", "key", stdin=subprocess.PIPE, cwd=where)
        limit = "/proc/%d/limits" % process.pid
        for _ in range(200):
            time.sleep(0.01)
            with open(limit) as file:
                if "Max core file size        0                    0" in file.read():
                    break
        process.send_signal(number)
        _, status = os.waitpid(process.pid, 0)
        process.returncode = 0
        expect(os.WIFSIGNALED(status) and os.WTERMSIG(status) == number, "it did not crash")
        expect(not os.WCOREDUMP(status) and os.listdir(where) == [], "it left a core dump")


with World("fs", "secrets") as shared_world:
    readable_by_others(shared_world)
    in_memory(shared_world)
    of_a_child(shared_world)
    core_dumps(shared_world)
    print("secrets: all as promised")
