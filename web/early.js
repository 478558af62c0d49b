// Runs before the first paint, so that neither a chosen theme nor the introduction flashes. All else is in modules.
(() => {
  try {
    const theme = localStorage.getItem("lanet.theme");
    if (localStorage.getItem("lanet.intro_read")) document.documentElement.classList.add("intro-read");
    if (theme === "dark" || theme === "light") document.documentElement.dataset.theme = theme;
  } catch {
    // storage refused: the system's theme holds
  }

  // The link that lanet serve prints: what stands after # never leaves the browser, and does not stay in its history.
  const takeToken = () => {
    const given = /^#token=(.+)$/.exec(location.hash);
    if (!given) return false;
    history.replaceState(null, "", location.pathname + location.search);
    try {
      sessionStorage.setItem("lanet.token", decodeURIComponent(given[1]));
    } catch {
      return false; // storage refused, or no text: the page asks for the token
    }
    return true;
  };
  takeToken();
  addEventListener("hashchange", () => takeToken() && location.reload());
})();
