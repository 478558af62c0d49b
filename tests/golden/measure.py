"""Runs lanet and brings what it makes into a form that can be stored: numbers for any machine, digests for one.

A job is "KIND/NAME"; run() returns its Outcome. Nothing here decides whether an outcome is right.
"""
import csv
import dataclasses
import hashlib
import io
import json
import math
import os
import re
import shutil
import subprocess
from pathlib import Path

import numpy
import pydicom
from PIL import Image

from golden import cases, formula
from support.sources import make_source, sample_images

ROOT = Path(__file__).resolve().parents[2]
VALUES = Path(__file__).resolve().parent / "values"
DIGITS = 8
OWN = ("image", "classes", "decision", "lesions", "mask", "doubts")  # of a finding, stored for each
CLOCK = ("seconds", "images_per_second")
# Steps of one image or two: which side of a threshold a validation image lies on is no number to compare between machines.
COUNTED = ("val_accuracy", "val_auc", "val_jsi")


@dataclasses.dataclass
class Outcome:
    numbers: dict  # compared everywhere, within a tolerance
    bits: dict     # {part: digest}, compared where the machine is the same


class Failed(Exception):
    """The program ended with an error."""


def digest(content):
    return hashlib.sha256(content).hexdigest()


def rounded(value):
    """Of any JSON value: its numbers with DIGITS significant digits."""
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}")
    if isinstance(value, dict):
        return {key: rounded(entry) for key, entry in value.items()}
    return [rounded(entry) for entry in value] if isinstance(value, list) else value


def read_values(name):
    path = VALUES / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def jobs():
    """Names of all jobs; what takes longest comes first."""
    return [
        *(f"training/{name}" for name in cases.TRAININGS), "old_files/checkpoint", "evaluation/breast_lite0",
        *(f"finding/{name}" for name in cases.PREDICTIONS), "explanation/breast_lite0", "old_files/model",
        "cine/pages", "cine/object", *(f"network/{name}" for name in cases.NETWORKS)]


def needs_training_program(job):
    kind, name = job.split("/")
    return kind in ("training", "explanation", "old_files") or name.startswith("torch_")


class Measurement:
    """Runs jobs of one program in a folder; a job may run beside another one."""

    def __init__(self, program, folder):
        self.program, self.folder = str(Path(program).resolve()), folder
        self.environment = {**os.environ, "LANET_HOME": str(ROOT), "LANET_CACHE": str(folder / "cache"), "NO_COLOR": "1",
                            "OMP_NUM_THREADS": "1"}
        self._write_data()

    def lanet(self, *arguments):
        result = subprocess.run([self.program, *map(str, arguments)], capture_output=True, text=True, cwd=self.folder,
                                env=self.environment, timeout=600)
        if result.returncode != 0:
            raise Failed(f"lanet {' '.join(map(str, arguments))} ended with {result.returncode}:\n{result.stdout}{result.stderr}")
        return result.stdout

    def run(self, job):
        kind, name = job.split("/")
        folder = self.folder / kind / name
        folder.mkdir(parents=True)
        try:
            outcome = getattr(self, f"_{kind}")(name, folder)
        finally:
            shutil.rmtree(folder)
        return Outcome(rounded(outcome.numbers), outcome.bits)

    # ---- data

    def _write_data(self):
        """all: the sample. two, three: twelve images of it, in three a third of them called normal."""
        self.lanet("data", "import", ROOT / "sample", "--out", "all")
        with open(self.folder / "all" / "lanet-dataset.csv", encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        by_class = [[row for row in rows if row["class"] == name][:6] for name in ("benign", "malignant")]
        chosen = [{**row, "group": row["id"]} for pair in zip(*by_class) for row in pair]
        normal = [{**row, "class": "normal", "masks": "", "boxes": "", "location": "empty"} for row in chosen]
        self._write_manifest("two", chosen)
        self._write_manifest("three", [normal[index] if index % 3 == 2 else row for index, row in enumerate(chosen)])

    def _write_manifest(self, name, rows):
        folder = self.folder / name
        for part in ("Images", "Masks"):
            (folder / part).mkdir(parents=True)
        for row in rows:
            for path in filter(None, (row["image"], row["masks"])):
                shutil.copy(ROOT / "sample" / path, folder / path)
        with open(folder / "lanet-dataset.csv", "w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        (folder / "lanet-dataset.toml").write_text("positive_class = 'malignant'\n")
        subsets = ["id,subset", *(f"{row['id']},{'train' if index < 8 else 'val'}" for index, row in enumerate(rows))]
        (folder / "split.csv").write_text("\n".join(subsets) + "\n")

    # ---- findings

    def _finding(self, name, folder):
        arguments, count = cases.PREDICTIONS[name]
        return self._predict(arguments, sample_images(count), folder)

    def _predict(self, arguments, paths, folder):
        options = ["--out", folder / "found", "--threads", "1", "--no-masks", "--no-overlays"]
        self.lanet("predict", *arguments[:1], *paths, *arguments[1:], *options)
        return read_findings(folder / "found")

    def _cine(self, name, folder):
        frames = [Image.open(path).convert("L").crop((0, 0, 240, 240)) for path in sample_images(6)]
        if name == "pages":
            source = folder / "cine.tiff"
            frames[0].save(source, save_all=True, append_images=frames[1:])
        else:
            source = folder / "scan.dcm"
            data = make_source(source, frames=5, mm=0.1)
            for number, key in enumerate(("SOPInstanceUID", "SeriesInstanceUID", "StudyInstanceUID"), 1):
                setattr(data, key, f"1.2.3.{number}")
            pydicom.dcmwrite(source, data, enforce_file_format=True)
        outcome = self._predict(["breast_fast"], [source], folder)
        summary = next((folder / "found").glob("*_summary.json"))
        outcome.numbers["summary"] = json.loads(summary.read_text())
        outcome.bits["summary"] = digest(summary.read_bytes())
        return outcome

    def _explanation(self, name, folder):
        self.lanet("explain", name, *sample_images(2), "--out", folder / "out", "--steps", "2")
        text = (folder / "out" / "explain.json").read_text()
        heat = {path.name: digest(Image.open(path).tobytes()) for path in sorted((folder / "out").glob("*.png"))}
        return Outcome(json.loads(text), {"explain.json": digest(text.encode()), **heat})

    def _evaluation(self, name, folder):
        self.lanet("evaluate", name, "--data", "all", "--subset", "all", "--bootstrap", "50", "--seed", "1", "--threads", "1",
                   "--by", "histology", "--at", "sensitivity=0.95", "--out", folder / "out")
        text = (folder / "out" / "evaluation_all.json").read_text()
        found = json.loads(text)
        curves = [key for key, value in found.items() if isinstance(value, list) and key not in ("classes", "metrics", "confusion")]
        numbers = {key: value for key, value in found.items() if key not in curves}
        numbers["lists"] = {key: len(found[key]) for key in curves}
        lines = (folder / "out" / "findings_all.jsonl").read_text().splitlines()
        numbers["classes_of"] = {entry["image"]: probabilities(entry) for entry in map(json.loads, lines)}
        bits = {path: digest((folder / "out" / path).read_bytes())
                for path in ("evaluation_all.json", "findings_all.jsonl", "predictions_all.csv")}
        return Outcome(numbers, bits)

    # ---- networks

    def _network(self, name, folder):
        import onnxruntime
        model, graph = folder / "model.safetensors", folder / "model.onnx"
        write_model(model, name)
        self.lanet("export", model, "--out", graph)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        session = onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
        values = session.run(None, {"image": small_pictures()})
        numbers, bits = {}, {}
        for output, array in zip((output.name for output in session.get_outputs()), values):
            numbers[output] = described(array)
            bits[output] = digest(numpy.ascontiguousarray(array).tobytes())
        return Outcome(numbers, bits)

    # ---- trainings

    def train(self, folder, settings, data="two", *more):
        """The run's folder."""
        command = ["train", VALUES / "settings.toml", "--data", data, "--name", "run", "--set", f"runs_folder='{folder}'"]
        for setting in settings:
            command += ["--set", setting]
        self.lanet(*command, *more)
        return folder / "run"

    def _training(self, name, folder):
        settings = cases.TRAININGS[name]
        data = "three" if cases.NETWORKS.get(name, ({}, 2))[1] == 3 else "two"
        resumed = name in cases.RESUMED
        if not resumed:
            settings = [*settings, "compute.checkpoint_seconds=86400"]
        run = self.train(folder, settings, data)
        outcome = read_run(run)
        if resumed:
            # As if it had been stopped in its last epoch, with a best model that is certainly not the one to come.
            shutil.copy(ROOT / "models" / "breast_fast.safetensors", run / "best.safetensors")
            (run / "previous.checkpoint").replace(run / "last.checkpoint")
            again = read_run(self.train(folder, settings, data, "--resume"))
            outcome.numbers["resumed_is_equal"] = again == outcome
        return outcome

    # ---- files that an earlier version wrote

    def _old_files(self, name, folder):
        return self._old_model(folder) if name == "model" else self._old_checkpoint(folder)

    def _old_model(self, folder):
        """A model file with the card that was written then, in the network that reads it today."""
        model = folder / "old.safetensors"
        tensors = {name: formula.weights(name, shape) for name, shape in tensors_of("efficientnet_lite0_la_net").items()}
        formula.write_safetensors(model, tensors, read_values("earlier_version")["model"])
        numbers, bits = {"card": json.loads(self.lanet("models", model, "--json"))}, {}
        for engine in ("openvino", "torch"):
            found = self._predict([model, "--engine", engine], sample_images(2), folder / engine)
            numbers[engine] = found.numbers
            bits.update({f"{engine} {key}": value for key, value in found.bits.items()})
        numbers["card"] = {key: value for key, value in numbers["card"].items() if key not in ("name", "file")}
        return Outcome(numbers, bits)

    def _old_checkpoint(self, folder):
        """A run that an earlier version began: this one goes on with it, from both of the files that it needs."""
        old = read_values("earlier_version")
        run = folder / "old"
        run.mkdir()
        network = tensors_of("efficientnet_lite0_la_net")
        tensors = {f"network.{name}": formula.weights(name, shape) for name, shape in network.items()}
        for parameter in old["adam"]:
            for part, shape in (("exp_avg", network[parameter]), ("exp_avg_sq", network[parameter]), ("step", [])):
                key = f"adam.{parameter}.{part}"
                tensors[key] = formula.adam_state(key, shape)
        formula.write_safetensors(run / "last.checkpoint", tensors, old["checkpoint"])
        best = {name: formula.weights(f"best {name}", shape) for name, shape in network.items()}
        formula.write_safetensors(run / "stage1_best.safetensors", best, old["stage1_best"])
        (run / "settings.toml").write_text(old["checkpoint"]["settings"])
        self.lanet("train", run, "--resume", "--data", "two", "--set", f"runs_folder='{folder}'")
        return read_run(run)


# ---- reading what lanet wrote


def probabilities(finding):
    return [entry["probability"] for entry in finding["classes"]]


def extents(lesion):
    """Box and sizes in one row."""
    entries = [value for key, value in lesion.items() if key != "mean_probability"]
    return [number for value in entries for number in (value if isinstance(value, list) else [value])]


def mask_numbers(mask):
    """Pixels, runs and the middle (row, column) of a mask of run lengths, which begin with the background."""
    width = mask["size"][0]
    flat = numpy.repeat(numpy.arange(len(mask["counts"])) % 2, mask["counts"])
    place = numpy.flatnonzero(flat)
    middle = [float((place // width).mean()), float((place % width).mean())] if len(place) else []
    return [len(place), len(mask["counts"]), *middle]


def read_findings(folder):
    """Of each finding its probabilities, decision, lesions (extents, and how sure they are), mask and doubts; what all of them say
    alike; and their digests.
    """
    numbers, bits, alike = {}, {}, []
    for path in sorted(folder.glob("*.json")):
        finding = json.loads(path.read_text())
        if finding["format"] != "lanet-finding":
            continue
        numbers[path.stem] = {
            "classes": probabilities(finding),
            "decision": finding["decision"],
            "lesions": [extents(lesion) for lesion in finding["lesions"]],
            "sure": [lesion["mean_probability"] for lesion in finding["lesions"]],
            "mask": mask_numbers(finding["mask"]),
            "doubts": finding["doubts"],
        }
        alike.append({key: value for key, value in finding.items() if key not in OWN})
        bits[path.stem] = digest(path.read_bytes())
        bits[f"{path.stem} mask"] = digest(json.dumps(finding["mask"]).encode())[:16]
    numbers["all"] = {key: value for key, value in alike[0].items() if all(other.get(key) == value for other in alike)}
    return Outcome(numbers, bits)


def read_run(run):
    """Losses of a training, what its weights amount to, and digests of all its figures and of the weights."""
    rows = list(csv.DictReader(io.StringIO((run / "metrics.csv").read_text())))
    rows = [{key: value for key, value in row.items() if key not in CLOCK} for row in rows]
    tensors, metadata = formula.read_safetensors(run / "best.safetensors")
    content = hashlib.sha256()
    parts = {}
    for name in sorted(tensors):
        array = tensors[name]
        content.update(f"{name} {array.dtype} {list(array.shape)}\n".encode() + array.tobytes())
        parts.setdefault(name.split(".")[0], []).append(array.astype(numpy.float64).ravel())
    numbers = {"epochs": [{key: float(value) for key, value in row.items() if value and key not in COUNTED} for row in rows], "weights": {}}
    for part, arrays in parts.items():
        values = numpy.concatenate(arrays)
        numbers["weights"][part] = [len(arrays), len(values), float(values.mean()), math.sqrt(float((values ** 2).mean()))]
    card = {key: metadata[key] for key in ("classes", "positive_class", "input_size", "precision", "fingerprint", "notes")}
    return Outcome({**numbers, "card": card}, {"metrics": digest(json.dumps(rows).encode()), "weights": content.hexdigest()})


# ---- models of formula


def tensors_of(name):
    """{name: shape} of a network's model file."""
    stored = read_values("tensors")
    found = {}
    for first, last in stored["networks"][name]:
        for line in stored["tensors"][first:last]:
            tensor, shape = line.split(" ")
            found[tensor] = [int(side) for side in shape.split(",") if side]
    return found


def architecture(network):
    """The settings of a network as the old model's card spells them, with what is different here."""
    text = read_values("earlier_version")["model"]["architecture"]
    for key, value in network.items():
        text, count = re.subn(rf"(?m)^{key} = .*$", f"{key} = {cases.value_text(value)}", text)
        assert count == 1, key
    return text


def write_model(path, name):
    network, classes = cases.NETWORKS[name]
    tensors = {tensor: formula.weights(tensor, shape) for tensor, shape in tensors_of(name).items()}
    card = {**read_values("earlier_version")["model"], "architecture": architecture(network),
            "classes": json.dumps(["benign", "malignant", "normal"][:classes])}
    formula.write_safetensors(path, tensors, card, sealed=False)


def small_pictures():
    """Two grey images [2, 1, SIDE, SIDE] in [0, 1]: every third pixel of the sample's."""
    part = slice(20, 20 + 3 * cases.SIDE, 3)
    pictures = [numpy.asarray(Image.open(path).convert("L"))[part, part] for path in sample_images(2)]
    return numpy.stack(pictures)[:, None].astype(numpy.float32) / 255


def described(array):
    """Shape, mean, deviation, least, greatest and eight values of an output."""
    flat = array.astype(numpy.float64).ravel()
    some = [float(flat[position]) for position in numpy.linspace(0, len(flat) - 1, min(8, len(flat))).astype(int)]
    return {"shape": list(array.shape), "mean": float(flat.mean()), "deviation": float(flat.std()), "least": float(flat.min()),
            "greatest": float(flat.max()), "values": some}
