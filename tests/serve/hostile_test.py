"""What the server answers to clients that are broken, slow or not meant."""
import importlib.util
import pathlib
import socket
import time

import pytest

from support.server import serve
from support.sources import sample_images

TOOLS = pathlib.Path(__file__).resolve().parents[2] / "tools"


def load_tool(name):
    specification = importlib.util.spec_from_file_location(name, TOOLS / f"{name}.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


tool = load_tool("malformed_requests")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with serve(tmp_path_factory.mktemp("hostile"), "--set", "head_seconds=1", "--set", "receive_seconds=2", "--set", "idle_seconds=2", "--set", "job_bytes=100000",
               "--set", "upload_bytes=100000") as running:
        yield running


def head(server, line="GET /v1/health HTTP/1.1", *headers):
    return "\r\n".join([line, f"Host: 127.0.0.1:{server.port}", *headers]).encode() + b"\r\n\r\n"


def test_1500_damaged_requests_make_no_fault(server):
    counts, wrong = tool.attack(server.port, 1500, seed=2)
    assert wrong == []
    assert counts[400] > 100 and counts[404] > 10 and server.process.poll() is None


@pytest.mark.parametrize("headers, status", [
    (["Content-Length: -1"], 400), (["Content-Length: 3", "Content-Length: 3"], 400), (["Content-Length: 3", "Transfer-Encoding: chunked"], 400),
    (["Content-Length: 200000000000"], 413), (["Transfer-Encoding: gzip"], 400), (["Content-Encoding: gzip", "Content-Length: 3"], 415), (["Expect: x"], 417),
    (["X: " + "y" * 20000], 431), ([], 400)])
def test_heads_that_lie_are_refused(server, headers, status):
    answer = tool.ask(server.port, head(server, "POST /v1/findings HTTP/1.1", *headers) + b"abc")
    assert tool.statuses(answer)[0] == status, answer[:300]


@pytest.mark.parametrize("body", [b"ffffffffffffffff\r\nabc\r\n0\r\n\r\n", b"-5\r\nabc\r\n0\r\n\r\n", b"zz\r\nabc\r\n", b"3\r\nabc", b"3\r\nabcdef\r\n0\r\n\r\n"])
def test_chunks_that_lie_are_refused(server, body):
    answer = tool.ask(server.port, head(server, "POST /v1/findings HTTP/1.1", "Transfer-Encoding: chunked") + body)
    assert [status for status in tool.statuses(answer) if status not in (400, 413, 422)] == []


def test_the_limit_holds_for_chunked_bodies(server):
    block = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    answer = tool.ask(server.port, head(server, "POST /v1/findings HTTP/1.1", "Transfer-Encoding: chunked") + block * 10 + b"0\r\n\r\n")
    assert tool.statuses(answer) == [413]


def test_a_chunked_image_is_found(server):
    image = sample_images(1)[0].read_bytes()
    body = b"".join(b"%x\r\n%s\r\n" % (len(image[at : at + 1000]), image[at : at + 1000]) for at in range(0, len(image), 1000))
    answer = tool.ask(server.port, head(server, "POST /v1/findings HTTP/1.1", "Transfer-Encoding: chunked", "Connection: close") + body + b"0\r\n\r\n")
    assert tool.statuses(answer) == [200], answer[:500]


def test_expect_100_continue_is_answered(server):
    image = sample_images(1)[0].read_bytes()
    answer = tool.ask(server.port, head(server, "POST /v1/findings HTTP/1.1", "Expect: 100-continue", f"Content-Length: {len(image)}", "Connection: close") + image)
    assert tool.statuses(answer) == [100, 200]


def test_requests_in_a_row_each_have_their_answer(server):
    bad = head(server, "POST /v1/findings HTTP/1.1", "Content-Length: 3") + b"abc"
    answer = tool.ask(server.port, head(server) + bad + head(server, "GET /v1/health HTTP/1.1", "Connection: close"))
    assert tool.statuses(answer) == [200, 422, 200]


def test_a_slow_head_is_let_go(server):
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        begin, answer = time.monotonic(), b""
        try:
            for letter in head(server, "GET /v1/health HTTP/1.1", "X: " + "y" * 200):
                connection.sendall(bytes([letter]))
                time.sleep(0.05)
            answer = connection.recv(1000)
        except OSError:
            pass
        assert time.monotonic() - begin < 15
        assert answer == b"" or tool.statuses(answer) == [408]


def test_a_slow_body_is_let_go(server):
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        connection.sendall(head(server, "POST /v1/findings HTTP/1.1", "Content-Length: 1000") + b"abc")
        assert tool.statuses(connection.recv(1000)) == [400]


def test_more_connections_than_may_be_are_told_so(tmp_path):
    with serve(tmp_path, "--set", "connections=4", "--set", "idle_seconds=30") as server:
        held = [socket.create_connection(("127.0.0.1", server.port), timeout=20) for _ in range(4)]
        time.sleep(0.5)
        assert tool.statuses(tool.ask(server.port, head(server))) == [503]
        with socket.create_connection(("127.0.0.1", server.port), timeout=20) as late:
            time.sleep(0.3)  # the refusal is sent before the request: it must outlive the bytes that follow it
            late.sendall(head(server))
            time.sleep(0.3)
            assert tool.statuses(late.recv(65536)) == [503]
        for connection in held:
            connection.close()
        end = time.monotonic() + 20
        while not tool.is_healthy(server.port):
            assert time.monotonic() < end
