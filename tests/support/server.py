"""A `lanet serve` of its own for a test: on a free port, in a folder of its own, ended in any case."""
import contextlib
import json
import signal
import subprocess
import time
from pathlib import Path

import requests

from support.lanet import program

ROOT = Path(__file__).resolve().parents[2]
END_SECONDS = 60


class Server:
    def __init__(self, process, address, folder):
        self.process = process
        self.address = address  # "http://127.0.0.1:PORT"
        self.folder = folder
        self.port = int(address.rsplit(":", 1)[1])

    def get(self, path, **options):
        return self.ask("GET", path, **options)

    def post(self, path, **options):
        return self.ask("POST", path, **options)

    def put(self, path, **options):
        return self.ask("PUT", path, **options)

    def delete(self, path, **options):
        return self.ask("DELETE", path, **options)

    def ask(self, method, path, **options):
        return requests.request(method, f"{self.address}/{path.lstrip('/')}", timeout=60, **options)

    def read(self, path):
        """What a path that must be there answers, as JSON."""
        answer = self.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def items(self):
        return self.read("v1/items")["items"]

    def item(self, identity):
        return self.read(f"v1/items/{identity}")

    def keep(self, path, name=None):
        """Has a file looked at and kept; the new item's id."""
        answer = self.post("v1/findings", params={"keep": "true", "name": name or path.name}, data=path.read_bytes())
        assert answer.status_code == 200, answer.text
        return answer.json()["item"]

    def remove(self, identity):
        answer = self.delete(f"v1/items/{identity}")
        assert answer.ok, answer.text

    def wait_done(self, identity, seconds=60):
        """The item, once all its frames were looked at."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            item = self.item(identity)
            if item["state"] != "waiting":
                return item
            time.sleep(0.05)
        raise AssertionError(f"item is still waiting after {seconds} s")

    def stop(self, seconds=END_SECONDS):
        """SIGTERM; returns the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(seconds)


@contextlib.contextmanager
def serve(folder, *arguments, sample=False, port=0):
    """The server's log is FOLDER/serve.log; corrections, runs and experiments lie in FOLDER, too."""
    with open(folder / "serve.log", "w") as log:
        command = [program(), "serve", "--port", str(port), "--json", *([] if sample else ["--no-sample"]), *map(str, arguments)]
        process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=log, text=True)
        try:
            line = process.stdout.readline()
            assert line, (folder / "serve.log").read_text()
            yield Server(process, json.loads(line)["url"].rstrip("/"), folder)
        finally:
            if process.poll() is None:
                process.kill()
            process.wait(END_SECONDS)
