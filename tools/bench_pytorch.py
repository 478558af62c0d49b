#!/usr/bin/env python3
"""A training step of lanet against PyTorch: same machine, same wheel, alternating, median ratio with its spread.

    .venv/bin/python tools/bench_pytorch.py [--isa avx2 | all] [--rounds 7] [--only lite0] [--precision fp32] [--compile]
    .venv/bin/python tools/bench_pytorch.py --epoch data/busi_authors --split split.csv

PyTorch gets what makes it fast: channels_last, fused Adam, bf16 autocast; with --compile also torch.compile. A step is stage 2: eight
images of 256 px, forward, hybrid loss, backward, Adam. Steps before the timed ones warm both sides up. --isa lets neither side take
a better instruction set (our kernels, LibTorch's, oneDNN's and MKL's alike); all: one table for each that the processor has.
Without --precision: fp32, and bf16 where the instruction set computes it natively. Builds build/release/bin/lanet-bench first where
it is missing.

--epoch measures a whole epoch of ResNet-18 + LA-Net the way the authors' code goes: one process that decodes and augments every image in
every epoch, fp32, plain Adam, then the validation images. Compare with the seconds that `lanet train paper_r18_256` prints for the
same data and split.
"""
import argparse
import csv
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time
import tomllib

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))
import instruction_sets  # noqa: E402

# LibTorch, oneDNN and MKL read their limits when they are loaded.
instruction_sets.limit_this_process(sys.argv)

import numpy  # noqa: E402
import torch  # noqa: E402
from PIL import Image  # noqa: E402

import parity_reference  # noqa: E402

BATCH, SIDE, STEPS = 8, 256, 6
COMMON = {
    "head": "la_net", "channel_attention": True, "spatial_attention": True, "mask_attention": True, "spatial_form": "conv7",
    "sharing": "per_level", "rmtl_decoder": "deconvolution",
}
NETWORKS = {
    "resnet18": {"backbone": "resnet18", "mask_level": 4, "fusion_resize": "bilinear_corners", "scaling": "zero_one", "stem_channels": 3},
    "lite0": {"backbone": "efficientnet_lite0", "mask_level": 2, "fusion_resize": "area", "scaling": "zero_one", "stem_channels": 1},
}
LOSS = {
    "class_weight": 0.5, "unlabelled_weight": 0.1, "keep_confidence": 0.8, "pseudo": "threshold", "normalise": "present", "dice_weight": 0.0,
}


class PyTorchStep:
    def __init__(self, network, precision, compiled):
        torch.manual_seed(1)
        self.bf16 = precision == "bf16"
        self.network = parity_reference.Network({**COMMON, **NETWORKS[network]}, 2).to(memory_format=torch.channels_last).train()
        self.forward = torch.compile(self.network) if compiled else self.network
        self.adam = torch.optim.Adam(self.network.parameters(), lr=1e-3, fused=True)
        self.images = torch.rand(BATCH, 1, SIDE, SIDE).contiguous(memory_format=torch.channels_last)
        self.masks = (torch.rand(BATCH, 1, SIDE, SIDE) > 0.8).float()
        self.classes = torch.arange(BATCH) % 2
        self.has_label = torch.ones(BATCH, dtype=torch.bool)

    def step(self):
        self.adam.zero_grad(set_to_none=True)
        with torch.autocast("cpu", torch.bfloat16, enabled=self.bf16):
            _, masks, classes = self.forward(self.images)
        loss = parity_reference.hybrid_loss(classes.float(), masks.float(), self.classes, self.masks, self.has_label, LOSS)[0]
        loss.backward()
        self.adam.step()

    def seconds(self):
        self.step()
        times = []
        for _ in range(STEPS):
            start = time.perf_counter()
            self.step()
            times.append(time.perf_counter() - start)
        return statistics.median(times)


def read_images(data, split):
    """(image path, mask path, class number) of the train and the val images of a data folder with a list of id and subset."""
    subsets = {row["id"]: row["subset"] for row in csv.DictReader(open(split))}
    root = data / tomllib.loads((data / "lanet-dataset.toml").read_text())["image_root"]
    found = {"train": [], "val": []}
    for row in csv.DictReader(open(data / "lanet-dataset.csv")):
        if subsets.get(row["id"]) in found:
            paths = [root / row["image"], root / row["masks"].split(";")[0]]
            found[subsets[row["id"]]].append((*paths, int(row["class"] == "malignant")))
    return found["train"], found["val"]


def prepared(images, augment):
    """A batch: decoded, resized, perhaps turned and mirrored."""
    tensors, masks = [], []
    for image, mask, _ in images:
        pair = [Image.open(image).convert("L").resize((SIDE, SIDE), Image.BILINEAR), Image.open(mask).convert("L").resize((SIDE, SIDE))]
        if augment:
            angle = float(torch.empty(1).uniform_(-30, 30))
            pair = [picture.rotate(angle) for picture in pair]
            if torch.rand(1) < 0.5:
                pair = [picture.transpose(Image.FLIP_LEFT_RIGHT) for picture in pair]
        tensors.append(torch.from_numpy(numpy.asarray(pair[0], dtype=numpy.float32) / 255)[None])
        masks.append(torch.from_numpy(numpy.asarray(pair[1], dtype=numpy.float32) > 127).float()[None])
    return torch.stack(tensors), torch.stack(masks), torch.tensor([label for _, _, label in images])


def authors_epoch(data, split):
    """Seconds of an epoch: training images, then validation images."""
    train, val = read_images(data, split)
    network = parity_reference.Network({**COMMON, **NETWORKS["resnet18"]}, 2)
    adam = torch.optim.Adam(network.parameters(), lr=1e-4)
    start = time.perf_counter()
    for learns, images in ((True, train), (False, val)):
        network.train(learns)
        for first in range(0, len(images), BATCH):
            tensors, masks, classes = prepared(images[first : first + BATCH], learns)
            with torch.set_grad_enabled(learns):
                _, mask_logits, class_logits = network(tensors)
                has_label = torch.ones(len(classes), dtype=torch.bool)
                loss = parity_reference.hybrid_loss(class_logits, mask_logits, classes, masks, has_label, LOSS)[0]
            if learns:
                adam.zero_grad()
                loss.backward()
                adam.step()
    return time.perf_counter() - start, len(train), len(val)


def ours(network, precision, options):
    """Seconds of a step, and how many of its kernels are lanet's own and LibTorch's."""
    command = [str(instruction_sets.BENCH), f"--benchmark_filter=TrainStep/{network}_{precision}/", "--benchmark_format=json",
               "--benchmark_min_time=2", *options]
    result = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)["benchmarks"][0]
    return result["real_time"] / 1e3, int(result["own_kernels"]), int(result["library_kernels"])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", choices=sorted(NETWORKS))
    parser.add_argument("--isa", help="avx512bf16, avx512, avx2, plain, or all: one table for each that the processor has")
    parser.add_argument("--kernels", choices=("auto", "own", "library"), default="auto", help="compute.kernels of lanet")
    parser.add_argument("--precision", choices=("fp32", "bf16"), action="append")
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("--epoch", type=pathlib.Path, help="data folder: measure an epoch the authors' way")
    parser.add_argument("--split", type=pathlib.Path, help="with --epoch: list of id and subset (default: split.csv in the data folder)")
    arguments = parser.parse_args()
    if arguments.epoch:
        seconds, train, val = authors_epoch(arguments.epoch, arguments.split or arguments.epoch / "split.csv")
        print(f"{seconds:.1f} s for {train} training and {val} validation images")
        return
    if arguments.isa == "all":
        sys.exit(instruction_sets.once_each(sys.argv))
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    options = [f"--kernels={arguments.kernels}"] + ([f"--isa={arguments.isa}"] if arguments.isa else [])
    isa = arguments.isa or instruction_sets.here()[0]
    print(f"| step, batch {BATCH}, {SIDE} px, {isa} | PyTorch, s | lanet, s | ratio, median [lowest, highest] | kernels: own, LibTorch's |"
          "\n|---|---:|---:|---|---:|")
    for network in [arguments.only] if arguments.only else NETWORKS:
        for precision in arguments.precision or ["fp32"] + ["bf16"] * (isa == "avx512bf16"):
            for compiled in (False, True) if arguments.compile else (False,):
                theirs = PyTorchStep(network, precision, compiled)
                theirs.seconds()
                rounds = [(theirs.seconds(), *ours(network, precision, options)) for _ in range(arguments.rounds)]
                ratios = sorted(their / our for their, our, *_ in rounds)
                print(f"| {network}, {precision}{', torch.compile' if compiled else ''} | {statistics.median(r[0] for r in rounds):.3f} | "
                      f"{statistics.median(r[1] for r in rounds):.3f} | {statistics.median(ratios):.2f} [{ratios[0]:.2f}, {ratios[-1]:.2f}] | "
                      f"{rounds[-1][2]}, {rounds[-1][3]} |", flush=True)


if __name__ == "__main__":
    main()
