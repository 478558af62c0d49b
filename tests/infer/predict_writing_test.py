"""`lanet predict`: nothing of the user's is replaced, names never collide, findings are the same in any company."""
import csv
import hashlib
import json
import os
import shutil
import subprocess
import zipfile

import numpy
import pytest
from PIL import Image

from support.lanet import lanet, program
from support.sources import make_source, sample_images


def predict(folder, *paths, expect=0, options=()):
    return lanet("predict", "breast_lite0", *paths, "--out", folder, *options, expect=expect)


def digests(folder):
    return {path.relative_to(folder): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.rglob("*")) if path.is_file()}


def rows(folder):
    with open(folder / "findings.csv", newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def images(tmp_path):
    """A folder with three pictures."""
    folder = tmp_path / "in"
    folder.mkdir()
    for name, path in zip("abc", sample_images(3)):
        shutil.copy(path, folder / f"{name}.png")
    return folder


@pytest.mark.parametrize("precision", ["fp32", "bf16", "int8"])
def test_a_finding_is_the_same_in_any_company(tmp_path, precision):
    few, many = sample_images(2), sample_images(19)
    options = ("--precision", precision, "--no-overlays", "--no-masks")
    predict(tmp_path / "many", *many, options=options)
    predict(tmp_path / "few", *reversed(few), options=(*options, "--threads", "1"))
    for path in few:
        name = path.stem + ".json"
        assert (tmp_path / "few" / name).read_bytes() == (tmp_path / "many" / name).read_bytes()


@pytest.mark.parametrize("name", ["b_mask.png", "b.json", "b_overlay.png", "findings.csv", "findings.html"])
def test_a_file_of_the_user_stays(images, name):
    if name.endswith("_mask.png"):
        mask = numpy.zeros(numpy.asarray(Image.open(images / "b.png")).shape[:2], "uint8")
        mask[20:60, 30:70] = 255
        Image.fromarray(mask).save(images / name)
    elif name.endswith(".png"):
        shutil.copy(sample_images(4)[3], images / name)
    else:
        (images / name).write_text('{"version": "5.4.1", "shapes": []}')
    before = digests(images)
    result = predict(images, images, expect=1)
    assert name in result.stderr and "--overwrite" in result.stderr
    assert digests(images) == before, "nothing is written where something is in the way"
    predict(images, images, options=["--overwrite"])
    assert digests(images)[next(path for path in before if path.name == name)] != before[
        next(path for path in before if path.name == name)]


def test_results_are_replaced_by_their_like_and_no_input(images):
    predict(images, images)
    first = digests(images)
    result = predict(images, images)
    assert "6 results of lanet were left out" in result.stderr  # overlays and masks
    assert set(digests(images)) == set(first)
    assert [row["name"] for row in rows(images)] == ["a", "b", "c"]
    (images / "a.json").write_text("{}")  # changed since: the user's now
    assert "a.json" in predict(images, images, expect=1).stderr
    assert (images / "a.json").read_text() == "{}"


def test_a_mask_that_was_taken_over_as_the_truth_stays(images, tmp_path):
    predict(tmp_path / "out", images)
    shutil.copy(tmp_path / "out" / "a_mask.png", images / "a_mask.png")
    before = digests(images)
    result = predict(images, images, expect=1, options=["--mask-threshold", "0.9"])
    assert "a_mask.png" in result.stderr and "--overwrite" in result.stderr
    assert digests(images) == before


def test_what_is_in_the_way_of_a_frame_costs_that_frame(tmp_path):
    make_source(tmp_path / "cine.dcm", frames=3)
    out = tmp_path / "out"
    out.mkdir()
    (out / "cine_f0002.json").write_text("mine")
    result = predict(out, tmp_path / "cine.dcm", expect=1)
    assert "cine_f0002.json" in result.stderr
    assert (out / "cine_f0002.json").read_text() == "mine"
    assert (out / "cine_f0003.json").exists() and len(rows(out)) == 3


def test_a_typo_leaves_earlier_findings(images, tmp_path):
    out = tmp_path / "out"
    predict(out, images)
    before = digests(out)
    predict(out, tmp_path / "typo", expect=1)
    (tmp_path / "bad.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    predict(out, tmp_path / "bad.png", expect=1)
    assert digests(out) == before


def test_a_killed_run_leaves_nothing_for_long(images, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    ended = subprocess.Popen(["true"])
    ended.wait()
    stray = out / f".findings.lanet-{ended.pid}-1.tmp.csv"
    stray.write_text("half")
    predict(out, images)
    assert not stray.exists()


def test_a_reader_that_leaves_ends_the_work(tmp_path):
    command = f"'{program()}' predict breast_lite0 {sample_images(1)[0].parent} --json --out '{tmp_path / 'out'}' | head -n 1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, timeout=120)
    assert json.loads(done.stdout)["format"] == "lanet-finding"
    assert [path.name for path in (tmp_path / "out").rglob("*") if ".tmp" in path.name] == []


def test_names_of_any_bytes_and_lengths(tmp_path):
    folder = os.fsencode(tmp_path / "in")
    os.mkdir(folder)
    source = sample_images(1)[0]
    names = [b"M\xfcller.png", "恶性.png".encode(), b"a" * 251 + b".png", b"a;b.png", b"=1+1.png", b"line\nbreak.png"]
    for name in names:
        shutil.copy(source, os.path.join(folder, name))
    result = subprocess.run([program(), "predict", "breast_lite0", folder, "--json", "--out", tmp_path / "out"],
                            capture_output=True, timeout=120)
    assert result.returncode == 0, result.stderr
    found = [json.loads(line) for line in result.stdout.decode().splitlines()]
    assert "M\\xFCller" in {finding["image"] for finding in found}
    table = rows(tmp_path / "out")
    assert len(found) == len(table) == len(names)
    assert "'=1+1" in {row["name"] for row in table}
    written = os.listdir(os.fsencode(tmp_path / "out"))
    assert b"M\xfcller.json" in written and b"M\xfcller_overlay.png" in written
    page = (tmp_path / "out" / "findings.html").read_text(encoding="utf-8")
    assert "M%FCller_overlay.png" in page and "M\\xFCller" in page


def test_a_zip_with_names_in_gbk(tmp_path):
    with zipfile.ZipFile(tmp_path / "study.zip", "w") as archive:
        archive.write(sample_images(1)[0], "QQQQ/QQQQ.png")
    packed = (tmp_path / "study.zip").read_bytes()
    (tmp_path / "study.zip").write_bytes(packed.replace(b"QQQQ", "乳腺".encode("gbk")))
    predict(tmp_path / "out", tmp_path / "study.zip")
    assert json.loads((tmp_path / "out" / "乳腺" / "乳腺.json").read_text())["image"] == "乳腺/乳腺"


def test_a_cine_beside_a_picture_with_the_name_of_its_frame(tmp_path):
    (tmp_path / "in").mkdir()
    make_source(tmp_path / "in" / "cine.dcm", frames=2)
    shutil.copy(sample_images(1)[0], tmp_path / "in" / "cine_f0001.png")
    predict(tmp_path / "out", tmp_path / "in")
    names = [row["name"] for row in rows(tmp_path / "out")]
    assert sorted(names) == ["cine_2_f0001", "cine_2_f0002", "cine_f0001"]
    assert all((tmp_path / "out" / f"{name}.json").exists() for name in names)


def test_equal_stems_and_several_names_of_one_picture(images, tmp_path):
    Image.open(images / "a.png").convert("L").save(images / "a.jpg")
    (images / "link.png").symlink_to(images / "a.png")
    os.link(images / "b.png", images / "b again.png")
    result = predict(tmp_path / "out", images)
    assert "2 further names of files" in result.stderr
    assert sorted(row["name"] for row in rows(tmp_path / "out")) == ["a", "a_2", "b again", "c"]


def test_pipes_hidden_files_and_folders_that_cannot_be_searched(images, tmp_path):
    os.mkfifo(images / "pipe.png")
    shutil.copy(images / "a.png", images / "._a.png")
    (images / ".hidden").mkdir()
    shutil.copy(images / "a.png", images / ".hidden" / "h.png")
    (images / "masks").mkdir()
    shutil.copy(images / "b.png", images / "masks" / "x.png")
    other = tmp_path / "other"
    other.mkdir()
    (images / "linked").symlink_to(other)
    result = predict(tmp_path / "out", images, expect=1)  # a pipe is named; it costs itself alone
    assert [row["name"] for row in rows(tmp_path / "out")] == ["a", "b", "c"]
    assert "pipe.png: lanet found a pipe or a device" in result.stderr
    assert "1 link to a folder" in result.stderr and "1 folder of masks" in result.stderr
    assert "pipe" in predict(tmp_path / "out2", images / "pipe.png", expect=1).stderr
    if os.geteuid() != 0:
        (images / "closed").mkdir(mode=0)
        assert "closed" in predict(tmp_path / "out3", images, expect=1).stderr


def test_every_page_of_a_tiff(tmp_path):
    pages = [Image.open(path).convert("L").resize((200, 160)) for path in sample_images(3)]
    pages[0].save(tmp_path / "stack.tif", save_all=True, append_images=pages[1:])
    predict(tmp_path / "out", tmp_path / "stack.tif")
    table = rows(tmp_path / "out")
    assert [row["name"] for row in table] == ["stack_f0001", "stack_f0002", "stack_f0003"]
    for number, page in enumerate(pages, 1):
        page.save(tmp_path / f"stack_f000{number}.png")
    predict(tmp_path / "alone", *(tmp_path / f"stack_f000{number}.png" for number in (1, 2, 3)))
    assert [row["probability_malignant"] for row in rows(tmp_path / "alone")] == [
        row["probability_malignant"] for row in table]


def test_refusals_of_one_cause_are_one_line(tmp_path):
    for number in range(30):
        (tmp_path / f"{number:02}.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing" + bytes(20 + number))
    result = predict(tmp_path / "out", tmp_path, expect=1)
    assert "30 could not be used" in result.stderr and "00.png" in result.stderr and "27 more" in result.stderr
    assert len(result.stderr.splitlines()) < 8
    assert not (tmp_path / "out" / "findings.csv").exists()


def test_the_summary_and_the_page(images, tmp_path):
    result = predict(tmp_path / "out", images)
    assert "3 findings in" in result.stdout and "with doubts" in result.stdout and "findings.html" in result.stdout
    page = (tmp_path / "out" / "findings.html").read_text()
    assert page.count("data:image/jpeg;base64,") == 3
    assert "http:" not in page and "https:" not in page
    assert "Research use only" in page
