#!/usr/bin/env python3
"""Keeps what a client sends, for tests that look for it elsewhere.

    recorder.py RECORD PORT_FILE forward HOST:PORT [CERTIFICATE KEY]
    recorder.py RECORD PORT_FILE answer STATUS BODY_FILE

Both listen on a free port of 127.0.0.1, which PORT_FILE then names, and append every byte that
comes from a client to RECORD, and to RECORD.answered the number of bytes of each piece that goes
back. `forward` passes the bytes on as they are and brings the answers
back; with a certificate clients speak TLS to it. `answer` answers each HTTP request with BODY_FILE,
in which @HEADERS@ stands for the request's own headers, as a careless server might send them back.
Ends when its standard input is closed.
"""
import os
import socket
import ssl
import sys
import threading


def keep(record, lock, data):
    with lock, open(record, "ab") as file:
        file.write(data)


def pump(source, target, note):
    try:
        while data := source.recv(65536):
            note(data)
            target.sendall(data)
    except OSError:
        pass
    for end, how in ((target, socket.SHUT_WR), (source, socket.SHUT_RD)):
        try:
            end.shutdown(how)
        except OSError:
            pass


def forward(client, note, count, upstream):
    host, port = upstream.rsplit(":", 1)
    with client, socket.create_connection((host, int(port))) as server:
        back = threading.Thread(target=pump, args=(server, client, count), daemon=True)
        back.start()
        pump(client, server, note)
        back.join()


def answer(client, note, _count, status, body_file):
    with client, client.makefile("rb") as lines:
        headers = b""
        length = 0
        while (line := lines.readline()) not in (b"", b"\r\n", b"\n"):
            headers += line
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        note(headers + lines.read(length))
        with open(body_file, "rb") as file:
            body = file.read().replace(b"@HEADERS@", headers.replace(b"\r\n", b" "))
        client.sendall(
            b"HTTP/1.1 %s X\r\nContent-Type: text/xml\r\nContent-Length: %d\r\n"
            b"Connection: close\r\n\r\n%s" % (status.encode(), len(body), body)
        )


def serve(listener, handle, arguments, context):
    while True:
        client, _ = listener.accept()

        def one(client=client):
            try:
                if context is not None:
                    client = context.wrap_socket(client, server_side=True)
                handle(client, *arguments)
            except OSError:
                client.close()

        threading.Thread(target=one, daemon=True).start()


def main():
    record, port_file, mode = sys.argv[1:4]
    arguments = sys.argv[4:]
    context = None
    if mode == "forward" and len(arguments) > 1:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(arguments[1], arguments[2])
        arguments = arguments[:1]
    lock = threading.Lock()
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    handle = {"forward": forward, "answer": answer}[mode]
    handlers = (
        lambda data: keep(record, lock, data),
        lambda data: keep(record + ".answered", lock, b"%d\n" % len(data)),
    )
    threading.Thread(
        target=serve, args=(listener, handle, [*handlers, *arguments], context), daemon=True
    ).start()
    with open(port_file + ".new", "w", encoding="ascii") as file:
        file.write(str(listener.getsockname()[1]))
    os.rename(port_file + ".new", port_file)
    sys.stdin.read()


main()
