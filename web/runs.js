import * as api from "./api.js";
import { columnName, createChart, figuresOf } from "./charts.js";
import { byId, element, svgElement } from "./dom.js";
import { capital, counted, duration } from "./format.js";
import { guarded } from "./status.js";

const POLL_MS = 2000;
const HISTORY = 60; // points of the processor's line

/** The page of trainings: live curves, the machine, experiments. It asks the server only while it is seen. */
export function createRuns(store) {
  const page = byId("runs");
  const list = element("ul", { class: "run-list" });
  const detail = element("section", { class: "run-detail", "aria-label": "Training" });
  const machine = element("section", { class: "card machine", "aria-label": "Machine" });
  const suites = element("section", { class: "card suites", "aria-label": "Experiments" });
  page.replaceChildren(
    element("nav", { class: "runs-side", "aria-label": "Trainings" }, element("h2", { text: "Trainings" }), list, machine),
    element("div", { class: "runs-main" }, detail, suites),
  );
  const shown = createDetail(detail);
  const load = [];
  let chosen = null;
  let timer = null;

  const visible = () => store.state.view === "runs" && !document.hidden;

  const poll = guarded(async () => {
    const [runs, system, experiments] = await Promise.all([api.runs(), api.system(), api.experiments()]);
    chosen = runs.some(({ name }) => name === chosen) ? chosen : (runs.find(({ state }) => state === "running") ?? runs[0])?.name ?? null;
    renderList(list, runs, chosen, choose);
    load.push(system.processor_percent);
    if (load.length > HISTORY) load.shift();
    renderMachine(machine, system, load);
    renderSuites(suites, experiments);
    await shown.show(runs.find(({ name }) => name === chosen) ?? null);
  });

  const loop = async () => {
    clearTimeout(timer);
    if (!visible()) return;
    await poll();
    clearTimeout(timer); // of another loop that was begun in the meantime
    if (visible()) timer = setTimeout(loop, POLL_MS);
  };
  const choose = (name) => {
    chosen = name;
    loop();
  };
  const wake = () => visible() && loop();
  store.watch(["view"], wake);
  document.addEventListener("visibilitychange", wake);
  wake();
}

function renderList(list, runs, chosen, choose) {
  if (runs.length === 0) return list.replaceChildren(element("li", { class: "hint", text: "No run yet. Start one in a terminal: lanet train lite0_pyramid_256 --data data/mine --name first" }));
  const focused = list.contains(document.activeElement) ? document.activeElement.dataset.name : null;
  list.replaceChildren(
    ...runs.map((run) =>
      element(
        "li",
        {},
        element(
          "button",
          { type: "button", class: "run", "data-name": run.name, "aria-current": run.name === chosen ? "true" : null, on: { click: () => choose(run.name) } },
          element("span", { class: "run-name", text: run.name }),
          element("span", { class: `state state-${run.state}`, text: run.state }),
          element("span", { class: "hint", text: progressText(run) }),
        ),
      ),
    ),
  );
  if (focused) [...list.querySelectorAll("button")].find((button) => button.dataset.name === focused)?.focus();
}

const progressText = (run) => `${run.epochs_done}${run.epochs ? ` of ${run.epochs}` : ""} epochs, ${duration(run.seconds)}`;

/** The chosen run: {show(run or null)}. Its curves are fetched again only where an epoch was added. */
function createDetail(node) {
  const head = element("div", { class: "run-head" });
  const charts = element("div", { class: "charts" });
  const table = element("details", { class: "card" });
  node.append(head, charts, table);
  let drawn = { key: null, name: null, columns: "", charts: [] };
  new ResizeObserver(() => drawn.charts.forEach((chart) => chart.resize())).observe(charts);
  addEventListener("themechange", () => drawn.charts.forEach((chart) => chart.redraw()));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => drawn.charts.forEach((chart) => chart.redraw()));

  const draw = (run, metrics) => {
    const columns = metrics.columns.join();
    if (drawn.name === run.name && drawn.columns === columns) {
      drawn.charts.forEach((chart) => chart.update(metrics));
      return;
    }
    drawn.charts.forEach((chart) => chart.destroy());
    const made = figuresOf(metrics.columns).map((figure) => createChart(figure, metrics));
    charts.replaceChildren(...made.map((chart) => chart.node));
    drawn = { ...drawn, name: run.name, columns, charts: made };
  };

  return {
    async show(run) {
      renderHead(head, run);
      const key = run && `${run.name} ${run.stage} ${run.epochs_done} ${run.state}`;
      if (!run || key === drawn.key) return;
      const metrics = await api.run(run.name);
      draw(run, metrics);
      drawn.key = key;
      renderTable(table, metrics);
    },
  };
}

function renderHead(head, run) {
  if (!run) return head.replaceChildren(element("h2", { text: "Curves" }), element("p", { class: "hint", text: "The curves of a training stand here, while it runs." }));
  const best = Object.entries(run.best ?? {}).filter(([, value]) => typeof value === "number").map(([name, value]) => `${columnName(name)} ${Number.isInteger(value) ? value : value.toFixed(3)}`);
  head.replaceChildren(
    element("h2", { text: run.name }),
    element("p", {}, element("span", { class: `state state-${run.state}`, text: run.state }), ` ${run.stage ? `stage ${run.stage}, ` : ""}${progressText(run)}`),
    run.epochs ? element("progress", { max: run.epochs, value: run.epochs_done, "aria-label": "Epochs done" }) : "",
    best.length ? element("p", { class: "hint", text: `Best so far: ${best.join(", ")}.` }) : "",
    run.has_report ? reportLink(api.runReport(run.name), `Report of ${run.name}`) : element("p", { class: "hint", text: `A report: lanet report runs/${run.name}` }),
  );
}

/** A link; behind a token, which links can't carry, a button that saves the report. */
function reportLink(path, text) {
  if (!api.hasToken()) return element("a", { href: path, target: "_blank", rel: "noopener", text });
  const save = guarded(async () => {
    const { blob } = await api.file(path, "report.html");
    const link = element("a", { href: URL.createObjectURL(blob), download: "report.html" });
    link.click();
  });
  return element("button", { type: "button", text: `Save: ${text}`, on: { click: save } });
}

function renderTable(table, { columns, rows }) {
  const open = table.open;
  const cell = (value) => (value === null || value === "" ? "–" : Number.isInteger(Number(value)) ? `${value}` : Number(value).toPrecision(4));
  table.replaceChildren(
    element("summary", { text: `All figures as a table (${counted(rows.length, "epoch")})` }),
    element(
      "div",
      { class: "table-room", tabindex: 0, role: "region", "aria-label": "Figures of all epochs" },
      element("table", {}, element("thead", {}, element("tr", {}, ...columns.map((name) => element("th", { scope: "col", text: columnName(name) })))), element("tbody", {}, ...rows.map((row) => element("tr", {}, ...row.map((value) => element("td", { text: cell(value) })))))),
    ),
  );
  table.open = open;
}

function renderMachine(node, system, load) {
  const gib = (mib) => `${(mib / 1024).toFixed(1)} GiB`;
  const row = (name, value, share) => [element("dt", { text: name }), element("dd", {}, value, share === null ? "" : element("meter", { min: 0, max: 1, high: 0.9, value: share, "aria-label": name }))];
  const points = load.map((value, index) => `${(index * 100) / (HISTORY - 1)},${30 - 0.28 * value}`).join(" ");
  node.replaceChildren(
    element("h2", { text: "Machine" }),
    svgElement("svg", { class: "sparkline", viewBox: "0 0 100 31", preserveAspectRatio: "none", role: "img", "aria-label": `Processor over the last ${load.length * (POLL_MS / 1000)} seconds, now ${Math.round(system.processor_percent)} %` }, svgElement("polyline", { class: "curve-line", points })),
    element(
      "dl",
      { class: "card-rows" },
      ...row("Processor", `${Math.round(system.processor_percent)} %`, system.processor_percent / 100),
      ...row("Memory", `${gib(system.memory_mib)} of ${gib(system.memory_total_mib)}`, system.memory_mib / system.memory_total_mib),
      ...row("This server", gib(system.process_mib), null),
      ...row("Disk free", `${Math.round(system.disk_free_gib)} GiB`, null),
      ...row("Up for", duration(system.uptime_s), null),
    ),
  );
}

function renderSuites(node, experiments) {
  const title = element("h2", { text: "Experiments" });
  if (experiments.length === 0) return node.replaceChildren(title, element("p", { class: "hint", text: "None yet. For example: lanet experiment fig5 --data data/mine" }));
  const row = (suite) => {
    const total = suite.done + suite.running + suite.failed + suite.to_do;
    return element(
      "tr",
      {},
      element("th", { scope: "row", text: suite.suite }),
      element("td", {}, element("progress", { max: Math.max(total, 1), value: suite.done, "aria-label": `${suite.suite}: done` }), ` ${suite.done} of ${total}`),
      element("td", { text: `${suite.running}` }),
      element("td", { class: suite.failed ? "failed" : null, text: `${suite.failed}` }),
      element("td", { text: duration(suite.seconds_left) }),
      element("td", {}, suite.has_report ? reportLink(api.experimentReport(suite.suite), "Report") : "–"),
    );
  };
  const head = ["Suite", "Done", "Running", "Failed", "Time left", "Report"].map((text) => element("th", { scope: "col", text: capital(text) }));
  node.replaceChildren(title, element("div", { class: "table-room", tabindex: 0, role: "region", "aria-label": "Table of experiments" }, element("table", {}, element("thead", {}, element("tr", {}, ...head)), element("tbody", {}, ...experiments.map(row)))));
}
