"""`lanet dicom node` and `send` with an archive: objects go in, results come out and are fetched over DICOMweb."""
import json
import shutil
import socket
import subprocess
import time

import pydicom
import pytest

from support import orthanc
from support.lanet import program
from support.node import Node, send, set_destination, small_pictures, write_object, write_objects
from support.orthanc import Orthanc

SR, SC = "1.2.840.10008.5.1.4.1.1.88.33", "1.2.840.10008.5.1.4.1.1.7"


def of_source(archive, source_study):
    """DICOMweb: the instances of a study, {SOP class: [UID]}."""
    found = {}
    for item in json.loads(archive.get(f"/dicom-web/studies/{source_study}/instances", "application/dicom+json")):
        found.setdefault(item["00080016"]["Value"][0], []).append(item["00080018"]["Value"][0])
    return found


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    if not orthanc.program():
        pytest.skip("no Orthanc")
    with Orthanc(tmp_path_factory.mktemp("archive")) as running:
        yield running


def dicom_url(archive):
    return f"dicom://{archive.aet}@127.0.0.1:{archive.dicom_port}"


def web_url(archive):
    return archive.http + "/dicom-web/studies"


@pytest.mark.parametrize("url", [dicom_url, web_url])
def test_results_reach_the_archive(archive, tmp_path, url):
    sources = write_objects(tmp_path / "objects", 3)
    with Node(program(), tmp_path, set_destination("archive", url(archive))) as node:
        outcomes, result = send(program(), sources.values(), node.address)
        assert result.returncode == 0 and [item["outcome"] for item in outcomes] == ["accepted"] * 3
        node.wait_until_done(3)
        records = node.records()
        study = pydicom.dcmread(next(iter(sources.values()))).StudyInstanceUID
        found = of_source(archive, study)
        assert len(found[SR]) == 3 and len(found[SC]) == 3
        assert sorted(sum(found.values(), [])) == sorted(
            item["sop_instance"] for record in records.values() for item in record["objects"])
        # Sent again: acknowledged, and nothing new anywhere.
        assert send(program(), sources.values(), node.address)[1].returncode == 0
        assert node.wait_until_done(3)["to_look_at"] == 0
        assert of_source(archive, study) == found
        assert node.terminate() == 0
        events = [entry["event"] for entry in node.audit()]
        assert events.count("received") == 6 and events.count("found") == 3 and events[-1] == "stopped"
        received = next(entry for entry in node.audit() if entry["event"] == "received")
        assert received["peer"] == "LANET" and received["outcome"] == "stored" and received["sop_instance"] in sources
        # The ordinary log names no patient and no object.
        assert "Test^Node" not in node.log() and not any(uid in node.log() for uid in sources)


def test_an_unreachable_destination_blocks_no_other(archive, tmp_path):
    sources = write_objects(tmp_path / "objects", 2)
    dead = "dicom://NOBODY@127.0.0.1:1"
    with Node(program(), tmp_path, set_destination("alive", dicom_url(archive)), set_destination("dead", dead)) as node:
        assert send(program(), sources.values(), node.address)[1].returncode == 0
        status = node.wait_for(lambda now: now["destinations"].get("alive", {}).get("sent") == 2)
        assert status["destinations"]["dead"]["waiting"] == 2 and status["to_send"] == 2
        status = node.wait_for(lambda now: now["destinations"]["dead"]["problem"])
        assert node.terminate() == 0
        # The settings change, the results are still there.
        node.settings += [set_destination("dead", web_url(archive))]
        node.start()
        node.wait_until_done(2)


def test_what_cannot_be_used_is_refused(archive, tmp_path):
    picture = small_pictures(1)[0]
    write_object(tmp_path / "good.dcm", picture)
    write_object(tmp_path / "ct.dcm", picture, sop_class="1.2.840.10008.5.1.4.1.1.2")
    write_object(tmp_path / "wide.dcm", picture, Columns=60000)  # fewer pixels than it says, and past the limits
    (tmp_path / "text.dcm").write_text("not DICOM")
    files = [tmp_path / name for name in ("good.dcm", "ct.dcm", "wide.dcm", "text.dcm")]
    with Node(program(), tmp_path, "listen.peers=[\"LANET\"]") as node:
        outcomes, result = send(program(), files, node.address)
        assert [item["outcome"] for item in outcomes] == ["accepted", "refused", "refused", "refused"], outcomes
        assert result.returncode == 1
        assert "CT" in outcomes[1]["detail"]
        # Who is not named, and who calls somebody else, is not let in.
        stranger, _ = send(program(), files[:1], node.address, "--aet", "STRANGER")
        wrong, _ = send(program(), files[:1], f"OTHER@127.0.0.1:{node.port}")
        assert stranger[0]["outcome"] == wrong[0]["outcome"] == "not sent"
        assert "lets STRANGER in" in stranger[0]["detail"] and "calls itself OTHER" in wrong[0]["detail"]
        node.wait_until_done(1)
        refused = [entry for entry in node.audit() if entry["event"] == "refused"]
        assert {entry["peer"] for entry in refused} == {"STRANGER", "LANET"}


def test_a_full_queue_pushes_back(tmp_path):
    sources = write_objects(tmp_path / "objects", 4)
    dead = set_destination("dead", "dicom://NOBODY@127.0.0.1:1")
    with Node(program(), tmp_path, dead, "queue.most_objects=2") as node:
        outcomes, result = send(program(), sources.values(), node.address)
        assert [item["outcome"] for item in outcomes] == ["accepted", "accepted", "not sent", "not sent"]
        assert "Resources" in outcomes[2]["detail"] and result.returncode == 1
        node.wait_for(lambda status: status["to_send"] == 2)
        assert node.terminate() == 0


def test_slow_peers_do_not_hold_it(tmp_path):
    source = write_objects(tmp_path / "objects", 1)
    settings = ("limits.associations=2", "limits.request_seconds=1", "limits.idle_seconds=1")
    with Node(program(), tmp_path, *settings) as node:
        sockets = [socket.create_connection(("127.0.0.1", node.port), 5) for _ in range(6)]
        for index, connection in enumerate(sockets):
            if index % 2 == 0:  # the beginning of an association request, and then letter by letter
                connection.sendall(b"\x01\x00\x00\x00\x10\x00\x00\x01")
        deadline = time.monotonic() + 60
        while True:
            outcomes, result = send(program(), source.values(), node.address, "--timeout", "5")
            if result.returncode == 0 or time.monotonic() > deadline:
                break
        assert outcomes[0]["outcome"] == "accepted", node.log()
        for connection in sockets:
            connection.settimeout(20)
            try:
                assert connection.recv(1024) == b""  # ended by the node, within our 20 s
            except ConnectionResetError:
                pass
            connection.close()
        node.wait_until_done(1)


def make_certificates(folder):
    """An authority, a server's and a client's certificate; and an authority that nobody knows."""
    folder.mkdir()

    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True, timeout=60)

    for name in ("ca", "stranger"):
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.pem", "-days", "2",
                "-subj", f"/CN={name}")
    (folder / "names.txt").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1")
    for name, ca in (("server", "ca"), ("client", "ca"), ("intruder", "stranger")):
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
        openssl("x509", "-req", "-in", f"{name}.csr", "-CA", f"{ca}.pem", "-CAkey", f"{ca}.key", "-CAcreateserial", "-out",
                f"{name}.pem", "-days", "2", "-extfile", "names.txt")
    return folder


def test_tls_both_ways(tmp_path):
    keys = make_certificates(tmp_path / "keys")
    source = write_objects(tmp_path / "objects", 1)
    tls = ["listen.tls.enabled=true", f"listen.tls.certificate={keys}/server.pem", f"listen.tls.key={keys}/server.key",
           f"listen.tls.ca={keys}/ca.pem", "listen.tls.ask_certificate=true"]
    with Node(program(), tmp_path / "last", *tls) as last:
        forward = [set_destination("last", f"dicoms://LANET@127.0.0.1:{last.port}"), f"destinations.last.ca={keys}/ca.pem",
                   f"destinations.last.certificate={keys}/client.pem", f"destinations.last.key={keys}/client.key",
                   "model.segmentation=false", "model.report=false"]
        with Node(program(), tmp_path / "first", *forward, *tls) as first:
            to = f"dicoms://LANET@127.0.0.1:{first.port}"
            good = ["--ca", keys / "ca.pem", "--certificate", keys / "client.pem", "--key", keys / "client.key"]
            assert send(program(), source.values(), to, *map(str, good))[1].returncode == 0
            first.wait_until_done(1)
            # The picture went on over TLS; it is a result of lanet, and not looked at again.
            last.wait_until_done(1)
            assert "not looked at" in next(iter(last.records().values()))["found"]
            for refused in (["--ca", keys / "ca.pem"],  # no certificate of its own
                            ["--ca", keys / "ca.pem", "--certificate", keys / "intruder.pem", "--key", keys / "intruder.key"],
                            ["--ca", keys / "stranger.pem", "--certificate", keys / "client.pem", "--key", keys / "client.key"]):
                outcomes, result = send(program(), source.values(), to, "--timeout", "5", *map(str, refused))
                assert result.returncode == 1 and outcomes[0]["outcome"] == "not sent"
            plain, _ = send(program(), source.values(), first.address, "--timeout", "3")
            assert plain[0]["outcome"] == "not sent"


def test_storescu_of_dcmtk_and_echo(tmp_path):
    if not shutil.which("storescu"):
        pytest.skip("no storescu")
    source = list(map(str, write_objects(tmp_path / "objects", 3).values()))
    with Node(program(), tmp_path) as node:
        peer = ["-aec", "LANET", "127.0.0.1", str(node.port)]
        for command in (["echoscu", *peer], ["storescu", *peer, *source], ["storescu", "-xi", *peer, *source]):
            subprocess.run(command, check=True, timeout=60)
        node.wait_until_done(3)


def test_settings_are_checked_before_anything_starts(tmp_path):
    def refusal(*settings):
        command = [program(), "dicom", "node", "--set", f"queue.folder={tmp_path}/q"]
        for setting in settings:
            command += ["--set", setting]
        result = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert result.returncode == 2 and result.stderr.startswith("lanet: "), result
        return result.stderr

    assert "did you mean 'listen.port'" in refusal("listen.prot=1")
    assert "listen.bind" in refusal("listen.bind=localhost")
    assert "destinations.pacs.url" in refusal("destinations.pacs.url=ftp://host/x")
    assert "none" in refusal("destinations.pacs.url=https://user:secret@host/studies")
    assert "listen.tls.certificate" in refusal("listen.tls.enabled=true")
    assert not (tmp_path / "q").exists()
