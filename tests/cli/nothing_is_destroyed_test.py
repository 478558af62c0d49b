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
from support.node import Node, send
from support.server import serve
from support.sources import make_source

MODEL = "breast_lite0"
SEED = int(os.environ.get("LANET_SEED", "20260112"))  # its places hold files in the way of report, train and weights
ROUNDS = int(os.environ.get("LANET_ROUNDS", "2"))
CLASSES = ("benign", "malignant")
ROOT = Path(__file__).resolve().parents[2]

# Names that results of lanet have, too.
TAKEN = ("findings.csv", "findings.jsonl", "findings.html", "audit.json", "audit.png", "report.html", "split.csv", "split-before.csv",
         "lanet-dataset.csv", "lanet-dataset.toml", "import.log", "sheet.png", "model.onnx", "model.safetensors", "deidentify-report.csv",
         "mapping.csv", "study.key", "evaluation_all.json", "predictions_all.csv", "findings_all.jsonl", "explain.csv", "explain.json",
         "tiny/report.html", "tiny/cells.json", "tiny/tables/tiny.csv", "masks/NAME.png", "masks/NAME_mask.png", "frames/NAME/1.png",
         "figures/roc.svg", "NAME_mask.png", "NAME_overlay.png", "NAME_heat.png", "NAME.json", "NAME_seg.dcm", "NAME_sr.dcm", "images/NAME.png",
         ".lanet", "labels/lanet-dataset.csv", "labels/masks/NAME.png", "lanet-dataset-before.csv", ".lanet-imported.csv", "frames/NAME.png",
         "figures/loss.csv", "figures/validation.png", "settings.toml", "metrics.csv", "events.out.tfevents.lanet",
         "efficientnet_lite0_imagenet.safetensors")


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
        self.run = self._run(root / "study" / "run")
        self.grouped = self._without_groups(root / "study" / "grouped")
        for folder in (self.source, self.source.parent, self.source / "inside", sibling, self.dicom, self.grouped):
            self._strew(folder)
            self._run(folder)
        (self.grouped / "lanet-dataset.toml").write_text('image_root = "."\n')
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

    def _run(self, folder):
        """What `lanet report` reads of a training run."""
        folder.mkdir(exist_ok=True)
        record = {key: key for key in ("name", "seed", "started", "finished", "device", "precision", "lanet", "torch")}
        record |= {"command": [], "weights": [], "stages": [], "data": {"manifest": "none", "split": "none", "fingerprint": "none", "subsets": []}}
        (folder / "record.json").write_text(json.dumps(record))
        if not (folder / "metrics.csv").exists():
            (folder / "metrics.csv").write_text("stage,train_loss,val_loss,val_accuracy,val_auc,val_jsi\n1,0.9,0.8,0.5,0.5,0.1\n2,0.6,0.7,0.6,0.7,0.2\n")
        return folder

    def _without_groups(self, folder):
        """A manifest by the user's hand, of pictures of which two are the same."""
        for number, stem in enumerate(self.stems[:4]):
            self._picture(folder / f"{stem}.png")
        (folder / f"{self.stems[1]}.png").write_bytes((folder / f"{self.stems[0]}.png").read_bytes())
        rows = [f"{stem},{stem}.png,benign,none" for stem in self.stems[:4]]
        (folder / "lanet-dataset.csv").write_text("\n".join(["id,image,class,location", *rows]) + "\n")
        return folder

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
        """The user's files that are not as they were; told once; a split list or manifest may have been moved within its folder."""
        lost = []
        for path, wanted in list(self.user.items()):
            if path.is_file() and digest(path) == wanted:
                continue
            earlier = path.parent.glob(f"{path.stem}-before*.csv") if path.name in ("split.csv", "lanet-dataset.csv") else []
            moved = [other for other in earlier if other not in self.user and digest(other) == wanted]
            del self.user[path]
            if moved:
                self.user[moved[0]] = wanted
            else:
                lost.append(path)
        for path, target in list(self.links.items()):
            if not path.is_symlink() or os.readlink(path) != target:
                del self.links[path]
                lost.append(path)
        return [str(path.relative_to(self.root)) for path in lost]

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
    world.stems = [f"image{number}" for number in range(8)]
    world._folders()
    subprocess.run([program(), "data", "import", str(folder / "data")], check=True, capture_output=True)
    subprocess.run([program(), "data", "split", str(folder / "data"), "--val", "0.3", "--test", "0.3"], check=True, capture_output=True)
    return folder / "data"


def suite_file(folder):
    file = folder / "tiny.toml"
    file.write_text("preset = 'demo'\nbackbones = ['efficientnet_lite0']\nheads = ['vanilla']\nsizes = [32]\nseeds = [1]\n"
                    "set = ['weights=none']\nmetrics = ['accuracy']\n")
    return file


SHORT_TRAINING = [word for setting in ("weights=none", "stage1.epochs=0", "stage2.epochs=1", "input_size=32", "network.head=vanilla", "compute.kernels=library")
                  for word in ("--set", setting)]


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
        ("merge", ["data", "merge", data_set, world.grouped, "--out", out]),
        ("lesion-free", ["data", "lesion-free", data_set, "--smallest", "0.2", "--largest", "0.3", "--out", out]),
        ("import DICOM", ["data", "import", world.dicom, "--format", "dicom", "--out", out]),
        ("audit", ["data", "audit", data_set, "--out", out]),
        ("group", ["data", "audit", world.grouped, "--group", "--out", out]),
        ("show", ["data", "show", data_set, "--out", out / "sheet.png"]),
        ("predict", ["predict", MODEL, *pictures, *listed, world.dicom / "d0.dcm", "--dicom", "--out", out]),
        ("predict a folder", ["predict", MODEL, world.source, "--out", out]),
        ("evaluate", ["evaluate", MODEL, "--data", data_set, "--subset", "all", "--bootstrap", "0", "--out", out]),
        ("export", ["export", MODEL, "--format", "onnx", "--out", out / "model.onnx"]),
        ("drawing", ["models", MODEL, "--svg", out / "network.svg"]),
        ("compact", ["export", MODEL, "--format", "compact", "--out", out / "model.safetensors"]),
        ("calibrate", ["calibrate", MODEL, "--data", data_set, "--subset", "all", "--out", out / "model.safetensors"]),
        ("quantize", ["quantize", MODEL, "--data", data_set, "--images", "4", "--ranges-from", "train", "--max-loss", "1", "--out", out / "model.safetensors"]),
        ("deidentify", ["dicom", "deidentify", world.dicom / "d0.dcm", "--keep-pixels", "--out", out, "--mapping", out.parent / "mapping.csv", "--key", out.parent / "study.key"]),
        ("experiment", ["experiment", suite, "--data", data_set, "--report-only", "--out", out]),
        ("report", ["report", out if (out / "record.json").is_file() else world.run]),
    ]
    if (Path(program()).parent / "lanet-train").exists():
        all_of += [
            ("explain", ["explain", MODEL, *pictures[:1], "--steps", "0", "--out", out]),
            ("weights", ["weights", "import", ROOT / "models" / "efficientnet_lite0_imagenet.safetensors", "--to", out]),
            ("train", ["train", "lite0_256", "--data", data_set, "--set", f"runs_folder={out.parent}", "--name", out.name, *SHORT_TRAINING]),
        ]
    return all_of


# What `lanet explain` and the others need that is not everywhere; calibrate may refuse so few images.
MAY_NEVER_SUCCEED = {"calibrate", "quantize", "explain", "predict a folder"}


def run(arguments, folder):
    result = subprocess.run([program(), *map(str, arguments)], cwd=folder, capture_output=True, timeout=120, stdin=subprocess.DEVNULL)
    text = (result.stdout + result.stderr).decode(errors="replace")
    assert result.returncode in (0, 1, 2), f"{' '.join(map(str, arguments))}: {result.returncode}\n{text}"
    return result.returncode, text


def try_world(world, work, data_set, suite, clean):
    """Every command into a place of the user's, and where `clean` also into a folder of its own. The names of those that succeeded, and what
    was destroyed."""
    work.mkdir()
    count = len(commands(world, data_set, world.root, suite))
    slots = [(index, world.random.choice(world.places)) for index in range(count)]
    world.random.shuffle(slots)
    slots += [(index, world.root / "clean" / f"c{index}") for index in range(count) if clean]
    succeeded, destroyed = set(), []
    for step, (index, place) in enumerate(slots):
        name, arguments = commands(world, data_set, place, suite)[index]
        code, text = run(arguments, work)
        if code == 0:
            succeeded.add(name)
        if lost := world.lost():
            destroyed.append(f"`lanet {' '.join(map(str, arguments))}` destroyed {lost}\n{text}")
        if step % 6 == 5:
            world.edit_a_result()
    return succeeded, destroyed


def test_no_command_destroys_anything(tmp_path, data_set):
    succeeded, tried, destroyed = set(), set(), []
    suite = suite_file(tmp_path)
    sound = {path: digest(path) for path in data_set.rglob("*.png")}
    for number in range(ROUNDS):
        print(f"LANET_SEED={SEED + number}")
        world = World(tmp_path / f"world{number}", random.Random(SEED + number))
        tried |= {name for name, _ in commands(world, data_set, world.root, suite)}
        done, lost = try_world(world, tmp_path / f"work{number}", data_set, suite, clean=number == 0)
        succeeded |= done
        destroyed += lost
    assert not [str(path) for path, wanted in sound.items() if digest(path) != wanted]
    assert tried - succeeded <= MAY_NEVER_SUCCEED, f"these never succeeded, so that nothing was tried: {sorted(tried - succeeded)}"
    assert not destroyed, "\n".join(destroyed)


def test_a_program_that_overwrites_is_noticed(tmp_path, data_set, monkeypatch):
    careless = tmp_path / "careless"
    careless.write_text("""#!/bin/sh
while [ $# -gt 0 ] && [ "$1" != --out ]; do shift; done
for file in "$2"/*.csv; do [ ! -f "$file" ] || echo gone > "$file"; done
""")
    careless.chmod(0o755)
    monkeypatch.setenv("LANET_PROGRAM", str(careless))
    _, destroyed = try_world(World(tmp_path / "world", random.Random(SEED)), tmp_path / "work", data_set, suite_file(tmp_path), clean=False)
    assert destroyed


def test_the_servers_corrections_destroy_nothing(tmp_path):
    world = World(tmp_path / "world", random.Random(SEED))
    work = tmp_path / "work"
    work.mkdir()
    kept = 0
    picture = next(path for path in world.source.rglob("*.png") if path.stem in world.stems)
    for place in [*world.random.sample(world.places, 3), world.root / "clean"]:
        try:
            with serve(work, "--labels", place) as server:
                identity = server.keep(picture)
                answer = server.put(f"/v1/items/{identity}/frames/1/label", json={"class": "malignant", "mask": None})
                kept += answer.status_code == 200
                server.stop()
        except AssertionError:
            assert "lanet: " in (work / "serve.log").read_text()  # refused, with its reason
        lost = world.lost()
        assert not lost, f"{place}: {lost}"
    assert kept >= 1, "no correction was kept anywhere"


def test_the_nodes_queue_destroys_nothing(tmp_path):
    world = World(tmp_path / "world", random.Random(SEED))
    old = 1.5e9  # long past queue.done_days
    for name in ("receiving/notes.txt", "incoming/scan.dcm", "working/scan.dcm", "results/thesis/table.csv", "done/2019/scan.dcm", "failed/scan.json"):
        path = world.source / name
        path.parent.mkdir(parents=True)
        path.write_text(f"my own {name}\n")
        os.utime(path, (old, old))
        os.utime(path.parent, (old, old))
        world.user[path] = digest(path)
    node = Node(program(), tmp_path / "node")
    node.queue = world.source
    with node:
        send(program(), [world.dicom / "d0.dcm"], node.address)
        node.wait_for(lambda status: status["done"] >= 1)
        assert node.terminate() == 0
    assert world.lost() == []


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
