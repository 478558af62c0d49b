"""`lanet predict` on archives and DICOMDIRs: the same findings as of the files, and refusals by name."""
import io
import json
import subprocess
import sys
import tarfile
import zipfile

import numpy
import pydicom
import pytest
from PIL import Image
from pydicom.fileset import FileSet

from support.lanet import lanet, program
from support.sources import make_source, sample_images


def predict(folder, *paths, expect=0):
    return lanet("predict", "breast_lite0", *paths, "--out", folder, "--no-masks", "--no-overlays", expect=expect)


def findings_in(folder):
    return {str(path.relative_to(folder)): json.loads(path.read_text()) for path in sorted(folder.rglob("*.json"))}


@pytest.fixture(scope="module")
def media(tmp_path_factory):
    """A folder with a picture, a DICOM image, a cine and something else, and its findings."""
    folder = tmp_path_factory.mktemp("media") / "in"
    (folder / "deep").mkdir(parents=True)
    (folder / "Bild ä.png").write_bytes(sample_images(2)[1].read_bytes())
    (folder / "notes.txt").write_text("no image")
    make_source(folder / "deep" / "one.dcm", mm=0.1)
    make_source(folder / "deep" / "cine", frames=3)
    out = folder.parent / "out"
    predict(out, folder)
    found = findings_in(out)
    assert len(found) == 1 + 1 + 3 + 1  # picture, image, frames, summary
    return folder, found


def pack(folder, target):
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    if target.suffix == ".zip":
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in files:
                archive.write(file, file.relative_to(folder))
    else:
        with tarfile.open(target, "w:gz" if target.suffix == ".tgz" else "w") as archive:
            archive.add(folder, ".")
    return target


@pytest.mark.parametrize("ending", [".zip", ".tar", ".tgz"])
def test_archives_give_what_their_files_give(media, tmp_path, ending):
    folder, found = media
    archive = pack(folder, tmp_path / f"study{ending}")
    predict(tmp_path / "out", archive)
    assert findings_in(tmp_path / "out") == found


def test_two_archives_with_the_same_names(media, tmp_path):
    folder, found = media
    predict(tmp_path / "out", pack(folder, tmp_path / "a.zip"), pack(folder, tmp_path / "b.tar"))
    names = set(findings_in(tmp_path / "out"))
    assert len(names) == 2 * len(found)
    assert "Bild ä_2.json" in names


def test_hostile_entries_are_named_and_the_rest_is_done(media, tmp_path):
    folder, _ = media
    picture = (folder / "Bild ä.png").read_bytes()
    with tarfile.open(tmp_path / "x.tar", "w") as archive:
        for name in ("../outside.png", "/tmp/outside.png", "good.png"):
            entry = tarfile.TarInfo(name)
            entry.size = len(picture)
            archive.addfile(entry, io.BytesIO(picture))
        link = tarfile.TarInfo("link.png")
        link.type, link.linkname = tarfile.SYMTYPE, str(folder / "Bild ä.png")
        archive.addfile(link)
    result = predict(tmp_path / "out", tmp_path / "x.tar", expect=1)
    assert "3 could not be used" in result.stderr
    assert "../outside.png" in result.stderr and "a link" in result.stderr
    assert list(findings_in(tmp_path / "out")) == ["good.json"]
    assert not (tmp_path / "outside.json").exists()


def test_bomb_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("zeros.png", "w", force_zip64=True) as entry:
            for _ in range(70):
                entry.write(bytes(1 << 20))
    result = predict(tmp_path / "out", tmp_path / "bomb.zip", expect=1)
    assert "200 times its size" in result.stderr


def make_medium(folder):
    """A file-set of two images, as pydicom writes it."""
    medium = FileSet()
    for frames in (1, 2):
        data = make_source(folder / f"{frames}.dcm", frames=frames)
        medium.add(data)
    medium.write(folder / "medium")
    return folder / "medium"


def test_dicomdir_gives_its_images(tmp_path):
    medium = make_medium(tmp_path)
    predict(tmp_path / "out", medium / "DICOMDIR")
    by_dicomdir = findings_in(tmp_path / "out")
    assert len(by_dicomdir) == 1 + 2 + 1
    predict(tmp_path / "folder", medium)
    assert findings_in(tmp_path / "folder") == by_dicomdir


def change_first_image(medium, change):
    """Changes the first record of an image; the DICOMDIR is written as a plain data set."""
    data = pydicom.dcmread(medium / "DICOMDIR")
    record = next(item for item in data.DirectoryRecordSequence if item.DirectoryRecordType == "IMAGE")
    change(record)
    pydicom.dcmwrite(medium / "DICOMDIR", data, enforce_file_format=True)


@pytest.mark.parametrize("file_id, words", [(["..", "..", "1.dcm"], "File ID"), (["PT000000", "MISSING"], "missing"),
                                            (["LINK"], "leads out of its folder")])
def test_dicomdir_stays_in_its_folder(tmp_path, file_id, words):
    medium = make_medium(tmp_path)
    (medium / "LINK").symlink_to(tmp_path / "1.dcm")
    change_first_image(medium, lambda record: setattr(record, "ReferencedFileID", file_id))
    result = predict(tmp_path / "out", medium / "DICOMDIR", expect=1)
    assert words in result.stderr and "1 could not be used" in result.stderr
    assert len(findings_in(tmp_path / "out")) == 2 + 1  # the other one is done


def test_broken_dicomdir_is_refused(tmp_path):
    medium = make_medium(tmp_path)
    whole = (medium / "DICOMDIR").read_bytes()
    (medium / "DICOMDIR").write_bytes(whole[: len(whole) // 2])
    result = predict(tmp_path / "out", medium / "DICOMDIR", expect=1)
    assert "DICOMDIR: lanet found" in result.stderr


def test_memory_does_not_grow_with_an_archive(tmp_path):
    """Peak memory of 76 large entries is that of 28 (three batches are at work at once): 48 more, packed, would be 70 MiB."""
    stream = io.BytesIO()
    rising = numpy.add.outer(numpy.arange(1200), numpy.arange(1200)) // 10
    Image.fromarray(rising.astype("uint8")).save(stream, "PNG", compress_level=0)

    def peak(count):
        with zipfile.ZipFile(tmp_path / f"{count}.zip", "w") as archive:
            for index in range(count):
                archive.writestr(f"{index}.png", stream.getvalue())
        command = ("import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True, capture_output=True); "
                   "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)")
        output = subprocess.run([sys.executable, "-c", command, program(), "predict", "breast_lite0",
                                 tmp_path / f"{count}.zip", "--out", tmp_path / f"out{count}", "--no-masks",
                                 "--no-overlays"], capture_output=True, text=True, timeout=200, check=True)
        return int(output.stdout) / 1024

    assert peak(76) < peak(28) + 50  # MiB
