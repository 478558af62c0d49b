import { History } from "./history.js";
import { COLOURS, fillTint } from "./paint.js";
import { canvasOf } from "./picture.js";

/** A mask that is being corrected: its pixels, its picture, and the way back. */
export class MaskEditor {
  /**
   * @param {number} width in pixels
   * @param {number} height in pixels
   * @param {Uint8Array | null} pixels what to begin with, height * width values, row by row; it is copied
   */
  constructor(width, height, pixels = null) {
    this.width = width;
    this.height = height;
    this.pixels = pixels ? pixels.slice() : new Uint8Array(width * height);
    this.canvas = canvasOf(width, height);
    this.history = new History();
    this.refresh_(this.whole_);
  }

  /** Remembers the mask as it is; commit() makes one step of all that was painted since. */
  begin() {
    this.before_ = this.pixels.slice();
  }

  /** Ends the step that begin() opened; false where nothing changed. */
  commit() {
    const [before, after] = [this.before_, this.pixels.slice()];
    this.before_ = null;
    const changed = changedArea(before, after, this.width);
    if (!changed) return false;
    const [old, now] = [cut(before, this.width, changed), cut(after, this.width, changed)];
    this.history.push({ undo: () => this.paste_(old, changed), redo: () => this.paste_(now, changed) });
    return true;
  }

  /** Takes back what was painted since begin(). */
  cancel() {
    if (!this.before_) return;
    this.pixels.set(this.before_);
    this.before_ = null;
    this.refresh_(this.whole_);
  }

  /**
   * Paints the way of a round brush: every pixel whose middle is within half of `size` of the line from a to b, and always the
   * pixel under b.
   * @param {{x: number, y: number}} a image coordinates, in pixels
   * @param {{x: number, y: number}} b
   * @param {number} size diameter in pixels
   * @param {0 | 1} value 1 adds, 0 erases
   */
  stroke(a, b, size, value) {
    const radius = size / 2;
    const area = this.held_({
      x: Math.floor(Math.min(a.x, b.x) - radius),
      y: Math.floor(Math.min(a.y, b.y) - radius),
      right: Math.ceil(Math.max(a.x, b.x) + radius),
      bottom: Math.ceil(Math.max(a.y, b.y) + radius),
    });
    for (let row = area.y; row < area.y + area.height; row++)
      for (let column = area.x; column < area.x + area.width; column++)
        if (distanceToLine(column + 0.5, row + 0.5, a, b) <= radius) this.pixels[row * this.width + column] = value;
    this.set_(b, value);
    this.refresh_(area);
  }

  /**
   * Fills the hole under a point, or erases the part under it.
   * @param {{x: number, y: number}} point image coordinates
   * @param {0 | 1} value 1 fills what is enclosed by the mask, 0 erases the connected part
   * @returns {boolean} false where nothing was done: the place is not enclosed, or not of the mask
   */
  fill(point, value) {
    const start = this.at_(point);
    if (start === null || this.pixels[start] === value) return false;
    const region = connected(this.pixels, this.width, this.height, start);
    if (value === 1 && region.touchesBorder) return false;
    for (const at of region.pixels) this.pixels[at] = value;
    this.refresh_(this.whole_);
    return true;
  }

  /** Replaces the whole mask, as one step. */
  replace(pixels) {
    this.begin();
    if (pixels) this.pixels.set(pixels);
    else this.pixels.fill(0);
    this.refresh_(this.whole_);
    return this.commit();
  }

  get whole_() {
    return { x: 0, y: 0, width: this.width, height: this.height };
  }

  at_(point) {
    const [column, row] = [Math.floor(point.x), Math.floor(point.y)];
    const inside = column >= 0 && row >= 0 && column < this.width && row < this.height;
    return inside ? row * this.width + column : null;
  }

  set_(point, value) {
    const at = this.at_(point);
    if (at !== null) this.pixels[at] = value;
  }

  held_({ x, y, right, bottom }) {
    const [left, top] = [Math.max(0, x), Math.max(0, y)];
    return { x: left, y: top, width: Math.min(this.width, right + 1) - left, height: Math.min(this.height, bottom + 1) - top };
  }

  paste_(part, area) {
    for (let row = 0; row < area.height; row++)
      this.pixels.set(part.subarray(row * area.width, (row + 1) * area.width), (area.y + row) * this.width + area.x);
    this.refresh_(area);
  }

  refresh_(area) {
    fillTint(this.canvas, this.pixels, COLOURS.truth, area);
  }
}

function distanceToLine(x, y, a, b) {
  const [dx, dy] = [b.x - a.x, b.y - a.y];
  const square = dx * dx + dy * dy;
  const along = square === 0 ? 0 : Math.min(1, Math.max(0, ((x - a.x) * dx + (y - a.y) * dy) / square));
  return Math.hypot(x - a.x - along * dx, y - a.y - along * dy);
}

/** The pixels of one value that hang together with `start` over edges. */
function connected(pixels, width, height, start) {
  const value = pixels[start];
  const seen = new Uint8Array(pixels.length);
  const found = [start];
  let touchesBorder = false;
  seen[start] = 1;
  const visit = (at) => {
    if (seen[at] || pixels[at] !== value) return;
    seen[at] = 1;
    found.push(at);
  };
  for (let next = 0; next < found.length; next++) {
    const at = found[next];
    const column = at % width;
    const row = (at - column) / width;
    if (column === 0 || row === 0 || column === width - 1 || row === height - 1) touchesBorder = true;
    if (column > 0) visit(at - 1);
    if (column < width - 1) visit(at + 1);
    if (row > 0) visit(at - width);
    if (row < height - 1) visit(at + width);
  }
  return { pixels: found, touchesBorder };
}

/** The smallest rectangle in which two masks differ; null where they are equal. */
function changedArea(before, after, width) {
  let [left, right, top, bottom] = [Infinity, -1, Infinity, -1];
  for (let at = 0; at < before.length; at++) {
    if (before[at] === after[at]) continue;
    const column = at % width;
    left = Math.min(left, column);
    right = Math.max(right, column);
    top = Math.min(top, (at - column) / width);
    bottom = (at - column) / width;
  }
  return right < 0 ? null : { x: left, y: top, width: right - left + 1, height: bottom - top + 1 };
}

function cut(pixels, width, area) {
  const part = new Uint8Array(area.width * area.height);
  for (let row = 0; row < area.height; row++) {
    const from = (area.y + row) * width + area.x;
    part.set(pixels.subarray(from, from + area.width), row * area.width);
  }
  return part;
}
