"""The story of a correction: label, split, train, predict with the new model."""
import pathlib
import signal

import numpy
import pytest
from PIL import Image

from support.lanet import lanet, program
from support.server import serve
from support.sources import make_source, sample_images

BOX_RUNS = 20  # side of the square that is drawn


def square_mask(item):
    """A square of BOX_RUNS pixels at (10, 10), as run lengths."""
    height, width = item["height"], item["width"]
    counts = [10 * height + 10]
    for column in range(BOX_RUNS):
        counts += [BOX_RUNS, height - BOX_RUNS]
    counts[-1] = height * width - sum(counts[:-1])
    return {"size": [height, width], "counts": counts}


def correct(server, identity, name, mask=None, frame=1):
    return server.put(f"/v1/items/{identity}/frames/{frame}/label", json={"class": name, "mask": mask})


def test_a_correction_comes_back_and_goes(tmp_path):
    with serve(tmp_path) as server:
        identity = server.keep(sample_images(1)[0])
        item = server.item(identity)
        answer = correct(server, identity, "malignant", square_mask(item))
        assert answer.status_code == 200 and answer.json()["label"]["frames"] == [1]
        assert server.get(f"/v1/items/{identity}/frames/1/label").json()["mask"] == square_mask(item)
        assert server.get("/v1/labels").json()["classes"] == {"malignant": 1}
        assert correct(server, identity, "benign").json()["label"]["class"] == "benign"
        assert server.get("/v1/labels").json()["classes"] == {"benign": 1}
        assert server.delete(f"/v1/items/{identity}/frames/1/label").status_code == 204
        assert server.get("/v1/labels").json()["images"] == 0
        assert correct(server, identity, "benign", {"size": [1, 1], "counts": [1]}).status_code == 422


def test_a_killed_server_has_lost_no_correction(tmp_path):
    path = sample_images(1)[0]
    with serve(tmp_path) as server:
        identity = server.keep(path)
        assert correct(server, identity, "malignant", square_mask(server.item(identity))).status_code == 200
        server.process.send_signal(signal.SIGKILL)
        server.process.wait(30)
    with serve(tmp_path) as server:
        item = server.item(server.keep(path))
        assert item["label"]["class"] == "malignant"
    mask = next((tmp_path / "labels" / "masks").glob("*.png"))
    assert (numpy.asarray(Image.open(mask)) > 0).sum() == BOX_RUNS**2


def test_frames_of_a_patient_are_one_group(tmp_path):
    make_source(tmp_path / "cine.dcm", frames=3)
    make_source(tmp_path / "still.dcm")
    with serve(tmp_path) as server:
        cine, still = server.keep(tmp_path / "cine.dcm"), server.keep(tmp_path / "still.dcm")
        for frame in (1, 3):
            assert correct(server, cine, "benign", frame=frame).status_code == 200
        assert correct(server, still, "benign").status_code == 200
    manifest = (tmp_path / "labels" / "lanet-dataset.csv").read_text()
    rows = [line.split(",") for line in manifest.splitlines()]
    groups = {row[rows[0].index("group")] for row in rows[1:]}
    assert len(rows) == 4 and len(groups) == 1
    assert "P-17" not in manifest and "Müller" not in manifest


def test_corrections_are_a_data_set_to_train_on(tmp_path):
    with serve(tmp_path) as server:
        for number, path in enumerate(sample_images(12)):
            identity = server.keep(path)
            name = "benign" if number % 2 else "malignant"
            assert correct(server, identity, name, square_mask(server.item(identity))).status_code == 200
        assert server.stop() == 0
    labels = tmp_path / "labels"
    lanet("data", "split", labels)
    if not (pathlib.Path(program()).parent / "lanet-train").exists():
        pytest.skip("no lanet-train beside lanet: the corrections were split, nothing was trained")
    lanet("train", "demo", "--data", labels, "--split", labels / "split.csv", "--name", "corrected", "--set", f"runs_folder={tmp_path / 'runs'}",
          "--set", "stage1.epochs=1", "--set", "stage2.epochs=1", timeout=600)
    model = tmp_path / "runs" / "corrected" / "best.safetensors"
    with serve(tmp_path, "--model", model, "--runs", tmp_path / "runs") as server:
        answer = server.post("/v1/findings", data=sample_images(1)[0].read_bytes()).json()
        assert "best.safetensors" in answer["findings"][0]["model"]
        assert server.get("/v1/runs").json()["runs"][0]["state"] == "done"
