import * as api from "./api.js";
import { BRUSH_SIZES, nextSize, stepHistory } from "./brush.js";
import { byId, element, icon } from "./dom.js";
import { draftChanged, draftOf, editorOf, isLoaded, setDraft } from "./drafts.js";
import { modelOf } from "./finding_panel.js";
import { capital, counted } from "./format.js";
import { radioGroup } from "./radio.js";
import { encodeMask, maskArea } from "./rle.js";
import { findingOf, forgetLabel, labelOf, maskLayer } from "./sources.js";
import { announce, guarded } from "./status.js";
import { selectedItem } from "./store.js";

/** The class of images without a lesion, by the name that the model has for it. */
const normalOf = (state) => modelOf(state)?.normal_class ?? "normal";

/** What would be saved of the frame: {class, mask}; mask null: no location (of class normal: no lesion). */
export function truthOf(state) {
  const draft = draftOf(state);
  const className = (draft ? draft.class : state.truth?.class) ?? null;
  if (className === normalOf(state)) return { class: className, mask: null };
  const { editor } = draft ?? {};
  if (editor) return { class: className, mask: encodeMask(editor.pixels, editor.width, editor.height) };
  return { class: className, mask: state.truth?.mask ?? null };
}

/** The panel "Is this right?" and the bar of the brush. */
export function createCorrection(store, goTo) {
  const save = guarded(() => saveTruth(store));
  const actions = {
    save,
    accept: guarded(async () => {
      const { finding } = store.state;
      if (!finding || !isLoaded(store.state)) return;
      await saveTruth(store, { class: finding.decision || null, mask: finding.mask ?? null });
    }),
    remove: guarded(() => removeTruth(store)),
    next: guarded(async () => {
      await refreshLabels(store);
      const [id] = store.state.suggestions.filter((known) => known !== store.state.selected);
      if (id) goTo(id);
      else announce("Every image is corrected.", true);
    }),
    reset: () => {
      editorOf(store)?.replace(store.state.finding?.layer?.pixels);
      draftChanged(store);
    },
    takeOver: guarded(async () => {
      const { selected, frame, drafts, model } = store.state;
      const draft = drafts[`${selected}/${frame - 1}`]?.editor;
      const saved = selectedItem(store.state)?.label?.frames.includes(frame - 1)
        ? await labelOf(selected, frame - 1)
        : null;
      const layer = draft ?? saved?.layer ?? (await findingOf(selected, frame - 1, model)).layer;
      editorOf(store)?.replace(layer?.pixels);
      draftChanged(store);
    }),
    clear: () => {
      editorOf(store)?.replace(null);
      draftChanged(store);
    },
    undo: () => announce(stepHistory(store, "undo") ? "Undone." : "Nothing to undo."),
    redo: () => announce(stepHistory(store, "redo") ? "Done again." : "Nothing to do again."),
    choose: (name) => isLoaded(store.state) && setDraft(store, { class: name }),
    discard: () => setDraft(store, null),
    goTo,
  };
  createPanel(store, actions);
  createBrushBar(store, actions);
  addEventListener("beforeunload", (event) => Object.keys(store.state.drafts).length && event.preventDefault());
  guarded(() => refreshLabels(store))();
  return actions;
}

async function refreshLabels(store) {
  const [labels, suggestions] = await Promise.all([api.labels(), api.suggestions()]);
  store.set({ labels, suggestions });
}

async function saveTruth(store, truth = truthOf(store.state)) {
  const { selected, frame } = store.state;
  const item = await api.saveLabel(selected, frame, truth);
  forgetLabel(selected);
  const drafts = { ...store.state.drafts };
  delete drafts[`${selected}/${frame}`];
  const here = store.state.selected === selected && store.state.frame === frame;
  store.set({
    drafts,
    items: store.state.items.map((known) => (known.id === item.id ? item : known)),
    ...(here ? { truth: { ...truth, layer: maskLayer(truth.mask) } } : {}),
  });
  announce(`Saved: ${describeTruth(truth, normalOf(store.state))}.`, true);
  await refreshLabels(store);
}

async function removeTruth(store) {
  const { selected, frame } = store.state;
  await api.removeLabel(selected, frame);
  forgetLabel(selected);
  const item = await api.item(selected);
  store.set({ truth: null, items: store.state.items.map((known) => (known.id === item.id ? item : known)) });
  announce("The correction was taken out of the data set.", true);
  await refreshLabels(store);
}

function describeTruth(truth, normal) {
  const name = truth.class ?? "class not known";
  if (truth.class === normal) return `${normal}, without lesion`;
  if (!truth.mask) return `${name}, place not known`;
  const area = truth.mask.counts.reduce((sum, run, index) => sum + (index % 2 ? run : 0), 0);
  return `${name}, mask of ${area.toLocaleString("en")} px`;
}

function createPanel(store, actions) {
  const panel = byId("correction");
  const button = (id, text, click, style = null, sign = null) =>
    element("button", { type: "button", id, class: style, on: { click } }, ...(sign ? [icon(sign)] : []), text);
  const classes = element("div", { class: "segments classes", role: "radiogroup", "aria-label": "Truth" });
  const check = radioGroup(classes, (chosen) =>
    actions.choose(chosen.dataset.class === "" ? null : chosen.dataset.class),
  );
  const accept = button("accept", "Yes, it is right", actions.accept, null, "check");
  const brush = button("correct-mask", "Correct mask", () => store.set({ tool: "brush" }), null, "brush");
  const saving = element("p", { class: "hint", id: "will-save" });
  const save = button("save", "Save correction", actions.save, "primary");
  const discard = button("discard", "Discard", actions.discard, "plain");
  const saved = element("p", { class: "saved", hidden: true });
  const next = button("next", "Next to label", actions.next);
  const follow = element("div", { id: "follow" });
  panel.replaceChildren(
    element("div", { class: "button-row" }, accept, brush),
    element("p", { class: "field-name", text: "Or say what it is:" }),
    classes,
    saving,
    element("div", { class: "button-row" }, save, discard),
    saved,
    element("div", { class: "button-row" }, next),
    follow,
  );

  const render = (state) => {
    const item = selectedItem(state);
    const usable = item?.state === "done" && isLoaded(state);
    const draft = draftOf(state);
    const truth = truthOf(state);
    fillClasses(classes, [...new Set([...(modelOf(state)?.classes ?? []), normalOf(state)]), ""]);
    check((known) => known.dataset.class === (truth.class ?? "") && (draft !== undefined || state.truth !== null));
    accept.disabled = !usable || !state.finding || Boolean(draft);
    brush.disabled = !usable;
    save.disabled = !usable || !draft;
    discard.hidden = !draft;
    saving.textContent = draft ? `Will be saved: ${describeDraft(truth, draft, normalOf(state))}.` : "";
    saved.hidden = !state.truth;
    if (state.truth)
      saved.replaceChildren(
        icon("check"),
        `In the data set: ${describeTruth(state.truth, normalOf(state))}. `,
        button("remove", "Take out", actions.remove, "plain"),
      );
  };
  store.watch(["selected", "items", "loaded", "finding", "truth", "drafts", "models", "model"], render);
  store.watch(["labels", "suggestions", "items"], (state) => follow.replaceChildren(...followUp(state, actions)));
  render(store.state);
}

function describeDraft(truth, draft, normal) {
  const painted = draft.editor ? maskArea(draft.editor.pixels) : 0;
  return `${describeTruth(truth, normal)}${truth.class === normal && painted ? "; the painted mask is left out" : ""}`;
}

function fillClasses(group, names) {
  const shown = [...group.children].map((button) => button.dataset.class);
  if (shown.length === names.length && names.every((name, index) => name === shown[index])) return;
  group.replaceChildren(
    ...names.map((name) =>
      element("button", {
        type: "button",
        role: "radio",
        "data-class": name,
        "aria-checked": "false",
        text: name ? capital(name) : "Not known",
      }),
    ),
  );
}

/** What to do with corrections: what to label next, and the commands that train with them. */
function followUp(state, actions) {
  const nameOf = (id) => state.items.find((item) => item.id === id)?.name;
  const suggested = (state.suggestions ?? []).filter(nameOf).slice(0, 5);
  return [
    suggested.length
      ? element("p", { class: "field-name", text: "Most useful to label next (the model is least certain):" })
      : "",
    element(
      "ul",
      { class: "suggestions" },
      ...suggested.map((id) =>
        element(
          "li",
          {},
          element("button", {
            type: "button",
            class: "plain",
            text: nameOf(id),
            on: { click: () => actions.goTo(id) },
          }),
        ),
      ),
    ),
    state.labels?.images ? training(state.labels) : "",
  ];
}

/** "benign from 2 of 3 patients" for every class of which a split needs more. */
function missing(labels) {
  return Object.entries(labels.groups)
    .filter(([, count]) => count < labels.groups_needed)
    .map(([name, count]) => `${name} from ${count} of ${labels.groups_needed}`);
}

/** How many labels a split needs, and what these lack. */
function splitNeeds(labels) {
  const lacking = missing(labels);
  const classes = Object.keys(labels.groups).length;
  const rule = `A split needs each class from ${labels.groups_needed} patients or more, and two classes at least.`;
  if (classes < 2) return `${rule} Still missing: ${classes ? "a second class" : "two classes"}.`;
  return lacking.length ? `${rule} So far: ${lacking.join(", ")} patients.` : `${rule} These are enough.`;
}

function training(labels) {
  const counts = Object.entries(labels.classes)
    .map(([name, number]) => `${number} ${name}`)
    .join(", ");
  return element(
    "details",
    { class: "training" },
    element("summary", { text: `Train with your ${counted(labels.images, "correction")}` }),
    element("p", {
      class: "hint",
      text: `In ${labels.manifest}${counts ? `: ${counts}` : ""}. ${splitNeeds(labels)} Type, in the folder where the server was started:`,
    }),
    element("ol", { class: "commands" }, ...labels.next.map(commandLine)),
  );
}

function commandLine(command) {
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(command);
      announce("Copied.", true);
    } catch {
      announce("The browser did not allow copying: mark the line and press Ctrl+C.", true);
    }
  };
  return element(
    "li",
    {},
    element("code", { text: command }),
    element(
      "button",
      { type: "button", class: "plain square", "aria-label": `Copy: ${command}`, on: { click: copy } },
      icon("copy"),
    ),
  );
}

function createBrushBar(store, actions) {
  const bar = byId("brush-bar");
  const check = radioGroup(byId("brush-modes"), (button) =>
    store.set({ brush: { ...store.state.brush, mode: button.dataset.mode } }),
  );
  byId("brush-size").addEventListener("input", (event) =>
    store.set({ brush: { ...store.state.brush, size: BRUSH_SIZES[event.target.value] } }),
  );
  for (const [id, action] of [
    ["undo", "undo"],
    ["redo", "redo"],
    ["mask-reset", "reset"],
    ["mask-before", "takeOver"],
    ["mask-clear", "clear"],
  ])
    byId(id).addEventListener("click", actions[action]);
  const render = (state) => {
    bar.hidden = state.tool !== "brush";
    check((button) => button.dataset.mode === state.brush.mode);
    byId("brush-size").value = BRUSH_SIZES.indexOf(state.brush.size);
    byId("brush-size").setAttribute("aria-valuetext", `${state.brush.size} pixels`);
    byId("brush-size-text").textContent = `${state.brush.size} px`;
    byId("mask-before").hidden = (selectedItem(state)?.frames ?? 1) === 1;
    byId("mask-before").disabled = state.frame === 1;
    const history = draftOf(state)?.editor?.history;
    byId("undo").disabled = !history?.canUndo;
    byId("redo").disabled = !history?.canRedo;
  };
  store.watch(["tool", "brush", "drafts", "selected", "frame"], render);
  render(store.state);
}

/** The brush, one size larger (+1) or smaller (-1). */
export function changeBrushSize(store, direction) {
  const { brush } = store.state;
  store.set({ brush: { ...brush, size: nextSize(brush.size, direction) } });
}
