import { byId, element } from "./dom.js";
import { announce } from "./status.js";

const KEY = "lanet.single_keys";

/** Whether single letters are shortcuts (they can be switched off for speech input). */
export const singleKeys = () => localStorage.getItem(KEY) !== "off";

/**
 * Listens for keys and fills the help.
 * @param {{title: string, keys: {keys: string[], text: string, run: ((event: KeyboardEvent) => any) | null}[]}[]} groups `keys` as
 *   KeyboardEvent.key says, "Ctrl+z" with modifiers, "Viewer Enter" only in the viewer; run null: told only. An action that
 *   returns false leaves the key to the browser. `silent`: further rows that the help leaves out.
 */
export function createKeyboard(groups) {
  const actions = new Map(groups.flatMap(({ keys, silent = [] }) => [...keys, ...silent].flatMap((row) => (row.run ? row.keys.map((key) => [key, row.run]) : []))));
  addEventListener("keydown", (event) => {
    const run = actionOf(actions, event);
    if (run && run(event) !== false) event.preventDefault();
  });
  byId("help").addEventListener("click", () => showHelp(groups));
  return { help: () => showHelp(groups) };
}

function actionOf(actions, event) {
  if (event.defaultPrevented || document.querySelector("dialog[open]")) return null;
  const { target } = event;
  const control = event.ctrlKey || event.metaKey;
  if (control || event.altKey) return event.altKey ? null : actions.get(`Ctrl+${event.shiftKey ? "Shift+" : ""}${event.key.toLowerCase()}`);
  if (isTyping(target)) return null;
  const inViewer = target.closest?.(".pane");
  const ofViewer = inViewer && actions.get(`Viewer ${event.shiftKey && event.key.startsWith("Arrow") ? "Shift+" : ""}${event.key}`);
  if (ofViewer) return ofViewer;
  if (usesKey(target, event.key)) return null;
  const name = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (name.length === 1 && !singleKeys() && name !== "?") return null;
  return actions.get(name);
}

const isTyping = (target) => target.matches?.('textarea, select, input:not([type="range"], [type="checkbox"], [type="radio"])') ?? false;

/** Keys that the focused control needs itself. */
function usesKey(target, key) {
  if (key === " " || key === "Enter") return target.matches?.("button, a, summary, input, [role=option]");
  return key.startsWith("Arrow") && target.matches?.("input, [role=radio], [role=listbox]");
}

const KEY_NAMES = { ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓", " ": "Space", Escape: "Esc" };

function keyName(key) {
  const parts = key.replace("Viewer ", "").split(/\+(?=.)/);
  return parts.map((part) => KEY_NAMES[part] ?? (part.length === 1 ? part.toUpperCase() : part)).join("+");
}

function showHelp(groups) {
  const dialog = byId("help-dialog");
  const table = ({ title, keys }) =>
    element(
      "section",
      {},
      element("h3", { text: title }),
      element("dl", { class: "keys" }, ...keys.flatMap((row) => [element("dt", {}, ...row.keys.map((key) => element("kbd", { text: keyName(key) }))), element("dd", { text: row.text })])),
    );
  const letters = element("input", { type: "checkbox", id: "single-keys", on: { change: () => {
    localStorage.setItem(KEY, letters.checked ? "on" : "off");
    announce(letters.checked ? "Single letters are shortcuts." : "Single letters are no shortcuts.");
  } } });
  letters.checked = singleKeys();
  dialog.replaceChildren(
    element("h2", { id: "help-title", tabindex: -1, autofocus: true, text: "Help" }),
    element("p", { text: "Orange is what the model takes for a lesion; at its side stands how probable it finds each class, and what speaks against relying on it. Green is your own correction. Drop images, DICOM files, folders or archives anywhere." }),
    element("p", { text: "Drag moves, the wheel or two fingers zoom, the right button changes contrast (sideways) and brightness (up and down)." }),
    element("div", { class: "key-groups" }, ...groups.map(table)),
    element("label", { class: "check" }, letters, "Single letters are shortcuts"),
    element("p", { class: "research-note", text: "Research use only, not a medical device." }),
    element("form", { method: "dialog" }, element("button", { class: "primary", text: "Close" })),
  );
  dialog.showModal();
}
