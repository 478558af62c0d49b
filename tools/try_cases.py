#!/usr/bin/env python3
"""Tries what users really bring: copies a folder of cases, runs each with lanet, and says right or wrong.

    try_cases.py FOLDER [--lanet PROGRAM] [--only TEXT] [--list] [-v]

FOLDER holds one folder a case (01-import-in-place ... 17-other-labels). It is only read: every row works on a fresh copy.
A row is right only if the content is: digests of the user's files before and after, classes, boxes and masks against
those that the row itself computes from the labels. Exit code 1 if a row is wrong, 2 if FOLDER holds no cases.
"""
import argparse
import csv
import hashlib
import io
import json
import os
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import tomllib
import traceback
import unicodedata
import urllib.error
import urllib.parse
import urllib.request
import zipfile
from pathlib import Path

import numpy
from PIL import Image, ImageOps

ROOT = Path(__file__).resolve().parent.parent
MODEL = "breast_lite0"
ROWS = []  # (case folder, what is tried, function)


class Wrong(Exception):
    """What was seen in place of the right thing."""


class Skipped(Exception):
    """Why a row cannot be tried here."""


def row(case, title):
    def add(function):
        ROWS.append((case, title, function))
        return function
    return add


def need(holds, seen):
    if not holds:
        raise Wrong(seen)


# --- the user's files ---------------------------------------------------------------------------------------------------


def digests(folder):
    """Every file and link below a folder: name -> SHA-256, or where the link points to."""
    found = {}
    for place, folders, files in os.walk(os.fsencode(folder)):
        for name in files + [name for name in folders if os.path.islink(os.path.join(place, name))]:
            path = os.path.join(place, name)
            key = os.fsdecode(os.path.relpath(path, os.fsencode(folder)))
            if os.path.islink(path):
                found[key] = "link to " + os.fsdecode(os.readlink(path))
            else:
                with open(path, "rb") as file:
                    found[key] = hashlib.sha256(file.read()).hexdigest()
    return found


def changed(before, folder):
    """The files of `before` that are not as they were."""
    after = digests(folder)
    return sorted(name for name, digest in before.items() if after.get(name) != digest)


def lost_content(before, folder):
    """The files of `before` whose content is nowhere below the folder any more."""
    after = set(digests(folder).values())
    return sorted(name for name, digest in before.items() if digest not in after)


# --- what lanet wrote ---------------------------------------------------------------------------------------------------


def split_list(cell, separator=";"):
    """Parts of a list cell; a backslash keeps the separator in a name."""
    parts, part, escaped = [], "", False
    for letter in cell:
        if escaped:
            part, escaped = part + letter, False
        elif letter == "\\":
            escaped = True
        elif letter == separator:
            parts.append(part)
            part = ""
        else:
            part += letter
    parts.append(part)
    return [item.strip() for item in parts if item.strip()]


class Dataset:
    """A manifest and what it names."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.file = self.folder / "lanet-dataset.csv"
        need(self.file.is_file(), f"no lanet-dataset.csv in {self.folder.name}")
        with open(self.file, encoding="utf-8", errors="surrogateescape", newline="") as file:
            self.rows = list(csv.DictReader(file))
        self.settings = {}
        toml = self.folder / "lanet-dataset.toml"
        if toml.is_file():
            self.settings = tomllib.loads(toml.read_text(encoding="utf-8", errors="surrogateescape"))

    def root(self, kind):
        root = Path(self.settings.get(kind) or self.settings.get("image_root") or ".")
        return root if root.is_absolute() else self.folder / root

    def image(self, entry):
        return self.root("image_root") / entry["image"]

    def masks(self, entry):
        return [self.root("mask_root") / name for name in split_list(entry["masks"])]

    def upright_size(self, entry):
        with Image.open(self.image(entry)) as picture:
            return ImageOps.exif_transpose(picture).size

    def boxes(self, entry):
        return [tuple(float(value) for value in part.split()) for part in entry["boxes"].split(";") if part.strip()]

    def lesion(self, entry):
        """Where the lesion is, from masks that lanet drew and boxes, as [H, W] of bool in the upright picture."""
        width, height = self.upright_size(entry)
        lesion = numpy.zeros((height, width), bool)
        for file in self.masks(entry):
            mask = numpy.array(Image.open(file).convert("L")) > 0
            need(mask.shape == lesion.shape, f"{entry['image']}: mask {mask.shape[::-1]}, picture {width} x {height}")
            lesion |= mask
        for x1, y1, x2, y2 in self.boxes(entry):
            lesion[round(y1):round(y2), round(x1):round(x2)] = True
        return lesion

    def of(self, name):
        """The row of an image by a part of its path."""
        found = [entry for entry in self.rows if name in entry["image"]]
        need(len(found) == 1, f"{len(found)} rows for {name}")
        return found[0]


def bounding_box(mask):
    rows, columns = numpy.nonzero(mask)
    return (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1) if len(rows) else None


def near(box, wanted, tolerance=2):
    return box is not None and all(abs(a - b) <= tolerance for a, b in zip(box, wanted))


def class_of(name):
    """The truth of the sample images that the cases are made of."""
    if any(number in name for number in ("0009", "0049", "0050", "0217")):
        return "malignant"
    if any(number in name for number in ("0149", "0152", "0225", "0234")):
        return "normal"
    return "benign"


# --- a row at work ------------------------------------------------------------------------------------------------------


class Result:
    def __init__(self, process, arguments):
        self.code = process.returncode
        self.out = process.stdout.decode("utf-8", "replace")
        self.err = process.stderr.decode("utf-8", "replace")
        self.text = self.out + self.err
        self.arguments = arguments

    def says(self, *words):
        """Whether one line holds all of the words."""
        return any(all(word.casefold() in line.casefold() for word in words) for line in self.text.splitlines())

    def last(self):
        lines = [line for line in self.text.splitlines() if line.strip()]
        return f"exit {self.code}: " + (lines[-1][:200] if lines else "nothing said")


class Case:
    def __init__(self, cases, lanet, verbose):
        self.cases, self.lanet, self.verbose = cases, lanet, verbose
        self.temporary = tempfile.TemporaryDirectory(prefix="lanet-case-")
        self.folder = Path(self.temporary.name)

    def copy(self, path, name=None):
        """A fresh, writable copy of a part of the cases."""
        source = self.cases / path
        need(source.exists(), f"{path} is not among the cases")
        target = self.folder / (name or source.name)
        if source.is_dir():
            shutil.copytree(source, target, symlinks=True)
        else:
            shutil.copy(source, target)
        for place, folders, files in os.walk(self.folder):
            for entry in folders + files:
                if not os.path.islink(os.path.join(place, entry)):
                    os.chmod(os.path.join(place, entry), 0o755 if entry in folders else 0o644)
        return target

    def run(self, *arguments, expect=None, timeout=300):
        command = [self.lanet, *(str(item) if isinstance(item, (int, float)) else item for item in arguments)]
        process = subprocess.run(command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=timeout)
        result = Result(process, arguments)
        if self.verbose:
            print("    $ lanet", *arguments, f"-> {result.code}")
            print("      " + result.text.strip().replace("\n", "\n      "))
        need(result.code in (0, 1, 2), f"ended by {result.code}: {result.last()}")
        need("terminate called" not in result.text and "basic_string" not in result.text, f"raw text of a library: {result.last()}")
        if expect is not None:
            need(result.code == expect, result.last())
        return result

    def imported(self, source, *options, out=None):
        """Imports, and returns the result and the data set."""
        arguments = [source, *options] + (["--out", out] if out else [])
        result = self.run("data", "import", *arguments, expect=0)
        log = Path(out or source) / "import.log"
        if log.is_file():
            result.text += "\n" + log.read_text(errors="replace")
        return result, Dataset(out or source)

    def as_read(self, data):
        """id -> bounding box of the lesion as lanet reads its masks."""
        out = self.folder / f"as-boxes-{len(list(self.folder.iterdir()))}"
        self.run("data", "split", data.folder, "--as-boxes", "--val", "0", "--test", "0", "--out", out / "split.csv",
                 "--manifest-out", out / "lanet-dataset.csv", expect=0)
        boxes = {}
        with open(out / "lanet-dataset.csv", newline="") as file:
            for entry in csv.DictReader(file):
                parts = [tuple(float(value) for value in part.split()) for part in entry["boxes"].split(";") if part.strip()]
                if parts:
                    boxes[entry["id"]] = (min(p[0] for p in parts), min(p[1] for p in parts), max(p[2] for p in parts), max(p[3] for p in parts))
        return boxes

    def predict(self, *paths, out="findings", expect=0, options=()):
        result = self.run("predict", MODEL, *paths, "--out", out, *options, expect=expect)
        return result, Findings(self.folder / out)


class Findings:
    def __init__(self, folder):
        self.folder = Path(folder)
        table = self.folder / "findings.csv"
        self.rows = list(csv.DictReader(io.StringIO(table.read_text(encoding="utf-8", errors="replace")))) if table.is_file() else []

    def json(self, entry):
        name = entry.get("json") or entry["name"] + ".json"
        return json.loads((self.folder / name).read_text(encoding="utf-8"))


def decoded_mask(finding):
    """[H, W] of bool from COCO's uncompressed run lengths."""
    height, width = finding["mask"]["size"]
    values = numpy.repeat(numpy.arange(len(finding["mask"]["counts"])) % 2, finding["mask"]["counts"])
    return values.reshape(width, height).T.astype(bool)


class Served:
    def __init__(self, case, *arguments):
        self.log = open(case.folder / "serve.log", "w")
        self.process = subprocess.Popen([case.lanet, "serve", "--port", "0", "--json", "--no-sample", *map(str, arguments)], cwd=case.folder, stdout=subprocess.PIPE, stderr=self.log, text=True)
        line = self.process.stdout.readline()
        need(line, "the server did not start: " + (case.folder / "serve.log").read_text()[-200:])
        self.url = json.loads(line)["url"].rstrip("/")

    def ask(self, method, path, body=None, kind="application/octet-stream"):
        request = urllib.request.Request(self.url + path, body, {"Content-Type": kind} if body is not None else {}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def keep(self, path):
        status, body = self.ask("POST", "/v1/findings?" + urllib.parse.urlencode({"keep": "true", "name": path.name}), path.read_bytes())
        need(status == 200, f"POST /v1/findings: {status} {body[:200]}")
        return json.loads(body)["item"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()


def sample_pictures(case, count):
    return sorted((case.cases / "01-import-in-place/yolo_flat/images").glob("*.png"))[:count]


def model_with_classes(case, classes, positive):
    """A copy of the bundled model whose classes have other names (unsealed, as other programs write)."""
    source = ROOT / "models" / f"{MODEL}.safetensors"
    content = source.read_bytes()
    size = struct.unpack("<Q", content[:8])[0]
    header = json.loads(content[8:8 + size])
    card = header["__metadata__"]
    need(len(json.loads(card["classes"])) == len(classes), "the bundled model has another number of classes")
    card.update(classes=json.dumps(classes), positive_class=positive)
    card.pop("sha256", None)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    target = case.folder / "other.safetensors"
    target.write_bytes(struct.pack("<Q", len(text)) + text + content[8 + size:])
    return target


# --- 01 -----------------------------------------------------------------------------------------------------------------


def import_in_place(case, path, *options, source=None, drawn=True):
    folder = case.copy(path)
    before = digests(folder)
    result = case.run("data", "import", folder / source if source else folder, *options, *(["--out", folder] if source else []))
    gone = changed(before, folder)
    need(not gone, f"{len(gone)} of the user's files changed or vanished, as {gone[:2]}; {result.last()}")
    need(result.code == 0, result.last())
    data = Dataset(folder)
    need(len(data.rows) == 8, f"{len(data.rows)} rows for 8 images")
    boxes = case.as_read(data)
    for entry in data.rows:
        need(entry["class"] == class_of(entry["image"]), f"{entry['image']} is {entry['class']}")
        need(data.image(entry).is_file(), f"{entry['image']} does not lead to a picture")
        need(entry["id"] in boxes or entry["boxes"], f"{entry['image']} has no lesion: {entry['location']}")
    return f"8 images, all {len(before)} files kept"


@row("01-import-in-place", "yolo_flat, output folder = source")
def _(case):
    return import_in_place(case, "01-import-in-place/yolo_flat")


@row("01-import-in-place", "coco_flat, output folder = source")
def _(case):
    return import_in_place(case, "01-import-in-place/coco_flat", source="annotations.json")


@row("01-import-in-place", "labelme_flat, output folder = source")
def _(case):
    return import_in_place(case, "01-import-in-place/labelme_flat", "--format", "labelme")


for _name in ("yolo_flat", "coco_flat", "labelme_flat"):
    @row("01-import-in-place", f"{_name} with the user's masks/, frames/, split.csv in the way")
    def _(case, name=_name):
        folder = case.copy(f"01-import-in-place/{name}")
        own = {"masks/bus_0009-l.png": (case.cases / "02-predict-overwrites-truth/benign (1)_mask.png").read_bytes(),
               "masks/bus_0009-l_mask.png": b"mine", "frames/bus_0009-l/1.png": b"mine", "split.csv": b"id,subset\nbus_0009-l,train\n",
               "import.log": b"my own log\n", "masks/notes.txt": b"drawn by hand\n"}
        for place, content in own.items():
            (folder / place).parent.mkdir(parents=True, exist_ok=True)
            (folder / place).write_bytes(content)
        before = digests(folder)
        source = folder / "annotations.json" if name == "coco_flat" else folder
        result = case.run("data", "import", source, "--out", folder, *(["--format", "labelme"] if name == "labelme_flat" else []))
        gone = changed(before, folder)
        need(not gone, f"changed: {gone}; {result.last()}")
        if result.code != 0:
            need(any(result.says(Path(place).name) for place in own), f"refused without what is in the way: {result.last()}")
            return "refused, and says what is in the way"
        need(len(Dataset(folder).rows) == 8, f"{len(Dataset(folder).rows)} rows for 8 images")
        return "imported beside them"


@row("01-import-in-place", "import again keeps group, further columns and class corrections")
def _(case):
    folder = case.copy("01-import-in-place/yolo_flat")
    case.imported(folder)
    file = folder / "lanet-dataset.csv"
    rows = list(csv.DictReader(open(file, newline="")))
    columns = list(rows[0]) + ["device"]
    for entry in rows:
        entry.update(group="P" + entry["image"][-10:-6], device="LOGIQ")
    with open(file, "w", newline="") as out:
        table = csv.DictWriter(out, columns, lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
    edited = file.read_bytes()
    result = case.run("data", "import", folder)
    if result.code != 0:
        need(file.read_bytes() == edited, "refused, and the manifest is another")
        need(result.says("lanet-dataset.csv"), f"does not say what is in the way: {result.last()}")
        return "refused, the manifest is as it was"
    data = Dataset(folder)
    need(all(entry.get("group") == "P" + entry["image"][-10:-6] for entry in data.rows), "groups are lost")
    need(all(entry.get("device") == "LOGIQ" for entry in data.rows), "the column `device` is lost")
    return "kept"


@row("01-import-in-place", "--manifest-out naming the original manifest")
def _(case):
    folder = case.copy("01-import-in-place/labelme_flat")
    case.imported(folder, "--format", "labelme")
    file = folder / "lanet-dataset.csv"
    edited = file.read_text().replace("\n", ",x\n").replace("source,", "source,", 1)
    file.write_text("\n".join((line[:-1] + "mine" if not index else line) for index, line in enumerate(edited.splitlines())) + "\n")
    before = digests(folder)
    result = case.run("data", "split", folder, "--keep-location", "0.5", "--val", "0.2", "--test", "0.2", "--as-boxes", "--manifest-out", file)
    gone = changed({name: digest for name, digest in before.items()}, folder)
    need("lanet-dataset.csv" not in gone, f"the manifest was overwritten: {result.last()}")
    need(result.code != 0 and result.says("lanet-dataset.csv"), f"not refused: {result.last()}")
    return "refused by name"


@row("01-import-in-place", "the user's findings.csv and findings.jsonl where predict writes")
def _(case):
    out = case.folder / "out"
    out.mkdir()
    (out / "findings.csv").write_text("file,reader,decision\na.png,Dr. M,benign\n")
    (out / "findings.jsonl").write_text('{"mine": 1}\n')
    before = digests(out)
    result = case.run("predict", MODEL, sample_pictures(case, 1)[0], "--out", out)
    need(not changed(before, out), f"overwritten: {changed(before, out)}")
    need(result.code != 0 and result.says("findings.csv"), f"not said: {result.last()}")
    return "refused by name, kept"


@row("01-import-in-place", "an earlier findings.csv of lanet survives a predict that finds no image")
def _(case):
    case.predict(*sample_pictures(case, 2))
    before = digests(case.folder / "findings")
    result = case.run("predict", MODEL, "no-such-place", "--out", "findings")
    need(result.code != 0, "a typo is no success")
    need("findings.csv" not in changed(before, case.folder / "findings"), "a typo emptied findings.csv")
    return "kept"


@row("01-import-in-place", "corrections of the server survive an import into their folder")
def _(case):
    labels = case.folder / "labels"
    with Served(case, "--labels", labels) as server:
        item = server.keep(sample_pictures(case, 1)[0])
        status, body = server.ask("PUT", f"/v1/items/{item}/frames/1/label", json.dumps({"class": "malignant", "mask": None}).encode(), "application/json")
        need(status in (200, 201, 204), f"the correction was refused: {status} {body[:200]}")
    before = digests(labels)
    need(before, "the server wrote no correction")
    kept = [entry for entry in csv.DictReader(open(labels / "lanet-dataset.csv", newline=""))]
    source = case.copy("01-import-in-place/yolo_flat")
    result = case.run("data", "import", source, "--out", labels)
    pictures = {name: digest for name, digest in before.items() if name.endswith(".png")}
    need(not changed(pictures, labels), f"pictures of the corrections changed: {result.last()}")
    after = {entry["id"]: entry["class"] for entry in csv.DictReader(open(labels / "lanet-dataset.csv", newline=""))}
    need(all(after.get(entry["id"]) == entry["class"] for entry in kept), f"corrections are lost; {result.last()}")
    return "kept" if result.code == 0 else "refused, kept"


# --- 02 -----------------------------------------------------------------------------------------------------------------


@row("02-predict-overwrites-truth", "predict into the folder of the truth masks")
def _(case):
    folder = case.copy("02-predict-overwrites-truth")
    (folder / "benign (1).json").write_text(json.dumps({"version": "5.4.1", "flags": {}, "shapes": [], "imagePath": "benign (1).png", "imageData": None, "imageHeight": 10, "imageWidth": 10}))
    before = digests(folder)
    result = case.run("predict", MODEL, folder, "--out", folder)
    need(not changed(before, folder), f"overwritten: {changed(before, folder)}")
    need(result.says("benign (1)_mask.png") or result.says("benign (1).json"), f"does not say what is in the way: {result.last()}")
    return f"kept; {result.last()[:90]}"


@row("02-predict-overwrites-truth", "predict through a link to the folder")
def _(case):
    folder = case.copy("02-predict-overwrites-truth")
    (case.folder / "link").symlink_to(folder)
    before = digests(folder)
    result = case.run("predict", MODEL, folder, "--out", case.folder / "link")
    need(not changed(before, folder), f"overwritten: {changed(before, folder)}")
    need(result.says("benign (1)_mask.png") or result.says("benign (1).json"), f"does not say what is in the way: {result.last()}")
    return "kept"


@row("02-predict-overwrites-truth", "--overwrite writes over it")
def _(case):
    folder = case.copy("02-predict-overwrites-truth")
    picture = digests(folder)["benign (1).png"]
    result = case.run("predict", MODEL, folder / "benign (1).png", "--out", folder, "--overwrite", expect=0)
    need(digests(folder)["benign (1).png"] == picture, "the picture itself was overwritten")
    need(Image.open(folder / "benign (1)_mask.png").info.get("Software", "").startswith("lanet"), f"the mask is not lanet's: {result.last()}")
    need(json.loads((folder / "benign (1).json").read_text())["decision"], f"no finding: {result.last()}")
    return "done"


# --- 03 -----------------------------------------------------------------------------------------------------------------


def mixed(case, path, *options, source=None):
    folder = case.copy(path)
    out = case.folder / "out"
    result = case.run("data", "import", folder / source if source else folder, *options, "--out", out, expect=0)
    text = result.text + ((out / "import.log").read_text() if (out / "import.log").is_file() else "")
    data = Dataset(out)
    need(len(data.rows) == 4, f"{len(data.rows)} rows for 4 images")
    whole = 0
    for entry in data.rows:
        need(entry["class"] == class_of(entry["image"]), f"{entry['image']} is {entry['class']}")
        if entry["location"] == "none":
            need(Path(entry["image"]).stem in text, f"{entry['image']} lost its location without a line")
            continue
        width, height = data.upright_size(entry)
        lesion = data.lesion(entry)
        for x1, y1, x2, y2 in ((0.1, 0.2, 0.35, 0.45), (0.6, 0.5, 0.85, 0.75)):
            part = lesion[round(y1 * height) + 2:round(y2 * height) - 2, round(x1 * width) + 2:round(x2 * width) - 2]
            need(part.all(), f"{entry['image']}: the lesion at {x1} {y1} is background")
        need(lesion.mean() < 0.2, f"{entry['image']}: {lesion.mean():.0%} of it is lesion")
        whole += 1
    return f"{whole} of 4 with both lesions"


@row("03-mixed-boxes-polygons", "YOLO")
def _(case):
    return mixed(case, "03-mixed-boxes-polygons/yolo_mixed")


@row("03-mixed-boxes-polygons", "COCO")
def _(case):
    return mixed(case, "03-mixed-boxes-polygons/coco_mixed", source="a.json")


@row("03-mixed-boxes-polygons", "LabelMe")
def _(case):
    return mixed(case, "03-mixed-boxes-polygons/labelme_mixed", "--format", "labelme")


# --- 04 -----------------------------------------------------------------------------------------------------------------

TRUE_BOXES = {"0039-l": (78, 68, 203, 119), "0009-l": (22, 40, 173, 147), "0039-r": (47, 63, 167, 109), "0009-r": (74, 39, 187, 149),
              "0051-l": (75, 150, 225, 229), "0049-l": (125, 148, 204, 210)}


def true_box(name):
    found = [box for key, box in TRUE_BOXES.items() if key in name]
    need(len(found) == 1, f"no true box for {name}")
    return found[0]


def exif(case, path, *options, source=None):
    folder = case.copy(path)
    out = case.folder / "out"
    result, data = case.imported(folder / source if source else folder, *options, out=out)
    if not data.rows or len(data.rows) < 4:
        need(result.says("exif"), f"{len(data.rows)} of 4 images, and no line about EXIF")
        return "left out with a line"
    read = case.as_read(data)
    for entry in data.rows:
        box = bounding_box(data.lesion(entry))
        need(near(box, true_box(entry["image"])), f"{entry['image']}: lesion at {box}, right is {true_box(entry['image'])}")
        need(entry["id"] not in read or near(read[entry["id"]], true_box(entry["image"])), f"{entry['image']}: read at {read.get(entry['id'])}")
    case.run("data", "audit", out, expect=0)
    return "4 upright"


@row("04-exif-orientation", "YOLO")
def _(case):
    return exif(case, "04-exif-orientation/exif_yolo")


@row("04-exif-orientation", "COCO")
def _(case):
    return exif(case, "04-exif-orientation/exif_coco", source="a.json")


@row("04-exif-orientation", "LabelMe")
def _(case):
    return exif(case, "04-exif-orientation/exif_labelme", "--format", "labelme")


@row("04-exif-orientation", "predict")
def _(case):
    folder = case.copy("04-exif-orientation/exif_predict")
    for path in folder.glob("*_upright.png"):  # that of the case was made before the JPEG: here its very pixels, turned without loss
        ImageOps.exif_transpose(Image.open(path.with_name(path.name.replace("_upright.png", ".jpg")))).save(path)
    result, found = case.predict(folder)
    need(len(found.rows) == 8, f"{len(found.rows)} findings for 8 pictures")
    seen = {Path(entry["file"]).name: found.json(entry) for entry in found.rows}
    for name, finding in seen.items():
        if not name.endswith(".jpg"):
            continue
        upright = seen[name.replace(".jpg", "_upright.png")]
        need(finding["mask"]["size"] == upright["mask"]["size"], f"{name}: mask of {finding['mask']['size']}, upright {upright['mask']['size']}")
        first, second = decoded_mask(finding), decoded_mask(upright)
        overlap = (first & second).sum() / max((first | second).sum(), 1) if (first | second).any() else 1
        need(overlap > 0.99, f"{name}: overlap {overlap:.3f} with its upright twin")
        for one, other in zip(finding["classes"], upright["classes"]):
            need(one["name"] == other["name"] and abs(one["probability"] - other["probability"]) < 0.001, f"{name}: {one} against {other}")
    return "4 as their upright twins"


# --- 05 -----------------------------------------------------------------------------------------------------------------


def true_mask_box(file):
    """The lesion of the case's masks: alpha where it varies, else the rarer values."""
    values = numpy.array(Image.open(file))
    if values.ndim == 3:
        varying = [channel for channel in range(values.shape[2]) if values[..., channel].min() != values[..., channel].max()]
        values = values[..., varying[-1]] if varying else values[..., 0]
    lesion = values > values.max() / 2 if len(numpy.unique(values)) > 3 else values > 0
    if lesion.mean() > 0.5:
        lesion = ~lesion
    return bounding_box(lesion)


@row("05-mask-values", "import and what is read as the lesion")
def _(case):
    folder = case.copy("05-mask-values/maskvals")
    result, data = case.imported(folder)
    need(len(data.rows) == 18, f"{len(data.rows)} rows for 18 images")
    read = case.as_read(data)
    right = said = 0
    for entry in data.rows:
        stem = Path(entry["image"]).stem
        file = next(path for path in folder.rglob("*") if path.stem == stem + "_mask")
        truth = true_mask_box(file)
        if truth is None:
            need(result.says(stem, "empty"), f"{file.name} is empty, and no line says it")
            need(entry["location"] != "mask", f"{file.name} is empty and counts as a mask")
            said += 1
        elif entry["id"] in read:
            need(near(read[entry["id"]], truth), f"{file.name}: read at {read[entry['id']]}, right is {truth}")
            right += 1
        else:
            need(stem in ("d_0_1_2", "t_inverted"), f"{file.name} allows one reading, and its location is {entry['location']}")
            need(result.says(f"{stem}_mask", "0, 1 and 2" if stem == "d_0_1_2" else "0 and 255"), f"{file.name}: no line shows its values")
            said += 1
    case.run("data", "audit", folder, expect=0)
    return f"{right} read right, {said} said"


@row("05-mask-values", "the several values of 0/1/2 and the inversion are said")
def _(case):
    result, _data = case.imported(case.copy("05-mask-values/maskvals"))
    need(result.says("d_0_1_2_mask", "0, 1 and 2"), "no line shows the values of d_0_1_2")
    need(result.says("t_inverted_mask", "0 and 255"), "no line about t_inverted")
    return "said"


@row("05-mask-values", "what is printed of a mask are its own values")
def _(case):
    result = case.run("data", "import", case.copy("05-mask-values/maskvals"), expect=0)
    own = {"c_0_2": "0 and 2;", "e_0_100": "0 and 100", "h_16bit_0_255": "0 and 255", "d_0_1_2": "0, 1 and 2"}
    for stem, values in own.items():
        lines = [line.strip() for line in result.text.splitlines() if f"{stem}_mask" in line]
        need(all(values in line for line in lines), f"{stem}_mask has the values {values.rstrip(';')}, printed is: {' '.join(lines)}")
    need(result.says("d_0_1_2_mask"), "nothing is printed of d_0_1_2")
    return "their own"


@row("05-mask-values", "train refuses masks that are all empty")
def _(case):
    if not (Path(case.lanet).parent / "lanet-train").exists():
        raise Skipped("built without LibTorch")
    folder = case.folder / "empty"
    for kind in ("benign", "malignant"):
        (folder / kind).mkdir(parents=True)
    for picture in sorted((case.cases / "08-positive-class/t_caps3").glob("*/*[lr].png")):
        kind = class_of(picture.name)
        if kind != "normal":
            shutil.copy(picture, folder / kind)
            Image.new("L", Image.open(picture).size).save(folder / kind / f"{picture.stem}_mask.png")
    case.run("data", "import", folder, expect=0)
    case.run("data", "split", folder, "--val", "0.2", "--test", "0.2", expect=0)
    result = case.run("train", "lite0_256", "--data", folder, "--set", "weights=none", "--set", "stage1.epochs=1", "--set", "stage2.epochs=1", "--set", "input_size=64", "--name", "x")
    need(result.code == 1 and ("mask" in result.last() or "location" in result.last()), f"not refused: {result.last()}")
    need(result.says("positive class", "malignant"), f"does not say which class is positive: {result.text}")
    need(not list(case.folder.rglob("best.safetensors")), "refused, and yet a model was written")
    return result.last()[:100]


# --- 06 -----------------------------------------------------------------------------------------------------------------


def yolo_classes(case, folder, names, count=6):
    """names: what benign and malignant are called there."""
    result, data = case.imported(folder, out=case.folder / "out")
    need(len(data.rows) == count, f"{len(data.rows)} rows for {count} images: {result.last()}")
    for entry in data.rows:
        need(entry["class"] == names[class_of(entry["image"])], f"{entry['image']} is '{entry['class']}'")
        box = bounding_box(data.lesion(entry))
        need(near(box, true_box(entry["image"])), f"{entry['image']}: lesion at {box}")
    return f"{count} right"


SAME = {"benign": "benign", "malignant": "malignant"}


@row("06-yolo-names", "keys in another order")
def _(case):
    return yolo_classes(case, case.copy("06-yolo-names/y_yaml_1based"), SAME)


@row("06-yolo-names", "a comma in a quoted name")
def _(case):
    return yolo_classes(case, case.copy("06-yolo-names/y_yaml_comma"), {"benign": "benign, simple", "malignant": "malignant"})


@row("06-yolo-names", "data.yml")
def _(case):
    return yolo_classes(case, case.copy("06-yolo-names/y_yml"), SAME)


@row("06-yolo-names", "labels beside the images")
def _(case):
    return yolo_classes(case, case.copy("06-yolo-names/y_beside"), SAME)


for _title, _yaml, _shift in (
        ("keys from 1 on", "names:\n  1: benign\n  2: malignant\n", 1),
        ("keys from 1 on, the later one first", "names:\n  2: malignant\n  1: benign\n", 1),
        ("a byte order mark", "\ufeffnames: [benign, malignant]\n", 0),
        ("a flow mapping", "nc: 2\nnames: {1: malignant, 0: benign}\n", 0),
        ("comments, quotes and an anchor", "# of our clinic\nnames: &n\n  - 'benign'   # 0\n  - \"malignant\" # 1\nalias: *n\n", 0),
        ("Windows line ends and paths", "path: C:\\data\\bus\r\ntrain: images\r\nnames:\r\n- benign\r\n- malignant\r\n", 0)):
    @row("06-yolo-names", _title)
    def _(case, yaml=_yaml, shift=_shift):
        folder = case.copy("06-yolo-names/y_yml")
        (folder / "data.yml").unlink()
        (folder / "data.yaml").write_bytes(yaml.encode())
        for file in (folder / "labels").glob("*.txt"):
            lines = [line.split() for line in file.read_text().splitlines()]
            file.write_text("".join(" ".join([str(int(line[0]) + shift), *line[1:]]) + "\n" for line in lines))
        return yolo_classes(case, folder, SAME)


@row("06-yolo-names", "a class id that no name has is said, and costs its image's label alone")
def _(case):
    folder = case.copy("06-yolo-names/y_yml")
    (folder / "labels/bus_0009-l.txt").write_text("7 0.5 0.5 0.2 0.2\n")
    result, data = case.imported(folder, out=case.folder / "out")
    need(result.says("bus_0009-l"), f"nothing said: {result.last()}")
    need(len([entry for entry in data.rows if entry["class"]]) == 5, f"{len(data.rows)} rows")
    return "said"


@row("06-yolo-names", "a YAML that is none")
def _(case):
    folder = case.copy("06-yolo-names/y_yml")
    (folder / "data.yml").write_text("names: [benign, malignant\n  x: : {\n")
    result = case.run("data", "import", folder, "--out", case.folder / "out")
    need(result.code != 0 and result.says("data.yml"), result.last())
    need("yaml-cpp" not in result.text, "raw text of the YAML library")
    return result.last()[:100]


# --- 07 -----------------------------------------------------------------------------------------------------------------


@row("07-folder-layouts", "a CSV with equal file names in several folders")
def _(case):
    folder = case.copy("07-folder-layouts/csv_samestem")
    truth = {entry["image"]: entry for entry in csv.DictReader(open(folder / "list.csv", newline=""))}
    pictures = {hashlib.sha256((folder / name).read_bytes()).hexdigest(): name for name in truth}
    _result, data = case.imported(folder / "list.csv", out=case.folder / "out")
    need(len(data.rows) == 12, f"{len(data.rows)} rows for 12 images")
    need(len({entry["id"] for entry in data.rows}) == 12, "ids are not different")
    seen = set()
    for entry in data.rows:
        name = pictures[hashlib.sha256(data.image(entry).read_bytes()).hexdigest()]
        seen.add(name)
        need(entry["class"] == truth[name]["class"], f"{name} is {entry['class']}")
        box = bounding_box(data.lesion(entry))
        need(near(box, [float(value) for value in truth[name]["box_xyxy"].split()]), f"{name}: lesion at {box}")
    need(len(seen) == 12, f"only {len(seen)} different pictures")
    return "12 right"


def folders_with_masks(case, folder, count=12, out=None):
    result, data = case.imported(folder, **({"out": out} if out else {}))
    need(len(data.rows) == count, f"{len(data.rows)} rows for {count} images: {result.last()}")
    read = case.as_read(data)
    for entry in data.rows:
        need(entry["class"] == class_of(entry["image"]), f"{entry['image']} is '{entry['class']}'")
        need(entry["location"] == "mask" and entry["id"] in read, f"{entry['image']} has location {entry['location']}")
        truth = bounding_box(numpy.array(Image.open(data.masks(entry)[0]).convert("L")) > 0)
        need(near(read[entry["id"]], truth), f"{entry['image']}: lesion at {read[entry['id']]}, right is {truth}")
        key = Path(entry["image"]).stem
        need(key in data.masks(entry)[0].name, f"{entry['image']} has the mask {data.masks(entry)[0].name}")
    return f"{count} images with their masks"


@row("07-folder-layouts", "NAME_Mask.png")
def _(case):
    return folders_with_masks(case, case.copy("07-folder-layouts/f_gt"))


for _suffix in ("-mask", "_gt", "_seg", "_MASK", "_segmentation", "-seg", "_GT"):
    @row("07-folder-layouts", f"NAME{_suffix}.png")
    def _(case, suffix=_suffix):
        folder = case.copy("07-folder-layouts/f_gt")
        for file in list(folder.rglob("*_Mask.png")):
            file.rename(file.with_name(file.name.replace("_Mask", suffix)))
        return folders_with_masks(case, folder)


@row("07-folder-layouts", "CLASS/masks/")
def _(case):
    return folders_with_masks(case, case.copy("07-folder-layouts/f_maskdir2"))


@row("07-folder-layouts", "images/ + masks/")
def _(case):
    folder = case.copy("07-folder-layouts/f_images_masks")
    before = digests(folder)
    result = case.run("data", "import", folder)
    need(not changed(before, folder), f"changed: {changed(before, folder)}")
    if result.code != 0:
        need(result.says("images") and result.says("masks"), f"refused without what was seen: {result.last()}")
        return "refused with what was seen"
    data = Dataset(folder)
    need(len(data.rows) == 12, f"{len(data.rows)} rows for 12 images")
    need(not {entry["class"] for entry in data.rows} & {"images", "masks"}, "a class is called images or masks")
    read = case.as_read(data)
    for entry in data.rows:
        need(entry["id"] in read, f"{entry['image']} has no lesion")
        need(Path(entry["image"]).parts[0] != "masks", "a mask counts as an image")
    return "12 images with their masks"


for _kinds in (("train", "test"), ("images", "labels"), ("Images", "Annotations")):
    @row("07-folder-layouts", f"folders called {' and '.join(_kinds)} are no classes")
    def _(case, kinds=_kinds):
        folder = case.folder / "data"
        for index, picture in enumerate(sorted((case.cases / "08-positive-class/t_caps3").glob("*/*[lr].png"))):
            (folder / kinds[index % 2]).mkdir(parents=True, exist_ok=True)
            shutil.copy(picture, folder / kinds[index % 2] / picture.name)
        result = case.run("data", "import", folder)
        if result.code == 0:
            classes = {entry["class"] for entry in Dataset(folder).rows}
            need(not {name.casefold() for name in classes} & {kind.casefold() for kind in kinds}, f"classes {classes}")
            return f"imported with classes {sorted(classes)}"
        need(result.code == 1 and all(kind in result.text.replace(str(folder), "").replace("--images", "") for kind in kinds),
             f"refused without the folders that were seen, {' and '.join(kinds)}: {result.text}")
        return "refused with what was seen"


@row("07-folder-layouts", "other extensions")
def _(case):
    folder = case.copy("07-folder-layouts/f_otherext")
    result, data = case.imported(folder)
    names = {Path(entry["image"]).name for entry in data.rows}
    wanted = {path.name for path in folder.rglob("*") if path.suffix.lower() in (".png", ".gif", ".webp", ".jfif")}
    need(names == wanted, f"missing {sorted(wanted - names)}, too many {sorted(names - wanted)}")
    need(result.says("heic"), "HEIC is left out without a line")
    case.run("data", "audit", folder, expect=0)
    need(json.loads((folder / "audit.json").read_text())["counts"]["unreadable"] == 0, "some of them cannot be read")
    return f"{len(names)} used, HEIC said"


@row("07-folder-layouts", "equal stems")
def _(case):
    folder = case.copy("07-folder-layouts/f_samestem")
    result, data = case.imported(folder)
    need(len({entry["id"] for entry in data.rows}) == len(data.rows), "ids are not different")
    if len(data.rows) != 12:
        need(result.says("case0") or result.says("same"), f"{len(data.rows)} of 12 images, and no line says why")
    need(len(data.rows) == 12, f"{len(data.rows)} of 12 images")
    return "12 images"


@row("07-folder-layouts", "Roboflow COCO folders")
def _(case):
    folder = case.copy("07-folder-layouts/roboflow_coco")
    _result, data = case.imported(folder)
    need(len(data.rows) == 6, f"{len(data.rows)} rows for 6 images")
    for entry in data.rows:
        need(entry["class"] == class_of(entry["image"]), f"{entry['image']} is '{entry['class']}'")
        box = bounding_box(data.lesion(entry))
        need(near(box, true_box(entry["image"])), f"{entry['image']}: lesion at {box}")
    split = {entry["id"]: entry["subset"] for entry in csv.DictReader(open(folder / "split.csv", newline=""))}
    for entry in data.rows:
        subset = {"train": "train", "valid": "val", "test": "test"}[Path(entry["image"]).parts[0]]
        need(split.get(entry["id"]) == subset, f"{entry['image']} is in {split.get(entry['id'])}")
    return "6 images, split as published"


@row("07-folder-layouts", "files that were not used are counted in one line")
def _(case):
    folder = case.copy("07-folder-layouts/f_gt")
    for name in ("notes.txt", "benign/Thumbs.db", "readme.pdf"):
        (folder / name).write_text("x")
    result, data = case.imported(folder)
    need(len(data.rows) == 12, f"{len(data.rows)} rows")
    need(result.says("not used") or result.says("left out") or result.says("ignored") or result.says("unused"), f"nothing counts them: {result.last()}")
    for name in ("notes.txt", "Thumbs.db", "readme.pdf"):
        need(result.says("1 ", name), f"no line counts {name}: {result.text}")
    return "counted"


# --- 08 -----------------------------------------------------------------------------------------------------------------


def class_folders(case, names):
    """A folder of classes with the given names for benign, malignant and normal (those that are named)."""
    folder = case.folder / "classes"
    for picture in sorted((case.cases / "08-positive-class/t_caps3").glob("*/*.png")):
        name = names.get(class_of(picture.name))
        if name:
            (folder / name).mkdir(parents=True, exist_ok=True)
            shutil.copy(picture, folder / name)
    return folder


def positive_is(case, folder, positive, normal=None):
    result, data = case.imported(folder)
    need(result.says("positive", positive), f"no line names {positive} as the positive class: {result.last()}")
    others = {entry["class"] for entry in data.rows} - {positive, ""}
    lines = [line for line in result.text.splitlines() if "positive" in line.casefold()]
    need(positive in {entry["class"] for entry in data.rows} or positive.casefold() in {entry["class"].casefold() for entry in data.rows}, f"classes {others}")
    for line in lines:
        first = min([(line.find(name), name) for name in others | {positive} if name in line] or [(0, positive)])[1]
        need(first.casefold() == positive.casefold(), f"'{line.strip()}'")
    if normal:
        need(all(entry["location"] == "empty" for entry in data.rows if entry["class"].casefold() == normal.casefold()), f"{normal} is not known to be empty")
        need(any(entry["class"].casefold() == normal.casefold() for entry in data.rows), f"no image of {normal}")
    return f"{positive}"


@row("08-positive-class", "Benign / Malignant / Normal")
def _(case):
    return positive_is(case, case.copy("08-positive-class/t_caps3"), "Malignant", "Normal")


@row("08-positive-class", "Gutartig / Bösartig")
def _(case):
    return positive_is(case, case.copy("08-positive-class/t_de"), "Bösartig")


for _names in ({"benign": "benigno", "malignant": "maligno"}, {"benign": "bénin", "malignant": "malin"}, {"benign": "良性", "malignant": "恶性"},
               {"benign": "benign", "malignant": "cancer"}, {"benign": "BENIGN", "malignant": "MALIGNANT", "normal": "NORMAL"},
               {"benign": "gutartig", "malignant": unicodedata.normalize("NFD", "bösartig"), "normal": "unauffällig"}):
    @row("08-positive-class", " / ".join(_names.values()))
    def _(case, names=_names):
        return positive_is(case, class_folders(case, names), names["malignant"])


@row("08-positive-class", "BI-RADS 2 / BI-RADS 5: asked for by name")
def _(case):
    folder = class_folders(case, {"benign": "BI-RADS 2", "malignant": "BI-RADS 5"})
    result = case.run("data", "import", folder)
    need(result.says("--positive"), f"does not ask for --positive: {result.last()}")
    shutil.rmtree(folder)
    folder = class_folders(case, {"benign": "BI-RADS 2", "malignant": "BI-RADS 5"})
    result = case.run("data", "import", folder, "--positive", "BI-RADS 5", expect=0)
    need(result.says("positive", "BI-RADS 5"), f"does not say it: {result.last()}")
    return "asked for"


@row("08-positive-class", "models and the server say which class is positive")
def _(case):
    model = model_with_classes(case, ["Gutartig", "Bösartig"], "Bösartig")
    result = case.run("models", model, expect=0)
    need(result.says("positive", "Bösartig"), f"`models` does not say it: {result.text}")
    with Served(case, "--model", model) as server:
        status, body = server.ask("GET", "/v1/models")
        need(status == 200 and json.loads(body)["models"][0]["positive_class"] == "Bösartig", f"{status}: {body[:300].decode(errors='replace')}")
    return "said"


# --- 10 -----------------------------------------------------------------------------------------------------------------


@row("10-predict-eats-its-own-results", "twice into a subfolder")
def _(case):
    folder = case.copy("10-predict-eats-its-own-results/p_rerun")
    first, found = case.predict(folder, out=folder / "findings")
    need(len(found.rows) == 3, f"{len(found.rows)} findings for 3 pictures")
    second, again = case.predict(folder, out=folder / "findings")
    need(len(again.rows) == 3, f"the second time {len(again.rows)} findings for 3 pictures")
    need(second.says("result") or second.says("left out"), f"no line counts what was left out: {second.last()}")
    return "3 and 3"


@row("10-predict-eats-its-own-results", "results that were moved elsewhere")
def _(case):
    folder = case.copy("10-predict-eats-its-own-results/p_rerun")
    case.predict(folder, out="elsewhere")
    for file in (case.folder / "elsewhere").iterdir():
        if file.suffix == ".png":
            shutil.copy(file, folder / ("copy of " + file.name))
    _result, again = case.predict(folder, out="second")
    need(len(again.rows) == 3, f"{len(again.rows)} findings for 3 pictures")
    return "left out"


@row("10-predict-eats-its-own-results", "--dicom in place, twice")
def _(case):
    folder = case.copy("10-predict-eats-its-own-results/study")
    before = digests(folder)
    for turn in ("first", "second"):
        result, found = case.predict(folder, out=folder, options=["--dicom"])
        need(len(found.rows) == 1, f"the {turn} time {len(found.rows)} findings for 1 object")
        need(not changed(before, folder), "the object changed")
    need(len(list(folder.glob("*_sr*.dcm"))) == 1, f"{[path.name for path in folder.glob('*.dcm')]}")
    return "1 and 1"


# --- 11 -----------------------------------------------------------------------------------------------------------------


@row("11-dicom", "an overlay plane is not in the network's input")
def _(case):
    _result, found = case.predict(case.copy("11-dicom/00_ref_grey.dcm"), case.copy("11-dicom/81_overlay.dcm"))
    need(len(found.rows) == 2, f"{len(found.rows)} findings")
    first, second = (found.json(entry) for entry in found.rows)
    need(first["classes"] == second["classes"], f"{first['classes']} against {second['classes']}")
    need(first["mask"]["counts"] == second["mask"]["counts"], "other masks")
    return "the same finding"


@row("11-dicom", "two tissue regions side by side")
def _(case):
    result, found = case.predict(case.copy("11-dicom/40_dual.dcm"))
    need(len(found.rows) >= 1, result.last())
    findings = [found.json(entry) for entry in found.rows]
    text = json.dumps(findings)
    parts = [finding.get("parts") or finding.get("regions") or [] for finding in findings]
    regions = sorted(part["region_xyxy"] for finding in parts for part in finding)
    if not (len(regions) == 2 and regions[0][2] <= regions[1][0]):
        doubts = " ".join(doubt for finding in findings for doubt in finding.get("doubts", []))
        need("region" in doubts, f"one finding that names no region: {text[:200]}")
        return "the finding says which was not looked at"
    return "both looked at"


@row("11-dicom", "fragments of any division, all frames")
def _(case):
    result, found = case.predict(case.copy("11-dicom/12_mf_split_nobot.dcm"))
    need(len(found.rows) == 3, f"{len(found.rows)} findings for 3 frames: {result.last()}")
    return "3 frames"


@row("11-dicom", "Pixel Spacing 1\\1 of a frame grabber")
def _(case):
    _result, found = case.predict(case.copy("11-dicom/37_pixelspacing_1_1.dcm"))
    finding = found.json(found.rows[0])
    doubted = any("spacing" in doubt.casefold() for doubt in finding["doubts"])
    need(doubted or not finding.get("spacing_mm"), f"taken as it is: {finding.get('spacing_mm')}")
    need(doubted or not any(key.endswith("_mm") and value for lesion in finding["lesions"] for key, value in lesion.items()), "lesions in mm")
    return "doubted" if doubted else "left out"


@row("11-dicom", "JPEG in YBR_FULL_422")
def _(case):
    _result, found = case.predict(case.copy("11-dicom/00_ref_grey.dcm"), case.copy("11-dicom/01_jpeg_ybr422_correct.dcm"))
    need(len(found.rows) == 2, f"{len(found.rows)} findings")
    first, second = (found.json(entry) for entry in found.rows)
    for one, other in zip(first["classes"], second["classes"]):
        need(abs(one["probability"] - other["probability"]) < 0.005, f"{one} against {other}")
    return "as its grey twin"


# --- 14 -----------------------------------------------------------------------------------------------------------------


def plain(text):
    return unicodedata.normalize("NFKC", text).casefold().replace("\u3000", " ")


def names_are_gone(case, folder):
    import pydicom
    out = case.folder / "clean"
    before = digests(folder)
    result = case.run("dicom", "deidentify", folder, "--out", out, "--mapping", case.folder / "mapping.csv")
    need(not changed(before, folder), "a source changed")
    need(result.code == 0, result.last())
    mapping = list(csv.DictReader(open(case.folder / "mapping.csv", newline="")))
    sources = sorted(folder.rglob("*.dcm"))
    results = {}
    for path in out.rglob("*.dcm"):
        results[path.relative_to(out).as_posix()] = pydicom.dcmread(path)
    need(len(results) == len(sources), f"{len(results)} results for {len(sources)} objects")
    for source in sources:
        image = pydicom.dcmread(source)
        line = next((entry for entry in mapping if source.name in " ".join(entry.values())), None)
        need(line is not None, f"{source.name} is not in the mapping")
        cleaned = next((image for name, image in results.items() if name in " ".join(line.values())), None)
        need(cleaned is not None, f"no result of {source.name}")
        words = {plain(word) for group in str(image.PatientName).split("=") for word in group.split("^") if word}
        words |= {plain(word) for word in (image.PatientID, image.AccessionNumber) if word}
        for element in cleaned.iterall():
            if element.VR not in ("AE", "CS", "LO", "LT", "PN", "SH", "ST", "UC", "UT"):
                continue
            text = plain(str(element.value))
            kept = [word for word in words if len(word) > 1 and (word in text.replace(" ", "") if len(word) > 2 or not word.isascii() else word in text.split())]
            need(not kept, f"{source.name}: {element.keyword} '{element.value}' still names {sorted(kept)}")
    return f"{len(sources)} without names"


@row("14-deidentify-names", "names, IDs and numbers in kept free text")
def _(case):
    return names_are_gone(case, case.copy("14-deidentify-names/dei4"))


for _title, _patient, _model in (("ß against SS", "Groß^Anna", "GROSS scanner"), ("decomposed letters", "Müller^Eva", unicodedata.normalize("NFD", "Müller scan")),
                                 ("full width letters", "Smith^Jo", "ＳＭＩＴＨ"), ("Greek final sigma", "Παπας^Νίκος", "ΠΑΠΑΣ 1")):
    @row("14-deidentify-names", _title)
    def _(case, patient=_patient, model=_model):
        import pydicom
        folder = case.folder / "in"
        folder.mkdir()
        image = pydicom.dcmread(case.cases / "14-deidentify-names/dei4/a4_cyr.dcm")
        image.PatientName, image.ManufacturerModelName = patient, model
        image.save_as(folder / "a.dcm")
        return names_are_gone(case, folder)


@row("14-deidentify-names", "a second run for another file keeps the mapping of the first")
def _(case):
    folder = case.copy("14-deidentify-names/dei4")
    first = sorted(folder.iterdir())
    case.run("dicom", "deidentify", *first[:3], "--out", "clean", "--mapping", "mapping.csv", "--key", "study.key", expect=0)
    lines = set((case.folder / "mapping.csv").read_text().splitlines())
    result = case.run("dicom", "deidentify", first[3], "--out", "clean", "--mapping", "mapping.csv", "--key", "study.key")
    after = set((case.folder / "mapping.csv").read_text().splitlines())
    need(lines <= after, f"{len(lines - after)} lines of the mapping are lost: {result.last()}")
    return "kept" if result.code == 0 else "refused, kept"


# --- 15 -----------------------------------------------------------------------------------------------------------------


@row("15-videos", "equal stems, % and : and - in names")
def _(case):
    folder = case.copy("15-videos/vid2")
    before = digests(folder)
    result, data = case.imported(folder, out=case.folder / "out")
    need(not changed(before, folder), f"changed: {changed(before, folder)}")
    videos = sorted(path for path in folder.rglob("*") if path.is_file())
    groups = {entry["group"] for entry in data.rows}
    need(len(groups) == len(videos), f"{len(groups)} groups for {len(videos)} videos: {result.last()}")
    classes = {}
    for entry in data.rows:
        need(data.image(entry).is_file(), f"{entry['image']} is no file")
        classes.setdefault(entry["class"], set()).add(entry["group"])
    need({name: len(found) for name, found in classes.items()} == {"benign": 2, "malignant": 4}, f"{classes}")
    return f"{len(videos)} videos, {len(data.rows)} frames"


@row("15-videos", "CLASS/PATIENT/clip.mp4")
def _(case):
    folder = case.copy("15-videos/vid3")
    _result, data = case.imported(folder, out=case.folder / "out")
    groups = {}
    for entry in data.rows:
        groups.setdefault(entry["group"], set()).add(entry["class"])
    need(len(groups) == 3, f"groups {sorted(groups)}")
    for patient, kind in (("P1", "benign"), ("P2", "benign"), ("P3", "malignant")):
        need(any(patient in group and found == {kind} for group, found in groups.items()), f"{patient}: {groups}")
    return "patients are groups"


# --- 16 -----------------------------------------------------------------------------------------------------------------


def csv_columns(case, change=lambda text: text):
    folder = case.copy("16-csv-columns/csv_group")
    original = (folder / "list.csv").read_text()
    truth = {entry["image"]: entry for entry in csv.DictReader(io.StringIO(original))}
    content = change(original)
    (folder / "list.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
    result, data = case.imported(folder / "list.csv", out=case.folder / "out")
    need(len(data.rows) == 12, f"{len(data.rows)} rows for 12 lines: {result.last()}")
    read = case.as_read(data)
    for entry in data.rows:
        line = truth[Path(entry["image"]).name]
        need(entry["group"] == line["group"], f"{entry['image']}: group '{entry['group']}', right is '{line['group']}'")
        need(entry["class"] == line["class"], f"{entry['image']} is '{entry['class']}'")
        need([path.name for path in data.masks(entry)] == [line["masks"]], f"{entry['image']}: masks '{entry['masks']}'")
        need(abs(float(entry["spacing_x_mm"] or 0) - 0.07) < 1e-9, f"{entry['image']}: spacing '{entry['spacing_x_mm']}'")
        truth_box = bounding_box(numpy.array(Image.open(folder / line["masks"]).convert("L")) > 0)
        need(near(read.get(entry["id"]), truth_box), f"{entry['image']}: lesion at {read.get(entry['id'])}")
    case.run("data", "split", case.folder / "out", "--val", "0.2", "--test", "0.2", "--seed", "3", expect=0)
    subset = {entry["id"]: entry["subset"] for entry in csv.DictReader(open(case.folder / "out/split.csv", newline=""))}
    by_group = {}
    for entry in data.rows:
        by_group.setdefault(entry["group"], set()).add(subset[entry["id"]])
    need(all(len(found) == 1 for found in by_group.values()), f"patients are torn apart: {by_group}")
    return "taken over, patients together"


@row("16-csv-columns", "group, masks and spacing_x_mm")
def _(case):
    return csv_columns(case)


for _title, _change in (
        ("semicolons and decimal commas", lambda text: text.replace(",", ";").replace("0.07", "0,07")),
        ("tabs", lambda text: text.replace(",", "\t")),
        ("UTF-16", lambda text: b"\xff\xfe" + text.encode("utf-16-le")),
        ("a byte order mark and Windows line ends", lambda text: "\ufeff" + text.replace("\n", "\r\n")),
        ("`mask` and `patient` as column names", lambda text: text.replace("group,masks", "patient,mask", 1))):
    @row("16-csv-columns", _title)
    def _(case, change=_change):
        return csv_columns(case, change)


@row("16-csv-columns", "backslash paths")
def _(case):
    folder = case.copy("16-csv-columns/csv_group")
    (folder / "sub").mkdir()
    for file in folder.glob("*.png"):
        file.rename(folder / "sub" / file.name)
    lines = (folder / "list.csv").read_text().splitlines()
    cells = [line.split(",") for line in lines[1:]]
    (folder / "list.csv").write_text("\n".join([lines[0]] + [",".join(["sub\\" + cell[0], cell[1], cell[2], "sub\\" + cell[3], cell[4]]) for cell in cells]) + "\n")
    result, data = case.imported(folder / "list.csv", out=case.folder / "out")
    need(len(data.rows) == 12 and all(entry["location"] == "mask" for entry in data.rows), f"{len(data.rows)} rows: {result.last()}")
    return "12 with masks"


# --- 17 -----------------------------------------------------------------------------------------------------------------


@row("17-other-labels", "COCO with a category that is no class")
def _(case):
    folder = case.copy("17-other-labels/coco_extra")
    options = []
    result = case.run("data", "import", folder / "result.json", "--out", case.folder / "out")
    if result.code != 0:
        need(result.says("--classes"), f"refused without a way on: {result.last()}")
        options = ["--classes", "shadow="]
        result = case.run("data", "import", folder / "result.json", *options, "--out", case.folder / "out", expect=0)
    data = Dataset(case.folder / "out")
    need(len(data.rows) == 6, f"{len(data.rows)} rows for 6 images")
    for entry in data.rows:
        need(entry["class"] == class_of(entry["image"]), f"{entry['image']} is '{entry['class']}'")
        box = bounding_box(data.lesion(entry))
        need(near(box, true_box(entry["image"])), f"{entry['image']}: lesion at {box}, right is {true_box(entry['image'])}")
    need(result.says("shadow"), "nothing says that `shadow` was left out")
    return "lesion classes alone" + (" by --classes" if options else "")


@row("17-other-labels", "COCO with one degenerate annotation")
def _(case):
    folder = case.copy("17-other-labels/coco_degenerate")
    result, data = case.imported(folder / "result.json", out=case.folder / "out")
    need(len(data.rows) == 6, f"{len(data.rows)} rows for 6 images: {result.last()}")
    need(result.says("annotation 3") or result.says("bus_0039-r"), "no line about the degenerate annotation")
    for entry in data.rows:
        if "0039-r" in entry["image"]:
            box = bounding_box(data.lesion(entry))
            need(entry["location"] == "none" or near(box, true_box(entry["image"])), f"{entry['image']}: location {entry['location']} at {box}")
            continue
        need(entry["class"] == class_of(entry["image"]), f"{entry['image']} is '{entry['class']}'")
        need(near(bounding_box(data.lesion(entry)), true_box(entry["image"])), f"{entry['image']}: lesion at {bounding_box(data.lesion(entry))}")
    return "5 whole, 1 said"


for _name, _title in (("lm_dotdot", "LabelMe ../images/"), ("lm_mask", "LabelMe mask shapes"), ("lm_rect4", "LabelMe rectangles of four points")):
    @row("17-other-labels", _title)
    def _(case, name=_name):
        folder = case.copy(f"17-other-labels/{name}")
        before = digests(folder)
        result, data = case.imported(folder, "--format", "labelme", out=case.folder / "out")
        need(not changed(before, folder), f"changed: {changed(before, folder)}")
        need(len(data.rows) == 6, f"{len(data.rows)} rows for 6 images: {result.last()}")
        for entry in data.rows:
            need(entry["class"] == class_of(entry["image"]), f"{entry['image']} is '{entry['class']}'")
            box = bounding_box(data.lesion(entry))
            need(near(box, true_box(entry["image"])), f"{entry['image']}: lesion at {box}, right is {true_box(entry['image'])}")
        return "6 right"


@row("17-other-labels", "YOLO background images, and a split of them")
def _(case):
    folder = case.copy("17-other-labels/y_bg")
    before = digests(folder)
    result, data = case.imported(folder, out=case.folder / "out")
    need(not changed(before, folder), f"changed: {changed(before, folder)}")
    empty = [entry for entry in data.rows if "background" in entry["image"]]
    need(len(empty) == 4, f"{len(empty)} of 4 background images")
    need(all(entry["location"] == "empty" for entry in empty), f"{[entry['location'] for entry in empty]}")
    need(all(entry["location"] in ("boxes", "mask") or class_of(entry["image"]) == "normal" for entry in data.rows if "background" not in entry["image"]), "a lesion is lost")
    case.run("data", "split", case.folder / "out", "--val", "0.2", "--test", "0.2", expect=0)
    return f"{len(data.rows)} images, 4 without a lesion"


@row("17-other-labels", "one LabelMe file that is no JSON costs that file")
def _(case):
    folder = case.copy("17-other-labels/lm_rect4")
    (folder / "bus_0009-l.json").write_text('{"shapes": [')
    result, data = case.imported(folder, "--format", "labelme", out=case.folder / "out")
    need(result.says("bus_0009-l.json"), f"not said: {result.last()}")
    need("nlohmann" not in result.text and "parse_error" not in result.text and "json.exception" not in result.text, "raw text of a library")
    need(len([entry for entry in data.rows if entry["class"]]) == 5, f"{len(data.rows)} rows")
    return "5 of 6, 1 said"


# --- without files ------------------------------------------------------------------------------------------------------

WITHOUT = "without files"


@row(WITHOUT, "file names in Latin-1 and of 255 bytes")
def _(case):
    folder = os.fsencode(case.folder / "names")
    os.mkdir(folder)
    pictures = sample_pictures(case, 4)
    names = [b"\xfcbersicht.png", b"a" * 251 + b".png", "日本.png".encode(), b"tab\tand\nline.png"]
    for name, picture in zip(names, pictures):
        shutil.copy(picture, os.path.join(folder, name))
    result = case.run("predict", MODEL, folder, "--out", "findings", "--json")
    findings = [json.loads(line) for line in result.out.splitlines() if line.startswith("{")]
    need(len(findings) == 4, f"{len(findings)} findings for 4 pictures; {result.last()}")
    jsons = [path for path in (case.folder / "findings").glob("*.json")]
    need(len(jsons) >= 4, f"{len(jsons)} results: {result.last()}")
    for path in jsons:
        json.loads(path.read_text(encoding="utf-8"))
    need(result.code == 0, result.last())
    return "4 findings, JSON is UTF-8"


@row(WITHOUT, "the same names in data import, show, audit --json and evaluate")
def _(case):
    folder = case.folder / "names"
    masks = sorted((case.cases / "08-positive-class/t_caps3/Benign").glob("*_mask.png")) + sorted((case.cases / "08-positive-class/t_caps3/Malignant").glob("*_mask.png"))
    for index, mask in enumerate(masks):
        kind = class_of(mask.name)
        (folder / kind).mkdir(parents=True, exist_ok=True)
        stem = os.fsencode(str(folder / kind)) + b"/\xfc" + str(index).encode()
        shutil.copy(mask.with_name(mask.name.replace("_mask", "")), stem + b".png")
        shutil.copy(mask, stem + b"_mask.png")
    case.run("data", "import", folder, expect=0)
    shown = case.run("data", "show", folder, "--json", expect=0)
    json.loads(shown.out)
    json.loads(case.run("data", "audit", folder, "--json", expect=0).out)
    evaluated = case.run("evaluate", MODEL, "--data", folder, "--subset", "all", "--bootstrap", "0", "--json")
    if evaluated.code == 0:
        json.loads(evaluated.out)
    else:
        need("utf" not in evaluated.text.casefold() and "json.exception" not in evaluated.text, evaluated.last())
        raise Wrong(evaluated.last())
    return "JSON throughout"


@row(WITHOUT, "a zip whose names are GBK")
def _(case):
    file = case.folder / "scans.zip"
    with zipfile.ZipFile(file, "w") as archive:
        for index, picture in enumerate(sample_pictures(case, 2)):
            archive.write(picture, f"@@{index}.png")
    content = file.read_bytes().replace(b"@@0.png", "乳".encode("gbk") + b"0.png").replace(b"@@1.png", "腺".encode("gbk") + b"1.png")
    file.write_bytes(content)
    result, found = case.predict(file)
    need(len(found.rows) == 2, f"{len(found.rows)} findings for 2 pictures; {result.last()}")
    return "2 findings"


@row(WITHOUT, "`data split` again and again keeps the published list")
def _(case):
    folder = case.copy("07-folder-layouts/roboflow_coco")
    case.imported(folder)
    if not (folder / "split.csv").is_file():
        case.run("data", "split", folder, "--val", "0.3", "--test", "0.3", expect=0)
    published = hashlib.sha256((folder / "split.csv").read_bytes()).hexdigest()
    made = {published}
    for seed in range(1, 6):
        case.run("data", "split", folder, "--val", "0.3", "--test", "0.3", "--seed", seed, expect=0)
        made.add(hashlib.sha256((folder / "split.csv").read_bytes()).hexdigest())
    there = set(digests(folder).values())
    need(published in there, "the published list is lost")
    need(made <= there, f"{len(made - there)} of {len(made)} lists are lost")
    return f"{len(made)} lists kept"


@row(WITHOUT, "a split-before.csv of the user")
def _(case):
    folder = case.copy("01-import-in-place/yolo_flat")
    case.imported(folder)
    case.run("data", "split", folder, "--val", "0.2", "--test", "0.2", expect=0)
    (folder / "split-before.csv").write_text("id,subset\nmine,train\n")
    case.run("data", "split", folder, "--val", "0.2", "--test", "0.2", "--seed", "9", expect=0)
    need((folder / "split-before.csv").read_text() == "id,subset\nmine,train\n", "it was overwritten")
    return "kept"


for _classes in (["Gutartig", "Bösartig"], ["BI-RADS 2", "BI-RADS 4"]):
    @row(WITHOUT, f"a served model of {' and '.join(_classes)} can be corrected to its classes")
    def _(case, classes=_classes):
        model = model_with_classes(case, classes, classes[1])
        with Served(case, "--model", model, "--labels", case.folder / "labels") as server:
            item = server.keep(sample_pictures(case, 1)[0])
            status, body = server.ask("PUT", f"/v1/items/{item}/frames/1/label", json.dumps({"class": classes[1], "mask": None}).encode(), "application/json")
            need(status in (200, 201, 204), f"{status}: {body[:200].decode(errors='replace')}")
        data = Dataset(case.folder / "labels")
        need(data.rows[0]["class"] == classes[1], f"kept as '{data.rows[0]['class']}'")
        return "kept by its name"


for _command in (["predict", MODEL, "PICTURE", "--out", "out"], ["predict", MODEL, "PICTURE", "--out", "out", "--engine", "openvino"],
                 ["evaluate", MODEL, "--data", "DATA", "--subset", "all"]):
    @row(WITHOUT, f"--device banana: {' '.join(_command[:1] + _command[5:])}")
    def _(case, command=_command):
        data = case.copy("01-import-in-place/yolo_flat")
        case.imported(data)
        arguments = [{"PICTURE": sample_pictures(case, 1)[0], "DATA": data}.get(word, word) for word in command]
        result = case.run(*arguments, "--device", "banana")
        need(result.code == 2, f"not refused: {result.last()}")
        need(result.says("--device", "banana"), f"does not name it: {result.last()}")
        return result.last()[8:100]


@row(WITHOUT, "a cine beside a picture that is called as one of its frames")
def _(case):
    folder = case.folder / "scans"
    folder.mkdir()
    shutil.copy(case.cases / "11-dicom/12_mf_split_nobot.dcm", folder / "cine.dcm")
    for name in ("cine_f0001.png", "cine_f0002.png", "cine.png"):
        shutil.copy(sample_pictures(case, 1)[0], folder / name)
    before = digests(folder)
    result, found = case.predict(folder)
    names = [entry["name"] for entry in found.rows]
    need(len(names) == len(set(names)), f"a name twice: {names}")
    need(len(names) == 6, f"{len(names)} results for 3 frames and 3 pictures: {names}; {result.last()}")
    for entry in found.rows:
        found.json(entry)
    files = [entry["file"] for entry in found.rows]
    for name in ("cine_f0001.png", "cine_f0002.png", "cine.png"):
        need(any(Path(file).name == name for file in files), f"no finding of {name}")
    need(any("cine.dcm" in file for file in files), "no finding of cine.dcm")
    need(not changed(before, folder), "a source changed")
    return f"{len(names)} results"


@row(WITHOUT, "a TIFF of five pages")
def _(case):
    pages = [Image.open(path).convert("L") for path in sample_pictures(case, 5)]
    pages[0].save(case.folder / "stack.tif", save_all=True, append_images=pages[1:])
    result, found = case.predict(case.folder / "stack.tif")
    text = result.text + json.dumps([found.json(entry) for entry in found.rows])
    need(len(found.rows) == 5 or "page" in text, f"{len(found.rows)} finding, and no word about pages")
    return f"{len(found.rows)} findings"


@row(WITHOUT, "a linked folder, and several names of one picture")
def _(case):
    inside, outside = case.folder / "scans", case.folder / "archive"
    inside.mkdir()
    outside.mkdir()
    pictures = sample_pictures(case, 2)
    shutil.copy(pictures[0], inside)
    shutil.copy(pictures[1], outside)
    (inside / "older").symlink_to(outside)
    (inside / "again.png").symlink_to(inside / pictures[0].name)
    result, found = case.predict(inside)
    files = " ".join(entry["file"] for entry in found.rows)
    need(pictures[1].name in files or result.says("older") or result.says("link"), f"the linked folder is passed over without a word: {result.last()}")
    need(len(found.rows) >= 2 or result.says("1 further name", "left out"), f"{len(found.rows)} findings for 2 names of one picture: {result.text}")
    return f"{len(found.rows)} findings, {result.last()[:80]}"


@row(WITHOUT, "a folder that may not be read")
def _(case):
    if os.geteuid() == 0:
        raise Skipped("the superuser may read every folder")
    folder = case.folder / "scans"
    (folder / "shut").mkdir(parents=True)
    shutil.copy(sample_pictures(case, 1)[0], folder)
    os.chmod(folder / "shut", 0)
    result = case.run("predict", MODEL, folder, "--out", "findings")
    os.chmod(folder / "shut", 0o755)
    need(result.says("shut"), f"passed over without a word: {result.last()}")
    return "said"


@row(WITHOUT, "._NAME.png of macOS")
def _(case):
    folder = case.folder / "scans/benign"
    folder.mkdir(parents=True)
    for picture in sample_pictures(case, 2):
        shutil.copy(picture, folder)
        (folder / ("._" + picture.name)).write_bytes(b"\x00\x05\x16\x07Mac OS X")
    result, found = case.predict(case.folder / "scans")
    need(len(found.rows) == 2, f"{len(found.rows)} findings")
    _result, data = case.imported(case.folder / "scans", "--format", "folders")
    need(len(data.rows) == 2, f"{len(data.rows)} rows")
    return "ignored"


@row(WITHOUT, "--keep-location 0.5 and 50% are one, 50 is refused")
def _(case):
    folder = case.copy("08-positive-class/t_caps3")
    case.imported(folder)
    kept = {}
    for value in ("0.5", "50%"):
        out = case.folder / f"half-{len(kept)}.csv"
        case.run("data", "split", folder, "--val", "0.2", "--test", "0.2", "--keep-location", value, "--manifest-out", out, "--out", case.folder / "s.csv", expect=0)
        rows = list(csv.DictReader(open(out, newline="")))
        split = {entry["id"]: entry["subset"] for entry in csv.DictReader(open(case.folder / "s.csv", newline=""))}
        train = [entry for entry in rows if split[entry["id"]] == "train" and entry["location"] in ("mask", "none")]
        kept[value] = sum(entry["location"] == "mask" for entry in train) / len(train)
        need(abs(kept[value] - 0.5) * len(train) <= 1, f"{value}: {kept[value]:.0%} of the training images keep their location")
    need(kept["0.5"] == kept["50%"], f"{kept}")
    result = case.run("data", "split", folder, "--keep-location", "50", "--manifest-out", case.folder / "x.csv", "--out", case.folder / "y.csv")
    need(result.code == 2 and result.says("--keep-location"), f"50: {result.last()}")
    return "half"


@row(WITHOUT, "predict ... | head leaves no temporary file")
def _(case):
    pictures = " ".join(f"'{path}'" for path in sample_pictures(case, 6))
    shown = subprocess.run(["sh", "-c", f"'{case.lanet}' predict {MODEL} {pictures} --out out --json | head -n 1"], cwd=case.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)
    stray = [path.name for path in (case.folder / "out").rglob("*") if path.is_file() and ("tmp" in path.name or path.name.startswith(".") and path.name != ".lanet")]
    need(not stray, f"left behind: {stray}")
    need(shown.stdout.startswith(b"{"), "no finding is printed")
    _result, found = case.predict(*sample_pictures(case, 2), out="out")
    need(len(found.rows) == 2, f"{len(found.rows)} findings")
    return "none"


@row(WITHOUT, "a killed predict leaves nothing that its successor does not mend")
def _(case):
    process = subprocess.Popen([case.lanet, "predict", MODEL, *map(str, sample_pictures(case, 8)), "--out", "out"], cwd=case.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    end = time.monotonic() + 30
    while process.poll() is None and time.monotonic() < end and not list((case.folder / "out").glob("*.json")):
        time.sleep(0.002)
    process.kill()
    process.wait()
    _result, found = case.predict(*sample_pictures(case, 8), out="out")
    need(len(found.rows) == 8, f"{len(found.rows)} findings")
    stray = [path.name for path in (case.folder / "out").iterdir() if "tmp" in path.name]
    need(not stray, f"left behind: {stray}")
    return "mended"


@row(WITHOUT, "file names with ; and ,")
def _(case):
    folder = case.copy("07-folder-layouts/f_gt")
    for file in list(folder.rglob("bus_0039-l*")):
        file.rename(file.with_name(file.name.replace("bus_0039-l", "bus;0039-l, left")))
    result, data = case.imported(folder)
    need(len(data.rows) == 12, f"{len(data.rows)} rows: {result.last()}")
    entry = data.of("0039-l")
    need(entry["location"] == "mask", f"{entry['image']} has location {entry['location']}")
    read = case.as_read(data)
    truth = bounding_box(numpy.array(Image.open(next(folder.rglob("*0039-l*_Mask.png"))).convert("L")) > 0)
    need(near(read.get(entry["id"]), truth), f"its lesion is read at {read.get(entry['id'])}")
    return "12 with their masks"


@row(WITHOUT, "a pipe in the folder is refused, not waited for")
def _(case):
    folder = case.folder / "scans"
    folder.mkdir()
    shutil.copy(sample_pictures(case, 1)[0], folder)
    os.mkfifo(folder / "pipe.png")
    result = case.run("predict", MODEL, folder, "--out", "findings", timeout=60)
    need(result.says("pipe.png"), f"passed over without a word: {result.last()}")
    need(len(Findings(case.folder / "findings").rows) == 1, result.last())
    return "said"


@row(WITHOUT, "cells that a spreadsheet would compute")
def _(case):
    folder = case.folder / "scans"
    folder.mkdir()
    for name in ("=1+1.png", "+b.png", "-c.png", "@sum.png", "-2+3.png", "+49.png", "-12.png"):
        shutil.copy(sample_pictures(case, 1)[0], folder / name)
    _result, found = case.predict(folder)
    need(len(found.rows) == 7, f"{len(found.rows)} findings")
    for entry in found.rows:
        if entry["name"] == "-12":  # a number stays what it is
            continue
        for column in ("file", "name", "decision"):
            need(entry[column][:1] not in ("=", "+", "-", "@"), f"{column} begins with {entry[column][:1]}")
    return "escaped"


# --- all of them --------------------------------------------------------------------------------------------------------


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--lanet", default=os.environ.get("LANET_PROGRAM") or str(ROOT / "build/release/bin/lanet"))
    parser.add_argument("--only", action="append", default=[], help="rows whose case or title holds the text; may be repeated")
    parser.add_argument("--list", action="store_true", help="name the rows, and stop")
    parser.add_argument("-v", "--verbose", action="store_true", help="what was run and said")
    arguments = parser.parse_args()
    rows = [entry for entry in ROWS if not arguments.only or any(text in f"{entry[0]}: {entry[1]}" for text in arguments.only)]
    if arguments.list:
        print(*(f"{case}: {title}" for case, title, _ in rows), sep="\n")
        return 0
    if not (arguments.folder / "01-import-in-place").is_dir() or not rows:
        print(f"{arguments.folder}: no cases, or none that --only names", file=sys.stderr)
        return 2
    counts = {"right": 0, "wrong": 0, "skipped": 0}
    for case_name, title, function in rows:
        case = Case(arguments.folder.resolve(), os.path.abspath(arguments.lanet), arguments.verbose)
        try:
            state, seen = "right", function(case)
        except Wrong as wrong:
            state, seen = "wrong", wrong
        except Skipped as skipped:
            state, seen = "skipped", skipped
        except subprocess.TimeoutExpired as late:
            state, seen = "wrong", f"no end after {late.timeout:.0f} s"
        except Exception as error:  # what the row met is not as it should be: a missing file, another form
            state, seen = "wrong", f"{type(error).__name__}: {error}"
            if arguments.verbose:
                traceback.print_exc()
        counts[state] += 1
        line = " ".join(str(seen).split())
        print(f"{state:8}{case_name}: {title}: {line}".encode("utf-8", "replace").decode(), flush=True)
        case.temporary.cleanup()
    print(", ".join(f"{number} {state}" for state, number in counts.items()))
    return 1 if counts["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
