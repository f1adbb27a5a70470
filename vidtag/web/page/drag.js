// Dragging on the timeline: edges of cues and clips; elsewhere the playhead.

export class Drag {
  /** @param {import("./timeline.js").Timeline} timeline */
  constructor(timeline) {
    this.timeline = timeline;
    this.held = null;
    const { canvas } = timeline;
    canvas.addEventListener("pointerdown", (event) => this.begin(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    canvas.addEventListener("pointerup", () => this.end());
    canvas.addEventListener("pointercancel", () => this.end());
  }
  get busy() { return this.held !== null; }
  begin(event) {
    if (event.button) return;
    const { timeline } = this, found = timeline.under(event.offsetX, event.offsetY);
    timeline.canvas.setPointerCapture(event.pointerId);
    if (found && found.edge) {
      this.held = found;
      if (found.kind === "cue") timeline.store.select(found.one.id, { from: "timeline" });
      return;
    }
    this.held = { kind: "head" };
    if (found && found.kind === "cue") timeline.store.select(found.one.id, { from: "timeline" });
    timeline.player.seek(timeline.seconds(event.offsetX));
  }
  move(event) {
    const { timeline, held } = this;
    if (!held) {
      const found = timeline.under(event.offsetX, event.offsetY);
      timeline.canvas.style.cursor = found?.edge ? "ew-resize" : "default";
      return;
    }
    const time = timeline.seconds(event.offsetX);
    if (held.kind === "head") return timeline.player.seek(time);
    const { edge } = held, now = held.kind === "cue" ? timeline.store.byId.get(held.one.id) : held.one;
    if (!now) return;
    const about = { id: held.kind === "cue" ? now.id : undefined, other: edge === "start" ? now.end : now.start, playhead: timeline.player.at };
    const reach = event.altKey ? 0 : 8 * timeline.scale;
    const to = timeline.snapping.to(time, edge, reach, about);
    if (held.kind === "cue") timeline.store.type(now.id, { start: now.start, end: now.end, [edge]: to });
    else { now[edge] = to; timeline.draw(); }
    held.moved = true;
  }
  end() {
    const { timeline, held } = this;
    this.held = null;
    if (!held?.moved) return;
    if (held.kind === "cue") timeline.store.send();
    else timeline.store.changeClips({ put: [clipAs(held.one)] });
  }
}

/** A clip as the server takes it. */
export const clipAs = ({ id, start, end, title, reel, social, crop }, more = {}) => ({ ...(id ? { id } : {}), start, end, title, reel, social, crop, ...more });
