"""A model with a class of normal images: every result and service says in words that no lesion was found."""
import csv
import hashlib
import json
import subprocess

import highdicom
import numpy
import pydicom
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from support.lanet import lanet, program
from support.node import Node, send, set_destination, write_objects
from support.normal_model import write_model_with_normal
from support.server import serve
from support.sources import make_source, sample_images

WORDS = "no lesion found"
NO_ABNORMALITY = "281900007"


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """Every image is normal for `all`, none for `none`."""
    folder = tmp_path_factory.mktemp("models")
    return {"all": write_model_with_normal(folder / "all.safetensors", 20),
            "none": write_model_with_normal(folder / "none.safetensors", -20)}


@pytest.fixture(scope="module")
def found(models, tmp_path_factory):
    """What `lanet predict` writes of a still image and a cine, both called normal."""
    folder = tmp_path_factory.mktemp("found")
    make_source(folder / "still.dcm", mm=0.1)
    make_source(folder / "cine.dcm", frames=3)
    result = lanet("predict", models["all"], folder / "still.dcm", folder / "cine.dcm", "--out", folder / "out", "--dicom")
    assert "4 normal;" in result.stdout
    return folder / "out"


def items_of(item):
    """All content items below one."""
    for child in item.get("ContentSequence", []):
        yield child
        yield from items_of(child)


def errors_of(path):
    checked = subprocess.run(["dciodvfy", path], capture_output=True, text=True, timeout=60)
    return [line for line in (checked.stdout + checked.stderr).splitlines() if line.startswith("Error")]


def test_json_mask_table_and_page(found):
    finding = json.loads((found / "still.json").read_text())
    assert finding["decision"] == "normal" and finding["result"] == WORDS and finding["lesions"] == []
    assert finding["mask"]["counts"] == [numpy.prod(finding["mask"]["size"])]
    assert not numpy.asarray(Image.open(found / "still_mask.png")).any()
    assert json.loads((found / "cine_summary.json").read_text())["frames_with_lesion"] == 0
    rows = list(csv.DictReader((found / "findings.csv").open()))
    assert [(row["decision"], row["lesions"], row["area_px"]) for row in rows] == [("normal", "0", "")] * 4
    assert (found / "findings.html").read_text().count(WORDS) == 4


@pytest.mark.parametrize("name", ["still", "cine"])
def test_report_codes_the_normal_finding_and_there_is_no_segmentation(found, name):
    assert not (found / f"{name}_seg.dcm").exists()
    for kind in ("sr", "sc"):
        assert errors_of(found / f"{name}_{kind}.dcm") == []
    report = highdicom.sr.srread(found / f"{name}_sr.dcm")
    assert len(report.content.get_planar_roi_measurement_groups()) == 0
    codes = [item.ConceptCodeSequence[0].CodeValue for item in items_of(report) if "ConceptCodeSequence" in item]
    assert NO_ABNORMALITY in codes and "17621005" in codes and "4147007" not in codes
    texts = [item.TextValue for item in items_of(report) if "TextValue" in item]
    assert "No lesion found" in texts
    assert not any(text.startswith("Lesion") for text in texts)
    assert any("No lesion found in any frame" in text for text in texts) == (name == "cine")


def test_where_no_image_is_normal_all_is_as_with_two_classes(models, tmp_path):
    make_source(tmp_path / "still.dcm", mm=0.1)
    for name, model in (("three", models["none"]), ("two", "breast_lite0")):
        lanet("predict", model, tmp_path / "still.dcm", "--out", tmp_path / name, "--dicom")
    three, two = (json.loads((tmp_path / name / "still.json").read_text()) for name in ("three", "two"))
    assert "result" not in three and three["mask"] == two["mask"]
    assert [lesion["box_xyxy"] for lesion in three["lesions"]] == [lesion["box_xyxy"] for lesion in two["lesions"]]
    assert errors_of(tmp_path / "three" / "still_seg.dcm") == errors_of(tmp_path / "three" / "still_sr.dcm") == []
    assert NO_ABNORMALITY.encode() not in (tmp_path / "three" / "still_sr.dcm").read_bytes()


def test_server(models, tmp_path):
    with serve(tmp_path, "--model", models["all"], "--model", "breast_lite0") as server:
        three, two = server.read("v1/models")["models"]
        assert three["normal_class"] == "normal" and three["lesion_threshold"] == 0.5
        assert two["normal_class"] is None and two["lesion_threshold"] is None
        identity = server.keep(sample_images(1)[0])
        finding = server.read(f"v1/items/{identity}/frames/1/finding")
        assert finding["result"] == WORDS and finding["lesions"] == []
        item = server.wait_done(identity)
        assert item["decision"] == "normal" and item["lesions"] == 0
        other = server.read(f"v1/items/{identity}/frames/1/finding?model=breast_lite0")
        assert "result" not in other and other["lesions"]
        assert server.get(f"v1/items/{identity}/frames/1/heat").status_code == 200, "the heat map is kept"


def test_node(models, tmp_path):
    objects = write_objects(tmp_path / "objects", 2)
    # Nobody is there: what would be sent stays, to be looked at.
    settings = [f"model.model={models['all']}", set_destination("nobody", "dicom://NOBODY@127.0.0.1:9")]
    with Node(program(), tmp_path, *settings) as node:
        assert send(program(), objects.values(), node.address)[1].returncode == 0
        node.wait_for(lambda status: status["to_send"] == 2)
        said = [entry for entry in node.audit() if WORDS in json.dumps(entry)]
        assert len(said) == 2 and all("0 of 1 frames with a lesion; normal" in json.dumps(entry) for entry in said)
        results = [pydicom.dcmread(path) for path in sorted((node.queue).rglob("*.dcm")) if path.stat().st_size]
        made = [data for data in results if data.SOPInstanceUID not in objects]
        assert sorted(data.Modality for data in made) == ["OT", "OT", "SR", "SR"], "no segmentation"
    with Node(program(), tmp_path / "second", *settings, "model.lesion_threshold=0") as node:
        assert send(program(), list(objects.values())[:1], node.address)[1].returncode == 0
        node.wait_for(lambda status: status["to_send"] == 1)
        assert not [entry for entry in node.audit() if WORDS in json.dumps(entry)]


def written_names(folder, name):
    return sorted(path.name.removeprefix(name) for path in folder.glob(f"{name}*"))


def test_results_of_an_earlier_run_do_not_stay_beside_a_new_finding(models, tmp_path):
    make_source(tmp_path / "still.dcm", mm=0.1)
    out = tmp_path / "out"
    everything = [".json", "_mask.png", "_overlay.png", "_sc.dcm", "_seg.dcm", "_sr.dcm"]
    lanet("predict", models["none"], tmp_path / "still.dcm", "--out", out, "--dicom")
    assert written_names(out, "still") == everything
    lanet("predict", models["all"], tmp_path / "still.dcm", "--out", out, "--dicom")
    assert written_names(out, "still") == [name for name in everything if name != "_seg.dcm"]
    lanet("predict", models["none"], tmp_path / "still.dcm", "--out", out, "--no-masks", "--no-overlays")
    assert written_names(out, "still") == [".json"]


def test_an_earlier_result_that_was_changed_stays_and_is_named(models, tmp_path):
    make_source(tmp_path / "still.dcm", mm=0.1)
    out = tmp_path / "out"
    lanet("predict", models["none"], tmp_path / "still.dcm", "--out", out)
    edited = Image.open(out / "still_mask.png")
    text = PngInfo()
    text.add_text("Software", edited.info["Software"])
    edited.point(lambda value: 255 - value).save(out / "still_mask.png", pnginfo=text)
    before = (out / "still_mask.png").read_bytes()
    result = lanet("predict", models["none"], tmp_path / "still.dcm", "--out", out, "--no-masks", expect=1)
    assert "still_mask.png: belongs to an earlier finding, but was changed since; it stays" in result.stderr
    assert (out / "still_mask.png").read_bytes() == before


def test_a_true_mask_that_an_import_wrote_is_no_earlier_result(models, tmp_path):
    make_source(tmp_path / "still.dcm", mm=0.1)
    mark = PngInfo()
    mark.add_text("Software", "lanet truth mask")
    Image.fromarray(numpy.eye(40, dtype=numpy.uint8) * 255).save(tmp_path / "still_mask.png", pnginfo=mark)
    truth = (tmp_path / "still_mask.png").read_bytes()
    (tmp_path / ".lanet").write_text(f"# What lanet wrote here\n{hashlib.sha256(truth).hexdigest()}  still_mask.png\n")
    lanet("predict", models["none"], tmp_path / "still.dcm", "--out", tmp_path, "--no-masks")
    assert (tmp_path / "still_mask.png").read_bytes() == truth


def test_a_finding_names_the_thresholds_that_decided(models, found, tmp_path):
    assert json.loads((found / "still.json").read_text())["thresholds"] == {
        "positive_class": "malignant", "positive": 0.5, "lesion": 0.5, "mask": 0.5}
    lanet("predict", models["all"], sample_images(1)[0], "--out", tmp_path, "--lesion-threshold", "0.3", "--threshold", "0.4",
          "--mask-threshold", "0.6", "--no-masks", "--no-overlays")
    finding = json.loads((tmp_path / f"{sample_images(1)[0].stem}.json").read_text())
    assert finding["thresholds"] == {"positive_class": "malignant", "positive": 0.4, "lesion": 0.3, "mask": 0.6}


def test_a_lesion_threshold_without_a_normal_class_is_refused(tmp_path):
    result = lanet("predict", "breast_lite0", sample_images(1)[0], "--out", tmp_path, "--lesion-threshold", "0.3", expect=2)
    assert "lesion_threshold: lanet found a model of the classes benign, malignant" in result.stderr and "normal class" in result.stderr
    assert list(tmp_path.iterdir()) == []
