// Search and replace over all cues, and the list of broken rules that one steps through.
import { button, element, fill, quietly, say, words } from "./dom.js";

export class Search {
  /** @param {import("./store.js").Store} store @param {() => void} pick selects all that are found */
  constructor(store, pick) {
    this.store = store;
    this.query = element("input", { type: "search", ariaLabel: words.search, placeholder: words.search, on: { input: quietly(120, () => this.count()) } });
    this.other = element("input", { type: "text", ariaLabel: words.replace_with, placeholder: words.replace_with });
    this.exact = element("input", { type: "checkbox", on: { change: () => this.count() } });
    this.who = element("select", { ariaLabel: words.cue_speaker, on: { change: () => this.count() } });
    this.said = element("output", {});
    this.box = element("form", { className: "search", role: "search", hidden: true, on: { submit: (event) => { event.preventDefault(); this.next(1); } } },
      this.query, this.who, button("↑", () => this.next(-1), { ariaLabel: words.previous }), button("↓", () => this.next(1), { ariaLabel: words.next }), this.said, button(words.pick_found, () => pick(), { className: "pick-found" }),
      this.other, button(words.replace, () => this.replace(false)), button(words.replace_all, () => this.replace(true)),
      element("label", {}, this.exact, words.match_case), button("×", () => this.close(), { ariaLabel: words.close }));
    this.box.addEventListener("keydown", (event) => { if (event.key === "Escape") this.close(); });
    store.on("cues", () => { if (!this.box.hidden) { this.everybody(); this.count(); } });
  }
  /** Whose subtitles are searched: those of all, or of one. */
  everybody() {
    const { speakers } = this.store, was = this.who.value;
    this.who.hidden = !speakers.length;
    this.who.replaceChildren(element("option", { value: "", textContent: words.any_speaker }), ...speakers.map((name, n) => element("option", { value: String(n), textContent: name })));
    this.who.value = speakers[Number(was)] === undefined ? "" : was;
  }
  open() {
    this.box.hidden = false;
    this.everybody();
    this.query.focus();
    this.query.select();
    this.count();
  }
  close() { this.box.hidden = true; }
  get pattern() {
    const text = this.query.value;
    if (!text) return null;
    return new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/\s+/g, "\\s+"), this.exact.checked ? "gu" : "giu");
  }
  get found() {
    const { pattern, who } = this;
    if (!this.filtering) return [];
    return this.store.cues.filter((cue) => (!who.value || cue.speakers.includes(Number(who.value))) && (!pattern || cue.lines.join("\n").search(pattern) >= 0));
  }
  get filtering() { return !this.box.hidden && Boolean(this.query.value || this.who.value); }
  count() { this.said.textContent = this.filtering ? fill(words.found_in, { count: this.found.length }) : ""; }
  next(step) {
    const { found } = this, at = this.store.place(this.store.selected);
    if (!found.length) return this.count();
    const places = found.map((cue) => this.store.place(cue.id));
    const next = step > 0 ? places.find((place) => place > at) ?? places[0] : [...places].reverse().find((place) => place < at) ?? places.at(-1);
    this.store.select(this.store.cues[next].id, { seek: true, from: "search" });
  }
  async replace(all) {
    const { pattern, found } = this, text = this.other.value;
    if (!pattern) return;
    const chosen = all ? found : found.filter((cue) => cue.id === this.store.selected);
    if (!chosen.length) return this.next(1);
    const put = chosen.map(({ id, start, end, lines }) => ({ id, start, end, lines: lines.join("\n").replace(pattern, () => text).split("\n") }));
    const empty = put.filter((cue) => !cue.lines.join("").trim()).map((cue) => cue.id);
    if (!(await this.store.change(empty, put.filter((cue) => !empty.includes(cue.id))))) return;
    say(fill(words.replaced_in, { count: chosen.length }), false, { text: words.undo, run: () => this.store.history("undo") });
    if (!all) this.next(1);
  }
}

export class Faults {
  constructor(store) {
    this.store = store;
    this.box = element("div", { className: "faultbar" });
    this.said = element("span", { role: "status" });
    this.box.append(this.said, button("↑", () => this.next(-1), { ariaLabel: words.fault_previous, title: words.fault_previous }), button("↓", () => this.next(1), { ariaLabel: words.fault_next, title: words.fault_next }));
    store.on("cues", () => this.count());
  }
  /** What only another wording of the speech would avoid is told on the cue, and not stepped through. */
  get faulty() { return this.store.cues.filter((cue) => cue.faults.some((fault) => !fault.forced)); }
  count() {
    const { cues } = this.store, open = this.faulty.reduce((sum, cue) => sum + cue.faults.filter((fault) => !fault.forced).length, 0);
    const forced = cues.reduce((sum, cue) => sum + cue.faults.filter((fault) => fault.forced).length, 0);
    this.said.textContent = fill(words.cue_count, { count: cues.length, faults: open }) + (forced ? ` · ${fill(words.forced_count, { count: forced })}` : "");
  }
  next(step) {
    const { faulty } = this, at = this.store.place(this.store.selected);
    if (!faulty.length) return say(words.no_faults);
    const places = faulty.map((cue) => this.store.place(cue.id));
    const next = step > 0 ? places.find((place) => place > at) ?? places[0] : [...places].reverse().find((place) => place < at) ?? places.at(-1);
    const cue = this.store.cues[next];
    this.store.select(cue.id, { seek: true, from: "faults" });
    const fault = cue.faults.find((one) => !one.forced);
    say(`${next + 1}: ${words[`rule_${fault.rule}`] || fault.rule}: ${fault.detail}`);
  }
}
