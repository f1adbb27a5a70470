// Times and texts as people write them, and the figures that a house style asks for.

/** @param {number} seconds @param {number} [digits] */
export function clock(seconds, digits = 3) {
  const unit = 10 ** digits;
  const all = Math.max(0, Math.round(seconds * unit));
  const whole = Math.floor(all / unit), h = Math.floor(whole / 3600), m = Math.floor(whole / 60) % 60;
  const s = String(whole % 60).padStart(2, "0");
  const rest = digits ? `.${String(all % unit).padStart(digits, "0")}` : "";
  return h ? `${h}:${String(m).padStart(2, "0")}:${s}${rest}` : `${m}:${s}${rest}`;
}

/** @param {string} text @returns {number} NaN if it is no time. */
export function seconds(text) {
  const match = /^\s*(?:(?:(\d+):)?(\d+):)?(\d+(?:[.,]\d*)?)\s*$/.exec(text);
  if (!match) return NaN;
  return Number(match[1] || 0) * 3600 + Number(match[2] || 0) * 60 + Number(match[3].replace(",", "."));
}

const WIDE = /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/u;
const HAN = /[\u3400-\u9fff\uf900-\ufaff]/u, KANA = /[\u3041-\u30ff]/u, HANGUL = /[\uac00-\ud7a3]/u;

/** The language whose rules a line follows. */
function script(line, spoken) {
  if (KANA.test(line)) return "ja";
  if (HANGUL.test(line)) return "ko";
  if (HAN.test(line)) return ["zh", "yue", "ja"].includes(spoken) ? spoken : "zh";
  return spoken && !["zh", "yue", "ja", "ko"].includes(spoken) ? spoken : "en";
}

/**
 * Characters a second of a cue and how far it goes beyond what is allowed, while somebody types;
 * the server's check has the last word.
 * @param {{lines: string[], start: number, end: number, language: string|null}} cue
 * @param {Record<string, {line_length: number, cps: number, half_width: number}>} limits
 */
export function pace(cue, limits) {
  let characters = 0, need = 0, longest = 0, over = false;
  for (const line of cue.lines) {
    const rules = limits[script(line, cue.language)] || limits.en;
    let width = 0;
    for (const char of line) width += WIDE.test(char) ? 1 : rules.half_width;
    characters += width;
    need += width / rules.cps;
    longest = Math.max(longest, width);
    over ||= width > rules.line_length;
  }
  const duration = Math.max(cue.end - cue.start, 1e-3);
  return { cps: characters / duration, fast: need > duration + 1e-6, longest, over };
}

/** How much further from its place, as a share of all letters, a line may break where one broke before. */
const KEPT_BREAK = 0.15;

/**
 * The lines of several cues as those of one: no more than the house style allows, each of much the same length.
 * @param {{lines: string[], language: string|null, kind: string}[]} cues
 * @param {number} most
 */
export function joinedLines(cues, most) {
  const lines = cues.flatMap((cue) => cue.lines), kinds = new Set(cues.map((cue) => cue.kind));
  if (lines.length <= most || kinds.size > 1) return lines;
  const between = ["zh", "yue", "ja"].includes(cues[0].language) ? "" : " ";
  if (cues.length <= most) return cues.map((cue) => cue.lines.join(between));
  /** Where a line may end, and whether one did. @type {{at: number, kept: boolean}[]} */
  const ends = [], text = lines.join(between);
  let length = 0;
  for (const line of lines) {
    const parts = between ? line.split(" ") : [...line];
    parts.forEach((part, n) => { length += part.length; ends.push({ at: length, kept: n + 1 === parts.length }); length += between.length; });
  }
  const cuts = Array.from({ length: most - 1 }, (_, n) => {
    const ideal = (text.length * (n + 1)) / most, away = ({ at, kept }) => Math.abs(at - ideal) - (kept ? KEPT_BREAK * text.length : 0);
    return ends.reduce((best, one) => (away(one) < away(best) ? one : best)).at;
  });
  return [0, ...cuts].map((from, n) => text.slice(from, cuts[n] ?? text.length).trim()).filter(Boolean);
}

/** The index of the last of some rising numbers that is not above a value; -1 if there is none. */
export function lastNotAbove(numbers, value) {
  let low = 0, high = numbers.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (numbers[middle] <= value) low = middle + 1; else high = middle;
  }
  return low - 1;
}
