import { byId, element } from "./dom.js";
import { modelOf } from "./finding_panel.js";
import { percent } from "./format.js";

/** The choice of the model, and the card that says what it is good for. */
export function createModels(store) {
  const select = byId("model");
  select.addEventListener("change", () => {
    const chosen = store.state.models.find(({ name }) => name === select.value);
    store.set({ model: chosen?.default ? null : (chosen?.name ?? null), heat: null });
  });
  store.watch(["models", "model"], (state) => {
    select.replaceChildren(...state.models.map(({ name }) => element("option", { value: name, text: name })));
    select.value = modelOf(state)?.name ?? "";
    select.disabled = state.models.length < 2;
  });
  byId("about-model").addEventListener("click", () => showCard(modelOf(store.state)));
}

const METRIC_NAMES = {
  accuracy: "accuracy",
  auc: "AUC",
  jsi: "overlap of masks (JSI)",
  dice: "Dice",
  images: "images",
};

function metricRows(metrics) {
  return Object.entries(metrics ?? {})
    .filter(([, value]) => typeof value === "number")
    .map(([name, value]) => {
      const short = name.replace(/^validation_/, "");
      const text = short === name ? name : `Validation: ${METRIC_NAMES[short] ?? short}`;
      return [text, Number.isInteger(value) ? `${value}` : value.toFixed(3)];
    });
}

function decidesFor({ classes, normal_class, positive_class, threshold }) {
  const others = classes.length - (normal_class ? 1 : 0);
  if (others > 2) return `the most probable class; positive: ${positive_class}`;
  return others === 2 ? `${positive_class} from ${percent(threshold)} on${normal_class ? " among lesions" : ""}` : positive_class;
}

function showCard(model) {
  if (!model) return;
  const rows = [
    ["Network", model.architecture],
    ["Identity", model.model_id],
    ["Classes", model.classes.join(", ")],
    ["Decides for", decidesFor(model)],
    ["Without a lesion", model.normal_class],
    ["Says that there is a lesion", model.normal_class && `from ${percent(model.lesion_threshold)} on`],
    ["Calibration", model.temperature === 1 ? "none" : `temperature ${model.temperature.toFixed(2)}`],
    ["Input", `${model.input_size} × ${model.input_size} px, ${model.precision}`],
    ...metricRows(model.metrics),
    ["Notes", model.notes],
    ["Licence", model.licence],
  ];
  const dialog = byId("model-dialog");
  dialog.replaceChildren(
    element("h2", { id: "model-title", tabindex: -1, autofocus: true, text: model.name }),
    element("p", {
      class: "research-note",
      text: "Research use only, not a medical device. Do not base a decision about a patient on it.",
    }),
    element(
      "dl",
      { class: "card-rows" },
      ...rows
        .filter(([, value]) => value)
        .flatMap(([name, value]) => [element("dt", { text: name }), element("dd", { text: value })]),
    ),
    element("form", { method: "dialog" }, element("button", { class: "primary", text: "Close" })),
  );
  dialog.showModal();
}
