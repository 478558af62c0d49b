"""`lanet serve` as a child process on a free port, ended in every case."""
import contextlib
import json
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

from support.lanet import program
from support.ports import free_port

ROOT = Path(__file__).resolve().parents[2]


class Server:
    def __init__(self, process, address, folder):
        self.process = process
        self.address = address  # "http://127.0.0.1:PORT"
        self.folder = folder

    def get(self, path):
        with urllib.request.urlopen(f"{self.address}/{path}", timeout=30) as answer:
            return json.load(answer)

    def send(self, method, path, body=b"", kind="application/octet-stream"):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.address}/{path}", data=data, method=method)
        request.add_header("Content-Type", kind if isinstance(body, bytes) else "application/json")
        with urllib.request.urlopen(request, timeout=60) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def upload(self, path, name=None):
        """Has a file looked at and kept; the new item's id."""
        path = Path(path)
        return self.send("POST", f"v1/findings?keep=true&name={name or path.name}", path.read_bytes())["item"]

    def wait_for(self, item_id, seconds=60):
        """The item, once all its frames were looked at."""
        for _ in range(seconds * 10):
            item = self.get(f"v1/items/{item_id}")
            if item["state"] != "waiting":
                return item
            time.sleep(0.1)
        raise AssertionError(f"{item['name']} is still waiting after {seconds} s")

    def end(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)


@contextlib.contextmanager
def running_server(folder, *arguments, port=None):
    """Starts the server with its data in `folder`; `arguments` go before those of this function."""
    port = port or free_port()
    folder.mkdir(parents=True, exist_ok=True)
    command = [program(), "serve", *map(str, arguments), "--port", port, "--labels", folder / "labels"]
    command += ["--runs", folder / "runs", "--experiments", folder / "experiments"]
    with open(folder / "server.log", "ab") as log:
        process = subprocess.Popen([*map(str, command)], cwd=folder, stdout=log, stderr=log)
    server = Server(process, f"http://127.0.0.1:{port}", folder)
    try:
        wait_until_ready(server)
        yield server
    finally:
        server.end()


def wait_until_ready(server, seconds=30):
    for _ in range(seconds * 10):
        log = (server.folder / "server.log").read_text(errors="replace")
        assert server.process.poll() is None, f"lanet serve ended: {log}"
        try:
            if server.get("v1/health")["status"] == "ok":
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
    raise AssertionError(f"lanet serve did not answer within {seconds} s: {log}")
