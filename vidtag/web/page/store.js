// The cues and clips as the server has them, and what was typed since. One cue is sent and one comes
// back; what another window changes comes with the next event of the server.
import { address, ask, Refused } from "./api.js";
import { say, words } from "./dom.js";

/** @typedef {{id: string, start: number, end: number, lines: string[], kind: string, language: string|null,
 *  emotion: string|null, markers: number[], speakers: number[], speaker?: number, edited: boolean,
 *  faults: {rule: string, detail: string, forced: string|null}[]}} Cue */

/** What is sent of a cue that stays as it is. @param {Cue|undefined} cue */
export const sent = ({ id, start, end, lines }) => ({ id, start, end, lines });

export class Store extends EventTarget {
  constructor() {
    super();
    this.revision = -1;
    /** @type {Cue[]} */
    this.cues = [];
    /** @type {Map<string, Cue>} */
    this.byId = new Map();
    this.clips = { clips: [], dropped: [], settings: {}, revision: -1 };
    /** Cues that were typed in and are not sent yet. @type {Map<string, Cue>} */
    this.unsent = new Map();
    this.queue = Promise.resolve();
    this.saving = 0;
    this.selected = "";
    /** Ids of several cues that are selected. @type {Set<string>} */
    this.marked = new Set();
  }
  tell(name, detail = undefined) { this.dispatchEvent(new CustomEvent(name, { detail })); }
  on(name, act) { this.addEventListener(name, (event) => act(/** @type {CustomEvent} */ (event).detail)); }

  async load(language) {
    const [work, news] = await Promise.all([ask(`work?language=${language}`), ask("edits?since=-1")]);
    this.work = work;
    this.speakers = news.speakers;
    this.removable = news.removable;
    this.take(news);
    this.events = new EventSource(address("changes"));
    this.events.onmessage = ({ data }) => { if (Number(data) > this.revision && !this.saving) this.refresh(); };
  }
  async refresh() {
    this.take(await ask(`edits?since=${this.revision}`));
    if (this.clips.revision >= 0) this.loadClips();
  }
  async loadClips() { this.takeClips(await ask("clips")); }
  takeClips(answer) {
    this.clips = answer;
    this.mayUndo(answer);
    this.tell("clips");
  }
  mayUndo({ can_undo, can_redo }) {
    this.canUndo = can_undo;
    this.canRedo = can_redo;
    this.tell("history");
  }

  /** Take an answer; an older one than the last is thrown away, and nothing that is being typed. */
  take(news) {
    if (news.revision < this.revision) return;
    this.revision = news.revision;
    const restyled = this.work.profile !== news.profile || String(this.speakers) !== String(news.speakers) || this.removable !== news.removable;
    this.speakers = news.speakers;
    this.removable = news.removable;
    this.work.profile = news.profile;
    const changed = new Set(news.removed);
    const reassigned = news.cues.some(({ id, speakers }) => {
      const was = this.byId.get(id);
      return was && (was.speaker !== undefined || String(was.speakers) !== String(speakers));
    });
    if (news.whole) {
      this.byId = new Map(news.cues.map((cue) => [cue.id, cue]));
    } else {
      for (const id of news.removed) this.byId.delete(id);
      for (const cue of news.cues) this.byId.set(cue.id, cue);
    }
    for (const cue of news.cues) changed.add(cue.id);
    for (const [id, mine] of this.unsent) {
      const theirs = this.byId.get(id);
      if (theirs) this.byId.set(id, { ...mine, faults: theirs.faults, edited: true });
    }
    this.edited = news.edited;
    this.order();
    this.mayUndo(news);
    this.tell("cues", { changed, whole: news.whole || restyled });
    if (restyled || reassigned) this.restyle();
  }
  order() {
    this.cues = [...this.byId.values()].sort((a, b) => a.start - b.start || a.end - b.end);
    this.starts = this.cues.map((cue) => cue.start);
  }
  async restyle() {
    Object.assign(this.work, await ask(`work?language=${this.work.language}`));
    this.tell("work");
  }

  /** Something was typed: shown at once, sent when ``send`` is called. */
  type(id, change) {
    const cue = { ...this.byId.get(id), ...change, edited: true };
    this.byId.set(id, cue);
    const place = this.cues.findIndex((one) => one.id === id);
    this.cues[place] = cue;
    this.starts[place] = cue.start;
    this.unsent.set(id, cue);
    this.tell("typed", cue);
    return cue;
  }
  /** Let one speaker say some cues: in one step, and shown at once. @param {string[]} ids @param {{speaker: number} | {new_speaker: string}} by */
  async sayBy(ids, by) {
    if ("speaker" in by) {
      for (const id of ids) this.type(id, { speaker: by.speaker, speakers: [by.speaker] });
      return this.send();
    }
    await this.send();
    return this.patch([], ids.map((id) => ({ ...sent(this.byId.get(id)), ...by })));
  }
  /** Send what was typed. */
  send() {
    if (!this.unsent.size) return this.queue;
    const put = [...this.unsent.values()].map((cue) => ({ ...sent(cue), speaker: cue.speaker }));
    const typed = new Map(this.unsent);
    return this.patch([], put, () => {
      for (const [id, cue] of typed) if (this.unsent.get(id) === cue) this.unsent.delete(id);
    });
  }
  /** Put cues in the place of others. */
  async change(remove, put) {
    await this.send();
    return this.patch(remove, put);
  }
  patch(remove, put, settled = () => {}) {
    return this.inTurn(async () => {
      try {
        const news = await ask("cues", "PATCH", { revision: this.revision, remove, put });
        settled();
        this.take(news);
        return news;
      } catch (error) {
        if (!(error instanceof Refused) || error.status !== 409) throw error;
        const mine = [...this.unsent.values()].map((cue) => cue.lines.join(" ")).join(" / ");
        this.unsent.clear();
        this.take(error.answer);
        say(`${error.answer.note} ${mine ? `(${mine})` : ""}`, true);
        return null;
      }
    });
  }
  /** One request after another; while one is on its way, the page says so. */
  inTurn(act) {
    this.saving += 1;
    this.tell("saving", true);
    const result = this.queue.then(act);
    this.queue = result.catch((error) => say(`${words.not_saved} ${error.message}`, true)).finally(() => {
      this.saving -= 1;
      this.tell("saving", this.saving > 0);
    });
    return this.queue;
  }
  async history(step) {
    await this.send();
    await this.inTurn(async () => this.take(await ask(`${step}?since=${this.revision}`, "POST")));
    if (this.clips.revision >= 0) await this.loadClips();
  }
  /** @param {object} patch profile, highlights, speakers, or remove_speaker */
  async settings(patch) {
    await this.send();
    await this.inTurn(async () => this.take(await ask(`settings?since=${this.revision}`, "PATCH", patch)));
    if (this.clips.revision >= 0) await this.loadClips();
  }
  async changeClips(patch) {
    await this.inTurn(async () => {
      try {
        this.takeClips(await ask("clips", "PATCH", { revision: this.revision, ...patch }));
      } catch (error) {
        if (error.status !== 409) throw error;
        this.takeClips(error.answer);
        say(words.changed_elsewhere, true);
      }
      this.revision = Math.max(this.revision, this.clips.revision);
    });
  }
  place(id) { return this.cues.findIndex((cue) => cue.id === id); }
  /** @param {string} id @param {{seek?: boolean, focus?: boolean, from?: string, keep?: boolean}} [how] ``keep`` what else is selected */
  select(id, { seek = false, focus = false, from = "", keep = false } = {}) {
    this.selected = id;
    this.tell("selected", { id, seek, focus, from, keep });
  }
}
