import { byId, element, icon, svgElement } from "./dom.js";
import { mainProbability } from "./describe.js";
import { capital, lesionArea, lesionSize, percent } from "./format.js";
import { selectedItem } from "./store.js";

/** The finding of the frame that is looked at: decision, probability, doubts, lesions. */
export function createFindingPanel(store, lookAt) {
  const panel = byId("finding");
  const render = (state) => {
    const item = selectedItem(state);
    panel.replaceChildren(element("h2", { id: "finding-title", text: "Finding" }), ...content(item, state, lookAt));
  };
  store.watch(["finding", "items", "selected", "models", "model"], render);
}

function content(item, state, lookAt) {
  const hint = (text) => [element("p", { class: "hint", text })];
  if (!item) return hint("Open an image, or drop one anywhere on this page.");
  if (item.state === "failed")
    return [element("p", { class: "doubt", text: item.problem ?? "This image could not be read." })];
  if (item.state === "waiting") return hint("This image is waiting for its turn…");
  if (!state.finding) return hint("Looking…");
  const model = modelOf(state);
  return [
    verdict(state.finding, model),
    parts(state.finding, model, lookAt),
    calibration(state.finding, model),
    doubts(state.finding),
    lesions(state.finding, item, state, lookAt),
  ].filter((part) => part !== null);
}

/** The model that computed what is shown. */
export const modelOf = (state) =>
  state.models.find(({ name }) => name === state.model) ??
  state.models.find((model) => model.default) ??
  state.models[0];

function verdict(finding, model) {
  const { name, probability } = mainProbability(finding, model?.positive_class);
  const decided = finding.decision ? `The model says: ${finding.decision}` : "The model does not decide";
  return element(
    "div",
    { class: "verdict" },
    element("p", { class: "decision" }, finding.result ? `${decided}, ${finding.result}` : decided),
    element(
      "p",
      { class: "probability" },
      element("strong", { text: percent(probability) }),
      ` probability of ${name}`,
    ),
    finding.classes.length === 2 ? scale(name, probability, finding, model) : bars(finding),
  );
}

/** Of a screen with several pictures of tissue: what was found in each, and whose class is the finding's. */
function parts(finding, model, lookAt) {
  if (!finding.parts) return null;
  const rows = finding.parts.map((part) => {
    const { name, probability } = mainProbability(part, model?.positive_class);
    return element(
      "tr",
      {},
      element(
        "th",
        { scope: "row" },
        element("button", {
          type: "button",
          class: "plain lesion",
          text: `${part.part}`,
          "aria-label": `Look at part ${part.part}`,
          on: { click: () => lookAt(part.region_xyxy) },
        }),
      ),
      element("td", { text: capital(part.decision) }),
      element("td", { text: `${percent(probability)} ${name}${part.result ? `, ${part.result}` : ""}` }),
    );
  });
  return element(
    "div",
    { class: "parts" },
    element("p", {
      class: "hint",
      text: `This screen shows ${finding.parts.length} pictures, numbered from left to right. What is said above is of part ${finding.decision_part}, the most suspicious.`,
    }),
    element(
      "table",
      { class: "lesions" },
      element("caption", { class: "sr-only", text: "Parts of the screen" }),
      element("tbody", {}, ...rows),
    ),
  );
}

/** A line from 0 to 100 % with the threshold; the mark is where this image stands. */
function scale(name, probability, finding, model) {
  const threshold = (model?.normal_class ? model.lesion_threshold : model?.threshold) ?? 0.5;
  const other = finding.classes.find((known) => known.name !== name)?.name ?? "";
  const at = (share) => (2 + 96 * share).toFixed(2);
  const drawing = svgElement(
    "svg",
    {
      class: "scale",
      viewBox: "0 0 100 12",
      preserveAspectRatio: "none",
      role: "img",
      "aria-label": `${percent(probability)} on a line from 0 to 100 %; the decision changes at ${percent(threshold)}`,
    },
    svgElement("rect", { class: "scale-below", x: 2, y: 4, width: at(threshold) - 2, height: 4 }),
    svgElement("rect", { class: "scale-above", x: at(threshold), y: 4, width: 98 - at(threshold), height: 4 }),
    svgElement("rect", { class: "scale-threshold", x: at(threshold) - 0.3, y: 2, width: 0.6, height: 8 }),
    svgElement("rect", { class: "scale-mark", x: at(probability) - 0.9, y: 0, width: 1.8, height: 12, rx: 0.9 }),
  );
  return element(
    "div",
    { class: "scale-box" },
    drawing,
    element(
      "div",
      { class: "scale-words" },
      element("span", { text: `← ${other}` }),
      element("span", { class: "quiet", text: `threshold ${percent(threshold)}` }),
      element("span", { text: `${name} →` }),
    ),
  );
}

function bars(finding) {
  const rows = finding.classes.map(({ name, probability }) =>
    element(
      "tr",
      {},
      element("th", { scope: "row", text: capital(name) }),
      element(
        "td",
        {},
        element("meter", { min: 0, max: 1, value: probability, "aria-label": `Probability of ${name}` }),
      ),
      element("td", { text: percent(probability) }),
    ),
  );
  return element(
    "table",
    { class: "bars" },
    element("caption", { class: "sr-only", text: "Probability of each class" }),
    element("tbody", {}, ...rows),
  );
}

/** When the model decides for what, as infer/decision.hpp has it. */
function decisionRule(model, name) {
  const from = percent(model?.threshold ?? 0.5);
  const classes = model?.classes.length ?? 2;
  if (!model?.normal_class)
    return classes > 2 ? "The model decides for the most probable class." : `From ${from} on the model decides for ${name}.`;
  const lesion = `A lesion is said to be there from ${percent(model.lesion_threshold)} on, which is 100 % less the probability of ${model.normal_class}.`;
  if (classes === 2) return lesion;
  if (classes > 3) return `${lesion} Then the model decides for the most probable of the other classes.`;
  return `${lesion} Then the model decides for ${name} where it has ${from} or more of what is left for the other classes.`;
}

function calibration(finding, model) {
  const { name, probability } = mainProbability(finding, model?.positive_class);
  const calibrated = model && model.temperature !== 1;
  const images = model?.metrics?.validation_images;
  const hundred = Math.round(100 * (probability ?? 0));
  const text = calibrated
    ? `Calibrated: the raw outputs were rescaled (temperature ${model.temperature.toFixed(2)}) so that probabilities match frequencies${images ? ` on the ${images} images kept for validation` : " on the images kept for validation"}. ` +
      `Of 100 such images with this value, about ${hundred} were ${name}. On images from other machines or patients it may be off.`
    : "Not calibrated: this model’s values order images by suspicion, but were not matched to frequencies.";
  const threshold = `${decisionRule(model, name)} It judges the whole image, not each lesion.`;
  return element(
    "details",
    { class: "calibration" },
    element("summary", {
      text: calibrated ? "Calibrated – what does that mean?" : "Not calibrated – what does that mean?",
    }),
    element("p", { text }),
    element("p", { text: threshold }),
  );
}

function doubts(finding) {
  if (finding.doubts.length === 0)
    return element("p", { class: "no-doubt" }, icon("check"), "No reason for doubt was found.");
  const points = finding.doubts.map((doubt) => element("li", { text: `${capital(doubt)}.` }));
  return element(
    "div",
    { class: "doubts" },
    element("h3", {}, icon("warning"), "Do not rely on this"),
    element("ul", {}, ...points),
  );
}

function lesions(finding, item, state, lookAt) {
  if (finding.lesions.length === 0)
    return element("p", {
      class: "hint",
      text: finding.result ? `${capital(finding.result)} in this image.` : "No lesion was marked in this image.",
    });
  const rows = finding.lesions.map((lesion, index) =>
    element(
      "tr",
      {},
      element(
        "th",
        { scope: "row" },
        element("button", {
          type: "button",
          class: "plain lesion",
          text: `${index + 1}`,
          "aria-label": `Look at lesion ${index + 1}`,
          on: { click: () => lookAt(lesion.box_xyxy) },
        }),
      ),
      ...(finding.parts ? [element("td", { text: `in part ${lesion.part}` })] : []),
      element("td", { text: lesionSize(lesion) }),
      element("td", { text: lesionArea(lesion) }),
      element("td", { text: percent(lesion.mean_probability) }),
    ),
  );
  const unit = state.spacing_mm
    ? `1 pixel = ${state.spacing_mm.x.toFixed(3)} × ${state.spacing_mm.y.toFixed(3)} mm, from the file.`
    : finding.parts
      ? "In mm where the file says how large a pixel of that part is."
      : "In pixels: the file does not say how large a pixel is.";
  const head = [...(finding.parts ? ["", "Part"] : [""]), "Size", "Area", "Sure"].map((text) =>
    element(text ? "th" : "td", text ? { scope: "col", text } : {}),
  );
  return element(
    "div",
    {},
    element(
      "table",
      { class: "lesions" },
      element("caption", { class: "sr-only", text: "Lesions, largest first" }),
      element("thead", {}, element("tr", {}, ...head)),
      element("tbody", {}, ...rows),
    ),
    element("p", { class: "hint", text: unit }),
  );
}
