import * as api from "./api.js";
import { byId, element } from "./dom.js";
import { counted } from "./format.js";
import { announce, guarded } from "./status.js";

const ARCHIVE = /\.(zip|tar|tgz|tar\.gz|tar\.xz|tar\.bz2)$/i;
const NOT_AN_IMAGE = /(^|\/)(\.|__MACOSX|Thumbs\.db|desktop\.ini|DICOMDIR$)/i;
const AT_ONCE = 2;
const POLL_MS = 600;

/**
 * Takes files from the buttons, from dropping and from the clipboard, has them looked at, and calls `arrived` with the first item of a
 * batch, and with null for the further ones.
 */
export function createUpload(store, arrived) {
  const status = byId("upload-status");
  let queue = [];
  let total = 0;
  let done = 0;
  let problems = [];
  let first = true;
  let stop = null; // AbortController of the batch that runs

  const render = (running) => {
    status.hidden = total === 0;
    const cancel = element("button", { type: "button", class: "plain", text: running ? "Stop" : "Close", on: { click: running ? cancelAll : clear } });
    const text = running ? `Looking at ${Math.min(done + 1, total)} of ${total}…` : `${counted(done - problems.length, "image")} done${problems.length ? `, ${problems.length} not` : ""}.`;
    status.replaceChildren(
      element("div", { class: "upload-line" }, element("span", { text }), cancel),
      element("progress", { max: total, value: done, "aria-label": "Images looked at" }),
      problems.length ? element("ul", { class: "problems" }, ...problems.map((problem) => element("li", { text: problem }))) : null ?? "",
    );
  };

  const clear = () => {
    [queue, total, done, problems] = [[], 0, 0, []];
    render(false);
  };

  const cancelAll = () => {
    total -= queue.length;
    queue = [];
    stop?.abort();
  };

  const one = async (file) => {
    try {
      if (ARCHIVE.test(file.name)) await archive(file);
      else tell((await api.upload(file, store.state.model, stop.signal)).item);
    } catch (error) {
      if (error.name !== "AbortError") problems.push(error.message.includes(file.name) ? error.message : `${file.name}: ${error.message}`);
    }
    done++;
    render(true);
  };

  const tell = (id) => {
    arrived(first ? id : null);
    first = false;
  };

  const archive = async (file) => {
    let job = await api.startJob(file, store.state.model);
    const known = new Set();
    while (job.state === "waiting" || job.state === "running") {
      if (stop.signal.aborted) return void api.cancelJob(job.id);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      job = await api.job(job.id);
      for (const id of job.items.filter((item) => !known.has(item))) {
        known.add(id);
        tell(id);
      }
    }
    problems.push(...job.problems);
  };

  const worker = async () => {
    while (queue.length) await one(queue.shift());
  };

  const add = async (files) => {
    const wanted = files.filter((file) => !NOT_AN_IMAGE.test(file.webkitRelativePath || file.name));
    if (wanted.length === 0) return announce("No file to look at was among these.", true);
    queue.push(...wanted);
    total += wanted.length;
    if (stop) return render(true);
    stop = new AbortController();
    first = true;
    render(true);
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    stop = null;
    render(false);
    announce(`${counted(done - problems.length, "image")} looked at${problems.length ? `, ${counted(problems.length, "file")} could not be read` : ""}.`);
    if (problems.length === 0) setTimeout(() => !stop && clear(), 4000);
  };

  watchInputs(guarded(add));
  return { open: () => byId("file-input").click() };
}

function watchInputs(add) {
  for (const [button, input] of [["open-images", "file-input"], ["open-folder", "folder-input"]]) {
    byId(button).addEventListener("click", () => byId(input).click());
    byId(input).addEventListener("change", () => {
      add([...byId(input).files]);
      byId(input).value = "";
    });
  }
  addEventListener("paste", (event) => event.clipboardData?.files.length && add([...event.clipboardData.files]));
  watchDrops(add);
}

function watchDrops(add) {
  const carriesFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  let depth = 0; // dragenter and dragleave come for every element on the way
  const shade = (change) => {
    depth = Math.max(0, depth + change);
    byId("drop").hidden = depth === 0;
  };
  addEventListener("dragenter", (event) => carriesFiles(event) && shade(1));
  addEventListener("dragleave", (event) => carriesFiles(event) && shade(-1));
  addEventListener("dragover", (event) => carriesFiles(event) && event.preventDefault());
  addEventListener("drop", async (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    shade(-depth);
    add(await filesOf(event.dataTransfer));
  });
}

/** All files of what was dropped, folders walked through. */
async function filesOf(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (entries.length === 0) return [...transfer.files];
  return (await Promise.all(entries.map(walk))).flat();
}

async function walk(entry) {
  if (entry.isFile) return [await new Promise((resolve, reject) => entry.file(resolve, reject))];
  const reader = entry.createReader();
  const files = [];
  for (;;) {
    const part = await new Promise((resolve, reject) => reader.readEntries(resolve, reject)); // at most 100 at a time
    if (part.length === 0) return files;
    files.push(...(await Promise.all(part.map(walk))).flat());
  }
}
