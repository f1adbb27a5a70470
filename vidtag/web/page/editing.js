// What can be done with cues besides typing: each is a few cues in the place of others.
import { say, words } from "./dom.js";

const LEAST = 0.2;

export class Editing {
  /** @param {import("./store.js").Store} store @param {import("./player.js").Player} player @param {import("./snapping.js").Snapping} snapping */
  constructor(store, player, snapping) {
    Object.assign(this, { store, player, snapping });
  }
  get cue() { return this.store.byId.get(this.store.selected); }
  get place() { return this.store.place(this.store.selected); }
  /** Do it with the selected cue, and select what came of it. */
  async put(remove, put, find = null) {
    const before = new Set(this.store.byId.keys());
    const news = await this.store.change(remove, put);
    if (!news) return;
    const added = news.cues.filter((cue) => !before.has(cue.id));
    const next = find ? find(added) : added[0];
    if (next) this.store.select(next.id, { focus: true, from: "edit" });
  }
  /** Split at the letter where the cursor is, else at the playhead, else in the middle. */
  split(box = document.activeElement) {
    const { cue } = this;
    if (!cue) return say(words.choose_cue);
    const text = cue.lines.join("\n"), inText = box instanceof HTMLTextAreaElement && box.closest(`[data-id="${CSS.escape(cue.id)}"]`);
    const at = this.player.at, inside = at > cue.start + LEAST && at < cue.end - LEAST;
    let cut = inText ? box.selectionStart : 0;
    if (cut <= 0 || cut >= text.length) {
      const share = inside ? (at - cue.start) / (cue.end - cue.start) : 0.5;
      const middle = Math.round(share * text.length);
      const spaces = [...text.matchAll(/\s/g)].map(({ index }) => index);
      cut = spaces.length ? spaces.reduce((a, b) => (Math.abs(b - middle) < Math.abs(a - middle) ? b : a)) : middle;
    }
    const parts = [text.slice(0, cut), text.slice(cut)].map((part) => part.trim());
    if (!parts[0] || !parts[1]) return say(words.nothing_to_split, true);
    const time = inside && !inText ? at : cue.start + (cue.end - cue.start) * (cut / text.length);
    const middle = Math.min(Math.max(this.snapping.frame(time), cue.start + LEAST), cue.end - LEAST);
    const gap = this.store.work.gap_frames / this.store.work.frame_rate;
    return this.put([], [
      { id: cue.id, of: [cue.id], start: cue.start, end: Math.max(cue.start + 0.1, middle - gap), lines: parts[0].split("\n") },
      { of: [cue.id], start: middle, end: cue.end, lines: parts[1].split("\n") },
    ]);
  }
  /** Join with the next. */
  merge() {
    const { cue, place } = this, next = this.store.cues[place + 1];
    if (!cue || !next) return say(words.choose_cue);
    const lines = [...cue.lines, ...next.lines];
    const spaced = !["zh", "yue", "ja"].includes(cue.language);
    const joined = lines.length > this.store.work.max_lines && cue.kind === next.kind ? [cue.lines.join(spaced ? " " : ""), next.lines.join(spaced ? " " : "")] : lines;
    return this.put([next.id], [{ id: cue.id, of: [cue.id, next.id], start: cue.start, end: next.end, lines: joined }], () => this.store.byId.get(cue.id));
  }
  remove() {
    const { cue, place } = this;
    if (!cue) return say(words.choose_cue);
    return this.put([cue.id], [], () => this.store.cues[Math.min(place, this.store.cues.length - 1)]);
  }
  /** A new one at the playhead, or after the selected one where that is shown then. */
  insert() {
    const { cues, work } = this.store, gap = work.gap_frames / work.frame_rate;
    let start = this.player.at;
    const now = cues.find((cue) => cue.start <= start && cue.end > start);
    if (now) start = now.end + gap;
    const next = cues.find((cue) => cue.start > start);
    const end = Math.min(start + 2, next ? next.start - gap : Infinity, Math.max(work.duration, start + 1));
    if (end - start < LEAST) return say(words.no_room, true);
    return this.put([], [{ start: this.snapping.frame(start), end: this.snapping.frame(end), lines: ["…"] }]);
  }
  duplicate() {
    const { cue } = this;
    if (!cue) return say(words.choose_cue);
    const length = cue.end - cue.start, start = cue.end + this.store.work.gap_frames / this.store.work.frame_rate;
    return this.put([], [{ start, end: start + length, lines: cue.lines }]);
  }
  /** Move the selected cue, or it and all after it. */
  shift(by, all = false) {
    const { place } = this;
    if (place < 0) return say(words.choose_cue);
    const moved = all ? this.store.cues.slice(place) : [this.store.cues[place]];
    const step = Math.max(by, -moved[0].start);
    return this.put([], moved.map(({ id, start, end, lines }) => ({ id, start: start + step, end: end + step, lines })), () => null);
  }
  /** Set in or out from the playhead. */
  edge(name) {
    const { cue } = this, at = this.snapping.frame(this.player.at);
    if (!cue) return say(words.choose_cue);
    const next = { start: cue.start, end: cue.end, [name]: at };
    if (next.end <= next.start) return say(words.cue_bad_time, true);
    this.store.type(cue.id, { start: next.start, end: next.end });
    return this.store.send();
  }
  move(step) {
    const place = Math.min(Math.max(0, this.place + step), this.store.cues.length - 1);
    const cue = this.store.cues[place];
    if (cue) this.store.select(cue.id, { seek: true, focus: document.activeElement?.tagName === "TEXTAREA", from: "keys" });
  }
  loop() {
    const { cue } = this;
    if (this.player.loop) return this.player.repeat(null);
    if (cue) this.player.repeat(cue);
  }
}
