// What was said, word by word, in columns: fetched once when it is first needed, and after edits.
import { ask } from "./api.js";

export class Words {
  constructor() {
    this.texts = [];
    this.starts = [];
    this.ends = [];
    this.segments = [];
    this.speakers = [];
    this.revision = -1;
  }
  /** @param {number} revision */
  async load(revision) {
    if (this.revision === revision) return this;
    const { texts, starts, lengths, segments, speakers } = await ask("words");
    this.texts = texts;
    this.starts = starts.map((start) => start / 100);
    this.ends = starts.map((start, n) => (start + lengths[n]) / 100);
    this.segments = segments;
    this.speakers = speakers;
    this.revision = revision;
    return this;
  }
  /** Text of words from one to before another. */
  text(from, to) { return this.texts.slice(from, to).join("").trim(); }
}
