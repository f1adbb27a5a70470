// What can be done with cues besides typing: each is a few cues in the place of others.
import { askFor } from "./dialog.js";
import { element, fill, say, words } from "./dom.js";
import { sent } from "./store.js";
import { joinedLines } from "./timing.js";

const LEAST = 0.2;
/** Cues that become one: more have no place in a picture. */
const MOST_JOINED = 20;

export class Editing {
  /** @param {import("./store.js").Store} store @param {import("./player.js").Player} player @param {import("./snapping.js").Snapping} snapping @param {import("./selection.js").Selection} selection */
  constructor(store, player, snapping, selection) {
    Object.assign(this, { store, player, snapping, selection });
  }
  get cue() { return this.store.byId.get(this.store.selected); }
  get place() { return this.store.place(this.store.selected); }
  /** Do it with the selected cue, and select what came of it. */
  async put(remove, put, find = null) {
    const before = new Set(this.store.byId.keys());
    const news = await this.store.change(remove, put);
    if (!news) return null;
    const added = news.cues.filter((cue) => !before.has(cue.id));
    const next = find ? find(added) : added[0];
    if (next) this.store.select(next.id, { focus: true, from: "edit" });
    return news;
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
  /** Join all that are selected, which follow one another; else the one at hand with the next. */
  merge() {
    const { store } = this, first = this.selection.cues[0], place = first ? store.place(first.id) : -1;
    const count = Math.max(2, this.selection.cues.length), joined = place < 0 ? [] : store.cues.slice(place, place + count);
    if (joined.length < count) return say(words.choose_cue);
    if (this.selection.cues.length > 1 && joined.some(({ id }) => !store.marked.has(id))) return say(words.not_neighbours, true);
    if (count > MOST_JOINED) return say(fill(words.too_many_to_join, { count: MOST_JOINED }), true);
    const lines = joinedLines(joined, store.work.max_lines), ids = joined.map(({ id }) => id);
    const end = Math.max(...joined.map((cue) => cue.end));
    return this.put(ids.slice(1), [{ id: first.id, of: ids, start: first.start, end, lines }], () => store.byId.get(first.id));
  }
  async remove() {
    const { cues } = this.selection;
    if (!cues.length) return say(words.choose_cue);
    const place = this.store.place(cues[0].id), ids = cues.map(({ id }) => id);
    const news = await this.put(ids, [], () => this.store.cues[Math.min(place, this.store.cues.length - 1)]);
    if (news && ids.length > 1) this.undoable(fill(words.deleted, { count: ids.length }));
  }
  undoable(text) { say(text, false, { text: words.undo, run: () => this.store.history("undo") }); }
  /** Let somebody say a cue and, if it is one of those selected, all of these. @param {string} choice number of a speaker, or "new" @param {string} [id] */
  giveTo(choice, id = "") {
    const chosen = !id || this.store.marked.has(id) ? this.selection.cues : [this.store.byId.get(id)];
    const ids = chosen.filter(({ kind }) => kind !== "event").map((cue) => cue.id);
    const give = async (by, name) => {
      const news = await this.store.sayBy(ids, by);
      if (news && ids.length > 1) this.undoable(fill(words.given, { count: ids.length, name }));
    };
    if (choice !== "new") return give({ speaker: Number(choice) }, this.store.speakers[Number(choice)]);
    const name = element("input", { type: "text", maxLength: 100, required: true, pattern: ".*\\S.*", spellcheck: false });
    const dialog = askFor(words.new_speaker_name, words.add, () => give({ new_speaker: name.value.trim() }, name.value.trim()), element("label", {}, `${words.new_speaker_name} `, name));
    // Whoever closes it has changed nothing: the choice is as it was.
    dialog.addEventListener("close", () => this.store.tell("marked"));
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
  /** Move the selected cues, or the first of them and all after it. */
  shift(by, all = false) {
    const { cues } = this.selection;
    if (!cues.length) return say(words.choose_cue);
    const moved = all ? this.store.cues.slice(this.store.place(cues[0].id)) : cues;
    const step = Math.max(by, -moved[0].start);
    return this.put([], moved.map((cue) => ({ ...sent(cue), start: cue.start + step, end: cue.end + step })), () => null);
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
