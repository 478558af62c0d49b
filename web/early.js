// Runs before the first paint, so that neither a chosen theme nor the introduction flashes. All else is in modules.
(() => {
  try {
    const theme = localStorage.getItem("lanet.theme");
    if (localStorage.getItem("lanet.intro_read")) document.documentElement.classList.add("intro-read");
    if (theme === "dark" || theme === "light") document.documentElement.dataset.theme = theme;
  } catch {
    // storage refused: the system's theme holds
  }
})();
