import { byId, element } from "./dom.js";
import { lengthText, measurementsOf, setMeasurements } from "./ruler.js";

/** The list of what was measured in the frame that is looked at. */
export function createMeasurements(store) {
  const panel = byId("measurements");
  const render = (state) => {
    const list = measurementsOf(state);
    const remove = (index) => setMeasurements(store, measurementsOf(store.state).toSpliced(index, 1));
    const rows = list.map((measurement, index) =>
      element(
        "li",
        {},
        element("span", { text: lengthText(measurement, state.spacing_mm) }),
        element("button", { type: "button", class: "plain square", "aria-label": `Remove measurement ${index + 1}`, text: "×", on: { click: () => remove(index) } }),
      ),
    );
    const hint = state.spacing_mm ? "Distances in mm, by the size of a pixel that the file gives." : "Distances in pixels: the file does not say how large a pixel is.";
    panel.replaceChildren(
      list.length ? element("ol", { class: "measurement-list" }, ...rows) : element("p", { class: "hint", text: "None yet: choose Measure (R) and drag over the image." }),
      list.length ? element("p", { class: "hint", text: hint }) : "",
    );
  };
  store.watch(["measurements", "selected", "frame", "spacing_mm"], render);
  render(store.state);
}
