import { byId } from "./dom.js";

/** The card that explains the page to who is here for the first time (its text stands in index.html): once closed, it stays closed. */
export function createIntro(openFiles) {
  byId("intro-open").addEventListener("click", openFiles);
  byId("intro-close").addEventListener("click", () => {
    localStorage.setItem("lanet.intro_read", "yes");
    document.documentElement.classList.add("intro-read");
    byId("list").focus();
  });
}
