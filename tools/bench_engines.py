#!/usr/bin/env python3
"""Decoded image -> finding by lanet, against the bare networks of the onnxruntime and openvino wheels: one process, alternating.

    .venv/bin/python tools/bench_engines.py [--rounds 15] [--model FILE ...]

Without --model: the bundled model, and a ResNet-18 + LA-Net that is trained for one epoch on the sample first (its speed does not
depend on its weights). lanet is asked through its C library: preparation, network, mask at the original size, measures, doubts; the wheels
run the exported network alone. Needs a built release (`./run build`).
"""
import argparse
import ctypes
import json
import pathlib
import statistics
import subprocess
import tempfile
import time

import numpy
import onnxruntime
import openvino

ROOT = pathlib.Path(__file__).resolve().parent.parent
LANET = ROOT / "build/release/bin/lanet"
CALLS = 10


def run(*command):
    subprocess.run([str(word) for word in command], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


class Lanet:
    """One model at one precision through liblanet.so."""

    class Options(ctypes.Structure):
        _fields_ = [("size", ctypes.c_size_t), ("precision", ctypes.c_char_p), ("threads", ctypes.c_int)]

    def __init__(self, model, precision, pixels):
        self.c = ctypes.CDLL(str(ROOT / "build/release/lib/liblanet.so"))
        self.c.lanet_last_error.restype = ctypes.c_char_p
        self.c.lanet_model_open.restype = ctypes.c_void_p
        self.c.lanet_find_pixels.restype = ctypes.c_void_p
        self.c.lanet_find_pixels.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64, ctypes.c_int, ctypes.c_int64]
        self.c.lanet_finding_free.argtypes = [ctypes.c_void_p]
        options = self.Options(ctypes.sizeof(self.Options), precision.encode(), 0)
        self.model = self.c.lanet_model_open(str(model).encode(), ctypes.byref(options))
        if not self.model:
            raise SystemExit(self.c.lanet_last_error().decode())
        self.pixels = numpy.ascontiguousarray(pixels)

    def __call__(self):
        height, width = self.pixels.shape
        finding = self.c.lanet_find_pixels(self.model, self.pixels.ctypes.data, height, width, 1, width)
        self.c.lanet_finding_free(finding)


def onnx_runtime(path, pixels):
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return lambda: session.run(None, {"image": pixels})


def open_vino(path, pixels, precision):
    model = openvino.Core().read_model(str(path))
    model.reshape([1, 1, *pixels.shape[2:]])
    compiled = openvino.Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": precision, "PERFORMANCE_HINT": "LATENCY"})
    request = compiled.create_infer_request()
    tensor = openvino.Tensor(pixels)
    return lambda: request.infer({0: tensor}, share_inputs=True, share_outputs=True)


def measure(calls, rounds):
    """name -> median seconds a call, of each round; the order within a round is turned from round to round."""
    times = {name: [] for name in calls}
    names = list(calls)
    for call in calls.values():
        for _ in range(3):
            call()
    for number in range(rounds):
        for name in names[number % len(names):] + names[:number % len(names)]:
            samples = []
            for _ in range(CALLS):
                start = time.perf_counter()
                calls[name]()
                samples.append(time.perf_counter() - start)
            times[name].append(statistics.median(samples))
    return times


def paired(times, first, second):
    ratios = sorted(a / b for a, b in zip(times[first], times[second]))
    return f"{statistics.median(ratios):.2f} [{ratios[len(ratios) // 10]:.2f}, {ratios[-1 - len(ratios) // 10]:.2f}]"


def phantom(generator, height=400, width=500):
    """Speckle with a dark ellipse: a mask as a lesion gives it."""
    speckle = generator.rayleigh(60, (height + 4, width + 4))
    speckle = sum(speckle[i:i + height, j:j + width] for i in range(5) for j in range(5)) / 25
    rows, columns = numpy.mgrid[:height, :width]
    inside = ((rows - 200) / 60) ** 2 + ((columns - 250) / 90) ** 2 < 1
    return numpy.clip(numpy.where(inside, 0.3, 1.0) * speckle, 0, 255).astype(numpy.uint8)


def bench(model, folder, rounds):
    card = json.loads(subprocess.run([LANET, "models", "--json", model], check=True, capture_output=True, text=True).stdout)
    side = int(card["input_size"])
    onnx = folder / f"{pathlib.Path(model).stem}.onnx"
    run(LANET, "export", model, "--format", "onnx", "--out", onnx)
    generator = numpy.random.default_rng(1)
    picture = phantom(generator)
    image = generator.random((1, 1, side, side), dtype=numpy.float32)
    calls = {
        "ONNX Runtime fp32": onnx_runtime(onnx, image),
        "OpenVINO fp32": open_vino(onnx, image, "f32"),
        "lanet fp32": Lanet(model, "fp32", picture),
    }
    if "BF16" in openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
        calls["OpenVINO bf16"] = open_vino(onnx, image, "bf16")
        calls["lanet bf16"] = Lanet(model, "bf16", picture)
    if card["quantization"]:
        calls["lanet int8"] = Lanet(model, "int8", picture)
    times = measure(calls, rounds)
    print(f"\n{card['name']}, {side} px, one image; median ms a call [10 %, 90 % of the rounds]")
    for name, seconds in times.items():
        ordered = sorted(1e3 * value for value in seconds)
        print(f"  {name:20} {statistics.median(ordered):7.2f}  [{ordered[len(ordered) // 10]:.2f}, {ordered[-1 - len(ordered) // 10]:.2f}]")
    print("  ratios:", "lanet / OpenVINO fp32", paired(times, "lanet fp32", "OpenVINO fp32"))
    if "lanet bf16" in times:
        print("          lanet / OpenVINO bf16", paired(times, "lanet bf16", "OpenVINO bf16"))
    if "lanet int8" in times:
        print("          ONNX Runtime fp32 / lanet int8", paired(times, "ONNX Runtime fp32", "lanet int8"))


def resnet18(folder):
    run(LANET, "data", "import", ROOT / "sample", "--out", folder / "data")
    run(LANET, "data", "split", folder / "data")
    run(LANET, "train", "paper_r18_256", "--data", folder / "data", "--name", "resnet18", "--set", f"runs_folder={folder}", "--set", "weights=none",
        "--set", "stage1.epochs=0", "--set", "stage2.start=all", "--set", "stage2.epochs=1")
    model = folder / "resnet18.safetensors"
    run(LANET, "quantize", folder / "resnet18/best.safetensors", "--data", folder / "data", "--max-loss", "1", "--out", model)
    return model


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--model", action="append", default=[])
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        models = [pathlib.Path(model) for model in arguments.model] or [ROOT / "models/breast_lite0.safetensors", resnet18(folder)]
        for model in models:
            bench(model, folder, arguments.rounds)


if __name__ == "__main__":
    main()
