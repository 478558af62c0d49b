import * as api from "./api.js";
import { remembered } from "./cache.js";
import { contourPath } from "./contour.js";
import { loadPicture } from "./picture.js";
import { decodeMask } from "./rle.js";

// Everything that panes show, by item, frame and model; the last ones stay in memory.

export const pictureOf = remembered(96, loadPicture);

export const findingOf = remembered(400, async (id, frame, model) => {
  const finding = await api.finding(id, frame, model);
  return { ...finding, layer: maskLayer(finding.mask) };
});

export const heatOf = remembered(64, (id, frame, className, model) => api.heat(id, frame, className, model));

export const labelOf = remembered(400, async (id, frame) => {
  const label = await api.label(id, frame);
  return label && { ...label, layer: maskLayer(label.mask) };
});

/**
 * A mask as panes draw it: {width, height, pixels, path}; null without mask.
 * @param {{size: [number, number], counts: number[]} | null | undefined} mask
 */
export function maskLayer(mask) {
  if (!mask) return null;
  const [height, width] = mask.size;
  return layerOfPixels(decodeMask(mask), width, height);
}

/** @param {Uint8Array} pixels height * width values, row by row */
export function layerOfPixels(pixels, width, height) {
  return { width, height, pixels, path: contourPath(pixels, width, height) };
}

/** Drops what is remembered of an item's truth (it was saved or removed). */
export const forgetLabel = (id) => labelOf.forget(id);
