import { announce } from "./status.js";

const KEY = "lanet.theme";
const system = matchMedia("(prefers-color-scheme: dark)");

/** "dark" or "light", as it is seen now. */
export const currentTheme = () => document.documentElement.dataset.theme ?? (system.matches ? "dark" : "light");

/** Goes to the other theme and remembers it; where that is the system's, follows the system again. */
export function switchTheme() {
  const other = currentTheme() === "dark" ? "light" : "dark";
  if ((other === "dark") === system.matches) {
    delete document.documentElement.dataset.theme;
    localStorage.removeItem(KEY);
  } else {
    document.documentElement.dataset.theme = other;
    localStorage.setItem(KEY, other);
  }
  dispatchEvent(new Event("themechange"));
  announce(`${other === "dark" ? "Dark" : "Light"} colours.`);
}
