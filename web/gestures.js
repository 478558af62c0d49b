/**
 * Turns pointers, wheel and trackpad over a pane into what they mean.
 * @param {import("./pane.js").Pane} pane
 * @param {object} meaning
 * @param {(point: {x: number, y: number}, factor: number, to?: {x: number, y: number}) => void} meaning.zoom about a point in the
 *   pane, which goes to another where it is given
 * @param {(dx: number, dy: number) => void} meaning.pan by CSS pixels
 * @param {(dx: number, dy: number) => void} meaning.window drag with the right button, in CSS pixels
 * @param {(event: PointerEvent) => {move(event: PointerEvent): void, end(): void, cancel(): void} | null} meaning.tool begins the
 *   chosen tool's drag; null: this drag moves the picture
 * @param {(event: PointerEvent | null) => void} meaning.hover null: the pointer left
 */
export function watchGestures(pane, meaning) {
  const fingers = new Map(); // pointer id -> its place in the pane
  let drag = null;

  const begin = (event) => {
    if (event.button === 2) return { move: (dx, dy) => meaning.window(dx, dy) };
    const moves = event.button === 1 || event.shiftKey;
    const tool = moves ? null : meaning.tool(event);
    return tool ? { tool, move: (dx, dy, moved) => tool.move(moved) } : { move: (dx, dy) => meaning.pan(dx, dy) };
  };

  const down = (event) => {
    if (event.button > 2) return;
    pane.node.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, pane.pointInPane(event));
    if (fingers.size === 1) drag = begin(event);
    else endDrag("cancel"); // a second finger: it was the beginning of a pinch
  };

  const move = (event) => {
    if (!fingers.has(event.pointerId)) return meaning.hover(event);
    const before = fingers.get(event.pointerId);
    const now = pane.pointInPane(event);
    if (fingers.size === 2) pinch(event.pointerId, before, now);
    else drag?.move(now.x - before.x, now.y - before.y, event);
    fingers.set(event.pointerId, now);
    if (fingers.size === 1) meaning.hover(event);
  };

  const pinch = (id, before, now) => {
    const other = [...fingers].find(([finger]) => finger !== id)[1];
    const apart = (point) => Math.hypot(point.x - other.x, point.y - other.y);
    const middle = (point) => ({ x: (point.x + other.x) / 2, y: (point.y + other.y) / 2 });
    if (apart(before) > 0) meaning.zoom(middle(before), apart(now) / apart(before), middle(now));
  };

  const endDrag = (how) => {
    drag?.tool?.[how]();
    drag = null;
  };

  const up = (event) => {
    if (!fingers.delete(event.pointerId)) return;
    if (fingers.size === 0) endDrag(event.type === "pointercancel" ? "cancel" : "end");
  };

  const wheel = (event) => {
    event.preventDefault();
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 24 : 1;
    const speed = event.ctrlKey ? 0.01 : 0.0015; // a pinch on a trackpad arrives as wheel with ctrl, in small steps
    meaning.zoom(pane.pointInPane(event), Math.exp(-event.deltaY * lines * speed));
  };

  const { node } = pane;
  node.addEventListener("pointerdown", down);
  node.addEventListener("pointermove", move);
  node.addEventListener("pointerup", up);
  node.addEventListener("pointercancel", up);
  node.addEventListener("pointerleave", () => meaning.hover(null));
  node.addEventListener("wheel", wheel, { passive: false });
  node.addEventListener("contextmenu", (event) => event.preventDefault());
}
