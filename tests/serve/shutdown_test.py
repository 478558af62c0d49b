"""Ending the server while it works."""
import concurrent.futures
import signal
import subprocess
import time

import requests

from support.lanet import program
from support.server import serve
from support.sources import make_source, sample_images


def test_what_was_taken_is_answered(tmp_path):
    images = [path.read_bytes() for path in sample_images(8)]
    with serve(tmp_path) as server, concurrent.futures.ThreadPoolExecutor(8) as pool:

        def post(image):
            statuses = []
            try:
                while True:
                    statuses.append(server.post("/v1/findings", data=image).status_code)
            except requests.ConnectionError:  # no new connection is taken any longer
                return statuses

        answers = [pool.submit(post, image) for image in images]
        time.sleep(1)
        assert server.stop() == 0
        statuses = [status for answer in answers for status in answer.result(60)]
    assert statuses and set(statuses) <= {200, 503}


def test_a_job_does_not_hold_the_end_up(tmp_path):
    make_source(tmp_path / "cine.dcm", frames=400)
    cine = (tmp_path / "cine.dcm").read_bytes()
    with serve(tmp_path) as server:
        assert server.post("/v1/jobs", files=[("file", (f"{number}.dcm", cine)) for number in range(3)]).status_code == 202
        assert server.stop(30) == 0
    log = (tmp_path / "serve.log").read_text()
    assert "POST /v1/jobs 202" in log and "terminate" not in log


def test_a_job_is_cancelled_while_it_runs(tmp_path):
    make_source(tmp_path / "cine.dcm", frames=50)
    cine = (tmp_path / "cine.dcm").read_bytes()
    with serve(tmp_path) as server:
        job = server.post("/v1/jobs", files=[("file", (f"{number}.dcm", cine)) for number in range(20)]).json()
        assert job["total"] == 20
        assert server.delete(f"/v1/jobs/{job['id']}").status_code == 200
        end = time.monotonic() + 60
        while (job := server.get(f"/v1/jobs/{job['id']}").json())["finished"] is None:
            assert time.monotonic() < end
            time.sleep(0.05)
        assert job["state"] == "cancelled" and job["done"] < 20
        assert all(server.item(identity)["source"] == "job" for identity in job["items"])


def test_a_closed_terminal_ends_it_like_a_stop(tmp_path):
    with serve(tmp_path) as server:
        assert server.get("/v1/health").status_code == 200
        server.process.send_signal(signal.SIGHUP)
        server.process.send_signal(signal.SIGHUP)  # the kernel and the shell both do it
        assert server.process.wait(60) == 0


def test_under_nohup_it_goes_on(tmp_path):
    process = subprocess.Popen(["nohup", program(), "serve", "--port", "0", "--json", "--no-sample"], cwd=tmp_path, stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    try:
        assert process.stdout.readline()
        process.send_signal(signal.SIGHUP)
        time.sleep(1)
        assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
