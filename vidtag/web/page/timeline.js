// The timeline: waveform, cues, clips and lanes on one canvas, of which only what is in view is drawn.
import { button, element, fill, words } from "./dom.js";
import { clock, lastNotAbove } from "./timing.js";
import { Drag } from "./drag.js";
import { Waveform } from "./waveform.js";

const STEPS = [0.04, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600];
const TICKS = 20, WAVE = 56, CUES = 26, CLIPS = 18, LANE = 14;

export class Timeline {
  constructor(store, player, snapping) {
    Object.assign(this, { store, player, snapping });
    this.from = 0;
    // Languages and feelings are shown when somebody asks for them: there may be many.
    this.hidden = new Set(store.work.lanes.filter(({ kind }) => !["event", "speaker"].includes(kind)).map(({ id }) => id));
    this.mark = null;  // what is marked with I and O beside the cues
    this.canvas = element("canvas", { tabIndex: 0, role: "slider", ariaLabel: words.timeline, "aria-valuemin": 0, "aria-valuemax": Math.ceil(store.work.duration) });
    this.names = element("div", { className: "lanes", role: "group", ariaLabel: words.lanes });
    // A phone has no room for lanes unless they are asked for.
    this.unfold = button("≡", () => this.fold(), { className: "unfold", ariaLabel: words.lanes, title: words.lanes, "aria-expanded": "false" });
    const tools = element("div", { className: "zoom" }, this.unfold,
      button("−", () => this.zoom(0.5), { ariaLabel: words.zoom_out }), button("+", () => this.zoom(2), { ariaLabel: words.zoom_in }),
      button("↔", () => this.all(), { ariaLabel: words.zoom_all, title: words.zoom_all }));
    this.box = element("section", { className: "timeline", ariaLabel: words.timeline }, element("div", { className: "bar" }, this.names, tools), this.canvas);
    this.waveform = new Waveform(() => this.draw());
    this.drag = new Drag(this);
    this.legend();
    new ResizeObserver(() => requestAnimationFrame(() => this.size())).observe(this.canvas);
    this.canvas.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    this.canvas.addEventListener("keydown", (event) => this.key(event));
    for (const name of ["cues", "typed", "clips", "selected", "marked"]) store.on(name, () => this.draw());
    store.on("work", () => { this.legend(); this.draw(); });
    player.watchers.push((now) => this.at(now));
    for (const query of ["(prefers-color-scheme: dark)", "(forced-colors: active)"]) matchMedia(query).addEventListener("change", () => { this.colours = null; this.draw(); });
  }
  legend() {
    this.names.replaceChildren();
    for (const lane of this.store.work.lanes) this.name(lane);
  }
  name(lane) {
    const swatch = element("i", {});
    swatch.style.setProperty("--c", lane.colour);
    const one = element("button", { type: "button", "aria-pressed": String(!this.hidden.has(lane.id)), title: fill(words.lane_info, { count: lane.spans.length }), on: { click: () => {
      if (this.hidden.has(lane.id)) this.hidden.delete(lane.id); else this.hidden.add(lane.id);
      one.setAttribute("aria-pressed", String(!this.hidden.has(lane.id)));
      this.size();
    } } }, swatch, lane.name);
    this.names.append(one);
  }
  fold() {
    const open = this.box.classList.toggle("unfolded");
    this.unfold.setAttribute("aria-expanded", String(open));
    this.size();
  }
  get lanes() {
    const folded = matchMedia("(max-width: 40rem)").matches && !this.box.classList.contains("unfolded");
    return folded ? [] : this.store.work.lanes.filter(({ id }) => !this.hidden.has(id));
  }
  get end() { return this.from + this.width * this.scale; }
  x(seconds) { return (seconds - this.from) / this.scale; }
  seconds(x) { return this.from + x * this.scale; }
  size() {
    const { clientWidth } = this.canvas, ratio = devicePixelRatio || 1;
    if (!clientWidth) return;
    if (!this.scale) this.scale = Math.min(this.store.work.duration, 30) / clientWidth;
    this.width = clientWidth;
    this.tall = TICKS + WAVE + CUES + CLIPS + 4 + this.lanes.length * LANE;
    this.canvas.style.height = `${this.tall}px`;
    this.canvas.width = Math.round(clientWidth * ratio);
    this.canvas.height = Math.round(this.tall * ratio);
    this.pen = this.canvas.getContext("2d");
    this.pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.bound();
    this.draw();
  }
  bound() {
    const { duration } = this.store.work;
    this.scale = Math.min(Math.max(this.scale, 0.001), Math.max(duration, 1) / this.width);
    this.from = Math.max(0, Math.min(this.from, duration - this.width * this.scale));
  }
  zoom(by, around = this.player.at) {
    const place = around >= this.from && around <= this.end ? this.x(around) : this.width / 2;
    const middle = this.seconds(place);
    this.scale /= by;
    this.bound();
    this.from = middle - place * this.scale;
    this.bound();
    this.draw();
  }
  all() {
    this.scale = this.store.work.duration / this.width;
    this.from = 0;
    this.bound();
    this.draw();
  }
  wheel(event) {
    event.preventDefault();
    if (event.ctrlKey || event.metaKey) return this.zoom(event.deltaY < 0 ? 1.25 : 0.8, this.seconds(event.offsetX));
    this.from += (event.deltaX || event.deltaY) * this.scale;
    this.bound();
    this.draw();
  }
  key(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step) { event.preventDefault(); event.stopPropagation(); return this.player.seek(this.player.at + step * (event.shiftKey ? 5 : 1)); }
    if (event.key === "Home" || event.key === "End") { event.preventDefault(); this.player.seek(event.key === "Home" ? 0 : this.store.work.duration); }
    if (event.key === "+" || event.key === "=") this.zoom(2);
    if (event.key === "-") this.zoom(0.5);
  }
  /** The playhead has moved: it stays in view. */
  at(now) {
    this.canvas.setAttribute("aria-valuenow", String(Math.round(now)));
    this.canvas.setAttribute("aria-valuetext", clock(now, 1));
    if (!this.drag.busy && (now < this.from || now > this.end - 0.1 * this.width * this.scale)) {
      this.from = now - 0.1 * this.width * this.scale;
      this.bound();
    }
    this.draw();
  }
  draw() {
    if (this.pending || !this.pen) return;
    this.pending = true;
    requestAnimationFrame(() => { this.pending = false; this.paint(); });
  }
  palette() {
    // A probe: what a colour is here and now, light or dark or the user's own, is only known of an element.
    const probe = element("i", {});
    this.box.append(probe);
    const colour = (key) => { probe.style.color = `var(--${key})`; return getComputedStyle(probe).color; };
    const found = Object.fromEntries(["track", "line", "soft", "accent", "wave", "cue", "cue-ink", "bad", "clip"].map((key) => [key, colour(key)]));
    probe.remove();
    return found;
  }
  paint() {
    const c = this.colours ||= this.palette(), { pen, width } = this;
    pen.clearRect(0, 0, width, this.tall);
    pen.font = "11px system-ui, sans-serif";
    pen.textBaseline = "middle";
    this.paintTicks(c);
    this.paintWave(c);
    let top = TICKS + WAVE;
    this.paintCues(c, top);
    top += CUES;
    for (const clip of this.store.clips.clips) this.block(clip, top + 2, CLIPS - 4, c.clip, c["cue-ink"], clip.title);
    if (this.mark) this.block(this.mark, TICKS, WAVE + CUES + CLIPS, null, c.accent, "");
    top += CLIPS + 4;
    for (const lane of this.lanes) {
      pen.fillStyle = c.track;
      pen.fillRect(0, top + 2, width, LANE - 4);
      pen.fillStyle = lane.colour;
      const { spans } = lane, starts = lane.starts ||= spans.map(([start]) => start);
      for (let n = Math.max(0, lastNotAbove(starts, this.from)); n < spans.length && starts[n] < this.end; n++) {
        const [start, end] = spans[n];
        pen.fillRect(this.x(start), top + 2, Math.max(2, (end - start) / this.scale), LANE - 4);
      }
      top += LANE;
    }
    const head = this.x(this.player.at);
    pen.fillStyle = c.accent;
    pen.fillRect(head - 1, 0, 2, this.tall);
  }
  paintTicks(c) {
    const { pen } = this, step = STEPS.find((one) => one / this.scale >= 70) || 7200;
    const digits = step < 0.1 ? 2 : step < 1 ? 1 : 0;
    pen.fillStyle = c.soft;
    for (let n = Math.ceil(this.from / step); n * step <= this.end; n++) {
      const x = this.x(n * step);
      pen.fillRect(x, TICKS - 5, 1, 5);
      pen.fillText(clock(n * step, digits), x + 3, TICKS / 2 - 1);
    }
    for (const shot of this.store.work.shots.slice(Math.max(0, lastNotAbove(this.store.work.shots, this.from)))) {
      if (shot > this.end) break;
      pen.fillStyle = c.line;
      pen.fillRect(this.x(shot), TICKS, 1, WAVE + CUES);
    }
  }
  paintWave(c) {
    const { pen, width } = this, heights = this.waveform.heights(this.from, this.scale, Math.ceil(width)), middle = TICKS + WAVE / 2;
    pen.fillStyle = c.wave;
    for (let x = 0; x < heights.length; x++) {
      const high = heights[x] < 0 ? 0 : Math.max(1, Math.sqrt(heights[x]) * (WAVE - 6));
      if (high) pen.fillRect(x, middle - high / 2, 1, high);
    }
  }
  paintCues(c, top) {
    const { cues, starts, selected, marked } = this.store;
    for (let n = Math.max(0, lastNotAbove(starts, this.from) - 2); n < cues.length && cues[n].start < this.end; n++) {
      const cue = cues[n];
      const faulty = cue.faults.some((fault) => !fault.forced);
      this.block(cue, top + 2, CUES - 4, c.cue, c["cue-ink"], cue.lines.join(" "), cue.id === selected || marked.has(cue.id) ? c.accent : faulty ? c.bad : null);
    }
  }
  block({ start, end }, top, high, ground, ink, text, edge = null) {
    const x = this.x(start), wide = Math.max(1.5, (end - start) / this.scale - 1), { pen } = this;
    if (x > this.width || x + wide < 0) return;
    if (ground) { pen.fillStyle = ground; pen.fillRect(x, top, wide, high); } else { pen.strokeStyle = ink; pen.strokeRect(x, top + 1, wide, high - 2); }
    if (ground && matchMedia("(forced-colors: active)").matches) { pen.strokeStyle = ink; pen.strokeRect(x, top + 0.5, wide, high - 1); }
    if (edge) { pen.strokeStyle = edge; pen.lineWidth = 2; pen.strokeRect(x + 1, top + 1, Math.max(1, wide - 2), high - 2); pen.lineWidth = 1; }
    if (wide < 24 || !text) return;
    pen.save();
    pen.beginPath();
    pen.rect(x + 4, top, wide - 8, high);
    pen.clip();
    pen.fillStyle = ink;
    pen.fillText(text, Math.max(x, 0) + 5, top + high / 2 + 1);
    pen.restore();
  }
  /** What lies under a place: a cue or a clip, and which of its edges. */
  under(x, y) {
    const time = this.seconds(x), reach = 6 * this.scale;
    const rows = [[TICKS + WAVE, CUES, this.store.cues, "cue"], [TICKS + WAVE + CUES, CLIPS, this.store.clips.clips, "clip"]];
    for (const [top, high, things, kind] of rows) {
      if (y < top || y >= top + high) continue;
      const near = things.filter(({ start, end }) => time > start - reach && time < end + reach);
      for (const one of near.sort((a) => (a.id === this.store.selected ? -1 : 1))) {
        const edge = Math.abs(time - one.start) < reach ? "start" : Math.abs(time - one.end) < reach ? "end" : "";
        if (edge || (time >= one.start && time <= one.end)) return { kind, one, edge };
      }
    }
    return null;
  }
}
