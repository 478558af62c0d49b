/** 0.834 as "83 %"; between 0 and 1 never "0 %" or "100 %", which would claim certainty. */
export function percent(share) {
  if (share === null || share === undefined) return "–";
  if (share > 0 && share < 0.01) return "< 1 %";
  if (share < 1 && share > 0.99) return "> 99 %";
  return `${Math.round(share * 100)} %`;
}

/** A number with as many digits as it deserves: 3 significant ones, no more than one decimal from 10 on. */
export function measure(value) {
  if (value >= 100) return Math.round(value).toString();
  return value.toFixed(value >= 10 ? 1 : 2);
}

/** "12.3 × 9.8 mm" of a lesion of a finding; in px where the size of a pixel is not known. */
export function lesionSize(lesion) {
  if (lesion.longest_mm !== undefined && lesion.longest_mm !== null)
    return `${lesion.longest_mm.toFixed(1)} × ${lesion.across_mm.toFixed(1)} mm`;
  return `${Math.round(lesion.longest_px)} × ${Math.round(lesion.across_px)} px`;
}

/** "123 mm²" or "4,500 px" (a count of pixels). */
export function lesionArea(lesion) {
  if (lesion.area_mm2 !== undefined && lesion.area_mm2 !== null) return `${measure(lesion.area_mm2)} mm²`;
  return `${lesion.area_px.toLocaleString("en")} px`;
}

/** "malignant" as "Malignant". */
export const capital = (text) => (text ? text[0].toUpperCase() + text.slice(1) : "");

/** "1 image", "2 images". */
export const counted = (number, word) => `${number.toLocaleString("en")} ${word}${number === 1 ? "" : "s"}`;

/** Seconds as "1 h 12 min", "3 min 20 s", "12 s"; null as "–". */
export function duration(seconds) {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return "–";
  const whole = Math.round(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  if (hours) return `${hours} h ${minutes} min`;
  return minutes ? `${minutes} min ${whole % 60} s` : `${whole} s`;
}
