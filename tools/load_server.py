#!/usr/bin/env python3
"""Clients that post images to a running `lanet serve` as fast as they are answered.

    tools/load_server.py http://127.0.0.1:8080/ --clients 64 --seconds 120 --pid PID

Prints answers by status, findings a second, times (median, 99 % and worst) and, with --pid, the server's resident memory while the
load lasts. Exit code 1 where an answer was neither 200 nor 503.
"""
import argparse
import asyncio
import collections
import pathlib
import time
import urllib.parse

IMAGES = [path.read_bytes() for path in sorted((pathlib.Path(__file__).resolve().parents[1] / "sample" / "Images").glob("*.png"))[:20]]


class Load:
    def __init__(self, url, seconds):
        address = urllib.parse.urlsplit(url)
        self.host, self.port = address.hostname, address.port
        self.end = time.monotonic() + seconds
        self.counts, self.times = collections.Counter(), []

    async def ask(self, reader, writer, image):
        writer.write(f"POST /v1/findings?mask=false HTTP/1.1\r\nHost: {self.host}:{self.port}\r\nContent-Type: image/png\r\nContent-Length: {len(image)}\r\n\r\n".encode() + image)
        await writer.drain()
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        length = int(head.split("content-length:")[1].split("\r\n")[0])
        await reader.readexactly(length)
        return head.split()[1], "connection: close" in head

    async def client(self, number):
        reader = writer = None
        turn = number
        while time.monotonic() < self.end:
            image = IMAGES[turn % len(IMAGES)]
            turn += 1
            try:
                if writer is None:
                    reader, writer = await asyncio.open_connection(self.host, self.port)
                begin = time.monotonic()
                status, closed = await self.ask(reader, writer, image)
                if status == "200":
                    self.times.append(time.monotonic() - begin)
                self.counts[status] += 1
                if status == "503":
                    await asyncio.sleep(0.05)
                if closed:
                    writer.close()
                    writer = None
            except (OSError, asyncio.IncompleteReadError) as error:
                self.counts[type(error).__name__] += 1
                writer = None


def resident_mib(pid):
    with open(f"/proc/{pid}/statm") as file:
        return int(file.read().split()[1]) * 4096 / 2**20


async def watch(load, pid, memory):
    while time.monotonic() < load.end:
        if pid:
            memory.append(resident_mib(pid))
        await asyncio.sleep(1)


async def run(arguments):
    load, memory = Load(arguments.url, arguments.seconds), []
    await asyncio.gather(watch(load, arguments.pid, memory), *(load.client(number) for number in range(arguments.clients)))
    return load, memory


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--pid", type=int)
    arguments = parser.parse_args()
    load, memory = asyncio.run(run(arguments))
    times = sorted(load.times)
    print("answers:", ", ".join(f"{status}: {count}" for status, count in sorted(load.counts.items())))
    if times:
        print(f"{len(times) / arguments.seconds:.1f} findings/s; median {1000 * times[len(times) // 2]:.0f} ms, 99 % {1000 * times[int(len(times) * 0.99)]:.0f} ms, worst {1000 * times[-1]:.0f} ms")
    if memory:
        tenth = max(1, len(memory) // 10)
        print(f"memory: first {memory[0]:.0f} MiB, after a tenth {memory[tenth]:.0f} MiB, last {memory[-1]:.0f} MiB, most {max(memory):.0f} MiB")
    raise SystemExit(0 if times and not set(load.counts) - {"200", "503"} else 1)


if __name__ == "__main__":
    main()
