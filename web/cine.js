import { byId, element, icon, svgElement } from "./dom.js";
import { percent } from "./format.js";
import { findingOf, pictureOf } from "./sources.js";
import { selectedItem } from "./store.js";
import { modelOf } from "./finding_panel.js";

/** Where a file does not say how fast its frames follow each other. */
const USUAL_FRAME_MS = 100;

/** The bar of a file with several frames: play, scrubber, curve. Gives {play(), step(frames)}. */
export function createCine(store) {
  const bar = byId("cine");
  const play = element(
    "button",
    { type: "button", class: "square", "aria-label": "Play", title: "Play (Space)" },
    icon("play"),
  );
  const back = element(
    "button",
    { type: "button", class: "plain square", "aria-label": "Frame before", title: "Frame before (,)" },
    icon("back"),
  );
  const forward = element(
    "button",
    { type: "button", class: "plain square", "aria-label": "Next frame", title: "Next frame (.)" },
    icon("forward"),
  );
  const scrubber = element("input", { type: "range", min: 1, max: 1, step: 1, value: 1, "aria-label": "Frame" });
  const text = element("output", { class: "cine-frame" });
  const speed = element(
    "select",
    { "aria-label": "Speed" },
    ...[0.25, 0.5, 1, 2].map((factor) =>
      element("option", { value: factor, text: `${factor} ×`, selected: factor === 1 }),
    ),
  );
  const steadiest = element("button", {
    type: "button",
    class: "plain",
    text: "Steadiest",
    title: "The frame whose mask agrees best with its neighbours",
  });
  const curve = svgElement("svg", {
    class: "curve",
    viewBox: "0 0 1000 100",
    preserveAspectRatio: "none",
    role: "img",
  });
  const caption = element("p", { class: "hint curve-caption" });
  bar.replaceChildren(
    element("div", { class: "cine-controls" }, back, play, forward, scrubber, text, speed, steadiest),
    curve,
    caption,
  );

  const show = (frame) => {
    const item = selectedItem(store.state);
    if (item) store.set({ frame: Math.min(Math.max(frame, 1), item.frames) });
  };
  const step = (frames) => {
    store.set({ playing: false });
    show(store.state.frame + frames);
  };
  const toggle = () => {
    if ((selectedItem(store.state)?.frames ?? 1) > 1) store.set({ playing: !store.state.playing });
  };
  play.addEventListener("click", toggle);
  back.addEventListener("click", () => step(-1));
  forward.addEventListener("click", () => step(1));
  scrubber.addEventListener("input", () => {
    store.set({ playing: false });
    show(Number(scrubber.value));
  });
  steadiest.addEventListener("click", () => show(selectedItem(store.state)?.steadiest_frame ?? 1));
  watchCurve(curve, (share) => show(1 + Math.floor(share * (selectedItem(store.state)?.frames ?? 1))));

  store.watch(["selected"], () => store.set({ playing: false }));
  store.watch(["playing"], (state) => {
    play.replaceChildren(icon(state.playing ? "pause" : "play"));
    play.setAttribute("aria-label", state.playing ? "Pause" : "Play");
    if (state.playing) run(store, () => Number(speed.value));
  });
  store.watch(["selected", "items", "models"], (state) => {
    const item = selectedItem(state);
    bar.hidden = !item || item.frames <= 1;
    if (bar.hidden) return;
    scrubber.max = item.frames;
    steadiest.hidden = !item.steadiest_frame;
    drawCurve(curve, item, modelOf(state));
    const pace = item.frame_ms
      ? `${Math.round(1000 / item.frame_ms)} frames a second`
      : "speed not in the file: 10 frames a second";
    caption.textContent = `Probability of ${modelOf(state)?.positive_class ?? "the class"} in each frame; orange below: a lesion was marked; ${hasLine(modelOf(state)) ? "dashed: threshold; " : ""}${pace}.`;
  });
  store.watch(["selected", "frame", "items"], (state) => {
    const item = selectedItem(state);
    if (!item || item.frames <= 1) return;
    scrubber.value = state.frame;
    const point = item.curve?.[state.frame - 1];
    text.textContent = `${state.frame} / ${item.frames}`;
    scrubber.setAttribute(
      "aria-valuetext",
      `frame ${state.frame} of ${item.frames}${point ? `, probability ${percent(point.probability)}${point.lesion ? "" : ", no lesion"}` : ""}`,
    );
    placeHead(curve, state.frame, item.frames);
  });
  return { toggle, step };
}

/** Shows frame after frame in time, waiting for those that are not there yet, from the start again at the end. */
async function run(store, speed) {
  const { selected } = store.state;
  const going = () => store.state.playing && store.state.selected === selected;
  let due = performance.now();
  while (going()) {
    const item = selectedItem(store.state);
    const next = (store.state.frame % item.frames) + 1;
    due = Math.max(due + (item.frame_ms ?? USUAL_FRAME_MS) / speed(), performance.now() - 50);
    await Promise.allSettled([pictureOf(selected, next), findingOf(selected, next, store.state.model)]);
    await new Promise((resolve) => setTimeout(resolve, due - performance.now()));
    if (going()) store.set({ frame: next });
  }
}

function watchCurve(curve, seek) {
  const at = (event) => {
    const { left, width } = curve.getBoundingClientRect();
    seek(Math.min(Math.max((event.clientX - left) / width, 0), 0.9999));
  };
  curve.addEventListener("pointerdown", (event) => {
    curve.setPointerCapture(event.pointerId);
    at(event);
  });
  curve.addEventListener("pointermove", (event) => curve.hasPointerCapture(event.pointerId) && at(event));
}

/** With more than two classes no line on the curve says what is decided. */
const hasLine = (model) => (model?.classes.length ?? 2) === 2;

const middleOf = (frame, frames) => (1000 * (frame - 0.5)) / frames;

function drawCurve(curve, item, model) {
  const points = item.curve ?? [];
  const y = (probability) => 84 - 78 * probability;
  const width = 1000 / item.frames;
  const threshold = (model?.normal_class ? model.lesion_threshold : model?.threshold) ?? 0.5;
  const highest = points.reduce((best, point) => (point.probability > (best?.probability ?? -1) ? point : best), null);
  curve.setAttribute(
    "aria-label",
    highest
      ? `Probability over ${item.frames} frames: from ${percent(Math.min(...points.map((point) => point.probability)))} to ${percent(highest.probability)}, highest at frame ${highest.frame}; a lesion in ${points.filter((point) => point.lesion).length}.`
      : "No curve.",
  );
  curve.replaceChildren(
    svgElement("rect", { class: "curve-ground", x: 0, y: 0, width: 1000, height: 100 }),
    ...(hasLine(model)
      ? [svgElement("line", { class: "curve-threshold", x1: 0, x2: 1000, y1: y(threshold), y2: y(threshold) })]
      : []),
    ...points
      .filter((point) => point.lesion)
      .map((point) =>
        svgElement("rect", {
          class: "curve-lesion",
          x: width * (point.frame - 1),
          y: 91,
          width: width + 0.5,
          height: 9,
        }),
      ),
    svgElement("polyline", {
      class: "curve-line",
      points: points.map((point) => `${middleOf(point.frame, item.frames)},${y(point.probability)}`).join(" "),
    }),
    svgElement("line", { class: "curve-head", y1: 0, y2: 100 }),
  );
}

function placeHead(curve, frame, frames) {
  const head = curve.querySelector(".curve-head");
  if (!head) return;
  head.setAttribute("x1", middleOf(frame, frames));
  head.setAttribute("x2", middleOf(frame, frames));
}
