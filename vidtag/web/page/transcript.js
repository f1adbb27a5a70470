// The transcript: words are marked with the pointer, and what is marked becomes a clip.
import { button, element, fill, say, words } from "./dom.js";
import { clock, lastNotAbove } from "./timing.js";

export class Transcript {
  constructor(store, player, spoken) {
    Object.assign(this, { store, player, spoken });
    /** Places that were marked, as indices of words. @type {{from: number, to: number}[]} */
    this.places = [];
    this.body = element("div", { className: "spoken", tabIndex: 0, ariaLabel: words.tab_transcript });
    this.bar = element("div", { className: "marking", role: "toolbar", ariaLabel: words.marking });
    this.said = element("output", { textContent: words.mark_words });
    this.bar.append(this.said,
      button(words.hear, () => this.hear()), button(words.add_place, () => this.add()),
      button(words.make_clip, () => this.make(), { className: "primary make" }), button(words.forget_places, () => this.forget()));
    this.box = element("div", { className: "transcript" }, this.bar, this.body);
    this.query = "";
    document.addEventListener("selectionchange", () => this.marked());
    this.body.addEventListener("click", (event) => this.clicked(event));
    store.on("cues", () => { if (!this.box.closest("[hidden]")) this.open(); });
  }
  async open() {
    const { revision } = this.store;
    if (this.drawn === revision) return;
    await this.spoken.load(revision);
    this.drawn = revision;
    const { segments, texts } = this.spoken;
    this.body.replaceChildren(...segments.map((first, n) => {
      const last = segments[n + 1] ?? texts.length;
      const name = this.spoken.speakers[n], who = name && element("b", { textContent: name });
      // One text for each passage: where a letter stands in it tells which word that is.
      return element("p", { data: { first, last } }, element("time", { textContent: clock(this.spoken.starts[first] ?? 0, 0), ariaHidden: "true" }), who, this.spoken.text(first, last));
    }));
  }
  /** The word at a place of a text. */
  word(node, offset) {
    const passage = (node.nodeType === Node.TEXT_NODE ? node.parentElement : node)?.closest?.("p[data-first]");
    if (!passage || !this.body.contains(passage)) return -1;
    const first = Number(passage.dataset.first), last = Number(passage.dataset.last);
    if (node.nodeType !== Node.TEXT_NODE || node.parentElement !== passage) return offset ? last - 1 : first;
    let length = 0, lead = this.spoken.texts[first].length - this.spoken.texts[first].trimStart().length;
    for (let n = first; n < last; n++) {
      length += this.spoken.texts[n].length;
      if (offset <= length - lead) return n;
    }
    return last - 1;
  }
  get selection() {
    const chosen = getSelection();
    if (!chosen || chosen.isCollapsed || !chosen.rangeCount) return null;
    const range = chosen.getRangeAt(0);
    const from = this.word(range.startContainer, range.startOffset + 1), end = this.word(range.endContainer, range.endOffset);
    return from < 0 || end < from ? null : { from, to: end + 1 };
  }
  marked() {
    if (this.box.closest("[hidden]")) return;
    const now = this.selection;
    if (now) this.last = now;
    this.tell();
  }
  get chosen() { return [...this.places, ...(this.last ? [this.last] : [])]; }
  tell() {
    const { chosen } = this, { starts, ends } = this.spoken;
    const seconds = chosen.reduce((sum, { from, to }) => sum + ends[to - 1] - starts[from], 0);
    this.said.textContent = chosen.length ? fill(words.marked, { places: chosen.length, seconds: seconds.toFixed(1) }) : words.mark_words;
  }
  clicked(event) {
    if (this.selection) return;
    const at = document.caretPositionFromPoint?.(event.clientX, event.clientY);
    const range = at ? { node: at.offsetNode, offset: at.offset } : (() => { const r = document.caretRangeFromPoint?.(event.clientX, event.clientY); return r && { node: r.startContainer, offset: r.startOffset }; })();
    const word = range ? this.word(range.node, range.offset) : -1;
    if (word >= 0) this.player.seek(this.spoken.starts[word]);
  }
  part({ from, to }) {
    const { starts, ends } = this.spoken;
    // Room around the words, but never so much that it holds another one.
    const before = from ? ends[from - 1] : 0, after = to < starts.length ? starts[to] : this.store.work.duration;
    return { start: Math.max(starts[from] - 0.2, Math.min(before, starts[from])), end: Math.min(ends[to - 1] + 0.3, Math.max(after, ends[to - 1])) };
  }
  async hear() {
    for (const place of this.chosen) {
      const { start, end } = this.part(place);
      this.player.play(start, end);
      await new Promise((then) => { this.player.video.addEventListener("pause", then, { once: true }); });
    }
  }
  add() {
    if (!this.last) return say(words.mark_words);
    this.places.push(this.last);
    this.forgetSelection();
    this.tell();
  }
  forgetSelection() {
    this.last = null;
    getSelection()?.removeAllRanges();
  }
  forget() {
    this.places = [];
    this.forgetSelection();
    this.tell();
  }
  async make() {
    const { chosen } = this;
    if (!chosen.length) return say(words.mark_words, true);
    const put = chosen.map((place) => ({ ...this.part(place), title: this.spoken.text(place.from, place.to).slice(0, 80) }));
    this.forget();
    await this.store.changeClips({ put });
    say(fill(words.clips_made, { count: put.length }), false, { text: words.undo, run: () => this.store.history("undo") });
  }
  /** The passage that is said now is marked. */
  follow(now) {
    if (this.box.closest("[hidden]") || this.drawn === undefined) return;
    const word = lastNotAbove(this.spoken.starts, now), n = lastNotAbove(this.spoken.segments, word);
    if (this.here === n) return;
    this.body.children[this.here]?.classList.remove("current");
    this.here = n;
    const passage = this.body.children[n];
    passage?.classList.add("current");
    if (this.player.playing && !this.selection) passage?.scrollIntoView({ block: "nearest" });
  }
}
