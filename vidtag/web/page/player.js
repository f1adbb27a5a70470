// The picture: plays, loops a cue, steps by frames, and shows the subtitles as they are now.
import { address, ask } from "./api.js";
import { element, words } from "./dom.js";
import { clock, lastNotAbove } from "./timing.js";

export class Player {
  /** @param {import("./store.js").Store} store */
  constructor(store) {
    this.store = store;
    const { work } = store;
    this.video = element("video", { playsInline: true, preload: "metadata", controls: true, ariaLabel: words.player });
    this.video.controlsList?.add?.("nofullscreen");
    this.shown = element("div", { className: "shown", ariaHidden: "true" });
    this.time = element("output", { className: "now", ariaLabel: words.now });
    this.box = element("div", { className: work.picture ? "picture" : "picture sound" }, this.video, this.shown);
    this.until = Infinity;
    this.loop = null;
    /** @type {((seconds: number) => void)[]} */
    this.watchers = [];
    if (work.playable) this.video.src = address("media");
    else this.wait();
    for (const name of ["timeupdate", "seeked", "loadedmetadata"]) this.video.addEventListener(name, () => this.tick());
    this.video.addEventListener("play", () => this.run());
    store.on("cues", () => this.tick());
    store.on("typed", () => this.tick());
  }
  /** Asked again until there is a picture, or it is known that there will be none. */
  async wait() {
    const said = element("p", { className: "gone", textContent: words.not_ready });
    this.box.append(said);
    for (let n = 0; n < 2000 && !this.store.work.note; n++) {
      await new Promise((then) => { setTimeout(then, 1500); });
      const work = await ask(`work?language=${this.store.work.language}`);
      Object.assign(this.store.work, work);
      if (work.playable) {
        said.remove();
        this.video.src = address("media");
        this.store.tell("work");
        return;
      }
    }
    said.textContent = this.store.work.note;
  }
  get at() { return this.video.currentTime; }
  get playing() { return !this.video.paused; }
  run() {
    if (this.video.paused) return;
    this.tick();
    requestAnimationFrame(() => this.run());
  }
  tick() {
    const now = this.at;
    if (now >= this.until) { this.until = Infinity; this.video.pause(); }
    if (this.loop && (now >= this.loop.end || now < this.loop.start - 0.5)) this.video.currentTime = this.loop.start;
    const { cues, starts } = this.store, lines = [];
    for (let n = lastNotAbove(starts, now); n >= 0 && n > lastNotAbove(starts, now) - 4; n--) {
      if (cues[n].end > now) lines.unshift(...cues[n].lines);
    }
    const text = lines.join("\n");
    if (this.shown.textContent !== text) this.shown.textContent = text;
    this.time.textContent = clock(now);
    for (const watch of this.watchers) watch(now);
  }
  seek(seconds) {
    this.until = Infinity;
    this.video.currentTime = Math.min(Math.max(0, seconds), this.store.work.duration);
  }
  play(from = undefined, until = Infinity) {
    if (from !== undefined) this.seek(from);
    this.until = until;
    this.video.play().catch(() => {});
  }
  toggle() { if (this.playing) this.video.pause(); else this.play(); }
  /** K stops, L plays and goes faster, J goes back and further back. */
  shuttle(key) {
    if (key === "k") { this.video.pause(); this.video.playbackRate = 1; }
    if (key === "l") {
      this.video.playbackRate = this.playing ? Math.min(4, this.video.playbackRate * 1.5) : 1;
      this.play();
    }
    if (key === "j") { this.video.playbackRate = 1; this.seek(this.at - 2); }
  }
  step(frames) {
    this.video.pause();
    this.seek(this.at + frames / this.store.work.frame_rate);
  }
  /** @param {{start: number, end: number}|null} part */
  repeat(part) {
    this.loop = part;
    if (part) this.play(part.start);
  }
}
