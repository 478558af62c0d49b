import { element } from "./dom.js";

const COLOUR_VARIABLES = ["--series-1", "--series-2", "--series-3", "--series-4", "--series-5", "--series-6"];

let library = null;

/** uPlot and its style sheet, fetched when the first curve is drawn. */
function uplot() {
  library ??= import("./vendor/uPlot.esm.js").then((module) => module.default);
  if (!document.querySelector("link[data-uplot]"))
    document.head.append(element("link", { rel: "stylesheet", href: new URL("./vendor/uPlot.min.css", import.meta.url).pathname, "data-uplot": true }));
  return library;
}

/**
 * Which curves of metrics.csv stand in which figure; columns that are not there, or empty, are left out.
 * @param {string[]} columns
 * @returns {{title: string, columns: string[]}[]}
 */
export function figuresOf(columns) {
  const such = (title, pattern) => ({ title, columns: columns.filter((name) => pattern.test(name)) });
  return [
    such("Loss", /^(train|val)_loss$/),
    such("Validation: accuracy, AUC, overlap", /^val_(accuracy|auc|jsi|dice|f1|sensitivity|specificity)$/),
    such("Parts of the loss", /^(train|val)_.+_loss$/),
    such("Learning rate", /^learning_rate$/),
    such("Seconds an epoch", /^seconds$/),
    such("Images a second", /^images_per_second$/),
  ].filter((figure) => figure.columns.length > 0);
}

/** "train_class_loss" as "train class loss". */
export const columnName = (column) => column.replaceAll("_", " ").replace(/\b(auc|jsi)\b/, (word) => word.toUpperCase());

const colour = (variable) => getComputedStyle(document.documentElement).getPropertyValue(variable).trim();

/**
 * One figure with its curves over the epochs.
 * @param {{title: string, columns: string[]}} figure
 * @param {{columns: string[], rows: (number | string | null)[][]}} metrics
 * @returns {{node: HTMLElement, update(metrics): void, resize(): void, destroy(): void}}
 */
export function createChart(figure, metrics) {
  const room = element("div", { class: "chart-room" });
  const caption = element("figcaption", { class: "hint" });
  const node = element("figure", { class: "chart" }, element("h3", { text: figure.title }), room, caption);
  let chart = null;
  let latest = metrics;

  const draw = async () => {
    const Plot = await uplot();
    chart?.destroy();
    chart = new Plot(optionsOf(figure, latest, widthOf(room)), dataOf(figure, latest), room);
  };
  const tell = () => (caption.textContent = lastValues(figure, latest));

  draw();
  tell();
  return {
    node,
    redraw: draw,
    update(next) {
      latest = next;
      chart?.setData(dataOf(figure, next));
      tell();
    },
    resize: () => chart?.setSize({ width: widthOf(room), height: 200 }),
    destroy: () => chart?.destroy(),
  };
}

const widthOf = (room) => Math.max(220, room.clientWidth);

const numberOf = (value) => (value === null || value === "" || value === undefined ? null : Number(value));

/** Epochs counted through all stages, then a list of values for each column. */
function dataOf(figure, { columns, rows }) {
  const places = figure.columns.map((name) => columns.indexOf(name));
  return [rows.map((_, index) => index + 1), ...places.map((place) => rows.map((row) => numberOf(row[place])))];
}

function optionsOf(figure, metrics, width) {
  const axis = { stroke: colour("--muted"), grid: { stroke: colour("--line"), width: 1 }, ticks: { stroke: colour("--line"), width: 1 }, font: "12px system-ui", labelFont: "12px system-ui" };
  return {
    width,
    height: 200,
    scales: { x: { time: false } },
    legend: { live: true },
    cursor: { drag: { x: true, y: false } },
    axes: [{ ...axis, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000] }, { ...axis, size: 70, values: (_, marks) => marks.map((mark) => `${Number(mark.toPrecision(3))}`) }],
    series: [
      { label: "epoch" },
      ...figure.columns.map((name, index) => ({ label: columnName(name), stroke: colour(COLOUR_VARIABLES[index % COLOUR_VARIABLES.length]), width: 2, dash: name.startsWith("val_") && figure.columns.some((other) => other.startsWith("train_")) ? [6, 3] : undefined, points: { show: metrics.rows.length < 2 }, value: (_, value) => (value === null || value === undefined ? "–" : Number(value.toPrecision(4)).toString()) })),
    ],
    hooks: { draw: [(chart) => drawStages(chart, metrics)] },
  };
}

/** A line where a new stage begins. */
function drawStages(chart, { columns, rows }) {
  const place = columns.indexOf("stage");
  rows.forEach((row, index) => {
    if (index === 0 || row[place] === rows[index - 1][place]) return;
    const x = Math.round(chart.valToPos(index + 0.5, "x", true));
    const { ctx } = chart;
    ctx.save();
    ctx.strokeStyle = colour("--muted");
    ctx.setLineDash([4, 4]);
    ctx.beginPath();
    ctx.moveTo(x, chart.bbox.top);
    ctx.lineTo(x, chart.bbox.top + chart.bbox.height);
    ctx.stroke();
    ctx.restore();
  });
}

function lastValues(figure, { columns, rows }) {
  const values = figure.columns.map((name) => {
    const place = columns.indexOf(name);
    const known = rows.map((row) => numberOf(row[place])).filter((value) => value !== null);
    return known.length ? `${columnName(name)} ${Number(known.at(-1).toPrecision(4))}` : null;
  });
  return `Last: ${values.filter(Boolean).join(", ") || "nothing yet"}.`;
}
