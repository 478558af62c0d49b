"""What `lanet predict --dicom` writes, as pydicom, highdicom, dciodvfy and Orthanc read it."""
import json
import pathlib
import shutil
import subprocess

import highdicom
import numpy
import pydicom
import pytest

from support import orthanc
from support.lanet import lanet
from support.sources import ROOT, make_source

REAL = ROOT.parent / "shared" / "data" / "us_dicom"
REAL_FILES = ["gdcm-US-ALOKA-16.dcm", "examples_ybr_color.dcm", "US1_J2KR.dcm", "examples_palette.dcm",
              "JPGLosslessP14SV1_1s_1f_8b.dcm"]
RESEARCH = "research use only"
CLASS_NAMES = {"30807003": "benign", "21594007": "malignant", "17621005": "normal"}


class Results:
    """One source, its findings and its three objects."""

    def __init__(self, source, folder):
        self.source_path = pathlib.Path(source)
        self.source = pydicom.dcmread(source)
        name = self.source_path.name.removesuffix(".dcm")
        self.folder, self.name = folder, name
        self.paths = {kind: folder / f"{name}_{kind}.dcm" for kind in ("seg", "sr", "sc")}
        self.frames = int(self.source.get("NumberOfFrames", 1) or 1)
        files = [folder / f"{name}_f{frame:04d}.json" for frame in range(1, self.frames + 1)]
        self.findings = [json.loads(file.read_text()) for file in (files if self.frames > 1 else [folder / f"{name}.json"])]
        self.shown = 0
        if self.frames > 1:
            self.summary = json.loads((folder / f"{name}_summary.json").read_text())
            self.shown = self.summary["steadiest_frame"] - 1

    def read(self, kind):
        return pydicom.dcmread(self.paths[kind])

    def groups(self):
        """Measurement groups by their tracking identifier."""
        measurements = named(self.read("sr"), "126010")[0]
        return {named(group, "112039")[0].TextValue: group for group in named(measurements, "125007")}


def predict(sources, folder):
    lanet("predict", "breast_lite0", *sources, "--out", folder, "--dicom", "--no-masks", "--no-overlays")


def mask_of(finding):
    rows, columns = finding["mask"]["size"]
    inside = numpy.arange(len(finding["mask"]["counts"])) % 2 == 1
    return numpy.repeat(inside, finding["mask"]["counts"]).reshape(columns, rows).T


def named(item, code):
    """Content items below `item` whose concept has that code value."""
    return [child for child in item.get("ContentSequence", [])
            if "ConceptNameCodeSequence" in child and child.ConceptNameCodeSequence[0].CodeValue == code]


def number_of(item):
    return item.MeasuredValueSequence[0].FloatingPointValue


def unit_of(item):
    return item.MeasuredValueSequence[0].MeasurementUnitsCodeSequence[0].CodeValue


def probabilities_of(group):
    """Class name -> share, of a measurement group."""
    found = {}
    for item in named(group, "class_prob") + named(group, "111047"):
        code = named(item, "class")[0].ConceptCodeSequence[0].CodeValue
        found[CLASS_NAMES.get(code, code)] = number_of(item) / 100
    return found


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Sources that are made here, and what was found in them."""
    folder = tmp_path_factory.mktemp("made")
    make_source(folder / "plain.dcm")
    make_source(folder / "calibrated.dcm", mm=0.08, laterality="L", columns=272)
    make_source(folder / "cine.dcm", frames=5, mm=0.1)
    make_source(folder / "kanji.dcm", character_set=["", "ISO 2022 IR 87"], name="Yamada^Tarou=山田^太郎=やまだ^たろう")
    predict([folder], folder / "out")
    return {name: Results(folder / f"{name}.dcm", folder / "out") for name in ("plain", "calibrated", "cine", "kanji")}


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    if not REAL.exists():
        pytest.skip("no real DICOM files beside the project")
    folder = tmp_path_factory.mktemp("real")
    predict([REAL / name for name in REAL_FILES], folder)
    return [Results(REAL / name, folder) for name in REAL_FILES]


def errors_of(path):
    checked = subprocess.run(["dciodvfy", path], capture_output=True, text=True, timeout=60)
    return [line for line in (checked.stdout + checked.stderr).splitlines() if line.startswith("Error")]


def check_masks(results):
    """The segmentation, read frame by frame, is each finding's mask."""
    segmentation = highdicom.seg.segread(results.paths["seg"])
    assert segmentation.segmentation_type.value == "BINARY"
    total = numpy.zeros((results.frames, results.source.Rows, results.source.Columns), bool)
    pixels = segmentation.pixel_array.reshape(-1, results.source.Rows, results.source.Columns)
    for frame, groups in zip(pixels, segmentation.PerFrameFunctionalGroupsSequence):
        reference = groups.DerivationImageSequence[0].SourceImageSequence[0]
        assert reference.ReferencedSOPInstanceUID == results.source.SOPInstanceUID
        place = int(reference.get("ReferencedFrameNumber", 1)) - 1
        assert not (total[place] & (frame > 0)).any()  # lesions share no pixel
        assert frame.any()
        total[place] |= frame > 0
    for place, finding in enumerate(results.findings):
        assert numpy.array_equal(total[place], mask_of(finding)), f"frame {place + 1}"


def check_report(results):
    groups = results.groups()
    finding = results.findings[results.shown]
    whole = groups[f"Frame {results.shown + 1} as a whole" if results.frames > 1 else "Image as a whole"]
    for item in finding["classes"]:
        assert probabilities_of(whole)[item["name"]] == pytest.approx(item["probability"], abs=1e-9)
    decision = named(whole, "decision")[0].ConceptCodeSequence[0].CodeValue
    assert CLASS_NAMES[decision] == finding["decision"]
    assert [item.TextValue for item in named(whole, "doubt")] == finding["doubts"]
    assert named(whole, "111001")[0].TextValue == "breast_lite0"
    assert named(whole, "111003")[0].TextValue == finding["model"].split()[-1]
    segmentation = results.read("seg")
    for index, lesion in enumerate(finding["lesions"][:8]):
        tail = f" of frame {results.shown + 1}" if results.frames > 1 else ""
        group = groups[f"Lesion {index + 1}{tail}"]
        unit, suffix = ("mm", "_mm") if "longest_mm" in lesion else ("{pixels}", "_px")
        for code, field in (("103339001", "longest"), ("103340004", "across")):
            assert number_of(named(group, code)[0]) == pytest.approx(lesion[field + suffix], abs=1e-9)
            assert unit_of(named(group, code)[0]) == unit
        reference = named(group, "121214")[0].ReferencedSOPSequence[0]
        assert reference.ReferencedSOPInstanceUID == segmentation.SOPInstanceUID
        frame = segmentation.PerFrameFunctionalGroupsSequence[reference.ReferencedFrameNumber - 1]
        assert frame.SegmentIdentificationSequence[0].ReferencedSegmentNumber == index + 1
        source = frame.DerivationImageSequence[0].SourceImageSequence[0]
        assert int(source.get("ReferencedFrameNumber", 1)) - 1 == results.shown


def check_identity(results):
    """Patient, study and letters of the source; own series; everything that is referred to is evidence."""
    series = set()
    for kind in ("seg", "sr", "sc"):
        data = results.read(kind)
        for keyword in ("PatientName", "PatientID", "StudyInstanceUID", "StudyDescription", "SpecificCharacterSet",
                        "AccessionNumber", "PatientSex"):
            assert data.get(keyword) == results.source.get(keyword) or not results.source.get(keyword), keyword
        assert data.SOPInstanceUID.startswith("2.25.") and data.SOPInstanceUID.is_valid
        assert RESEARCH in data.SeriesDescription
        purposes = [item.PurposeOfReferenceCodeSequence[0].CodeValue for item in data.ContributingEquipmentSequence]
        assert "109102" in purposes
        series.add(data.SeriesInstanceUID)
    assert len(series) == 3 and results.source.SeriesInstanceUID not in series
    report = results.read("sr")
    evidence = {reference.ReferencedSOPInstanceUID
                for study in report.CurrentRequestedProcedureEvidenceSequence
                for one in study.ReferencedSeriesSequence for reference in one.ReferencedSOPSequence}
    used = {item.value for item in report.iterall() if item.keyword == "ReferencedSOPInstanceUID"}
    assert used == evidence == {results.source.SOPInstanceUID, results.read("seg").SOPInstanceUID,
                                results.read("sc").SOPInstanceUID}


@pytest.mark.parametrize("name", ["plain", "calibrated", "cine", "kanji"])
def test_made_sources_have_what_was_found(made, name):
    check_masks(made[name])
    check_report(made[name])
    check_identity(made[name])


def test_real_sources_have_what_was_found(real):
    for results in real:
        check_masks(results)
        check_report(results)
        check_identity(results)


@pytest.mark.skipif(not shutil.which("dciodvfy"), reason="dicom3tools are not installed")
def test_dciodvfy_finds_no_error(made):
    for results in made.values():
        assert errors_of(results.source_path) == []  # else what follows would prove nothing
        for path in results.paths.values():
            assert errors_of(path) == [], path.name


@pytest.mark.skipif(not shutil.which("dciodvfy"), reason="dicom3tools are not installed")
def test_dciodvfy_finds_no_error_in_results_of_real_files(real):
    for results in real:
        for path in results.paths.values():
            assert errors_of(path) == [], path.name


def test_spacing_side_and_terms_of_the_segmentation(made):
    calibrated, plain = made["calibrated"].read("seg"), made["plain"].read("seg")
    shared = calibrated.SharedFunctionalGroupsSequence[0]
    assert shared.PixelMeasuresSequence[0].PixelSpacing == [0.08, 0.08]
    assert shared.PixelMeasuresSequence[0].SliceThickness == 1  # nominal: nobody knows it
    assert "PixelMeasuresSequence" not in plain.SharedFunctionalGroupsSequence[0]
    assert "FrameOfReferenceUID" not in calibrated
    segment = highdicom.seg.segread(made["calibrated"].paths["seg"]).get_segment_description(1)
    assert segment.algorithm_type.value == "AUTOMATIC"
    assert segment.segmented_property_category.value == "49755003"
    assert segment.segmented_property_type.value == "4147007"
    region = segment.AnatomicRegionSequence[0]
    assert region.CodeValue == "76752008"
    assert region.AnatomicRegionModifierSequence[0].CodeValue == "7771000"


def test_report_opens_as_tid_1500(made):
    for results in made.values():
        report = highdicom.sr.srread(results.paths["sr"])
        assert report.ConceptNameCodeSequence[0].CodeValue == "126000"
        content = report.content
        regions = content.get_planar_roi_measurement_groups()
        assert len(regions) == min(len(results.findings[results.shown]["lesions"]), 8)
        for region in regions:
            assert region.tracking_uid.startswith("2.25.")
            assert region.referenced_segmentation_frame is not None
        assert len(content.get_image_measurement_groups()) == (2 if results.frames > 1 else 1)
        assert RESEARCH in named(results.read("sr"), "121106")[0].TextValue.lower()


def test_report_of_a_cine_has_its_mean(made):
    cine = made["cine"]
    group = cine.groups()["Cine as a whole"]
    assert probabilities_of(group) == pytest.approx(cine.summary["mean_probability"], abs=1e-9)
    assert number_of(named(group, "frames")[0]) == cine.frames
    assert number_of(named(group, "lesion_frames")[0]) == cine.summary["frames_with_lesion"]


def test_overlay_is_the_source_with_something_drawn(made):
    cine = made["cine"]
    capture = cine.read("sc")
    assert (capture.Rows, capture.Columns) == (cine.source.Rows, cine.source.Columns)
    assert capture.SourceImageSequence[0].ReferencedFrameNumber == cine.shown + 1
    drawn = capture.pixel_array.astype(int)
    grey = cine.source.pixel_array[cine.shown].astype(int)
    changed = (numpy.abs(drawn - grey[:, :, None]) > 8).any(axis=2)
    assert 0.005 < changed.mean() < 0.3
    words = changed[-40:, : drawn.shape[1] // 2]  # "Research use only" in the lower left corner
    assert words.mean() > 0.1


def test_same_finding_is_the_same_object(made, tmp_path):
    plain = made["plain"]
    predict([plain.source_path], tmp_path)
    for kind, path in plain.paths.items():
        again = pydicom.dcmread(tmp_path / path.name)
        first = pydicom.dcmread(path)
        for data in (first, again):  # the moment of making alone may differ
            for keyword in ("InstanceCreationDate", "InstanceCreationTime", "ContentDate", "ContentTime"):
                del data[keyword]
            for item in data.ContributingEquipmentSequence:
                item.pop("ContributionDateTime", None)
        assert first == again, kind


def test_without_lesion_there_is_no_segmentation(tmp_path):
    data = make_source(tmp_path / "black.dcm")
    data.PixelData = bytes(len(data.PixelData))
    pydicom.dcmwrite(tmp_path / "black.dcm", data, enforce_file_format=True)
    lanet("predict", "breast_lite0", tmp_path / "black.dcm", "--out", tmp_path, "--dicom", "--mask-threshold", "1")
    assert not (tmp_path / "black_seg.dcm").exists()
    report = highdicom.sr.srread(tmp_path / "black_sr.dcm")
    assert len(report.content.get_planar_roi_measurement_groups()) == 0
    assert errors_of(tmp_path / "black_sr.dcm") == []


def test_source_without_uids_is_refused_by_name(tmp_path):
    data = make_source(tmp_path / "lost.dcm")
    data.StudyInstanceUID = ""
    pydicom.dcmwrite(tmp_path / "lost.dcm", data, enforce_file_format=True)
    result = lanet("predict", "breast_lite0", tmp_path / "lost.dcm", "--out", tmp_path, "--dicom", expect=1)
    assert "no Study Instance UID" in result.stderr
    assert (tmp_path / "lost.json").exists()


@pytest.mark.skipif(not orthanc.program(), reason="Orthanc is not installed")
def test_orthanc_keeps_and_shows_them(made, tmp_path):
    with orthanc.Orthanc(tmp_path) as archive:
        for results in made.values():
            archive.store(results.source_path)
            ids = {kind: archive.store(path) for kind, path in results.paths.items()}
            tags = {kind: archive.json(f"/instances/{one}/simplified-tags") for kind, one in ids.items()}
            assert tags["seg"]["Modality"] == "SEG" and tags["sr"]["Modality"] == "SR"
            assert tags["seg"]["SegmentSequence"][0]["SegmentLabel"].startswith("Lesion 1")
            assert tags["sr"]["ConceptNameCodeSequence"][0]["CodeValue"] == "126000"
            assert archive.get(f"/instances/{ids['sc']}/preview").startswith(b"\x89PNG")
            if tags["seg"]["Columns"] == "272":  # this Orthanc draws bits only in whole bytes a row
                assert archive.get(f"/instances/{ids['seg']}/preview").startswith(b"\x89PNG")
            assert archive.get(f"/instances/{ids['sc']}/frames/0/rendered", "image/png").startswith(b"\x89PNG")
        studies = archive.json("/studies?expand")
        assert len(studies) == len(made)  # the results lie in the study of their source
        assert all(len(study["Series"]) == 4 for study in studies)
        names = {study["PatientMainDicomTags"]["PatientName"] for study in studies}
        assert "Müller^Änne" in names
        found = archive.json("/dicom-web/series?Modality=SEG")
        assert len(found) == len(made)
