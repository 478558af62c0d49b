/** Grey values as they come: every value is shown as it is. */
export const NATURAL_WINDOW = Object.freeze({ width: 255, level: 127.5, invert: false });

export const isNatural = ({ width, level, invert }) => width === 255 && level === 127.5 && !invert;

/**
 * What each grey value becomes: black below level - width / 2, white above level + width / 2, even in between.
 * @param {{width: number, level: number, invert: boolean}} window in grey values, 0..255
 * @returns {Uint8ClampedArray} 256 values
 */
export function windowTable({ width, level, invert }) {
  const table = new Uint8ClampedArray(256);
  for (let value = 0; value < 256; value++) {
    const share = (value - (level - width / 2)) / Math.max(width, 1);
    table[value] = 255 * (invert ? 1 - share : share);
  }
  return table;
}

/**
 * Windows RGBA pixels.
 * @param {Uint8ClampedArray} source 4 bytes a pixel
 * @param {Uint8ClampedArray} target as long; alpha becomes 255
 * @param {Uint8ClampedArray} table of windowTable()
 */
export function applyTable(source, target, table) {
  for (let at = 0; at < source.length; at += 4) {
    target[at] = table[source[at]];
    target[at + 1] = table[source[at + 1]];
    target[at + 2] = table[source[at + 2]];
    target[at + 3] = 255;
  }
}

/**
 * The window from the 1st to the 99th hundredth of the grey values; black (what surrounds the sector) is not counted.
 * @param {Uint8ClampedArray} rgba 4 bytes a pixel
 */
export function automaticWindow(rgba) {
  const counts = new Uint32Array(256);
  for (let at = 0; at < rgba.length; at += 4) counts[rgba[at + 1]]++;
  counts[0] = 0;
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return NATURAL_WINDOW;
  const low = quantile(counts, total * 0.01);
  const high = Math.max(quantile(counts, total * 0.99), low + 1);
  return { width: high - low, level: (high + low) / 2, invert: false };
}

function quantile(counts, rank) {
  let seen = 0;
  for (let value = 0; value < 256; value++) {
    seen += counts[value];
    if (seen >= rank) return value;
  }
  return 255;
}
