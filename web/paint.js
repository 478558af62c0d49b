import { canvasOf } from "./picture.js";

/** The colours of the layers; style.css has the same under --model and --truth. */
export const COLOURS = Object.freeze({ model: [255, 154, 46], truth: [61, 220, 132], ruler: [255, 230, 90] });

export const css = ([red, green, blue], alpha = 1) => `rgb(${red} ${green} ${blue} / ${alpha})`;

const tints = new WeakMap();

/** A canvas of the mask's size, in one colour where the mask is; remembered for as long as the mask is. */
export function tint(layer, colour) {
  const known = tints.get(layer)?.get(colour);
  if (known) return known;
  const canvas = canvasOf(layer.width, layer.height);
  fillTint(canvas, layer.pixels, colour, { x: 0, y: 0, width: layer.width, height: layer.height });
  if (!tints.has(layer)) tints.set(layer, new Map());
  tints.get(layer).set(colour, canvas);
  return canvas;
}

/** Brings a part of a tint up to date with the mask's pixels (row by row, as wide as the canvas). */
export function fillTint(canvas, pixels, [red, green, blue], area) {
  if (area.width <= 0 || area.height <= 0) return;
  const image = new ImageData(area.width, area.height);
  for (let row = 0; row < area.height; row++) {
    for (let column = 0; column < area.width; column++) {
      if (!pixels[(area.y + row) * canvas.width + area.x + column]) continue;
      image.data.set([red, green, blue, 255], 4 * (row * area.width + column));
    }
  }
  canvas.getContext("2d").putImageData(image, area.x, area.y);
}

/** Draws a tint, exactly on the image's pixels. The context is in image coordinates. */
export function drawTint(context, canvas, opacity) {
  context.save();
  context.imageSmoothingEnabled = false;
  context.globalAlpha = opacity;
  context.drawImage(canvas, 0, 0);
  context.restore();
}

/** Strokes a path with a dark edge, so that it is seen on any grey. Widths are CSS pixels. */
export function strokeTwice(context, path, colour, width, scale, dash = []) {
  context.save();
  context.lineJoin = "round";
  context.strokeStyle = "rgb(0 0 0 / .55)";
  context.lineWidth = (width + 2) / scale;
  context.setLineDash(dash.map((length) => length / scale));
  context.stroke(path);
  context.strokeStyle = css(colour);
  context.lineWidth = width / scale;
  context.stroke(path);
  context.restore();
}

/** Boxes around the lesions of a finding, numbered where there are several. The context is in image coordinates. */
export function drawBoxes(context, lesions, scale) {
  lesions.forEach((lesion, index) => {
    const [x1, y1, x2, y2] = lesion.box_xyxy;
    const path = new Path2D();
    path.rect(x1, y1, x2 - x1, y2 - y1);
    strokeTwice(context, path, COLOURS.model, 1.5, scale, [6, 4]);
    if (lesions.length > 1) drawText(context, `${index + 1}`, x1, y1 - 4 / scale, COLOURS.model, scale);
  });
}

/** Text with a dark edge; x, y is its lower left corner in image coordinates. */
export function drawText(context, text, x, y, colour, scale, pixels = 14) {
  context.save();
  context.translate(x, y);
  context.scale(1 / scale, 1 / scale);
  context.font = `600 ${pixels}px system-ui, sans-serif`;
  context.lineJoin = "round";
  context.lineWidth = 4;
  context.strokeStyle = "rgb(0 0 0 / .8)";
  context.strokeText(text, 0, 0);
  context.fillStyle = css(colour);
  context.fillText(text, 0, 0);
  context.restore();
}

// Viridis, as five of its colours.
const HEAT_STOPS = [
  [68, 1, 84],
  [59, 82, 139],
  [33, 145, 140],
  [94, 201, 98],
  [253, 231, 37],
];

/** Colour of a heat value 0..1: [red, green, blue, alpha], 0..255; small values fade out. */
export function heatColour(value) {
  const place = Math.min(Math.max(value, 0), 1) * (HEAT_STOPS.length - 1);
  const below = Math.min(Math.floor(place), HEAT_STOPS.length - 2);
  const mix = (channel) => HEAT_STOPS[below][channel] + (place - below) * (HEAT_STOPS[below + 1][channel] - HEAT_STOPS[below][channel]);
  return [mix(0), mix(1), mix(2), 255 * Math.min(1, value * 1.6)];
}

/** Draws a heat map ({height, width, region, values}) over its region, smooth between the middles of its cells. */
export function drawHeat(context, heat, opacity) {
  const canvas = canvasOf(heat.width, heat.height);
  const image = new ImageData(heat.width, heat.height);
  heat.values.forEach((value, cell) => image.data.set(heatColour(value), 4 * cell));
  canvas.getContext("2d").putImageData(image, 0, 0);
  const [x1, y1, x2, y2] = heat.region;
  context.save();
  context.globalAlpha = opacity;
  context.imageSmoothingEnabled = true;
  context.imageSmoothingQuality = "high";
  context.drawImage(canvas, x1, y1, x2 - x1, y2 - y1);
  context.restore();
}
