import { MaskEditor } from "./mask_editor.js";

// A draft is a correction that is not saved: {editor: MaskEditor or null (mask untouched), class: name, null (not known) or undefined
// (not chosen)}. Drafts stay with their frame while one looks at others.

export const frameKey = (state) => `${state.selected}/${state.frame}`;

/** Whether what is shown is already of the selected frame; before that, nothing may be painted or saved. */
export const isLoaded = (state) => state.loaded === frameKey(state);

/** The draft of the frame that is looked at; undefined where nothing was changed. */
export const draftOf = (state) => state.drafts[frameKey(state)];

/** Changes the draft of the frame that is looked at, beginning one where there is none; null drops it. */
export function setDraft(store, patch) {
  const key = frameKey(store.state);
  const drafts = { ...store.state.drafts };
  if (patch === null) delete drafts[key];
  else drafts[key] = { editor: null, class: store.state.truth?.class, ...drafts[key], ...patch };
  store.set({ drafts });
}

/** The editor of the frame that is looked at; it begins with the saved mask, else with the model's. Null without a picture. */
export function editorOf(store) {
  const { state } = store;
  const known = draftOf(state)?.editor;
  if (!isLoaded(state) || !state.picture) return null;
  if (known) return known;
  const layer = state.truth?.layer ?? state.finding?.layer;
  const editor = new MaskEditor(state.picture.width, state.picture.height, layer?.pixels);
  setDraft(store, { editor });
  return editor;
}

/** Tells the store that an editor's pixels changed. */
export const draftChanged = (store) => store.set({ drafts: { ...store.state.drafts } });
