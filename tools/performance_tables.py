#!/usr/bin/env python3
"""The tables of docs/performance.md that say where the time goes: profile of a step, the machine's limits, size of pictures and data sets.

    .venv/bin/python tools/performance_tables.py [--part profile|limits|pixels|images ...] [--isa avx2 | all]

Prints Markdown. `./run bench` runs it at its end. Every figure has a process of its own, so that peak memory is its own too. --isa lets
our kernels and the libraries take no better instruction set; all: the tables for each that the processor has. Builds
build/release/bin/lanet-bench first where it is missing.
"""
import argparse
import collections
import json
import os
import pathlib
import sys
import tempfile

import instruction_sets

STEPS_IN_TRACE = 5  # bench/lanet_bench.cpp
MIN_TIME = 2  # seconds a figure

# A profile's line takes every operator whose name has one of these words; the first that fits counts.
KINDS = {
    "depthwise convolution (own kernels)": ("lanet::depthwise", "DepthwiseFunction"),
    "normalization, activation, addition (own kernels)": ("lanet::norm", "NormActivationFunction"),
    "stem (own kernels)": ("lanet::stem", "StemFunction"),
    "pooling of the attention (own kernels)": ("lanet::pool", "PoolFunction"),
    "convolution and its gradients as matrix products (oneDNN)": ("conv", "Conv", "mkldnn", "addmm", "aten::mm", "linear", "lanet::unfold", "col2im", "im2col"),
    "Adam": ("fused_adam",),
    "copies and changes of type or layout": ("copy", "contiguous", "aten::to", "aten::_to", "clone", "ToCopy"),
    "zeroes and sums": ("zero", "fill", "aten::add", "aten::sum", "AccumulateGrad"),
}


def bench(name, **environment):
    """name -> the benchmarks that fit it, as google-benchmark's JSON has them."""
    os.environ.update(environment)
    isa = [f"--isa={instruction_sets.asked_for(sys.argv)}"] if instruction_sets.asked_for(sys.argv) else []
    text = instruction_sets.bench(f"--benchmark_filter=^{name}", "--benchmark_format=json", f"--benchmark_min_time={MIN_TIME}", *isa)
    for variable in environment:
        del os.environ[variable]
    return {line["name"].removesuffix("/real_time").split("/iterations")[0]: line for line in json.loads(text)["benchmarks"]}


def only(name):
    return next(iter(bench(name).values()))


def self_times(events):
    """Operator -> microseconds without those of the operators that it calls."""
    own = collections.Counter()
    by_thread = collections.defaultdict(list)
    for event in events:
        if event.get("ph") == "X":
            by_thread[event["tid"]].append((event["ts"], -event["dur"], event["name"]))
    for spans in by_thread.values():
        open_spans = []  # (end, name)
        for start, minus_length, name in sorted(spans):
            while open_spans and open_spans[-1][0] <= start:
                open_spans.pop()
            if open_spans:
                own[open_spans[-1][1]] += minus_length
            own[name] -= minus_length
            open_spans.append((start - minus_length, name))
    return own


def kind_of(name):
    return next((kind for kind, words in KINDS.items() if any(word in name for word in words)), "everything else that was recorded")


def precision():
    """Of the steps that are called "auto"."""
    return "bf16" if (instruction_sets.asked_for(sys.argv) or instruction_sets.here()[0]) == "avx512bf16" else "fp32"


def profile():
    print("\n| share of a step | " + " | ".join(f"{network} + LA-Net, {precision()}" for network in ("ResNet-18", "Lite0")) + " |\n|---|---:|---:|")
    shares, totals = [], []
    for name in ("resnet18_auto", "lite0_auto"):
        with tempfile.TemporaryDirectory() as folder:
            trace = pathlib.Path(folder) / "trace.json"
            step_us = 1e3 * next(iter(bench(f"TrainStep/{name}/", LANET_TRACE=str(trace)).values()))["real_time"]
            own = self_times(json.loads(trace.read_text()))
        kinds = collections.Counter()
        for operator, microseconds in own.items():
            kinds[kind_of(operator)] += microseconds
        recorded = sum(kinds.values())
        shares.append({kind: microseconds / recorded for kind, microseconds in kinds.items()})
        totals.append((step_us / 1e6, recorded / STEPS_IN_TRACE / 1e6))
    for kind in sorted(set(shares[0]) | set(shares[1]), key=lambda kind: -shares[0].get(kind, 0) - shares[1].get(kind, 0)):
        print(f"| {kind} | " + " | ".join(f"{100 * share.get(kind, 0):.0f} %" for share in shares) + " |")
    print("| a step, s | " + " | ".join(f"{step:.3f}" for step, _ in totals) + " |")
    print("| recorded of it, s (recording costs time) | " + " | ".join(f"{recorded:.3f}" for _, recorded in totals) + " |")


def limits():
    results = bench("Kernel/")
    value = lambda name, unit: results[f"Kernel/{name}"][unit]
    isa = instruction_sets.asked_for(sys.argv) or instruction_sets.here()[0]
    heads = [f"{kind}{head}" for kind in ("fp32", "bf16") for head in ("", ", share of the limit", ", LibTorch")]
    print(f"\n| kernel, 8 images, {isa} | " + " | ".join(heads) + " |\n|---|" + 6 * "---:|")
    rows = [("copy: the memory's limit", "copy", "GiB/s", "copy", ""), ("multiply-adds in registers: the processor's limit", "peak", "GFLOP/s", "peak", ""),
            ("matrix product 2048³", "matmul", "GFLOP/s", "peak", ""), ("convolution 3 × 3, 64 → 64, 64 × 64 (oneDNN)", "convolution", "GFLOP/s", "peak", ""),
            ("depthwise 3 × 3, 144 channels, 64 × 64", "depthwise", "GiB/s", "copy", ""), ("… backward", "depthwise", "GiB/s", "copy", "_back"),
            ("stem 7 × 7, 1 → 64, 128 × 128 (sums in fp32)", "stem", "GFLOP/s", "peak", ""), ("… weights' gradient", "stem", "GFLOP/s", "peak", "_back"),
            ("normalization + ReLU6", "norm", "GiB/s", "copy", ""), ("… training, backward", "norm", "GiB/s", "copy", "_back"),
            ("mean and maximum over pixels, 128 channels, 64 × 64", "pool", "GiB/s", "copy", ""), ("… backward", "pool", "GiB/s", "copy", "_back"),
            ("mean and maximum over channels", "pool_channels", "GiB/s", "copy", ""), ("… backward", "pool_channels", "GiB/s", "copy", "_back"),
            ("3 × 3 to one channel", "squeeze", "GiB/s", "copy", ""), ("… backward", "squeeze", "GiB/s", "copy", "_back")]
    for title, kernel, unit, limit, ending in rows:
        cells = []
        for kind in ("fp32", "bf16"):
            reached = value(f"{kernel}_{kind}{ending}", unit)
            library = results.get(f"Kernel/{kernel}_{kind}{ending}_library")
            cells += [f"{reached:.1f} {unit}", "" if kernel == limit else f"{100 * reached / value(f'{limit}_{kind}', unit):.0f} %",
                      f"{library[unit]:.1f} {unit}" if library else ""]
        print(f"| {title} | " + " | ".join(cells) + " |")


def pixels():
    names = {128: "side128", 256: "lite0_auto", 384: "side384", 512: "side512"}
    steps = {side: only(f"TrainStep/{name}/") for side, name in names.items()}
    print(f"\n| Lite0 + LA-Net, batch 8, {precision()} | " + " | ".join(f"{side} px" for side in names) + " |\n|---|" + "---:|" * len(names))
    print("| step, s | " + " | ".join(f"{step['real_time'] / 1e3:.3f}" for step in steps.values()) + " |")
    print("| µs a pixel | " + " | ".join(f"{1e3 * step['real_time'] / (8 * side * side):.2f}" for side, step in steps.items()) + " |")
    print("| peak memory, MiB | " + " | ".join(f"{step['peak_MiB']:,.0f}" for step in steps.values()) + " |")


def images():
    counts = (100, 1000, 20000)
    loads = [only(f"LoadCache/{count}/") for count in counts]
    print("\n| images decoded into the cache (256 px) | " + " | ".join(f"{count:,}" for count in counts) + " |\n|---|" + "---:|" * len(counts))
    print("| s | " + " | ".join(f"{load['real_time']:.2f}" for load in loads) + " |")
    print("| images/s | " + " | ".join(f"{load['items_per_second']:.0f}" for load in loads) + " |")
    print("| peak memory, MiB | " + " | ".join(f"{load['peak_MiB']:,.0f}" for load in loads) + " |")


PARTS = {"profile": profile, "limits": limits, "pixels": pixels, "images": images}


def main():
    global MIN_TIME
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--part", action="append", choices=PARTS, help="only this; may be repeated")
    parser.add_argument("--isa", help="avx512bf16, avx512, avx2, plain, or all: the tables for each that the processor has")
    parser.add_argument("--seconds", type=float, default=MIN_TIME, help="measured a figure")
    arguments = parser.parse_args()
    if arguments.isa == "all":
        sys.exit(instruction_sets.once_each(sys.argv))
    MIN_TIME = arguments.seconds
    for part in arguments.part or PARTS:
        PARTS[part]()


if __name__ == "__main__":
    main()
