/**
 * A mask's pixels from COCO's uncompressed run lengths (docs/formats.md): column by column, beginning with outside.
 * @param {{size: [number, number], counts: number[]} | null | undefined} mask size is [height, width] in pixels
 * @returns {Uint8Array | null} height * width values 0 or 1, row by row; null without mask
 * @throws {Error} where the runs do not fill the picture exactly
 */
export function decodeMask(mask) {
  if (!mask) return null;
  const [height, width] = mask.size;
  const pixels = new Uint8Array(height * width);
  let position = 0; // in columns
  mask.counts.forEach((run, index) => {
    if (index % 2 === 1) fillRun(pixels, width, height, position, run);
    position += run;
  });
  if (position !== height * width) throw new Error(`mask of ${position} pixels, expected ${height * width}`);
  return pixels;
}

function fillRun(pixels, width, height, start, run) {
  for (let position = start; position < start + run; position++)
    pixels[(position % height) * width + Math.floor(position / height)] = 1;
}

/**
 * Run lengths of a mask, as decodeMask() reads them.
 * @param {Uint8Array} pixels height * width values, 0 outside, row by row
 * @param {number} width in pixels
 * @param {number} height in pixels
 * @returns {{size: [number, number], counts: number[]}} an empty mask is one run
 */
export function encodeMask(pixels, width, height) {
  const counts = [];
  let inside = 0;
  let run = 0;
  for (let column = 0; column < width; column++) {
    for (let row = 0; row < height; row++) {
      const value = pixels[row * width + column] ? 1 : 0;
      if (value !== inside) {
        counts.push(run);
        run = 0;
        inside = value;
      }
      run++;
    }
  }
  counts.push(run);
  return { size: [height, width], counts };
}

/** Number of pixels inside; 0 for null. */
export function maskArea(pixels) {
  let area = 0;
  if (pixels) for (const value of pixels) area += value ? 1 : 0;
  return area;
}
