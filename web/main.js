import * as api from "./api.js";
import { createCine } from "./cine.js";
import { createCompare } from "./compare.js";
import { watchConnection } from "./connection.js";
import { changeBrushSize, createCorrection } from "./correction.js";
import { describeFinding } from "./describe.js";
import { createDisplay, createLegend, LAYERS, toggleLayer } from "./display.js";
import { byId } from "./dom.js";
import { createDownloads } from "./downloads.js";
import { isLoaded } from "./drafts.js";
import { createFindingPanel, modelOf } from "./finding_panel.js";
import { createIntro } from "./intro.js";
import { createKeyboard } from "./keyboard.js";
import { createList, firstFrame, neighbour } from "./list.js";
import { createMeasurements } from "./measurements.js";
import { createModels } from "./models.js";
import { radioGroup } from "./radio.js";
import { measurementsOf, setMeasurements } from "./ruler.js";
import { followSelection } from "./shown.js";
import { announce, guarded } from "./status.js";
import { createStore, selectedItem } from "./store.js";
import { switchTheme } from "./theme.js";
import { createUpload } from "./upload.js";
import { createViewer, mainContent } from "./viewer.js";
import { NATURAL_WINDOW } from "./window_level.js";

const store = createStore({
  view: "images", // or "runs"
  items: [], // ITEMs, newest first
  listed: [], // ids that the list shows, in its order
  filter: "all",
  sort: "newest",
  selected: null, // id
  frame: 1,
  playing: false,
  models: [],
  model: null, // name; null: the server's default
  picture: null, // what is loaded of the selected frame
  finding: null,
  truth: null,
  heat: null,
  heatClass: null, // null: the decision's
  spacing_mm: null,
  loaded: null, // "id/frame" of what is shown
  tool: "move", // "window", "ruler", "brush"
  brush: { mode: "add", size: 12 },
  show: { mask: true, contour: true, box: false, heat: false, truth: true },
  opacity: 0.35,
  window: NATURAL_WINDOW,
  compare: null,
  measurements: {}, // "id/frame" -> [{a, b}]
  drafts: {}, // "id/frame" -> drafts.js
  labels: null, // of GET /v1/labels
  suggestions: [], // ids, the least certain first
});

const goTo = (id) => id && store.set({ selected: id, frame: firstFrame(store.state, id) });

/** Fetches the items; the first one is looked at where nothing is. */
const refreshItems = guarded(async () => {
  const items = await api.items();
  store.set({ items });
  byId("empty").hidden = items.length > 0;
  if (items.length === 0) document.documentElement.classList.remove("loading");
  if (!selectedItem(store.state)) store.set({ selected: null });
  if (!store.state.selected) goTo(store.state.listed[0]);
  if (items.some(({ state }) => state === "waiting")) setTimeout(refreshItems, 1500);
});

const refreshModels = guarded(async () => store.set({ models: await api.models() }));

const arrived = async (id) => {
  await refreshItems();
  if (!id) return;
  if (!store.state.listed.includes(id)) {
    store.set({ filter: "all" });
    byId("filter").value = "all";
  }
  goTo(id);
};

const removeItem = guarded(async () => {
  const { selected } = store.state;
  if (!selected) return;
  const place = store.state.listed.indexOf(selected);
  await api.forget(selected);
  store.set({ selected: null, items: store.state.items.filter(({ id }) => id !== selected) });
  byId("empty").hidden = store.state.items.length > 0;
  goTo(store.state.listed[Math.min(place, store.state.listed.length - 1)]);
  announce("Removed from the server.", true);
});

function followHash() {
  const view = location.hash === "#runs" ? "runs" : "images";
  store.set({ view, playing: false });
  for (const name of ["images", "runs"]) {
    byId(name).hidden = name !== view;
    if (name === view) byId(`nav-${name}`).setAttribute("aria-current", "page");
    else byId(`nav-${name}`).removeAttribute("aria-current");
  }
  if (view === "runs") openRuns();
}

let runs = null;
/** The page of runs is fetched when it is first looked at. */
const openRuns = () => (runs ??= import("./runs.js").then(({ createRuns }) => createRuns(store)));

function showMain(viewer) {
  store.watch(["picture", "finding", "truth", "heat", "show", "opacity", "window", "drafts", "spacing_mm", "loaded"], (state) => {
    viewer.main.show(mainContent(state));
    const item = selectedItem(state);
    if (!item || (state.picture && !isLoaded(state))) return; // the frame before is still shown
    viewer.main.title.textContent = item.frames > 1 ? `${item.name}  ${state.frame} / ${item.frames}` : item.name;
  });
  store.watch(["loaded", "finding", "models"], (state) => {
    const item = selectedItem(state);
    if (!item) return;
    document.documentElement.classList.remove("loading");
    const text = describeFinding(item, state.frame, state.finding, modelOf(state)?.positive_class);
    viewer.main.describe(text);
    if (!state.playing && isLoaded(state)) announce(text);
  });
}

function createToolbar(viewer) {
  const check = radioGroup(byId("tools"), (button) => store.set({ tool: button.dataset.tool }));
  store.watch(["tool"], (state) => check((button) => button.dataset.tool === state.tool));
  check((button) => button.dataset.tool === store.state.tool);
  byId("zoom-in").addEventListener("click", () => viewer.zoomBy(1.25));
  byId("zoom-out").addEventListener("click", () => viewer.zoomBy(0.8));
  byId("zoom-fit").addEventListener("click", viewer.fit);
}

const key = (keys, text, run = null) => ({ keys: [].concat(keys), text, run });
const tool = (name) => () => store.set({ tool: name });
const brushMode = (mode) => () => store.set({ tool: "brush", brush: { ...store.state.brush, mode } });

function viewerKeys(viewer) {
  const arrow = (dx, dy, step) => () => {
    if (viewer.moveCursor(dx * step, dy * step)) return;
    if (store.state.tool === "window") viewer.dragWindow(dx * step * 4, dy * step * 8);
    else viewer.panBy(-dx * step * 40, -dy * step * 40);
  };
  const directions = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const rows = Object.entries(directions).flatMap(([name, [dx, dy]]) => [
    { keys: [`Viewer ${name}`], run: arrow(dx, dy, 1) },
    { keys: [`Viewer Shift+${name}`], run: arrow(dx, dy, 10) },
  ]);
  return { silent: rows, told: key(["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"], "in the image: move it, or the crosshair of ruler and brush (Shift: by 10)") };
}

function keyGroups(viewer, cine, corrections) {
  const arrows = viewerKeys(viewer);
  const step = (places) => () => goTo(neighbour(store.state, places));
  return [
    { title: "Images", keys: [
      key("j", "next image", step(1)),
      key("k", "image before", step(-1)),
      key("n", "next one to label (least certain)", corrections.next),
      key(" ", "cine: play, pause", cine.toggle),
      key(",", "cine: frame before", () => cine.step(-1)),
      key(".", "cine: next frame", () => cine.step(1)),
      key("Delete", "remove the image from the server", () => (document.activeElement?.closest("#list") ? removeItem() : setMeasurements(store, measurementsOf(store.state).slice(0, -1)))),
    ] },
    { title: "View", keys: [
      key(["+", "="], "zoom in", () => viewer.zoomBy(1.25)),
      key("-", "zoom out", () => viewer.zoomBy(0.8)),
      key("0", "fit", viewer.fit),
      key("1", "one pixel on one pixel", viewer.actualSize),
      arrows.told,
      key("i", "invert", () => store.set({ window: { ...store.state.window, invert: !store.state.window.invert } })),
      ...LAYERS.map(({ name, key: letter, text }) => key(letter.toLowerCase(), text.toLowerCase(), () => toggleLayer(store, name))),
      key("d", "dark or light", switchTheme),
    ] },
    { title: "Tools", keys: [
      key("v", "move", tool("move")),
      key("w", "contrast and brightness", tool("window")),
      key("r", "measure", tool("ruler")),
      key("b", "correct the mask", tool("brush")),
      key("Viewer Enter", "in the image: set ruler or brush down, lift it", viewer.press),
      key("Escape", "back to moving", tool("move")),
    ] },
    { title: "Correction", keys: [
      key("a", "add", brushMode("add")),
      key("e", "erase", brushMode("erase")),
      key("f", "fill", brushMode("fill")),
      key("[", "smaller brush", () => changeBrushSize(store, -1)),
      key("]", "larger brush", () => changeBrushSize(store, 1)),
      key("Ctrl+z", "undo", corrections.undo),
      key(["Ctrl+Shift+z", "Ctrl+y"], "redo", corrections.redo),
      key("Ctrl+s", "save the correction", corrections.save),
      key("y", "yes: save the finding as right", corrections.accept),
    ] },
    { title: "Page", keys: [key("o", "open images", () => byId("file-input").click()), key("?", "this help", () => byId("help").click())] },
  ].map((group, index) => (index === 1 ? { ...group, silent: arrows.silent } : group));
}

function start() {
  const viewer = createViewer(store, byId("stage"), announce);
  createList(store);
  createFindingPanel(store, viewer.lookAt);
  createLegend(store);
  createDisplay(store);
  createMeasurements(store);
  createDownloads(store, () => viewer.main.snapshot());
  createModels(store);
  createCompare(store, viewer);
  createToolbar(viewer);
  showMain(viewer);
  followSelection(store);
  const cine = createCine(store);
  const corrections = createCorrection(store, goTo);
  const upload = createUpload(store, arrived);
  createIntro(upload.open);
  const keyboard = createKeyboard(keyGroups(viewer, cine, corrections));
  byId("theme").addEventListener("click", switchTheme);
  watchConnection(() => {
    refreshModels();
    refreshItems();
  });
  addEventListener("hashchange", followHash);
  followHash();
  refreshModels();
  refreshItems();
  return keyboard;
}

start();
