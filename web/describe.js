import { capital, counted, lesionSize, percent } from "./format.js";

/** The probability of the positive class of a finding (of its decision where there is none): {name, probability}. */
export function mainProbability(finding, positiveClass) {
  const wanted = finding.classes.some(({ name }) => name === positiveClass) ? positiveClass : finding.decision;
  return finding.classes.find(({ name }) => name === wanted) ?? { name: finding.decision, probability: null };
}

/** Where a box lies in an image: "in the upper left", "in the middle". */
export function placeOf([x1, y1, x2, y2], { width, height }) {
  const third = (value, names) => names[Math.min(2, Math.floor(3 * value))];
  const vertical = third((y1 + y2) / 2 / height, ["upper", "", "lower"]);
  const horizontal = third((x1 + x2) / 2 / width, ["left", "", "right"]);
  return `in the ${`${vertical} ${horizontal}`.trim() || "middle"}`;
}

/**
 * What is seen, in words, for those who do not see it.
 * @param item ITEM
 * @param {number} frame from 1
 * @param finding FINDING or null
 */
export function describeFinding(item, frame, finding, positiveClass) {
  const name = `${item.kind === "dicom" ? "DICOM" : "Ultrasound image"} ${item.name}${item.frames > 1 ? `, frame ${frame} of ${item.frames}` : ""}.`;
  if (!finding) return name;
  const { name: positive, probability } = mainProbability(finding, positiveClass);
  const lesions = finding.lesions.length
    ? `${counted(finding.lesions.length, "lesion")}; the largest ${lesionSize(finding.lesions[0])}, ${placeOf(finding.lesions[0].box_xyxy, item)} of the image.`
    : finding.result
      ? `${capital(finding.result)}.`
      : "No lesion was marked.";
  const doubts = finding.doubts.length
    ? `Reasons for doubt: ${finding.doubts.join("; ")}.`
    : "No reason for doubt was found.";
  const part = finding.parts
    ? ` This is of part ${finding.decision_part}, the most suspicious of ${finding.parts.length} pictures on the screen.`
    : "";
  return `${name} The model says ${finding.decision || "nothing"}; probability of ${positive} ${percent(probability)}.${part} ${lesions} ${doubts}`;
}

/** "Malignant 77 %": an item in a list. */
export const itemVerdict = (item) => {
  if (item.state === "waiting") return "waiting";
  if (item.state === "failed") return "could not be read";
  const decided = item.classes?.find(({ name }) => name === item.decision);
  return `${capital(item.decision)} ${percent(decided?.probability ?? item.probability)}`;
};
