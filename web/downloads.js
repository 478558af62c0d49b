import * as api from "./api.js";
import { byId, element, icon } from "./dom.js";
import { guarded } from "./status.js";
import { selectedItem } from "./store.js";

const OF_ITEM = [
  { format: "json", text: "Finding (JSON)" },
  { format: "mask", text: "Mask (PNG)" },
  { format: "overlay", text: "Overlay (PNG)" },
  { format: "seg", text: "DICOM SEG", dicom: true },
  { format: "sr", text: "DICOM SR", dicom: true },
  { format: "sc", text: "DICOM SC", dicom: true },
];

const OF_LIST = [
  { format: "csv", text: "Table (CSV)" },
  { format: "json", text: "Findings (JSON)" },
  { format: "zip", text: "All files (zip)" },
];

const SUFFIX = { json: "json", mask: "png", overlay: "png", seg: "dcm", sr: "dcm", sc: "dcm" };

/** The buttons that save files. `snapshot` gives a canvas of the picture as it is seen. */
export function createDownloads(store, snapshot) {
  const stem = () => selectedItem(store.state)?.name.replace(/\.[^.]+$/, "") ?? "image";
  const ofItem = (format) =>
    guarded(async () => {
      const { selected, frame, model } = store.state;
      const many = ["seg", "sr", "sc"].includes(format); // one object with all frames
      save(await api.file(api.itemDownload(selected, format, many ? null : frame, model), `${stem()}_${format}.${SUFFIX[format]}`));
    });
  const ofList = (format) =>
    guarded(async () => {
      const { listed, items } = store.state;
      save(await api.file(api.findingsDownload(format, listed.length === items.length ? null : listed), `findings.${format}`));
    });
  const view = guarded(async () => save({ blob: await new Promise((resolve) => snapshot().toBlob(resolve)), name: `${stem()}_view.png` }));

  const button = (text, id, click) => element("button", { type: "button", id, on: { click } }, icon("download"), text);
  const itemButtons = OF_ITEM.map(({ format, text, dicom }) => ({ dicom, node: button(text, `download-${format}`, ofItem(format)) }));
  const viewButton = button("As seen (PNG)", "download-view", view);
  const listButtons = OF_LIST.map(({ format, text }) => button(text, `download-all-${format}`, ofList(format)));
  const why = element("p", { class: "hint", text: "SEG, SR and SC are for DICOM images: they carry the patient’s and the study’s identity on." });
  const listTitle = element("p", { class: "field-name" });
  byId("downloads").replaceChildren(
    element("p", { class: "field-name", text: "This image" }),
    element("div", { class: "button-row" }, viewButton, ...itemButtons.map(({ node }) => node)),
    why,
    listTitle,
    element("div", { class: "button-row" }, ...listButtons),
  );
  const render = (state) => {
    const item = selectedItem(state);
    for (const { dicom, node } of itemButtons) node.disabled = item?.state !== "done" || (dicom && item.kind !== "dicom");
    viewButton.disabled = !state.picture;
    why.hidden = item?.kind === "dicom";
    listTitle.textContent = state.listed.length === state.items.length ? "All images" : `The ${state.listed.length} listed images`;
    for (const node of listButtons) node.disabled = state.listed.length === 0;
  };
  store.watch(["selected", "items", "listed", "picture"], render);
  render(store.state);
}

/** Hands a file to the browser's downloads. */
function save({ blob, name }) {
  const address = URL.createObjectURL(blob);
  const link = element("a", { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}
