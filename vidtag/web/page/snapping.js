// Where an edge goes when it is dragged: to a word, a shot, the playhead, or as near to the next cue as
// the house style allows; and always onto a frame.
import { lastNotAbove } from "./timing.js";

export class Snapping {
  /** @param {import("./store.js").Store} store @param {import("./words.js").Words} spoken */
  constructor(store, spoken) {
    this.store = store;
    this.spoken = spoken;
  }
  frame(seconds) {
    const rate = this.store.work.frame_rate;
    return Math.round(seconds * rate) / rate;
  }
  /**
   * @param {number} seconds where the pointer is
   * @param {"start"|"end"} edge
   * @param {number} reach seconds within which a place draws the edge to itself
   * @param {{id?: string, other: number, playhead: number}} about
   */
  to(seconds, edge, reach, { id, other, playhead }) {
    const { work, cues } = this.store, places = [playhead];
    const near = (times) => {
      const n = lastNotAbove(times, seconds);
      for (const k of [n, n + 1]) if (times[k] !== undefined) places.push(times[k]);
    };
    near(work.shots);
    near(edge === "start" ? this.spoken.starts : this.spoken.ends);
    const gap = work.gap_frames / work.frame_rate, place = id ? this.store.place(id) : -1;
    if (place >= 0) {
      const before = cues[place - 1], after = cues[place + 1];
      if (edge === "start" && before) places.push(before.end + gap);
      if (edge === "end" && after) places.push(after.start - gap);
    }
    let best = seconds, least = reach;
    for (const one of places) {
      const away = Math.abs(one - seconds);
      if (away < least) { least = away; best = one; }
    }
    const shortest = 1 / work.frame_rate;
    let result = this.frame(best);
    if (place >= 0) {
      const before = cues[place - 1], after = cues[place + 1];
      if (edge === "start" && before && before.end <= other) result = Math.max(result, this.frame(before.end + gap));
      if (edge === "end" && after && after.start >= other) result = Math.min(result, this.frame(after.start - gap));
    }
    return edge === "start" ? Math.max(0, Math.min(result, other - shortest)) : Math.max(result, other + shortest);
  }
}
