import { frameKey } from "./drafts.js";
import { distance, toPane } from "./geometry.js";
import { COLOURS, drawText, strokeTwice } from "./paint.js";

/** CSS pixels around an end within which it is grasped. */
const REACH = 14;

/** The measurements of the frame that is looked at: [{a, b}], points in image coordinates. */
export const measurementsOf = (state) => state.measurements[frameKey(state)] ?? [];

export function setMeasurements(store, list) {
  store.set({ measurements: { ...store.state.measurements, [frameKey(store.state)]: list } });
}

/** "12.3 mm", or "104 px" where the size of a pixel is not known. */
export function lengthText({ a, b }, spacing_mm) {
  const { value, unit } = distance(a, b, spacing_mm);
  return `${value.toFixed(1)} ${unit}`;
}

/** The tool that measures by dragging; an end of a measurement can be dragged again. */
export function createRuler(store, announce) {
  let open = null; // index of the measurement that the keyboard holds

  const put = (index, measurement) => setMeasurements(store, measurementsOf(store.state).toSpliced(index, 1, measurement));
  const speak = (index) => announce(`Measured ${lengthText(measurementsOf(store.state)[index], store.state.spacing_mm)}`);

  const grasp = (pane, point) => {
    const near = (end) => {
      const [p, q] = [toPane(pane.transform, end), toPane(pane.transform, point)];
      return Math.hypot(p.x - q.x, p.y - q.y) <= REACH;
    };
    const list = measurementsOf(store.state);
    const index = list.findIndex(({ a, b }) => near(a) || near(b));
    if (index < 0) return { index: list.length, fixed: point };
    return { index, fixed: near(list[index].a) ? list[index].b : list[index].a };
  };

  return {
    start(pane, point) {
      const before = measurementsOf(store.state);
      const { index, fixed } = grasp(pane, point);
      return {
        move: (now) => put(index, { a: fixed, b: now }),
        end: () => {
          if (measurementsOf(store.state)[index]) speak(index);
        },
        cancel: () => setMeasurements(store, before),
      };
    },
    press(point) {
      if (open === null) {
        open = measurementsOf(store.state).length;
        put(open, { a: point, b: point });
        announce("Ruler set down. Move with the arrow keys, Enter ends.");
      } else {
        speak(open);
        open = null;
      }
    },
    cursorMoved(from, to) {
      const held = open === null ? null : measurementsOf(store.state)[open];
      if (held) put(open, { ...held, b: to });
    },
    leave: () => (open = null),
  };
}

/** Draws the measurements of the frame. The context is in image coordinates. */
export function drawMeasurements(context, pane, state) {
  const { scale } = pane.transform;
  for (const measurement of measurementsOf(state)) {
    const { a, b } = measurement;
    const path = new Path2D();
    path.moveTo(a.x, a.y);
    path.lineTo(b.x, b.y);
    for (const end of [a, b]) addTick(path, a, b, end, 6 / scale);
    strokeTwice(context, path, COLOURS.ruler, 1.5, scale);
    const right = a.x > b.x ? a : b;
    drawText(context, lengthText(measurement, state.spacing_mm), right.x + 8 / scale, right.y + 4 / scale, COLOURS.ruler, scale);
  }
}

/** A stroke across the line's end. */
function addTick(path, a, b, end, half) {
  const length = Math.hypot(b.x - a.x, b.y - a.y) || 1;
  const [nx, ny] = [(-(b.y - a.y) / length) * half, ((b.x - a.x) / length) * half];
  path.moveTo(end.x - nx, end.y - ny);
  path.lineTo(end.x + nx, end.y + ny);
}
