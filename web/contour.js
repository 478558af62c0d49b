/**
 * Outlines of a mask along the edges of its pixels: exact, whatever the zoom.
 * @param {Uint8Array} pixels height * width values, 0 outside, row by row
 * @param {number} width in pixels
 * @param {number} height in pixels
 * @returns {[number, number][][]} closed loops of corners in image coordinates, the mask on the right hand; empty mask: []
 */
export function outlines(pixels, width, height) {
  const edges = directedEdges(pixels, width, height);
  const loops = [];
  for (const start of edges.keys()) {
    while (edges.has(start)) loops.push(followLoop(edges, start, width + 1));
  }
  return loops;
}

/** From corner to the corners that an edge leads to; a corner is row * (width + 1) + column. */
function directedEdges(pixels, width, height) {
  const edges = new Map();
  const stride = width + 1;
  const add = (from, to) => {
    const known = edges.get(from);
    if (known) known.push(to);
    else edges.set(from, [to]);
  };
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const at = row * width + column;
      if (!pixels[at]) continue;
      const corner = row * stride + column;
      if (row === 0 || !pixels[at - width]) add(corner, corner + 1);
      if (column === width - 1 || !pixels[at + 1]) add(corner + 1, corner + 1 + stride);
      if (row === height - 1 || !pixels[at + width]) add(corner + 1 + stride, corner + stride);
      if (column === 0 || !pixels[at - 1]) add(corner + stride, corner);
    }
  }
  return edges;
}

/** Takes one loop out of the edges; corners on a straight line are left out. */
function followLoop(edges, start, stride) {
  const loop = [];
  let from = start;
  let step = 0;
  do {
    const targets = edges.get(from);
    const to = targets.pop();
    if (targets.length === 0) edges.delete(from);
    if (to - from !== step) loop.push([from % stride, Math.floor(from / stride)]);
    step = to - from;
    from = to;
  } while (from !== start);
  return loop;
}

/** The outlines as a path in image coordinates; null where there are none. */
export function contourPath(pixels, width, height) {
  const loops = pixels ? outlines(pixels, width, height) : [];
  if (loops.length === 0) return null;
  const path = new Path2D();
  for (const [first, ...rest] of loops) {
    path.moveTo(...first);
    for (const corner of rest) path.lineTo(...corner);
    path.closePath();
  }
  return path;
}
