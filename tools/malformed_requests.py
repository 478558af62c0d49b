#!/usr/bin/env python3
"""Sends malformed HTTP to a running `lanet serve` and says how it answered.

    tools/malformed_requests.py http://127.0.0.1:8080/ --count 10000 --seed 1

A request is a good one that was damaged: lengths that lie, chunks that overflow, heads without end, cut and flipped bytes, odd
paths, broken forms, JSON and images. Every one must be answered below 500 (503 of a full queue and 507 are allowed) or closed; in
between, /v1/health must answer. Exit code 1 where one was not.
"""
import argparse
import collections
import json
import pathlib
import random
import socket
import sys
import urllib.parse

IMAGE = sorted((pathlib.Path(__file__).resolve().parents[1] / "sample" / "Images").glob("*.png"))[0].read_bytes()
ITEM = "0" * 32
PATHS = ["/", "/v1/findings", "/v1/items", f"/v1/items/{ITEM}", f"/v1/items/{ITEM}/frames/1/label", "/v1/jobs", "/v1/labels",
         "/v1/suggestions?count=5", "/metrics", "/assets/index.html", "/v1/runs/x/report", "/v1/findings.zip?items=x"]
ODD_PATHS = ["", "*", "//", "/../../etc/passwd", "/assets/../../x", "/assets/%2e%2e/%2e%2e/x", "/v1/items/%00", "/%", "/%zz", "/v1/items?" + "a=b&" * 500,
             "/" + "a" * 9000, "/" + "a/" * 1000, "/v1/findings?model=%ff%fe", "/v1/suggestions?count=99999999999999999999", "http://evil/", "/v1/items#x", "/v1/items/\x80"]
HEADERS = ["Content-Length: -1", "Content-Length: 0x10", "Content-Length: 99999999999999999999999", "Content-Length: 5\r\nContent-Length: 6",
           "Content-Length: 4294967296", "Content-Length: 5, 5", "Content-Length:", "Transfer-Encoding: chunked\r\nContent-Length: 3", "Transfer-Encoding: gzip",
           "Transfer-Encoding: chunked, chunked", "Expect: 100-continue", "Expect: nonsense", "Connection: upgrade\r\nUpgrade: websocket", "Host: a\r\nHost: b",
           "Host: evil.example", "X: " + "y" * 20000, "\r\n".join(f"X{n}: y" for n in range(200)), "X : y", " folded: y", "X\x00: y", "X: \x01", ": y", "novalue",
           "Range: bytes=" + "0-," * 500, "Range: bytes=-1-", "If-None-Match: " + '"' * 500, "Authorization: Bearer " + "x" * 3000, "Content-Encoding: gzip",
           "Origin: http://evil.example", "Cookie: " + "a=b; " * 500, "Content-Type: multipart/form-data", "Content-Type: multipart/form-data; boundary=" + "x" * 300,
           "Accept-Encoding: br, gzip", "Accept: " + "*/*," * 300]
CHUNKS = [b"ffffffffffffffff\r\nabc\r\n0\r\n\r\n", b"-5\r\nabc\r\n0\r\n\r\n", b"zz\r\nabc\r\n", b"3\r\nabcdef\r\n0\r\n\r\n", b"3\r\nabc", b"3;ext=" + b"x" * 5000 + b"\r\nabc\r\n0\r\n\r\n",
          b"\r\n\r\n", b"3\r\nabc\r\n0\r\nTrailer: x\r\n\r\n", b"1\r\na\r\n" * 2000 + b"0\r\n\r\n", b"7fffffff\r\n" + b"x" * 1000, b"0" * 9000 + b"\r\n\r\n"]
BODIES = [b"", b"{}", b'{"class": "benign", "mask": {"size": [1e9, 1e9], "counts": [1]}}', b"[" * 5000, b'{"class": ' + b'"x' * 100, b"\xff\xfe\x00", IMAGE[:100], IMAGE[: len(IMAGE) // 2],
          b"BM" + b"\xff" * 60, b"II*\x00" + b"\xff" * 100, b"\x00" * 128 + b"DICM" + b"\xff" * 100, b"PK\x03\x04" + b"\xff" * 100,
          b'--x\r\nContent-Disposition: form-data; name="file"; filename="' + b"a" * 9000 + b'"\r\n\r\nabc\r\n--x--\r\n', b"--x\r\n" * 500, b"--x--", b"--x\r\nContent-Disposition: form-data; name=file\r\n\r\nabc"]


def damaged(source, random_source):
    data = bytearray(source)
    for _ in range(random_source.randint(1, 8)):
        kind, place = random_source.randrange(4), random_source.randrange(len(data)) if data else 0
        if kind == 0 and data:
            data[place] = random_source.randrange(256)
        elif kind == 1:
            del data[place : place + random_source.randint(1, 20)]
        elif kind == 2:
            data[place:place] = bytes(random_source.randrange(256) for _ in range(random_source.randint(1, 20)))
        else:
            del data[random_source.randint(place, len(data)) :]
    return bytes(data)


def request(random_source, port):
    """The bytes of one request."""
    method = random_source.choice(["GET", "GET", "POST", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "BREW", "get", "G ET", ""])
    path = random_source.choice(PATHS if random_source.random() < 0.6 else ODD_PATHS)
    version = random_source.choice(["HTTP/1.1"] * 8 + ["HTTP/1.0", "HTTP/2.0", "HTTP/1.1 x", ""])
    lines = [f"{method} {path} {version}"]
    if random_source.random() < 0.9:
        lines.append(f"Host: 127.0.0.1:{port}")
    body = random_source.choice(BODIES)
    if random_source.random() < 0.4:
        lines.append("Content-Type: " + random_source.choice(["multipart/form-data; boundary=x", "application/json", "image/png", "application/x-www-form-urlencoded"]))
    if random_source.random() < 0.3:
        lines.append("Transfer-Encoding: chunked")
        body = random_source.choice(CHUNKS)
    elif random_source.random() < 0.8:
        lines.append(f"Content-Length: {len(body) + random_source.choice([0, 0, 0, 0, -1, 1, 1000])}")
    if random_source.random() < 0.5:
        lines.append(random_source.choice(HEADERS))
    text = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body
    return damaged(text, random_source) if random_source.random() < 0.4 else text


def ask(port, data, seconds=10):
    """Sends it, says that nothing follows, and returns all that is answered."""
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as connection:
        answer = b""
        try:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            while block := connection.recv(65536):
                answer += block
        except OSError:  # closed while we were still sending
            pass
        return answer


def statuses(answer):
    """Status of every answer on the connection (a damaged request may hold several)."""
    found = []
    for part in answer.split(b"HTTP/1.1 ")[1:]:
        if part[:3].isdigit():
            found.append(int(part[:3]))
    return found


def is_healthy(port):
    answer = ask(port, f"GET /v1/health HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n".encode())
    return answer.startswith(b"HTTP/1.1 200") and json.loads(answer.split(b"\r\n\r\n", 1)[1])["status"] == "ok"


def attack(port, count, seed):
    """Counts of the statuses, and the requests that were answered wrongly."""
    random_source, counts, wrong = random.Random(seed), collections.Counter(), []
    for number in range(count):
        data = request(random_source, port)
        found = statuses(ask(port, data))
        counts.update(found or ["closed"])
        if any(status >= 500 and status not in (503, 507) for status in found):
            wrong.append((found, data))
        if number % 100 == 99 and not is_healthy(port):
            wrong.append((["no health"], data))
            break
    return counts, wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("--count", type=int, default=10000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    counts, wrong = attack(urllib.parse.urlsplit(arguments.url).port, arguments.count, arguments.seed)
    print(", ".join(f"{status}: {count}" for status, count in sorted(counts.items(), key=str)))
    for found, data in wrong[:10]:
        print("answered", found, "to", data[:300])
    print(f"{arguments.count} requests, {len(wrong)} answered wrongly")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
