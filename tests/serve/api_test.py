"""The interface as a client sees it, on the bundled model and images."""
import csv
import io
import json
import zipfile

import numpy
import pydicom
import pytest
from PIL import Image

from support.server import serve
from support.sources import make_source, sample_images


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with serve(tmp_path_factory.mktemp("serve")) as running:
        yield running


def runs_of(mask):
    """COCO's uncompressed run lengths."""
    runs, inside = [0], 0
    for value in mask.T.ravel():
        if value != inside:
            inside = value
            runs.append(0)
        runs[-1] += 1
    return [int(run) for run in runs]


def test_an_image_and_its_downloads(server):
    path = sample_images(1)[0]
    identity = server.keep(path)
    item = server.item(identity)
    width, height = Image.open(path).size
    assert (item["width"], item["height"], item["state"]) == (width, height, "done")
    picture = Image.open(io.BytesIO(server.get(f"/v1/items/{identity}/frames/1/image").content))
    assert numpy.array_equal(numpy.asarray(picture), numpy.asarray(Image.open(path).convert("L")))
    finding = server.get(f"/v1/items/{identity}/frames/1/finding").json()
    mask = numpy.asarray(Image.open(io.BytesIO(server.get(f"/v1/items/{identity}/download?format=mask").content)))
    assert sum(finding["mask"]["counts"][1::2]) == (mask > 0).sum()
    overlay = Image.open(io.BytesIO(server.get(f"/v1/items/{identity}/download?format=overlay").content))
    assert overlay.size == (width, height) and overlay.mode == "RGB"
    assert server.get(f"/v1/items/{identity}/download?format=seg").status_code == 409


def test_class_activation_lies_between_0_and_1(server):
    identity = server.keep(sample_images(1)[0])
    heat = server.get(f"/v1/items/{identity}/frames/1/heat?class=benign").json()
    assert heat["class"] == "benign" and len(heat["values"]) == heat["height"] * heat["width"]
    assert min(heat["values"]) >= 0 and max(heat["values"]) == 1
    assert server.get(f"/v1/items/{identity}/frames/1/heat?class=cyst").status_code == 404


def test_a_dicom_object_gives_dicom_results(server, tmp_path):
    source = make_source(tmp_path / "scan.dcm", mm=0.1)
    identity = server.keep(tmp_path / "scan.dcm")
    item = server.item(identity)
    assert item["kind"] == "dicom" and item["spacing_mm"] == pytest.approx({"x": 0.1, "y": 0.1})
    for kind, modality in (("seg", "SEG"), ("sr", "SR")):
        answer = server.get(f"/v1/items/{identity}/download?format={kind}")
        assert answer.status_code == 200, answer.text
        result = pydicom.dcmread(io.BytesIO(answer.content))
        assert result.Modality == modality and result.StudyInstanceUID == source.StudyInstanceUID
    assert server.get(f"/v1/items/{identity}/download?format=sc").status_code == 200


def test_a_cine_is_found_frame_by_frame(server, tmp_path):
    make_source(tmp_path / "cine.dcm", frames=4)
    identity = server.keep(tmp_path / "cine.dcm")
    item = server.wait_done(identity)
    assert item["frames"] == 4 and item["frame_ms"] == 40
    assert [point["frame"] for point in item["curve"]] == [1, 2, 3, 4]
    assert 1 <= item["steadiest_frame"] <= 4
    assert server.get(f"/v1/items/{identity}/frames/4/image").status_code == 200
    assert server.get(f"/v1/items/{identity}/frames/5/image").status_code == 404
    answer = server.post("/v1/findings", data=(tmp_path / "cine.dcm").read_bytes()).json()
    assert len(answer["findings"]) == 4 and answer["summary"]["frames"] == 4 and answer["item"] is None


def test_a_form_is_taken_as_a_body_is(server):
    path = sample_images(1)[0]
    raw = server.post("/v1/findings", data=path.read_bytes()).json()
    form = server.post("/v1/findings", files={"file": (path.name, path.read_bytes(), "image/png")}).json()
    assert form["name"] == path.name
    assert form["findings"][0]["classes"] == raw["findings"][0]["classes"]
    assert server.post("/v1/findings", files={"other": path.read_bytes()}).status_code == 400


def test_lists_of_findings(server):
    identities = [server.keep(path) for path in sample_images(2)]
    query = "?items=" + ",".join(identities)
    rows = list(csv.DictReader(io.StringIO(server.get("/v1/findings.csv" + query).text)))
    assert list(rows[0]) == ["file", "name", "decision", "part", "probability_benign", "probability_malignant", "lesions", "x1",
                             "y1", "x2", "y2", "area_px", "longest_px", "across_px", "longest_mm", "across_mm", "doubts"]
    assert [row["file"] for row in rows] == [path.name for path in sample_images(2)]
    assert all(float(row["probability_benign"]) + float(row["probability_malignant"]) == pytest.approx(1) for row in rows)
    assert len(server.get("/v1/findings.json" + query).json()["items"]) == 2
    names = zipfile.ZipFile(io.BytesIO(server.get("/v1/findings.zip" + query).content)).namelist()
    assert len(names) == len(set(names)) == 7 and "findings.csv" in names


def test_downloads_of_two_items_never_share_a_name(server):
    names = ["scan.png", "scan.PNG", "scan.png", "scän.png", "sc_n.png", "scan"]
    identities = [server.keep(path, name) for path, name in zip(sample_images(6), names)]
    saved = []
    for identity in identities:
        for kind in ("json", "mask", "overlay"):
            said = server.get(f"/v1/items/{identity}/download?format={kind}").headers["Content-Disposition"]
            saved.append(said.split('filename="')[1].rstrip('"').lower())
    assert len(saved) == len(set(saved)), saved
    archive = zipfile.ZipFile(io.BytesIO(server.get("/v1/findings.zip?items=" + ",".join(identities)).content))
    inside = [name.lower() for name in archive.namelist()]
    assert len(inside) == len(set(inside)) == 3 * len(identities) + 1, inside


def test_the_most_uncertain_is_suggested_first(server):
    for path in sample_images(4):
        server.keep(path)
    items = {item["id"]: item for item in server.get("/v1/items").json()["items"]}
    suggested = [items[identity]["uncertainty"] for identity in server.get("/v1/suggestions?count=4").json()["items"]]
    assert suggested == sorted(suggested, reverse=True) and suggested


def test_the_samples_are_there_at_once(tmp_path):
    with serve(tmp_path, sample=True) as server:
        items = server.get("/v1/items").json()["items"]
        assert len(items) == len(list(sample_images(1000))) and items[0]["source"] == "sample"
        assert server.wait_done(items[0]["id"])["state"] == "done"


def test_the_log_names_nobody(tmp_path):
    with serve(tmp_path) as server:
        make_source(tmp_path / "scan.dcm", name="Secret^Jane")
        server.keep(tmp_path / "scan.dcm", name="Secret_Jane.dcm")
        server.get("/v1/items/Secret")
        server.get("/Secret?name=Secret")
        assert server.stop() == 0
        assert (tmp_path / "serve.log").read_text().count("\n") >= 3
        assert "Secret" not in (tmp_path / "serve.log").read_text()
