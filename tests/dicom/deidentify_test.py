"""De-identified files as other programs read them: pydicom and dicom3tools' dciodvfy."""
import csv
import json
import os
import shutil
import subprocess
from pathlib import Path

import pydicom
import pytest

LANET = os.environ.get("LANET_PROGRAM", "")
FILES = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "us_dicom"
pytestmark = pytest.mark.skipif(not LANET or not FILES.is_dir(), reason="no program, or no real DICOM files beside the project")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("deidentify")
    done = subprocess.run(
        [LANET, "dicom", "deidentify", FILES, "--out", folder / "out", "--key", folder / "key", "--mapping", folder / "map.csv",
         "--region", "20", "60", "200", "180", "--json"], capture_output=True, text=True, timeout=300)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, done.stderr
    return folder, lines


@pytest.mark.parametrize("option", ["--key", "--mapping"])
def test_the_way_back_does_not_lie_among_the_results(option, tmp_path):
    done = subprocess.run([LANET, "dicom", "deidentify", FILES, "--out", tmp_path / "out", option, tmp_path / "out" / "secret"],
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and option in done.stderr
    assert not (tmp_path / "out").exists()


def identifiers(dataset) -> set:
    found = set()
    for element in dataset.iterall():
        if element.VR == "PN" or element.keyword in ("PatientID", "AccessionNumber"):
            found.update(part for part in str(element.value).replace("^", " ").split() if len(part) > 4)
        elif element.VR == "UI" and element.value and not str(element.value).startswith("1.2.840.10008."):
            found.update([element.value] if isinstance(element.value, str) else element.value)
    return found - {str(dataset.SOPClassUID)}


def test_pydicom_reads_every_file_and_finds_nobody(run):
    folder, lines = run
    assert len(lines) == 17
    for line in lines:
        before = pydicom.dcmread(line["source"])
        path = folder / "out" / line["file"]
        after = pydicom.dcmread(path)
        assert after.PatientIdentityRemoved == "YES"
        assert [item.CodeValue for item in after.DeidentificationMethodCodeSequence] == ["113100", "113101"]
        assert after.file_meta.TransferSyntaxUID == "1.2.840.10008.1.2.1"
        assert after.PatientName == after.PatientID == path.parent.name
        assert path.stem.split("_")[0] == after.SOPInstanceUID == after.file_meta.MediaStorageSOPInstanceUID
        assert not any(element.tag.is_private for element in after.iterall())
        frames = int(getattr(before, "NumberOfFrames", 1) or 1)
        assert after.pixel_array.shape[0] == (frames if frames > 1 else after.Rows)
        content = path.read_bytes()[: -len(after.PixelData)]
        for word in identifiers(before):
            assert word.encode() not in content, (line["source"], word)


def test_report_names_no_source(run):
    folder, lines = run
    report = (folder / "out" / "deidentify-report.csv").read_text()
    rows = list(csv.DictReader(report.splitlines()))
    assert {row["file"] for row in rows} == {line["file"] for line in lines}
    assert not any(Path(line["source"]).stem in report for line in lines)
    assert oct((folder / "map.csv").stat().st_mode)[-3:] == oct((folder / "key").stat().st_mode)[-3:] == "600"


def errors(path) -> set:
    text = subprocess.run(["dciodvfy", path], capture_output=True, text=True, errors="replace", timeout=60)
    lines = (text.stdout + text.stderr).splitlines()
    return {line for line in lines if line.startswith("Error")}


@pytest.mark.skipif(not shutil.which("dciodvfy"), reason="no dciodvfy")
def test_dciodvfy_finds_no_new_errors(run):
    folder, lines = run
    for line in lines:
        new = errors(folder / "out" / line["file"]) - errors(line["source"])
        assert not new, (line["source"], new)
