import { byId, element } from "./dom.js";
import { automaticWindow, NATURAL_WINDOW } from "./window_level.js";
import { modelOf } from "./finding_panel.js";

/** What the legend below the picture explains and switches. */
export const LAYERS = [
  { name: "mask", key: "M", text: "Lesion (model)", sign: "sign-mask" },
  { name: "contour", key: "C", text: "Outline", sign: "sign-contour" },
  { name: "box", key: "X", text: "Box", sign: "sign-box" },
  { name: "heat", key: "H", text: "Attention map", sign: "sign-heat" },
  { name: "truth", key: "T", text: "Your correction", sign: "sign-truth" },
];

export function toggleLayer(store, name) {
  const { show } = store.state;
  store.set({ show: { ...show, [name]: !show[name] } });
}

/** The legend: each layer's sign and meaning, which is also its switch. */
export function createLegend(store) {
  const buttons = LAYERS.map(({ name, key, text, sign }) =>
    element("button", { type: "button", class: "chip", title: `${text} (${key})`, "data-layer": name, on: { click: () => toggleLayer(store, name) } }, element("span", { class: `sign ${sign}`, "aria-hidden": true }), text),
  );
  byId("legend").replaceChildren(...buttons);
  const render = ({ show }) => buttons.forEach((button) => button.setAttribute("aria-pressed", String(show[button.dataset.layer])));
  store.watch(["show"], render);
  render(store.state);
}

/** Sliders of opacity, contrast and brightness, and what the heat map is of. */
export function createDisplay(store) {
  const change = (patch) => store.set({ window: { ...store.state.window, ...patch } });
  const opacity = slider("opacity", "Strength of the colours", 0, 100, (value) => store.set({ opacity: value / 100 }));
  const width = slider("window-width", "Window (contrast)", 1, 512, (value) => change({ width: value }));
  const level = slider("window-level", "Level (brightness)", 0, 255, (value) => change({ level: value }));
  const invert = element("input", { type: "checkbox", id: "invert", on: { change: (event) => change({ invert: event.target.checked }) } });
  const heatClass = element("select", { id: "heat-class", on: { change: () => store.set({ heatClass: heatClass.value }) } });
  const automatic = () => store.state.picture && store.set({ window: automaticWindow(store.state.picture.pixels) });
  byId("display").replaceChildren(
    opacity.node,
    width.node,
    level.node,
    element(
      "div",
      { class: "button-row" },
      element("button", { type: "button", id: "window-auto", text: "Automatic", on: { click: automatic } }),
      element("button", { type: "button", id: "window-reset", text: "As it is", on: { click: () => store.set({ window: NATURAL_WINDOW }) } }),
      element("label", { class: "check" }, invert, "Invert"),
    ),
    element("label", { class: "field" }, element("span", { text: "Attention map of" }), heatClass),
    element("p", { class: "hint", text: "The attention map (H) shows where the classifier found signs of a class: violet little, yellow much. It is coarse." }),
  );
  const render = (state) => {
    opacity.set(Math.round(100 * state.opacity), `${Math.round(100 * state.opacity)} %`);
    width.set(Math.round(state.window.width), `${Math.round(state.window.width)}`);
    level.set(Math.round(state.window.level), `${Math.round(state.window.level)}`);
    invert.checked = state.window.invert;
    fillClasses(heatClass, state);
  };
  store.watch(["opacity", "window", "models", "model", "heatClass", "finding"], render);
  render(store.state);
}

function fillClasses(select, state) {
  const classes = modelOf(state)?.classes ?? [];
  if (select.options.length !== classes.length) select.replaceChildren(...classes.map((name) => element("option", { value: name, text: name })));
  select.value = state.heatClass ?? state.finding?.decision ?? "";
}

function slider(id, text, low, high, change) {
  const input = element("input", { id, type: "range", min: low, max: high, step: 1, on: { input: () => change(Number(input.value)) } });
  const output = element("output", { for: id });
  return {
    node: element("label", { class: "slider wide", for: id }, element("span", {}, text, output), input),
    set(value, shown) {
      input.value = value;
      output.textContent = shown;
    },
  };
}
