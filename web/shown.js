import { selectedItem } from "./store.js";
import { complain } from "./status.js";
import { findingOf, heatOf, labelOf, pictureOf } from "./sources.js";

/** How long the frame before stays; then the picture is shown without finding. */
const PATIENCE_MS = 150;

const NOTHING = { picture: null, finding: null, truth: null, heat: null, spacing_mm: null, loaded: null };

/**
 * Keeps what belongs to the selected frame in the store: `picture`, `finding`, `truth`, `spacing_mm`, and `heat` while it is shown.
 * What arrives after one went on is dropped; until `loaded` names the selected frame, all this may still be of the frame before.
 */
export function followSelection(store) {
  let turn = 0;
  const load = async () => {
    const mine = ++turn;
    const put = (patch) => mine === turn && store.set(patch);
    const { selected, frame, model } = store.state;
    const item = selectedItem(store.state);
    if (item?.state !== "done") return put({ ...NOTHING, picture: item?.state === "waiting" ? await pictureOf(selected, frame).catch(() => null) : null });
    const arriving = tried(pictureOf(selected, frame));
    const all = Promise.all([
      arriving,
      tried(findingOf(selected, frame, model)),
      item.label?.frames.includes(frame) ? tried(labelOf(selected, frame)) : null,
    ]);
    const spacing_mm = item.spacing_mm ?? null;
    const early = await Promise.race([all, new Promise((resolve) => setTimeout(resolve, PATIENCE_MS))]);
    if (!early) {
      put(NOTHING);
      put({ picture: await arriving, spacing_mm });
    }
    const [picture, finding, truth] = await all;
    put({ picture, finding, truth, heat: null, spacing_mm: finding?.spacing_mm ?? spacing_mm, loaded: `${selected}/${frame}` });
    await loadHeat(store, put);
    prefetch(item, frame, model, store.state);
  };
  let shown = "";
  store.watch(["selected", "frame", "model", "items"], (state) => {
    const key = `${state.selected} ${state.frame} ${state.model} ${selectedItem(state)?.state}`;
    if (key === shown) return;
    shown = key;
    load();
  });
  store.watch(["show"], (state) => {
    if (state.show.heat && !state.heat) loadHeat(store, (patch) => store.set(patch));
  });
  store.watch(["heatClass"], () => loadHeat(store, (patch) => store.set(patch)));
}

async function loadHeat(store, put) {
  const { show, selected, frame, model, finding, heatClass } = store.state;
  if (!show.heat || !finding) return put({ heat: null });
  const heat = await tried(heatOf(selected, frame, heatClass ?? finding.decision, model));
  if (store.state.selected === selected && store.state.frame === frame) put({ heat });
}

/** The promise's value; null after saying what went wrong. */
async function tried(promise) {
  try {
    return await promise;
  } catch (error) {
    if (error.status !== 0 && error.status !== 401) complain(error);
    return null;
  }
}

/** What will probably be looked at next: further frames of a cine, the next image of the list. */
function prefetch(item, frame, model, state) {
  const quietly = (promise) => promise.catch(() => {});
  for (let next = frame + 1; next <= Math.min(item.frames, frame + 6); next++) {
    quietly(pictureOf(item.id, next));
    quietly(findingOf(item.id, next, model));
  }
  const place = state.listed.indexOf(item.id);
  const following = state.items.find((known) => known.id === state.listed[place + 1]);
  if (following?.state !== "done") return;
  quietly(pictureOf(following.id, 1));
  quietly(findingOf(following.id, 1, model));
}
