#!/usr/bin/env python3
"""Writes the odd images of tests/image/data with Pillow (pip install pillow numpy): python3 tools/make_odd_images.py

Each is a form that real folders hold and that a decoder may stumble over. They are tiny, seeded and also the seed corpus of
the image fuzz targets.
"""
from pathlib import Path

import numpy
from PIL import Image

FOLDER = Path(__file__).resolve().parent.parent / "tests" / "image" / "data"


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    ramp = numpy.add.outer(numpy.arange(8) * 16, numpy.arange(12) * 8).astype(numpy.uint8)
    grey = Image.fromarray(ramp)
    colour = Image.merge("RGB", (grey, grey.point(lambda value: 255 - value), grey))
    grey.save(FOLDER / "grey8.png")
    Image.fromarray(ramp.astype(numpy.uint16) * 257).save(FOLDER / "grey16.png")
    colour.convert("CMYK").save(FOLDER / "cmyk.jpg", quality=95)
    colour.save(FOLDER / "progressive.jpg", quality=95, progressive=True)
    colour.quantize(16).save(FOLDER / "palette.png")
    grey.convert("1").save(FOLDER / "bilevel.png")
    Image.merge("LA", (grey, Image.new("L", grey.size, 255))).save(FOLDER / "grey_alpha.png")
    Image.merge("RGBA", (*colour.split(), grey)).save(FOLDER / "colour_alpha.png")
    other = grey.point(lambda value: 255 - value)
    grey.save(FOLDER / "animated.png", save_all=True, append_images=[other], duration=100)
    grey.save(FOLDER / "animated.gif", save_all=True, append_images=[other], duration=100)
    grey.save(FOLDER / "pages.tiff", save_all=True, append_images=[other])
    colour.save(FOLDER / "packed.tiff", compression="tiff_lzw")
    colour.save(FOLDER / "colour.bmp")
    Image.new("L", (1, 1), 77).save(FOLDER / "one_pixel.png")
    Image.new("L", (30000, 1), 10).save(FOLDER / "wide30000.png")
    Image.new("L", (30001, 1), 10).save(FOLDER / "wide30001.png")
    (FOLDER / "text.png").write_text("this is no picture\n")


if __name__ == "__main__":
    main()
