import { createBrush, drawBrush } from "./brush.js";
import { draftOf, isLoaded } from "./drafts.js";
import { clamp, FITTED, fitScale, held, panned, toPane, zoomedAt } from "./geometry.js";
import { watchGestures } from "./gestures.js";
import { COLOURS, strokeTwice } from "./paint.js";
import { Pane } from "./pane.js";
import { createRuler, drawMeasurements } from "./ruler.js";

/**
 * The panes with their tools: the first follows the store, the second is for comparing; both share one View.
 * @param store of main.js
 * @param {HTMLElement} stage takes up the panes
 * @param {(text: string, visibly?: boolean) => void} announce
 */
export function createViewer(store, stage, announce) {
  const main = new Pane("Ultrasound image");
  const second = new Pane("Comparison");
  second.node.hidden = true;
  stage.append(main.node, second.node);
  const panes = [main, second];
  const tools = { ruler: createRuler(store, announce), brush: createBrush(store, announce) };
  let view = FITTED;
  let cursor = null; // where the keyboard's crosshair stands, in image coordinates
  let hovered = null;

  const setView = (next) => {
    view = next;
    stage.classList.toggle("fits", view.zoom <= 1 && store.state.tool === "move");
    for (const pane of panes) {
      pane.view = view;
      pane.redraw();
    }
  };

  const dragWindow = (dx, dy) => {
    const { window } = store.state;
    const width = clamp(window.width + dx, 1, 512);
    store.set({ window: { ...window, width, level: clamp(window.level - dy * 0.5, 0, 255) } });
  };

  const startTool = (pane, event) => {
    const { tool } = store.state;
    if (!isLoaded(store.state)) return null;
    if (tool === "window") return windowDrag(dragWindow, event);
    if (!tools[tool] || pane !== main) return null;
    cursor = null;
    const drag = tools[tool].start(pane, pane.pointOf(event));
    return drag && { ...drag, move: (moved) => drag.move(pane.pointOf(moved)) };
  };

  const hover = (pane, event) => {
    hovered = event && pane === main ? pane.pointOf(event) : null;
    tellProbe(pane, event ? pane.pointOf(event) : null);
    pane.redrawMarks();
  };

  for (const pane of panes) {
    const { node } = pane;
    watchGestures(pane, {
      zoom: (...how) => pane.content.picture && setView(zoomedAt(view, pane.content.picture, pane.size, ...how)),
      pan: (dx, dy) => pane.content.picture && setView(panned(view, pane.content.picture, pane.size, dx, dy)),
      window: dragWindow,
      tool: (event) => startTool(pane, event),
      hover: (event) => hover(pane, event),
    });
    node.addEventListener("dblclick", () => store.state.tool === "move" && setView(FITTED));
  }

  main.marks.push(
    (context) => drawMeasurements(context, main, store.state),
    (context) => {
      const { tool, brush } = store.state;
      const place = cursor ?? hovered;
      if (tool === "brush" && place) drawBrush(context, main, place, brush);
      if (cursor) drawCrosshair(context, main, cursor);
    },
  );
  second.marks.push((context) => hovered && drawCrosshair(context, second, scaledPoint(hovered, main, second)));

  const middle = (pane) => ({ x: pane.size.width / 2, y: pane.size.height / 2 });

  const moveCursor = (dx, dy) => {
    const { picture } = store.state;
    const from = cursor ?? { x: Math.floor(picture.width / 2) + 0.5, y: Math.floor(picture.height / 2) + 0.5 };
    cursor = { x: clamp(from.x + dx, 0, picture.width), y: clamp(from.y + dy, 0, picture.height) };
    tools[store.state.tool].cursorMoved(from, cursor, main);
    keepInSight(cursor);
    tellProbe(main, cursor);
    main.redrawMarks();
  };

  const keepInSight = (point) => {
    const place = toPane(main.transform, point);
    const { width, height } = main.size;
    const over = (value, room) => Math.min(0, value - 20) + Math.max(0, value - room + 20);
    const [dx, dy] = [over(place.x, width), over(place.y, height)];
    if (dx || dy) setView(panned(view, store.state.picture, main.size, -dx, -dy));
  };

  store.watch(["tool", "selected", "frame"], () => {
    cursor = null;
    for (const tool of Object.values(tools)) tool.leave();
    stage.dataset.tool = store.state.tool;
    setView(view);
  });
  store.watch(["measurements", "brush"], () => main.redrawMarks());
  store.watch(["drafts"], () => main.redraw());
  new ResizeObserver(() => main.content.picture && setView(held(view, main.content.picture, main.size))).observe(stage);
  setView(FITTED);

  return {
    main,
    second,
    get view() {
      return view;
    },
    fit: () => setView(FITTED),
    /** One image pixel on one CSS pixel. */
    actualSize: () =>
      main.content.picture && setView(zoomedAt(view, main.content.picture, main.size, middle(main), 1 / main.transform.scale)),
    zoomBy: (factor) =>
      main.content.picture && setView(zoomedAt(view, main.content.picture, main.size, middle(main), factor)),
    panBy: (dx, dy) => main.content.picture && setView(panned(view, main.content.picture, main.size, dx, dy)),
    /** Brings a box of the image into the middle, at most as large as half the pane. */
    lookAt([x1, y1, x2, y2]) {
      const { picture } = main.content;
      if (!picture) return;
      const fits = fitScale({ width: x2 - x1, height: y2 - y1 }, main.size) / 2 / fitScale(picture, main.size);
      const at = { zoom: Math.max(1, fits), cx: (x1 + x2) / 2 / picture.width, cy: (y1 + y2) / 2 / picture.height };
      setView(held(at, picture, main.size));
    },
    dragWindow,
    /** Moves the keyboard's crosshair of ruler and brush by image pixels; false where the tool has none. */
    moveCursor(dx, dy) {
      if (!tools[store.state.tool] || !isLoaded(store.state)) return false;
      moveCursor(dx, dy);
      return true;
    },
    /** Sets the ruler down or the brush, at the crosshair. */
    press() {
      const tool = tools[store.state.tool];
      if (!tool || !isLoaded(store.state)) return false;
      if (!cursor) moveCursor(0, 0);
      tool.press(cursor, main);
      main.redrawMarks();
      return true;
    },
  };
}

/** A drag with the window tool: sideways the width, up and down the level. */
function windowDrag(change, start) {
  let last = start;
  return {
    move(now) {
      change(now.clientX - last.clientX, now.clientY - last.clientY);
      last = now;
    },
    end() {},
    cancel() {},
  };
}

/** Says which pixel is under the pointer, and how bright it is. */
function tellProbe(pane, point) {
  const grey = point && pane.content.picture ? pane.content.picture.greyAt(point) : null;
  pane.probe.textContent = grey === null ? "" : `x ${Math.floor(point.x)}  y ${Math.floor(point.y)}  grey ${grey}`;
}

function scaledPoint(point, from, to) {
  const [a, b] = [from.content.picture, to.content.picture];
  return { x: (point.x / a.width) * b.width, y: (point.y / a.height) * b.height };
}

function drawCrosshair(context, pane, point) {
  const { scale } = pane.transform;
  const path = new Path2D();
  for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
    path.moveTo(point.x + (dx * 4) / scale, point.y + (dy * 4) / scale);
    path.lineTo(point.x + (dx * 14) / scale, point.y + (dy * 14) / scale);
  }
  strokeTwice(context, path, COLOURS.ruler, 1.5, scale);
}

/** What the first pane shows of a state of the store. */
export function mainContent(state) {
  const draft = isLoaded(state) ? draftOf(state) : null;
  return {
    picture: state.picture,
    model: state.finding?.layer ?? null,
    lesions: state.finding?.lesions ?? [],
    truth: state.truth?.layer ?? null,
    draft: draft?.editor ?? null,
    heat: state.heat,
    show: state.show,
    opacity: state.opacity,
    window: state.window,
    spacing_mm: state.spacing_mm,
  };
}
