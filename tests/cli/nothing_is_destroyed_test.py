"""Nothing of the user's is ever destroyed: random folders, every command that writes, random places for its results.

Digests of all files that lanet did not write are compared before and after each command. LANET_SEED repeats a tree,
LANET_ROUNDS tries more of them.
"""
import csv
import hashlib
import json
import os
import random
import subprocess
from pathlib import Path

import numpy
import pytest
from PIL import Image

from support.lanet import program
from support.server import serve
from support.sources import make_source

MODEL = "breast_lite0"
SEED = int(os.environ.get("LANET_SEED", "20260101"))
ROUNDS = int(os.environ.get("LANET_ROUNDS", "2"))
CLASSES = ("benign", "malignant")

# Names that results of lanet have, too.
TAKEN = ("findings.csv", "findings.jsonl", "findings.html", "audit.json", "audit.png", "report.html", "split.csv", "split-before.csv",
         "lanet-dataset.csv", "lanet-dataset.toml", "import.log", "sheet.png", "model.onnx", "model.safetensors", "deidentify-report.csv",
         "mapping.csv", "study.key", "evaluation_all.json", "predictions_all.csv", "findings_all.jsonl", "explain.csv", "explain.json",
         "tiny/report.html", "tiny/cells.json", "tiny/tables/tiny.csv", "masks/NAME.png", "masks/NAME_mask.png", "frames/NAME/1.png",
         "figures/roc.svg", "NAME_mask.png", "NAME_overlay.png", "NAME_heat.png", "NAME.json", "NAME_seg.dcm", "NAME_sr.dcm", "images/NAME.png",
         ".lanet", "labels/lanet-dataset.csv", "labels/masks/NAME.png")


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


class World:
    """A folder of the user's: data of one format, files with names like results, and where results may go."""

    def __init__(self, root, random_numbers):
        self.root, self.random = root, random_numbers
        self.format = self.random.choice(["folders", "yolo", "coco", "labelme", "csv"])
        self.source = root / "study" / self.random.choice(["data", "my data", "données"])
        self.stems = [f"{self.random.choice(['scan', 'img', 'benign ('])}{number}" for number in range(8)]
        self.source.mkdir(parents=True)
        getattr(self, "_" + self.format)()
        self.dicom = root / "study" / "dicom"
        self.dicom.mkdir()
        for number in range(2):
            make_source(self.dicom / f"d{number}.dcm", mm=0.1, name=f"Doe^Jane{number}")
        sibling = root / "study" / "sibling"
        (root / "study" / "link").symlink_to(self.source, target_is_directory=True)
        self.places = [self.source, self.source.parent, self.source / "inside", sibling, root / "study" / "link", root / "new"]
        for folder in (self.source, self.source.parent, self.source / "inside", sibling, self.dicom):
            self._strew(folder)
        self.user = {path: digest(path) for path in root.rglob("*") if path.is_file() and not path.is_symlink()}
        self.links = {path: os.readlink(path) for path in root.rglob("*") if path.is_symlink()}

    def _picture(self, path):
        path.parent.mkdir(parents=True, exist_ok=True)
        noise = numpy.random.default_rng(self.random.randrange(1 << 30)).integers(60, 200, (96, 80), dtype=numpy.uint8)
        noise[30:60, 20:50] //= 4
        Image.fromarray(noise).save(path)

    def _mask(self, path):
        path.parent.mkdir(parents=True, exist_ok=True)
        mask = numpy.zeros((96, 80), numpy.uint8)
        mask[30:60, 20:50] = 255
        Image.fromarray(mask).save(path)

    def _folders(self):
        for number, stem in enumerate(self.stems):
            self._picture(self.source / CLASSES[number % 2] / f"{stem}.png")
            self._mask(self.source / CLASSES[number % 2] / f"{stem}_mask.png")

    def _yolo(self):
        for number, stem in enumerate(self.stems):
            self._picture(self.source / "images" / f"{stem}.png")
            label = self.source / "labels" / f"{stem}.txt"
            label.parent.mkdir(exist_ok=True)
            label.write_text(f"{number % 2} 0.43 0.46 0.37 0.31\n" if number % 3 else f"{number % 2} 0.25 0.3 0.62 0.3 0.62 0.62 0.25 0.62\n")
        (self.source / "data.yaml").write_text("names: [benign, malignant]\n")

    def _coco(self):
        images, annotations = [], []
        for number, stem in enumerate(self.stems):
            self._picture(self.source / "images" / f"{stem}.png")
            images.append({"id": number, "file_name": f"images/{stem}.png", "width": 80, "height": 96})
            annotations.append({"id": number, "image_id": number, "category_id": number % 2, "bbox": [20, 30, 30, 30], "iscrowd": 0, "area": 900,
                                "segmentation": [[20, 30, 50, 30, 50, 60, 20, 60]]})
        categories = [{"id": number, "name": name} for number, name in enumerate(CLASSES)]
        (self.source / "annotations.json").write_text(json.dumps({"images": images, "annotations": annotations, "categories": categories}))

    def _labelme(self):
        for number, stem in enumerate(self.stems):
            self._picture(self.source / f"{stem}.png")
            shapes = [{"label": CLASSES[number % 2], "shape_type": "polygon", "points": [[20, 30], [50, 30], [50, 60], [20, 60]], "flags": {}, "group_id": None}]
            (self.source / f"{stem}.json").write_text(json.dumps({"version": "5.4.1", "flags": {}, "shapes": shapes, "imagePath": f"{stem}.png",
                                                                  "imageData": None, "imageHeight": 96, "imageWidth": 80}))

    def _csv(self):
        lines = ["image,class,masks,group"]
        for number, stem in enumerate(self.stems):
            self._picture(self.source / f"{stem}.png")
            self._mask(self.source / "masks" / f"{stem}.png")
            lines.append(f"{stem}.png,{CLASSES[number % 2]},masks/{stem}.png,P{number}")
        (self.source / "list.csv").write_text("\n".join(lines) + "\n")

    def _strew(self, folder):
        for name in TAKEN:
            if self.random.random() < 0.5:
                continue
            path = folder / name.replace("NAME", self.random.choice(self.stems + ["d0"]))
            if path.exists() or any(parent.is_file() for parent in path.parents):
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.suffix == ".png":
                self._picture(path)
            elif path.suffix == ".json":
                path.write_text(json.dumps({"mine": self.random.random()}))
            else:
                path.write_text(f"my own {name}, {self.random.random()}\n")

    def what_to_import(self):
        listed = {"coco": self.source / "annotations.json", "csv": self.source / "list.csv"}.get(self.format)
        return listed or self.source

    def lost(self):
        """The user's files that are not as they were; a split list may have been moved within its folder."""
        lost = []
        for path, wanted in list(self.user.items()):
            if path.is_file() and digest(path) == wanted:
                continue
            moved = [other for other in path.parent.glob("split-before*.csv") if other not in self.user and digest(other) == wanted] if path.name == "split.csv" else []
            if moved:
                del self.user[path]
                self.user[moved[0]] = wanted
            else:
                lost.append(str(path.relative_to(self.root)))
        lost += [str(path.relative_to(self.root)) for path, target in self.links.items() if not path.is_symlink() or os.readlink(path) != target]
        return lost

    def _is_recorded(self, path):
        for folder in path.parents:
            record = folder / ".lanet"
            if record.is_file() and record not in self.user:
                names = [line.split("  ", 1)[-1] for line in record.read_text(errors="replace").splitlines()]
                if path.relative_to(folder).as_posix() in names:
                    return True
            if folder == self.root:
                break
        return False

    def edit_a_result(self):
        """The user writes into a result of lanet: from now on it is the user's. (Where no record could be kept, since the user has a file of
        that name, lanet's mark in the content decides, and an edit cannot be seen.)"""
        merged = {"lanet-dataset.csv", "lanet-dataset.toml", "split.csv", ".lanet"}  # read and merged by design, or the record itself
        results = sorted(path for path in self.root.rglob("*") if path.is_file() and not path.is_symlink() and path not in self.user and path.name not in merged
                         and self._is_recorded(path))
        for path in self.random.sample(results, min(3, len(results))):
            with open(path, "ab") as file:
                file.write(b"\nmy remark\n")
            self.user[path] = digest(path)


@pytest.fixture(scope="module")
def data_set(tmp_path_factory):
    """A small imported data set that lies outside of all worlds."""
    folder = tmp_path_factory.mktemp("sound")
    world = World.__new__(World)
    world.root, world.random, world.source = folder, random.Random(5), folder / "data"
    world.stems = [f"image{number}" for number in range(12)]
    world._folders()
    subprocess.run([program(), "data", "import", str(folder / "data")], check=True, capture_output=True)
    subprocess.run([program(), "data", "split", str(folder / "data"), "--val", "0.3", "--test", "0.3"], check=True, capture_output=True)
    return folder / "data"


def suite_file(folder):
    file = folder / "tiny.toml"
    file.write_text("preset = 'demo'\nbackbones = ['efficientnet_lite0']\nheads = ['vanilla']\nsizes = [32]\nseeds = [1]\n"
                    "set = ['weights=none']\nmetrics = ['accuracy']\n")
    return file


def commands(world, data_set, out, suite):
    """(name, arguments) of every command that writes, with its results in `out`."""
    listed = [data_set / CLASSES[number % 2] / f"image{number}.png" for number in range(2)]
    options = {"labelme": ["--format", "labelme"], "yolo": ["--format", "yolo"], "folders": ["--format", "folders"]}.get(world.format, [])
    pictures = [path for path in world.source.rglob("*.png") if path.stem in world.stems][:2]
    all_of = [
        ("import", ["data", "import", world.what_to_import(), *options, "--out", out]),
        ("import", ["data", "import", data_set, "--format", "folders", "--out", out]),
        ("split", ["data", "split", data_set, "--val", "0.3", "--test", "0.3", "--seed", str(world.random.randrange(99)), "--out", out / "split.csv"]),
        ("manifest", ["data", "split", data_set, "--as-boxes", "--val", "0.3", "--test", "0.3", "--out", out / "s.csv", "--manifest-out", out / "lanet-dataset.csv"]),
        ("audit", ["data", "audit", data_set, "--out", out]),
        ("show", ["data", "show", data_set, "--out", out / "sheet.png"]),
        ("predict", ["predict", MODEL, *pictures, *listed, world.dicom / "d0.dcm", "--dicom", "--out", out]),
        ("predict a folder", ["predict", MODEL, world.source, "--out", out]),
        ("evaluate", ["evaluate", MODEL, "--data", data_set, "--subset", "all", "--bootstrap", "0", "--out", out]),
        ("export", ["export", MODEL, "--format", "onnx", "--out", out / "model.onnx"]),
        ("compact", ["export", MODEL, "--format", "compact", "--out", out / "model.safetensors"]),
        ("calibrate", ["calibrate", MODEL, "--data", data_set, "--subset", "all", "--out", out / "model.safetensors"]),
        ("quantize", ["quantize", MODEL, "--data", data_set, "--images", "4", "--ranges-from", "train", "--max-loss", "1", "--out", out / "model.safetensors"]),
        ("deidentify", ["dicom", "deidentify", world.dicom / "d0.dcm", "--keep-pixels", "--out", out, "--mapping", out.parent / "mapping.csv", "--key", out.parent / "study.key"]),
        ("experiment", ["experiment", suite, "--data", data_set, "--report-only", "--out", out]),
    ]
    if (Path(program()).parent / "lanet-train").exists():
        all_of.append(("explain", ["explain", MODEL, *pictures[:1], "--steps", "0", "--out", out]))
    return all_of


# What `lanet explain` and the others need that is not everywhere; calibrate may refuse so few images.
MAY_NEVER_SUCCEED = {"calibrate", "quantize", "explain", "predict a folder"}


def run(arguments, folder):
    result = subprocess.run([program(), *map(str, arguments)], cwd=folder, capture_output=True, timeout=120, stdin=subprocess.DEVNULL)
    text = (result.stdout + result.stderr).decode(errors="replace")
    assert result.returncode in (0, 1, 2), f"{' '.join(map(str, arguments))}: {result.returncode}\n{text}"
    return result.returncode, text


def test_no_command_destroys_anything(tmp_path, data_set):
    succeeded, tried = set(), set()
    suite = suite_file(tmp_path)
    sound = {path: digest(path) for path in data_set.rglob("*.png")}
    for number in range(ROUNDS):
        seed = SEED + number
        print(f"seed {seed}")
        world = World(tmp_path / f"world{number}", random.Random(seed))
        work = tmp_path / f"work{number}"
        work.mkdir()
        for name in [name for name, _ in commands(world, data_set, world.places[0], suite)]:
            tried.add(name)
        slots = [(index, place) for index in range(len(commands(world, data_set, world.places[0], suite)))
                 for place in {world.random.choice(world.places[:-1]), world.random.choice(world.places)}]
        world.random.shuffle(slots)
        slots += [(index, world.root / "clean" / str(index)) for index in range(len(commands(world, data_set, world.places[0], suite)))] if number == 0 else []
        for step, (index, place) in enumerate(slots):
            name, arguments = commands(world, data_set, place, suite)[index]
            code, text = run(arguments, work)
            if code == 0:
                succeeded.add(name)
            lost = world.lost()
            assert not lost, f"seed {seed}: `lanet {' '.join(map(str, arguments))}` destroyed {lost}\n{text}"
            if step % 6 == 5:
                world.edit_a_result()
    assert not [str(path) for path, wanted in sound.items() if digest(path) != wanted]
    assert tried - succeeded <= MAY_NEVER_SUCCEED, f"these never succeeded, so that nothing was tried: {sorted(tried - succeeded)}"


def test_the_servers_corrections_destroy_nothing(tmp_path):
    world = World(tmp_path / "world", random.Random(SEED))
    work = tmp_path / "work"
    work.mkdir()
    kept = 0
    picture = next(path for path in world.source.rglob("*.png") if path.stem in world.stems)
    for place in [*world.places, world.root / "clean"]:
        try:
            with serve(work, "--labels", place) as server:
                identity = server.keep(picture)
                answer = server.put(f"/v1/items/{identity}/frames/1/label", json={"class": "malignant", "mask": None})
                kept += answer.status_code == 200
                server.stop()
        except AssertionError:
            assert "lanet: " in (work / "serve.log").read_text()  # refused, with its reason
        assert not world.lost(), f"{place}: {world.lost()}"
    assert kept >= 1, "no correction was kept anywhere"


def test_overwrite_is_what_replaces_a_file(tmp_path, data_set):
    """The same commands do write where they are told to: the test above can fail."""
    for name in ("audit.json", "sheet.png", "findings.csv"):
        (tmp_path / name).write_text("mine\n")
    run(["data", "audit", data_set, "--out", tmp_path], tmp_path)
    assert (tmp_path / "audit.json").read_text() == "mine\n"
    code, text = run(["data", "audit", data_set, "--out", tmp_path, "--overwrite"], tmp_path)
    assert code == 0, text
    assert json.loads((tmp_path / "audit.json").read_text())
    picture = data_set / "benign" / "image0.png"
    code, text = run(["predict", MODEL, picture, "--out", tmp_path], tmp_path)
    assert (tmp_path / "findings.csv").read_text() == "mine\n" and "findings.csv" in text
    code, text = run(["predict", MODEL, picture, "--out", tmp_path, "--overwrite"], tmp_path)
    assert code == 0, text
    assert len(list(csv.DictReader(open(tmp_path / "findings.csv", newline="")))) == 1
