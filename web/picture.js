import * as api from "./api.js";
import { applyTable, isNatural, windowTable } from "./window_level.js";

/** The pixels of one frame; windowed copies are made when they are asked for, the last one is kept. */
export class Picture {
  /** @param {ImageBitmap} bitmap */
  constructor(bitmap) {
    this.bitmap = bitmap;
    this.width = bitmap.width;
    this.height = bitmap.height;
  }

  /** RGBA, 4 bytes a pixel, row by row. */
  get pixels() {
    if (!this.pixels_) {
      const context = canvasOf(this.width, this.height).getContext("2d", { willReadFrequently: true });
      context.drawImage(this.bitmap, 0, 0);
      this.pixels_ = context.getImageData(0, 0, this.width, this.height).data;
    }
    return this.pixels_;
  }

  /** Grey value 0..255 under a point of the image; null outside of it. */
  greyAt(point) {
    const [column, row] = [Math.floor(point.x), Math.floor(point.y)];
    if (column < 0 || row < 0 || column >= this.width || row >= this.height) return null;
    return this.pixels[4 * (row * this.width + column) + 1];
  }

  /** What is drawn for a window ({width, level, invert}): a bitmap or canvas of the picture's size. */
  windowed(window) {
    if (isNatural(window)) return this.bitmap;
    const key = `${window.width} ${window.level} ${window.invert}`;
    if (this.windowedKey_ !== key) {
      this.windowed_ ??= canvasOf(this.width, this.height);
      const target = new ImageData(this.width, this.height);
      applyTable(this.pixels, target.data, windowTable(window));
      this.windowed_.getContext("2d").putImageData(target, 0, 0);
      this.windowedKey_ = key;
    }
    return this.windowed_;
  }
}

/** A canvas that is not in the page. */
export function canvasOf(width, height) {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  return canvas;
}

/** Decodes a frame of an item. */
export async function loadPicture(id, frame) {
  return new Picture(await createImageBitmap(await api.frameImage(id, frame)));
}
