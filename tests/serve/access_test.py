"""Who may ask."""
import socket

from support.lanet import lanet
from support.server import serve


def test_without_a_token_only_this_machine_is_served(tmp_path):
    refused = lanet("serve", "--address", "0.0.0.0", "--port", "0", expect=2)
    assert "--token" in refused.stderr
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
