import { byId, element, icon } from "./dom.js";
import { itemVerdict } from "./describe.js";
import { counted } from "./format.js";
import { pictureOf } from "./sources.js";

const FILTERS = {
  all: ["all", () => true],
  positive: ["positive decisions", (item, state) => item.decision === positiveOf(state)],
  negative: ["other decisions", (item, state) => item.state === "done" && item.decision !== positiveOf(state)],
  doubts: ["with doubts", (item) => item.doubts?.length > 0],
  mine: ["my own images", (item) => item.source !== "sample"],
  corrected: ["corrected", (item) => item.label],
  open: ["not corrected", (item) => !item.label],
};

const size = (item) => item.largest?.area_mm2 ?? item.largest?.area_px ?? 0;

const ORDERS = {
  newest: ["newest", null], // as the server gives them
  name: ["name", (a, b) => a.name.localeCompare(b.name, "en", { numeric: true })],
  probability: ["most suspicious", (a, b) => (b.probability ?? -1) - (a.probability ?? -1)],
  uncertainty: ["least certain", (a, b) => (b.uncertainty ?? -1) - (a.uncertainty ?? -1)],
  size: ["largest lesion", (a, b) => size(b) - size(a)],
};

const positiveOf = (state) => state.models.find((model) => model.default)?.positive_class ?? "malignant";

/** The items that the list shows, in its order. */
export function listedItems(state) {
  const [, keep] = FILTERS[state.filter];
  const [, order] = ORDERS[state.sort];
  const kept = state.items.filter((item) => keep(item, state));
  return order ? kept.toSorted(order) : kept;
}

/** The list of images: filter, order, rows that stay the same elements, arrow keys. */
export function createList(store) {
  const list = byId("list");
  const rows = new Map(); // id -> row
  fillSelect(byId("filter"), FILTERS, (filter) => store.set({ filter }));
  fillSelect(byId("sort"), ORDERS, (sort) => store.set({ sort }));

  const seen = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue;
      seen.unobserve(target);
      drawThumbnail(target);
    }
  }, { root: null, rootMargin: "200px" });

  const rowOf = (item) => {
    const known = rows.get(item.id);
    if (known) return known;
    const thumbnail = element("canvas", { class: "thumbnail", width: 96, height: 72, "aria-hidden": true, "data-id": item.id });
    const row = element("li", { class: "row", role: "option", id: `row-${item.id}`, "data-id": item.id }, thumbnail, element("div", { class: "row-text" }));
    rows.set(item.id, row);
    return row;
  };

  const render = (state) => {
    const items = listedItems(state);
    store.set({ listed: items.map(({ id }) => id) });
    const nodes = items.map((item) => filledRow(rowOf(item), item, state));
    if (nodes.length !== list.children.length || nodes.some((node, index) => node !== list.children[index])) list.replaceChildren(...nodes);
    for (const [id, row] of rows) {
      const item = state.items.find((known) => known.id === id);
      if (!item) rows.delete(id);
      else if (item.state === "done" && !row.dataset.drawn) seen.observe(row.firstChild);
    }
    byId("list-count").textContent = items.length === state.items.length ? counted(items.length, "image") : `${items.length} of ${counted(state.items.length, "image")}`;
    list.setAttribute("aria-activedescendant", state.listed.includes(state.selected) ? `row-${state.selected}` : "");
    if (!state.listed.includes(state.selected)) list.removeAttribute("aria-activedescendant");
  };

  const show = (id) => id && store.set({ selected: id, frame: firstFrame(store.state, id) });
  list.addEventListener("click", (event) => {
    show(event.target.closest(".row")?.dataset.id);
    byId("stage").scrollIntoView({ block: "nearest" }); // on a phone it may be above
  });
  list.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1, Home: -Infinity, End: Infinity, PageDown: 8, PageUp: -8 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    show(neighbour(store.state, step));
  });
  store.watch(["items", "filter", "sort", "selected", "models", "drafts"], render);
  store.watch(["selected"], (state) => scrollTo(rows.get(state.selected)));
}

/** Scrolls the list alone (never the page) until the row is seen. */
function scrollTo(row) {
  const list = row?.parentElement;
  if (!list) return;
  const [inner, outer] = [row.getBoundingClientRect(), list.getBoundingClientRect()];
  list.scrollTop += Math.min(0, inner.top - outer.top) + Math.max(0, inner.bottom - outer.bottom);
  list.scrollLeft += Math.min(0, inner.left - outer.left) + Math.max(0, inner.right - outer.right);
}

/** The id `step` places further in the list, held at its ends; undefined for an empty list. */
export function neighbour(state, step) {
  const place = state.listed.indexOf(state.selected);
  return state.listed[Math.min(Math.max(place + step, 0), state.listed.length - 1)];
}

/** The frame to begin with: of a cine the steadiest. */
export function firstFrame(state, id) {
  return state.items.find((item) => item.id === id)?.steadiest_frame ?? 1;
}

function filledRow(row, item, state) {
  const chosen = item.id === state.selected;
  row.setAttribute("aria-selected", String(chosen));
  const unsaved = Object.keys(state.drafts).some((key) => key.startsWith(`${item.id}/`));
  const tags = [
    item.frames > 1 ? tag(`${item.frames} frames`, null) : null,
    item.doubts?.length ? tag(counted(item.doubts.length, "doubt"), "warning") : null,
    unsaved ? tag("not saved", "brush") : null,
    item.label ? tag("corrected", "check") : null,
  ].filter(Boolean);
  const text = row.lastChild;
  const positive = item.state === "done" && item.decision === positiveOf(state);
  text.replaceChildren(
    element("span", { class: "row-name", text: item.name }),
    element("span", { class: positive ? "row-verdict positive" : "row-verdict", text: itemVerdict(item) }),
    element("span", { class: "row-tags" }, ...tags),
  );
  row.title = item.problem ?? item.name;
  return row;
}

const tag = (text, sign) => element("span", { class: `tag${sign ? ` tag-${sign}` : ""}` }, ...(sign ? [icon(sign)] : []), text);

function fillSelect(select, options, choose) {
  select.replaceChildren(...Object.entries(options).map(([value, [text]]) => element("option", { value, text })));
  select.addEventListener("change", () => choose(select.value));
}

/** Draws the middle of the first frame so that it fills the thumbnail. */
async function drawThumbnail(canvas) {
  canvas.parentElement.dataset.drawn = "yes";
  try {
    const { bitmap, width, height } = await pictureOf(canvas.dataset.id, 1);
    const scale = Math.max(canvas.width / width, canvas.height / height);
    const [w, h] = [width * scale, height * scale];
    const context = canvas.getContext("2d");
    context.imageSmoothingQuality = "high";
    context.drawImage(bitmap, (canvas.width - w) / 2, (canvas.height - h) / 2, w, h);
  } catch {
    delete canvas.parentElement.dataset.drawn; // the next change of the list tries again
  }
}
