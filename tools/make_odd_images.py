#!/usr/bin/env python3
"""Writes the odd images of tests/image/data with Pillow (pip install pillow numpy): python3 tools/make_odd_images.py

Each is a form that real folders hold and that a decoder may stumble over. They are tiny, seeded and also the seed corpus of
the image fuzz targets.
"""
from pathlib import Path

import numpy
from PIL import Image

FOLDER = Path(__file__).resolve().parent.parent / "tests" / "image" / "data"


# What brings a picture back upright that is stored as an EXIF orientation says.
TURNS = {2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
         5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE,
         8: Image.Transpose.ROTATE_270}


def write_turned(colour: Image.Image) -> None:
    """turned_N.*: the colour ramp, stored so that EXIF orientation N makes it upright."""
    for orientation, turn in TURNS.items():
        exif = Image.Exif()
        exif[274] = orientation
        stored = colour.transpose(turn)
        stored.save(FOLDER / f"turned_{orientation}.jpg", quality=98, subsampling=0, exif=exif)
        stored.save(FOLDER / f"turned_{orientation}.tiff", tiffinfo={274: orientation})
        if orientation == 6:
            stored.save(FOLDER / "turned_6.png", exif=exif)
            stored.save(FOLDER / "turned_6.webp", lossless=True, exif=exif)
            pages = [stored, colour.convert("L")]
            pages[0].save(FOLDER / "turned_pages.tiff", save_all=True, append_images=pages[1:], tiffinfo={274: 6})


def write_masks() -> None:
    """mask_*: a lesion of rows 10..25, columns 12..35 in 40 x 60 px, in the forms that people store."""
    inside = numpy.zeros((40, 60), dtype=bool)
    inside[10:26, 12:36] = True
    core = numpy.zeros_like(inside)
    core[14:20, 18:28] = True

    def grey(background: int, lesion: int, dtype=numpy.uint8) -> Image.Image:
        return Image.fromarray(numpy.where(inside, lesion, background).astype(dtype))

    for background, lesion in ((0, 255), (0, 1), (0, 2), (0, 100), (3, 250), (1, 2), (255, 0)):
        grey(background, lesion).save(FOLDER / f"mask_{background}_{lesion}.png")
    for lesion in (1, 256, 65535):
        grey(0, lesion, numpy.uint16).save(FOLDER / f"mask_16bit_0_{lesion}.png")
    Image.fromarray((inside.astype(numpy.uint8) + core)).save(FOLDER / "mask_classes_0_1_2.png")
    Image.fromarray(inside.astype(numpy.float32)).save(FOLDER / "mask_float.tiff")
    grey(0, 255).save(FOLDER / "mask_jpeg.jpg", quality=60)
    grey(0, 255).resize((120, 80), Image.Resampling.BILINEAR).save(FOLDER / "mask_smooth.png")
    Image.fromarray(inside).save(FOLDER / "mask_bilevel.png")
    palette = grey(0, 1).convert("P")
    palette.putpalette([0, 0, 0, 128, 0, 0])
    palette.save(FOLDER / "mask_palette.png")
    opaque = grey(0, 255)
    for name, level in (("white", 255), ("black", 0)):
        Image.merge("LA", (Image.new("L", opaque.size, level), opaque)).save(FOLDER / f"mask_alpha_{name}.png")
    empty = Image.new("L", opaque.size, 0)
    Image.merge("RGBA", (opaque, empty, empty, Image.new("L", opaque.size, 255))).save(FOLDER / "mask_red_opaque.png")
    Image.merge("RGB", (Image.new("L", opaque.size, 255), grey(255, 0), grey(255, 0))).save(
        FOLDER / "mask_red_on_white.png")
    second = Image.fromarray(numpy.where(core, 255, 0).astype(numpy.uint8))
    first = Image.fromarray(numpy.where(inside & ~core, 255, 0).astype(numpy.uint8))
    Image.merge("RGB", (first, second, empty)).save(FOLDER / "mask_red_and_green.png")
    grey(0, 0).save(FOLDER / "mask_empty.png")
    Image.fromarray(numpy.random.default_rng(1).integers(0, 4, (40, 60)).astype(numpy.uint8)).save(
        FOLDER / "mask_empty_noise.jpg", quality=90)


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
    write_turned(colour)
    write_masks()
    colour.save(FOLDER / "lossless.webp", lossless=True)
    colour.save(FOLDER / "animated.webp", save_all=True, append_images=[grey.convert("RGB")], duration=100)
    hole = Image.merge("RGBA", (*colour.split(), grey.point(lambda value: 255 if value else 0)))
    hole.save(FOLDER / "transparent.gif")
    Image.fromarray(ramp.astype(numpy.float32) / 255).save(FOLDER / "float.tiff")
    (FOLDER / "text.png").write_text("this is no picture\n")


if __name__ == "__main__":
    main()
