"""Who may ask."""
import os
import pty
import re
import signal
import socket
import stat
import subprocess

import requests

from support.lanet import lanet, program
from support.server import serve


def test_without_a_token_only_this_machine_is_served(tmp_path):
    refused = lanet("serve", "--address", "0.0.0.0", "--port", "0", expect=2)
    assert "--token-file" in refused.stderr
    with serve(tmp_path) as server:
        assert server.get("/v1/items", headers={"Host": "evil.example"}).status_code == 421
        assert server.get("/v1/items", headers={"Host": f"localhost:{server.port}"}).status_code == 200
        assert server.post("/v1/findings", data=b"x", headers={"Origin": "http://evil.example"}).status_code == 403
        assert server.get("/v1/items", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
        own = {"Origin": server.address, "Sec-Fetch-Site": "same-origin"}
        assert server.post("/v1/findings", data=b"x", headers=own).status_code == 422
        assert server.get("/v1/items").headers["Cache-Control"] == "no-store"


def test_with_a_token_the_interface_is_closed_and_the_page_open(tmp_path):
    with serve(tmp_path, "--token", "abc") as server:
        assert server.get("/v1/health").status_code == 200
        assert server.get("/openapi.json").status_code == 200
        for path in ("/v1/items", "/v1/models", "/metrics", "/v1/nothing"):
            answer = server.get(path)
            assert answer.status_code == 401 and answer.headers["WWW-Authenticate"] == "Bearer"
        assert server.get("/v1/items", headers={"Authorization": "Bearer abc"}).status_code == 200
        assert server.get("/v1/items", headers={"Authorization": "Bearer abd"}).status_code == 401


def test_a_token_file_is_made_once_and_read_ever_after(tmp_path):
    file = tmp_path / "private" / "token"
    with serve(tmp_path, "--token-file", file) as server:
        token = file.read_text().strip()
        assert re.fullmatch("[0-9a-f]{48}", token) and stat.S_IMODE(file.stat().st_mode) == 0o600
        assert server.get("/v1/items").status_code == 401
        assert server.get("/v1/items", headers={"Authorization": f"Bearer {token}"}).status_code == 200
    with serve(tmp_path, "--token-file", file) as server:
        assert file.read_text().strip() == token
    (tmp_path / "empty").write_text("")
    assert "empty" in lanet("serve", "--port", "0", "--token-file", tmp_path / "empty", expect=1).stderr
    assert "--token-file" in lanet("serve", "--port", "0", "--token", "x", "--token-file", file, expect=2).stderr


def test_the_printed_address_can_be_opened(tmp_path):
    with serve(tmp_path, "--address", "0.0.0.0", "--token", "abc") as server:
        assert "0.0.0.0" not in server.address
        assert requests.get(server.address + "/v1/health", timeout=10).status_code == 200


def said_by(tmp_path, terminal):
    """What `lanet serve` says before it answers."""
    command = [program(), "serve", "--port", "0", "--no-sample", "--quiet", "--address", "0.0.0.0", "--token", "a/b c".replace(" ", "+")]
    if terminal:
        leader, follower = pty.openpty()
        process = subprocess.Popen(command, cwd=tmp_path, stdout=follower, stderr=subprocess.DEVNULL)
        os.close(follower)
    else:
        process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        leader = process.stdout.fileno()
    text = b""
    try:
        while b"medical device" not in text:
            part = os.read(leader, 4096)
            assert part, text
            text += part
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    return text.decode()


def test_the_link_with_the_token_is_for_terminals_alone(tmp_path):
    shown = said_by(tmp_path, terminal=True)
    link = re.search(r"http://(\S+):(\d+)/#token=(\S+)", shown)
    assert link and link[1] != "0.0.0.0" and link[3] == "a%2Fb%2Bc", shown
    logged = said_by(tmp_path, terminal=False)
    assert "a%2Fb" not in logged and "a/b" not in logged and "--token" in logged


def test_a_port_that_is_taken_is_named(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        refused = lanet("serve", "--port", taken.getsockname()[1], "--no-sample", expect=1)
    assert "cannot listen" in refused.stderr and "--port" in refused.stderr


def test_wrong_settings_are_told_at_once():
    assert "queue" in lanet("serve", "--port", "0", "--set", "queue=0", expect=2).stderr
    assert "no_such" in lanet("serve", "--port", "0", "--set", "no_such=1", expect=2).stderr
    assert "breast_lite0" in lanet("serve", "--port", "0", "--model", "breast_lite9", expect=2).stderr
