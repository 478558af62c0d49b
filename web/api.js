// Every call of docs/api.md that the page makes. Paths are relative, so the page works behind any prefix.

const TOKEN_KEY = "lanet.token";

/** What the server refused, as one sentence with its remedy; status 0: it did not answer. */
export class ApiError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

export const setToken = (token) => sessionStorage.setItem(TOKEN_KEY, token);
export const hasToken = () => Boolean(sessionStorage.getItem(TOKEN_KEY));

/** Called with each ApiError of status 0 or 401, and with null after every answer: for the banner and the token's dialog. */
export const connection = { heard: () => {} };

async function request(path, options = {}) {
  const token = sessionStorage.getItem(TOKEN_KEY);
  const headers = { ...options.headers, ...(token ? { Authorization: `Bearer ${token}` } : {}) };
  let answer;
  try {
    answer = await fetch(path, { ...options, headers });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw reported(new ApiError(0, "The server does not answer."));
  }
  if (!answer.ok) throw reported(new ApiError(answer.status, await problemOf(answer)));
  connection.heard(null);
  return answer;
}

function reported(error) {
  if (error.status === 0 || error.status === 401) connection.heard(error);
  return error;
}

async function problemOf(answer) {
  try {
    return (await answer.json()).error.message;
  } catch {
    return `The server answered ${answer.status} ${answer.statusText}.`;
  }
}

const json = async (path, options) => (await request(path, options)).json();

const withQuery = (path, parameters) => {
  const known = Object.entries(parameters).filter(([, value]) => value !== null && value !== undefined && value !== "");
  return known.length ? `${path}?${new URLSearchParams(known)}` : path;
};

const ofFrame = (id, frame, what) => `v1/items/${encodeURIComponent(id)}/frames/${frame}/${what}`;

const sendJson = (method, body) => ({ method, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

/** ITEMs, newest first. */
export const items = async () => (await json("v1/items")).items;
export const item = (id) => json(`v1/items/${encodeURIComponent(id)}`);
export const forget = (id) => request(`v1/items/${encodeURIComponent(id)}`, { method: "DELETE" });

/** PNG of a frame (from 1), as a Blob. */
export const frameImage = async (id, frame) => (await request(ofFrame(id, frame, "image"))).blob();
/** FINDING of a frame with its mask; model null: the item's own. */
export const finding = (id, frame, model) => json(withQuery(ofFrame(id, frame, "finding"), { model }));
/** Class activation of a frame: {class, height, width, region, values}. */
export const heat = (id, frame, className, model) =>
  json(withQuery(ofFrame(id, frame, "heat"), { class: className, model }));

/** The corrected truth of a frame, {class, mask}; null where it was not corrected. */
export async function label(id, frame) {
  try {
    return await json(ofFrame(id, frame, "label"));
  } catch (error) {
    if (error.status === 404) return null;
    throw error;
  }
}
/** Saves a truth; gives the ITEM as it is now. */
export const saveLabel = (id, frame, truth) => json(ofFrame(id, frame, "label"), sendJson("PUT", truth));
export const removeLabel = (id, frame) => request(ofFrame(id, frame, "label"), { method: "DELETE" });
export const labels = () => json("v1/labels");
export const suggestions = async (count = 5) => (await json(`v1/suggestions?count=${count}`)).items;

/** Looks at one file and keeps it; gives {item, findings, …}. */
export const upload = (file, model, signal) =>
  json(withQuery("v1/findings", { model, keep: true, mask: false, name: file.name }), {
    method: "POST",
    headers: { "Content-Type": "application/octet-stream" },
    body: file,
    signal,
  });

/** Hands over an archive; gives JOB. */
export const startJob = (file, model) =>
  json(withQuery("v1/jobs", { model, name: file.name }), {
    method: "POST",
    headers: { "Content-Type": "application/octet-stream" },
    body: file,
  });
export const job = (id) => json(`v1/jobs/${encodeURIComponent(id)}`);
export const cancelJob = (id) => request(`v1/jobs/${encodeURIComponent(id)}`, { method: "DELETE" });

export const models = async () => (await json("v1/models")).models;
export const runs = async () => (await json("v1/runs")).runs;
export const run = (name) => json(`v1/runs/${encodeURIComponent(name)}`);
export const experiments = async () => (await json("v1/experiments")).experiments;
export const system = () => json("v1/system");
export const health = () => json("v1/health");

export const runReport = (name) => `v1/runs/${encodeURIComponent(name)}/report`;
export const experimentReport = (suite) => `v1/experiments/${encodeURIComponent(suite)}/report`;
export const itemDownload = (id, format, frame, model) =>
  withQuery(`v1/items/${encodeURIComponent(id)}/download`, { format, frame, model });
/** Table of findings; ids null: of all items. */
export const findingsDownload = (format, ids) => withQuery(`v1/findings.${format}`, { items: ids?.join(",") });

/** A file of the server: {blob, name}; the name is the server's, else `fallback`. */
export async function file(path, fallback) {
  const answer = await request(path);
  const said = /filename="?([^";]+)"?/.exec(answer.headers.get("Content-Disposition") ?? "");
  return { blob: await answer.blob(), name: said ? said[1] : fallback };
}
