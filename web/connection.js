import * as api from "./api.js";
import { byId, element } from "./dom.js";

const RETRY_SECONDS = 3;

/**
 * Shows a banner while the server does not answer, asks for a token where it wants one, and calls `back` once it answers again.
 * @param {() => void} back
 */
export function watchConnection(back) {
  let gone = false;

  const retry = async () => {
    try {
      await api.health();
    } catch (error) {
      if (error.status === 0) return void setTimeout(retry, RETRY_SECONDS * 1000);
    }
    gone = false;
    byId("banner").hidden = true;
    back();
  };

  api.connection.heard = (error) => {
    if (error?.status === 401) return askForToken(back);
    if (!error || gone) return;
    gone = true;
    const banner = byId("banner");
    banner.textContent = `The server does not answer. Is lanet serve still running? Trying again every ${RETRY_SECONDS} seconds; what you painted stays.`;
    banner.hidden = false;
    setTimeout(retry, RETRY_SECONDS * 1000);
  };
}

function askForToken(back) {
  const dialog = byId("token-dialog");
  if (dialog.open) return;
  const field = element("input", { id: "token", type: "password", autocomplete: "off", required: true });
  const form = element(
    "form",
    {
      method: "dialog",
      on: {
        submit: () => {
          api.setToken(field.value.trim());
          back();
        },
      },
    },
    element("h2", { id: "token-title", text: "This server wants a token" }),
    element("p", { text: "lanet serve printed a link with it where it was started: the text after #token=. It is what stands in its token file, or after --token." }),
    element("label", { for: "token", text: "Token" }),
    field,
    element("button", { class: "primary", text: "Go on" }),
  );
  dialog.replaceChildren(form);
  dialog.showModal();
}
