import { element, oncePerFrame } from "./dom.js";
import { FITTED, scaleBarLength, toImage, transformOf } from "./geometry.js";
import { COLOURS, drawBoxes, drawHeat, drawText, drawTint, strokeTwice, tint } from "./paint.js";
import { NATURAL_WINDOW } from "./window_level.js";

/**
 * What a pane shows. `model` and `truth` are mask layers of sources.js, `lesions` those of the finding, `draft` a MaskEditor
 * of brush.js; `show` says which layers are drawn: {mask, contour, box, heat, truth}.
 */
const NOTHING = {
  picture: null,
  model: null,
  lesions: [],
  truth: null,
  truthFilled: false,
  draft: null,
  heat: null,
  show: {},
  opacity: 0.4,
  window: NATURAL_WINDOW,
  spacing_mm: null,
};

/** One picture with its layers on two canvases: what is slow to draw below, what follows the pointer above. */
export class Pane {
  constructor(name) {
    this.content = NOTHING;
    this.view = FITTED;
    this.marks = []; // functions (context, pane) that draw over the picture in image coordinates
    this.lower_ = element("canvas", { class: "pane-canvas picture-layer", role: "img" });
    this.upper_ = element("canvas", { class: "pane-canvas marks-layer", "aria-hidden": true });
    this.title = element("div", { class: "corner top-left" });
    this.probe = element("div", { class: "corner bottom-right", "aria-hidden": true });
    this.zoomText = element("div", { class: "corner top-right", "aria-hidden": true });
    this.node = element(
      "div",
      { class: "pane", tabindex: 0, role: "application", "aria-roledescription": "image viewer", "aria-label": name },
      ...[this.lower_, this.upper_, this.title, this.zoomText, this.probe],
    );
    this.redraw = oncePerFrame(() => this.draw_());
    this.redrawMarks = oncePerFrame(() => this.drawMarks_());
    new ResizeObserver(() => this.redraw()).observe(this.node);
  }

  /** Changes a part of the content. */
  show(patch) {
    this.content = { ...this.content, ...patch };
    this.redraw();
  }

  /** What screen readers say of the picture. */
  describe(text) {
    this.lower_.setAttribute("aria-label", text);
  }

  get size() {
    return { width: this.node.clientWidth, height: this.node.clientHeight };
  }

  get transform() {
    return transformOf(this.view, this.content.picture ?? { width: 1, height: 1 }, this.size, devicePixelRatio);
  }

  /** The point of the image under a pointer event. */
  pointOf(event) {
    return toImage(this.transform, this.pointInPane(event));
  }

  pointInPane(event) {
    const frame = this.node.getBoundingClientRect();
    return { x: event.clientX - frame.left - this.node.clientLeft, y: event.clientY - frame.top - this.node.clientTop };
  }

  /** The picture with all layers and marks in one canvas, as it is seen now. */
  snapshot() {
    this.draw_();
    const copy = element("canvas", { width: this.lower_.width, height: this.lower_.height });
    const context = copy.getContext("2d");
    context.fillStyle = "black";
    context.fillRect(0, 0, copy.width, copy.height);
    context.drawImage(this.lower_, 0, 0);
    context.drawImage(this.upper_, 0, 0);
    return copy;
  }

  draw_() {
    const { picture, window } = this.content;
    const context = this.prepared_(this.lower_);
    if (!context || !picture) return this.drawMarks_();
    const { scale } = this.transform;
    context.imageSmoothingEnabled = scale * devicePixelRatio < 4; // from there on, single pixels are looked at
    context.imageSmoothingQuality = "high";
    context.drawImage(picture.windowed(window), 0, 0);
    this.drawLayers_(context, scale);
    this.tellTransform_();
    this.drawMarks_();
  }

  drawLayers_(context, scale) {
    const { show, model, lesions, truth, truthFilled, draft, heat, opacity } = this.content;
    const heated = show.heat && heat; // its colours have to stay readable
    if (heated) drawHeat(context, heat, Math.min(1, opacity + 0.25));
    if (show.mask && model && !draft) drawTint(context, tint(model, COLOURS.model), heated ? opacity * 0.3 : opacity);
    if (show.contour && model?.path) strokeTwice(context, model.path, COLOURS.model, 1.5, scale);
    if (show.box) drawBoxes(context, lesions, scale);
    if (draft) drawTint(context, draft.canvas, opacity);
    else if (show.truth && truth) {
      if (truthFilled) drawTint(context, tint(truth, COLOURS.truth), opacity);
      if (truth.path) strokeTwice(context, truth.path, COLOURS.truth, 2, scale);
    }
  }

  drawMarks_() {
    const context = this.prepared_(this.upper_);
    if (!context || !this.content.picture) return;
    for (const mark of this.marks) mark(context, this);
    this.drawScaleBar_(context);
  }

  /** The canvas, cleared, at the pane's size in device pixels, its context in image coordinates; null where it has no room. */
  prepared_(canvas) {
    const { width, height } = this.size;
    if (width === 0 || height === 0) return null;
    const [wide, high] = [Math.round(width * devicePixelRatio), Math.round(height * devicePixelRatio)];
    if (canvas.width !== wide || canvas.height !== high) Object.assign(canvas, { width: wide, height: high });
    const context = canvas.getContext("2d");
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, wide, high);
    const { scale, x, y } = this.transform;
    context.setTransform(scale * devicePixelRatio, 0, 0, scale * devicePixelRatio, x * devicePixelRatio, y * devicePixelRatio);
    return context;
  }

  /** A bar of a round number of mm, where the size of a pixel is known. */
  drawScaleBar_(context) {
    const { spacing_mm } = this.content;
    if (!spacing_mm) return;
    const { scale } = this.transform;
    const { height } = this.size;
    const length_mm = scaleBarLength(Math.min(160, this.size.width / 3), scale / spacing_mm.x);
    const origin = toImage(this.transform, { x: 14, y: height - 16 });
    const end = origin.x + length_mm / spacing_mm.x;
    const path = new Path2D();
    path.moveTo(origin.x, origin.y - 5 / scale);
    path.lineTo(origin.x, origin.y);
    path.lineTo(end, origin.y);
    path.lineTo(end, origin.y - 5 / scale);
    strokeTwice(context, path, [255, 255, 255], 1.5, scale);
    drawText(context, `${length_mm} mm`, origin.x + 6 / scale, origin.y - 6 / scale, [255, 255, 255], scale, 12);
  }

  tellTransform_() {
    const { scale, x, y } = this.transform;
    Object.assign(this.node.dataset, { scale, x, y });
    this.zoomText.textContent = `${Math.round(scale * 100)} %`;
  }
}
