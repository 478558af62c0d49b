import { draftChanged, draftOf, editorOf } from "./drafts.js";
import { COLOURS, strokeTwice } from "./paint.js";

/** Brush sizes in image pixels. */
export const BRUSH_SIZES = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96];

/** The next size up (+1) or down (-1). */
export function nextSize(size, direction) {
  const larger = BRUSH_SIZES.filter((known) => (direction > 0 ? known > size : known < size));
  return (direction > 0 ? larger[0] : larger.at(-1)) ?? size;
}

/** The tool that corrects the mask: adds, erases, fills holes. */
export function createBrush(store, announce) {
  let penDown = null; // the editor in which the keyboard paints

  const value = () => (store.state.brush.mode === "erase" ? 0 : 1);

  const fill = (point) => {
    const editor = editorOf(store);
    if (!editor) return;
    editor.begin();
    const filled = editor.fill(point, 1);
    if (filled) editor.commit();
    else editor.cancel();
    draftChanged(store);
    announce(filled ? "Filled." : "Nothing to fill here: click into a hole that the mask encloses on all sides.", !filled);
  };

  const paint = (pane, editor, from, to) => {
    editor.stroke(from, to, store.state.brush.size, value());
    pane.redraw();
  };

  const stroke = (pane, point) => {
    const editor = editorOf(store);
    if (!editor) return null;
    let last = point;
    editor.begin();
    paint(pane, editor, point, point);
    return {
      move: (now) => {
        paint(pane, editor, last, now);
        last = now;
      },
      end: () => {
        editor.commit();
        draftChanged(store);
      },
      cancel: () => {
        editor.cancel();
        draftChanged(store);
      },
    };
  };

  const liftPen = () => {
    const editor = penDown;
    penDown = null;
    if (editor?.commit()) draftChanged(store);
  };

  return {
    start(pane, point) {
      if (store.state.brush.mode !== "fill") return stroke(pane, point);
      fill(point);
      return { move() {}, end() {}, cancel() {} };
    },
    press(point, pane) {
      if (store.state.brush.mode === "fill") return fill(point);
      if (penDown) {
        liftPen();
        return announce("Brush lifted.");
      }
      const editor = editorOf(store);
      if (!editor) return;
      penDown = editor;
      editor.begin();
      paint(pane, editor, point, point);
      announce("Brush down. The arrow keys paint, Enter lifts.");
    },
    cursorMoved(from, to, pane) {
      if (penDown) paint(pane, penDown, from, to);
    },
    leave: liftPen,
  };
}

/** Takes back (or does again) the last step of the frame's mask; false where there is none. */
export function stepHistory(store, what) {
  const editor = draftOf(store.state)?.editor;
  const done = editor ? editor.history[what]() : false;
  if (done) draftChanged(store);
  return done;
}

/** The brush's outline around a point. The context is in image coordinates. */
export function drawBrush(context, pane, point, { mode, size }) {
  const { scale } = pane.transform;
  const path = new Path2D();
  if (mode === "fill") {
    path.moveTo(point.x - 8 / scale, point.y);
    path.lineTo(point.x + 8 / scale, point.y);
    path.moveTo(point.x, point.y - 8 / scale);
    path.lineTo(point.x, point.y + 8 / scale);
  } else path.arc(point.x, point.y, Math.max(size / 2, 2 / scale), 0, 2 * Math.PI);
  strokeTwice(context, path, mode === "erase" ? [255, 255, 255] : COLOURS.truth, 1.5, scale, mode === "erase" ? [4, 3] : []);
}
