#!/usr/bin/env python3
"""Pictures that hold no lesion, to see what a model makes of them: phantoms as they are drawn for tests of scanners.

    .venv/bin/python tools/make_negatives.py OUT [--count 40] [--seed 1]
    lanet predict breast_lite0 OUT --out findings

Speckle (smoothed Rayleigh noise) that fades with depth, in bright layers, with wires (bright points) or with a dark cylinder with a sharp border,
which looks like a cyst: as a quarter of the pictures each.
"""
import argparse
import pathlib
import struct
import zlib

import numpy


def write_png(path, pixels):
    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    height, width = pixels.shape
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def speckle(generator, height, width):
    noise = generator.rayleigh(60, (height + 4, width + 4))
    return sum(noise[i:i + height, j:j + width] for i in range(5) for j in range(5)) / 25


def phantom(generator, kind):
    height, width = int(generator.integers(300, 600)), int(generator.integers(400, 800))
    rows, columns = numpy.mgrid[:height, :width]
    picture = speckle(generator, height, width) * numpy.exp(-generator.uniform(0, 1) * rows / height)
    if kind == "layers":
        for _ in range(4):
            top, thickness, slope = generator.uniform(0, height), generator.uniform(4, 30), generator.uniform(-0.1, 0.1)
            picture = numpy.where(abs(rows - top - slope * columns) < thickness / 2, 1.6 * picture, picture)
    if kind == "wires":
        for _ in range(12):
            row, column = generator.uniform(0, height), generator.uniform(0, width)
            picture = picture + 200 * numpy.exp(-(((rows - row) / 2) ** 2 + ((columns - column) / 5) ** 2))
    if kind == "cylinder":
        row, column, radius = generator.uniform(0.3, 0.7) * height, generator.uniform(0.3, 0.7) * width, generator.uniform(20, 90)
        picture = numpy.where((rows - row) ** 2 + (columns - column) ** 2 < radius**2, 0.1 * picture, picture)
    return numpy.clip(picture, 0, 255).astype(numpy.uint8)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    generator = numpy.random.default_rng(arguments.seed)
    kinds = ("plain", "layers", "wires", "cylinder")
    for number in range(arguments.count):
        kind = kinds[number % len(kinds)]
        write_png(arguments.out / f"{kind}_{number:03d}.png", phantom(generator, kind))


if __name__ == "__main__":
    main()
