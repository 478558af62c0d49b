// Image coordinates: pixel (column, row) covers [column, column + 1) x [row, row + 1). Pane coordinates: CSS pixels from the
// pane's upper left corner. A View says what is looked at, whatever the pane's size: {zoom: times "fits", cx, cy: the
// point of the image in the pane's middle, 0..1}. Panes that share a View are linked.

/** Smallest and largest zoom, as times "fits". */
export const ZOOM_RANGE = [0.1, 60];

export const FITTED = Object.freeze({ zoom: 1, cx: 0.5, cy: 0.5 });

/** CSS pixels an image pixel takes where the whole image just fits into the pane. */
export function fitScale(image, pane) {
  return Math.min(pane.width / image.width, pane.height / image.height) || 1;
}

/**
 * Where the image lies in the pane: pane = image * scale + (x, y).
 * @param {{zoom: number, cx: number, cy: number}} view
 * @param {{width: number, height: number}} image in pixels
 * @param {{width: number, height: number}} pane in CSS pixels
 * @param {number} ratio device pixels a CSS pixel; the origin falls on a device pixel, so that nothing is blurred
 * @returns {{scale: number, x: number, y: number}}
 */
export function transformOf(view, image, pane, ratio = 1) {
  const scale = fitScale(image, pane) * view.zoom;
  const snap = (value) => Math.round(value * ratio) / ratio;
  return {
    scale,
    x: snap(pane.width / 2 - view.cx * image.width * scale),
    y: snap(pane.height / 2 - view.cy * image.height * scale),
  };
}

export const toImage = (transform, point) => ({
  x: (point.x - transform.x) / transform.scale,
  y: (point.y - transform.y) / transform.scale,
});

export const toPane = (transform, point) => ({
  x: point.x * transform.scale + transform.x,
  y: point.y * transform.scale + transform.y,
});

export const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

/** The view, moved so that the pane is not left empty where the image could fill it. */
export function held(view, image, pane) {
  const zoom = clamp(view.zoom, ...ZOOM_RANGE);
  const scale = fitScale(image, pane) * zoom;
  const along = (centre, size, room) => {
    const half = room / 2 / (size * scale);
    return half >= 0.5 ? 0.5 : clamp(centre, half, 1 - half);
  };
  return { zoom, cx: along(view.cx, image.width, pane.width), cy: along(view.cy, image.height, pane.height) };
}

/** The view after zooming by `factor`; what is under `point` comes under `to` (pane coordinates). */
export function zoomedAt(view, image, pane, point, factor, to = point) {
  const zoom = clamp(view.zoom * factor, ...ZOOM_RANGE);
  const fixed = toImage(transformOf(view, image, pane), point);
  const scale = fitScale(image, pane) * zoom;
  return held(
    {
      zoom,
      cx: (fixed.x - (to.x - pane.width / 2) / scale) / image.width,
      cy: (fixed.y - (to.y - pane.height / 2) / scale) / image.height,
    },
    image,
    pane,
  );
}

/** The view after the image was dragged by (dx, dy) CSS pixels. */
export function panned(view, image, pane, dx, dy) {
  const scale = fitScale(image, pane) * view.zoom;
  const moved = { ...view, cx: view.cx - dx / (image.width * scale), cy: view.cy - dy / (image.height * scale) };
  return held(moved, image, pane);
}

/**
 * Distance of two points of the image.
 * @param {{x: number, y: number} | null} spacing_mm size of a pixel in mm; null: not known
 * @returns {{value: number, unit: "mm" | "px"}}
 */
export function distance(a, b, spacing_mm) {
  const dx = (b.x - a.x) * (spacing_mm?.x ?? 1);
  const dy = (b.y - a.y) * (spacing_mm?.y ?? 1);
  return { value: Math.hypot(dx, dy), unit: spacing_mm ? "mm" : "px" };
}

/** A round length (1, 2 or 5 times a power of ten) for a scale bar that takes at most `room` CSS pixels. */
export function scaleBarLength(room, css_px_per_unit) {
  const most = room / css_px_per_unit;
  const power = 10 ** Math.floor(Math.log10(most));
  return [5, 2, 1].map((step) => step * power).find((length) => length <= most);
}
