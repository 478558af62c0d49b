"""DICOM as the field brings it, through the whole program; the cases beside the project."""
import csv
import json
import pathlib

import pydicom
import pytest

from support.lanet import lanet
from support.sources import ROOT, _region, make_source

CASES = ROOT.parent / "shared" / "cases"


def finding_of(source, folder, *options):
    lanet("predict", "breast_lite0", source, "--out", folder, "--no-overlays", *options)
    return json.loads((folder / (pathlib.Path(source).stem + ".json")).read_text())


def make_dual(path, mm=(0.1, 0.1)):
    """Two pictures side by side, each the left half of the sample and its own region."""
    data = make_source(path)
    half = data.Columns // 2
    regions = []
    for number, left in enumerate((0, half)):
        region = _region(data.Rows, half, mm[number])
        region.RegionLocationMinX0, region.RegionLocationMaxX1 = left, left + half - 1
        regions.append(region)
    data.SequenceOfUltrasoundRegions = regions
    pydicom.dcmwrite(path, data, enforce_file_format=True)
    return data


def test_every_tissue_region_is_a_part_of_the_finding(tmp_path):
    make_dual(tmp_path / "dual.dcm", (0.1, 0.2))
    finding = finding_of(tmp_path / "dual.dcm", tmp_path / "out", "--dicom")
    assert [part["part"] for part in finding["parts"]] == [1, 2]
    assert finding["parts"][0]["region_xyxy"][2] == finding["parts"][1]["region_xyxy"][0]
    probabilities = [{item["name"]: item["probability"] for item in part["classes"]}["malignant"] for part in finding["parts"]]
    assert finding["decision_part"] == 1 + probabilities.index(max(probabilities))
    assert finding["decision"] == finding["parts"][finding["decision_part"] - 1]["decision"]
    assert "spacing_mm" not in finding and finding["parts"][1]["spacing_mm"] == {"x": 0.2, "y": 0.2}
    assert finding["lesions"] and all(lesion["part"] in (1, 2) for lesion in finding["lesions"])
    for lesion in finding["lesions"]:
        x1, _, x2, _ = finding["parts"][lesion["part"] - 1]["region_xyxy"]
        assert x1 <= lesion["box_xyxy"][0] < lesion["box_xyxy"][2] <= x2
        assert "longest_mm" in lesion
    written = pydicom.dcmread(tmp_path / "out" / "dual_sr.dcm")
    report = " ".join(str(element.value) for element in written.iterall() if element.VR == "UT")
    assert "Part 1 of 2" in report and "most suspicious" in report
    labels = [item.SegmentLabel for item in pydicom.dcmread(tmp_path / "out" / "dual_seg.dcm").SegmentSequence]
    assert labels == [f"Lesion {index + 1} in part {lesion['part']}" for index, lesion in enumerate(finding["lesions"][:7])]


def test_a_part_is_what_it_is_alone(tmp_path):
    """The other picture on the screen changes nothing, down to the last bit."""
    data = make_dual(tmp_path / "dual.dcm")
    both = finding_of(tmp_path / "dual.dcm", tmp_path / "out")
    data.SequenceOfUltrasoundRegions = data.SequenceOfUltrasoundRegions[1:]
    pydicom.dcmwrite(tmp_path / "right.dcm", data, enforce_file_format=True)
    alone = finding_of(tmp_path / "right.dcm", tmp_path / "out")
    assert "parts" not in alone and alone["classes"] == both["parts"][1]["classes"]


def test_a_spacing_that_no_breast_has_is_doubted(tmp_path):
    data = make_source(tmp_path / "grabbed.dcm")
    data.PixelSpacing = [1.0, 1.0]
    pydicom.dcmwrite(tmp_path / "grabbed.dcm", data, enforce_file_format=True)
    finding = finding_of(tmp_path / "grabbed.dcm", tmp_path / "out")
    assert "spacing_mm" not in finding and "longest_mm" not in finding["lesions"][0]
    assert any("which no breast is" in doubt for doubt in finding["doubts"])


@pytest.mark.skipif(not CASES.is_dir(), reason="no cases beside the project")
def test_cases_of_dicom(tmp_path):
    folder = CASES / "11-dicom"
    out = tmp_path / "out"
    lanet("predict", "breast_lite0", folder, "--out", out, "--no-overlays")
    read = lambda name: json.loads((out / f"{name}.json").read_text())
    plain, overlaid = read("00_ref_grey"), read("81_overlay")
    assert [plain[key] for key in ("classes", "lesions", "mask")] == [overlaid[key] for key in ("classes", "lesions", "mask")]
    assert len(read("40_dual")["parts"]) == 2
    assert json.loads((out / "12_mf_split_nobot_summary.json").read_text())["frames"] == 3
    assert any("which no breast is" in doubt for doubt in read("37_pixelspacing_1_1")["doubts"])


def test_another_deidentification_adds_and_destroys_nothing(tmp_path):
    scans, keys = tmp_path / "scans", tmp_path / "private"
    scans.mkdir()
    keys.mkdir()
    make_dual(scans / "one.dcm")
    make_source(scans / "two.dcm", name="Muster^Eva")  # no region: refused
    two = pydicom.dcmread(scans / "two.dcm")
    two.SOPInstanceUID = two.file_meta.MediaStorageSOPInstanceUID = pydicom.uid.generate_uid()
    two.save_as(scans / "two.dcm")
    (scans / "notes.txt").write_text("mine")
    before = {path: path.read_bytes() for path in scans.iterdir()}
    common = ("--out", scans, "--key", keys / "key", "--mapping", keys / "map.csv")
    lanet("dicom", "deidentify", scans / "one.dcm", *common, "--keep-pixels")
    lanet("dicom", "deidentify", scans / "two.dcm", *common, expect=1)
    mapping = (keys / "map.csv").read_text()
    report = (scans / "deidentify-report.csv").read_text()
    again = lanet("dicom", "deidentify", scans / "two.dcm", *common, "--keep-pixels")
    assert "1 file" in again.stdout
    assert (keys / "map.csv").read_text().startswith(mapping) and "two.dcm" in (keys / "map.csv").read_text()
    assert set(report.splitlines()) < set((scans / "deidentify-report.csv").read_text().splitlines())
    assert len({row["file"] for row in csv.DictReader((scans / "deidentify-report.csv").open())}) == 2
    whole = lanet("dicom", "deidentify", scans, *common, "--keep-pixels")
    assert "2 results of an earlier run" in whole.stderr
    assert all(path.read_bytes() == content for path, content in before.items())
