import { byId, element } from "./dom.js";
import { findingOf, labelOf, pictureOf } from "./sources.js";
import { guarded } from "./status.js";
import { selectedItem } from "./store.js";
import { percent } from "./format.js";
import { mainContent } from "./viewer.js";

// store.compare says what the second pane shows: {kind: "plain"}, {kind: "truth"}, {kind: "model", value: name},
// {kind: "item", value: id}; null: there is no second pane.

const PLAIN = { kind: "plain", text: "the bare image" };

/** The choice "Compare with …" and the second pane. */
export function createCompare(store, viewer) {
  const select = byId("compare");
  select.addEventListener("change", () => store.set({ compare: select.value ? JSON.parse(select.value) : null }));
  const renderOptions = (state) => {
    const options = choices(state);
    select.replaceChildren(...options);
    select.value = state.compare ? JSON.stringify(state.compare) : "";
    if (state.compare && select.selectedIndex < 0) store.set({ compare: null });
  };
  store.watch(["items", "models", "selected", "compare", "model"], renderOptions);

  let turn = 0;
  const load = guarded(async () => {
    const { compare } = store.state;
    const { node } = viewer.second;
    node.hidden = compare === null;
    byId("stage").classList.toggle("two", compare !== null);
    if (!compare) return;
    const mine = ++turn;
    const { content, title, description } = await contentOf(compare, store.state);
    if (mine !== turn) return;
    viewer.second.show({ ...mainContent(store.state), draft: null, ...content });
    viewer.second.title.textContent = title;
    viewer.second.describe(description);
    node.setAttribute("aria-label", `Comparison: ${title}`);
  });
  store.watch(["compare", "picture", "finding", "truth", "show", "opacity", "window"], load);
}

function choices(state) {
  const item = selectedItem(state);
  const option = (choice, text) => element("option", { value: JSON.stringify(choice), text });
  const others = state.models.filter(({ name }) => name !== state.model && !(state.model === null && state.models.find((model) => model.default)?.name === name));
  const same = [
    option({ kind: "plain" }, PLAIN.text),
    option({ kind: "truth" }, "your correction"),
    ...others.map(({ name }) => option({ kind: "model", value: name }, `model ${name}`)),
  ];
  const images = state.items.filter(({ id, state: done }) => id !== item?.id && done === "done").map(({ id, name }) => option({ kind: "item", value: id }, name));
  return [
    element("option", { value: "", text: state.compare ? "nothing (one image)" : "Compare with…" }),
    element("optgroup", { label: "The same image" }, ...same),
    ...(images.length ? [element("optgroup", { label: "Another image" }, ...images)] : []),
  ];
}

/** What the second pane shows: {content (a part of a Pane's), title, description}. */
async function contentOf({ kind, value }, state) {
  const { selected, frame, model } = state;
  const bare = { model: null, lesions: [], truth: null, heat: null };
  if (kind === "plain") return { content: bare, title: "Bare image", description: "The image without any drawing." };
  if (kind === "truth") return ofTruth(bare, state);
  const [id, itsFrame, itsModel] = kind === "model" ? [selected, frame, value] : [value, 1, model];
  const item = state.items.find((known) => known.id === id);
  const finding = await findingOf(id, itsFrame, itsModel);
  const truth = kind === "item" && item?.label?.frames.includes(itsFrame) ? await labelOf(id, itsFrame) : null;
  const content = { ...bare, picture: await pictureOf(id, itsFrame), model: finding.layer, lesions: finding.lesions, truth: truth?.layer ?? null, spacing_mm: finding.spacing_mm ?? item?.spacing_mm ?? null };
  const probability = finding.classes.find(({ name }) => name === finding.decision)?.probability;
  const title = `${kind === "model" ? value : item?.name}: ${finding.decision} ${percent(probability)}`;
  return { content, title, description: title };
}

function ofTruth(bare, state) {
  const { truth } = state;
  if (!truth) return { content: bare, title: "No correction saved yet", description: "No correction of this image is saved yet." };
  const title = `Your correction: ${truth.class ?? "class not known"}`;
  return { content: { ...bare, truth: truth.layer, truthFilled: true, show: { ...state.show, truth: true } }, title, description: title };
}
