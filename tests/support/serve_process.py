"""A `lanet serve` of its own for a test: on a free port, in a folder of its own, ended in any case."""
import contextlib
import json
import signal
import subprocess
import time

import requests

from support.lanet import program

START_SECONDS = 60


class Server:
    def __init__(self, process, url, folder):
        self.process, self.url, self.folder = process, url, folder
        self.port = int(url.rstrip("/").rsplit(":", 1)[1])

    def get(self, path, **options):
        return requests.get(self.url + path.lstrip("/"), timeout=60, **options)

    def post(self, path, **options):
        return requests.post(self.url + path.lstrip("/"), timeout=60, **options)

    def put(self, path, **options):
        return requests.put(self.url + path.lstrip("/"), timeout=60, **options)

    def delete(self, path, **options):
        return requests.delete(self.url + path.lstrip("/"), timeout=60, **options)

    def keep(self, path, name=None):
        """Uploads a file that stays; returns its item."""
        with open(path, "rb") as file:
            answer = self.post("/v1/findings", params={"keep": "true", "name": name or path.name}, data=file.read())
        assert answer.status_code == 200, answer.text
        return answer.json()["item"]

    def item(self, identity):
        return self.get(f"/v1/items/{identity}").json()

    def wait_done(self, identity, seconds=60):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            item = self.item(identity)
            if item["state"] != "waiting":
                return item
            time.sleep(0.05)
        raise AssertionError("item is still waiting")

    def stop(self, seconds=60):
        """SIGTERM; returns the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(seconds)


@contextlib.contextmanager
def serve(folder, *arguments, sample=False):
    """The server's log is FOLDER/serve.log."""
    with open(folder / "serve.log", "w") as log:
        command = [program(), "serve", "--port", "0", "--json", *([] if sample else ["--no-sample"]), *map(str, arguments)]
        process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=log, text=True)
        try:
            line = process.stdout.readline()
            assert line, (folder / "serve.log").read_text()
            yield Server(process, json.loads(line)["url"], folder)
        finally:
            if process.poll() is None:
                process.kill()
            process.wait(START_SECONDS)
