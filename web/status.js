import { byId, element } from "./dom.js";

/**
 * Says something to screen readers, and shows it for a while where `visibly`.
 * @param {string} text
 * @param {boolean} [visibly]
 */
export function announce(text, visibly = false) {
  const live = byId("live");
  live.textContent = live.textContent === text ? `${text} ` : text; // the same again is said again
  if (visibly) showToast(text, "toast");
}

/** Shows what went wrong, with its remedy, until it is closed. */
export function complain(error) {
  const text = error.message ?? String(error);
  announce(text);
  showToast(text, "toast toast-problem", true);
}

function showToast(text, style, stays = false) {
  const toasts = byId("toasts");
  for (const known of [...toasts.children]) if (known.dataset.text === text) known.remove();
  const toast = element("div", { class: style, "data-text": text }, element("span", { text }));
  const close = () => toast.remove();
  toast.append(element("button", { type: "button", class: "plain square", "aria-label": "Close", text: "×", on: { click: close } }));
  toasts.append(toast);
  while (toasts.children.length > 4) toasts.firstChild.remove();
  if (!stays) setTimeout(close, 6000);
}

/** Wraps an asynchronous handler: what it throws is shown. */
export const guarded =
  (call) =>
  async (...values) => {
    try {
      return await call(...values);
    } catch (error) {
      if (error.name === "AbortError") return undefined;
      if (error.status !== 0 && error.status !== 401) complain(error); // those two have the banner and the token's dialog
      return undefined;
    }
  };
