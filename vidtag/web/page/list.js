// The list of cues: only the rows in view are there, each of the same height.
import { button, element, fill, quietly, words } from "./dom.js";
import { speakerChoices } from "./speakers.js";
import { clock, lastNotAbove, pace, seconds } from "./timing.js";

const BEYOND = 4;

export class CueList {
  /** @param {import("./store.js").Store} store @param {import("./player.js").Player} player @param {import("./selection.js").Selection} selection @param {import("./editing.js").Editing} editing */
  constructor(store, player, selection, editing) {
    Object.assign(this, { store, player, selection, editing });
    /** @type {Map<string, any>} */
    this.rows = new Map();
    this.current = "";
    this.room = element("div", { className: "room" });
    this.box = element("div", { className: "cues", role: "grid", ariaMultiSelectable: "true", ariaLabel: words.tab_cues, tabIndex: -1 }, this.room);
    this.box.addEventListener("scroll", () => this.draw(), { passive: true });
    new ResizeObserver(() => requestAnimationFrame(() => { this.height = 0; this.draw(); })).observe(this.box);
    this.later = quietly(500, () => store.send());
    store.on("cues", ({ changed }) => this.changed(changed));
    store.on("typed", (cue) => this.refresh(cue, false));
    store.on("work", () => this.changed(null));
    store.on("selected", (what) => this.selected(what));
    store.on("marked", () => this.marked());
    player.watchers.push((now) => this.follow(now));
  }
  get cues() { return this.store.cues; }
  measure() {
    if (this.height) return;
    const probe = element("div", { className: "cue", role: "presentation" });
    this.room.append(probe);
    this.height = probe.getBoundingClientRect().height || 80;
    probe.remove();
    this.room.style.height = `${this.cues.length * this.height}px`;
  }
  draw() {
    this.measure();
    const top = this.box.scrollTop, first = Math.max(0, Math.floor(top / this.height) - BEYOND);
    const last = Math.min(this.cues.length, Math.ceil((top + this.box.clientHeight) / this.height) + BEYOND);
    const wanted = new Set();
    let before = null;
    for (let n = first; n < last; n++) {
      const cue = this.cues[n];
      wanted.add(cue.id);
      const row = this.rows.get(cue.id) || this.make(cue);
      if (row.place !== n) {
        row.place = n;
        row.style.transform = `translateY(${n * this.height}px)`;
        row.setAttribute("aria-rowindex", String(n + 1));
        row.number.textContent = String(n + 1);
        row.pick.setAttribute("aria-label", fill(words.pick_cue, { number: n + 1 }));
      }
      // The Tab key goes from row to row as they are seen.
      const there = before ? before.nextSibling : this.room.firstChild;
      if (there !== row && !row.contains(document.activeElement)) this.room.insertBefore(row, there);
      before = row;
      row.classList.toggle("current", cue.id === this.current);
      this.mark(row, cue.id);
    }
    this.box.setAttribute("aria-rowcount", String(this.cues.length));
    for (const [id, row] of this.rows) {
      if (wanted.has(id)) continue;
      // What is being typed in stays, wherever the list is scrolled to.
      if (row.contains(document.activeElement) && this.store.byId.has(id)) continue;
      row.remove();
      this.rows.delete(id);
    }
  }
  /** Show whether a row is the one at hand, and whether it is one of several that are selected. */
  mark(row, id) {
    const { selected, marked } = this.store;
    row.classList.toggle("selected", id === selected);
    row.classList.toggle("marked", marked.has(id));
    row.pick.checked = marked.has(id);
    row.setAttribute("aria-selected", String(marked.size ? marked.has(id) : id === selected));
  }
  make(cue) {
    const { id } = cue;
    const number = button("", () => this.player.play(this.store.byId.get(id).start), { className: "number" });
    const time = (name, label) => element("input", { className: name, inputMode: "decimal", spellcheck: false, ariaLabel: label,
      on: { change: (event) => this.timed(id, name, event.target) } });
    const start = time("start", words.cue_start), end = time("end", words.cue_end);
    const text = element("textarea", { rows: 2, spellcheck: true, ariaLabel: words.cue_text, on: {
      input: () => { this.store.type(id, { lines: text.value.split("\n") }); this.later(); },
      blur: () => this.store.send(),
    } });
    const who = element("select", { className: "who", ariaLabel: words.cue_speaker, on: { change: () => this.editing.giveTo(who.value, id) } });
    const pick = element("input", { type: "checkbox", className: "pick", title: words.pick_info, on: { click: (event) => { if (event.shiftKey) this.selection.to(id); else this.selection.toggle(id); } } });
    const cell = (className, ...children) => element("div", { className, role: "gridcell" }, ...children);
    const figures = element("span", { className: "figures" }), faults = element("span", { className: "faults" });
    const row = element("div", { className: "cue", role: "row", data: { id }, on: {
      focusin: (event) => { if (event.target !== pick && this.store.selected !== id) this.store.select(id, { seek: !this.player.playing, from: "list", keep: true }); },
      mousedown: (event) => this.pressed(event, id),
    } }, cell("place", number, pick), cell("times", start, end), cell("said-text", text), cell("judged", who, figures, faults));
    Object.assign(row, { number, pick, start, end, text, who, figures, faults, place: -1 });
    this.rows.set(id, row);
    this.room.append(row);
    this.refresh(cue, true);
    return row;
  }
  /** Ctrl and a click select one more cue, Shift all between; a plain click elsewhere none but its own. */
  pressed(event, id) {
    const { target } = event, add = event.ctrlKey || event.metaKey;
    if (event.button || target.matches(".pick")) return;
    if (!add && !event.shiftKey) {
      const { selected, marked } = this.store;
      if (selected !== id || (marked.size && !marked.has(id))) this.store.select(id, { seek: !this.player.playing, from: "list", keep: marked.has(id) });
      return;
    }
    // In a text that is being written, Shift marks letters.
    if (event.shiftKey && !add && target === document.activeElement && target.matches("textarea, input")) return;
    event.preventDefault();
    document.activeElement?.blur?.();
    if (event.shiftKey) this.selection.to(id); else this.selection.toggle(id, true);
  }
  refresh(cue, all) {
    const row = this.rows.get(cue.id);
    if (!row) return;
    const busy = (box) => document.activeElement === box && this.store.unsent.has(cue.id);
    if (all || document.activeElement !== row.start) row.start.value = clock(cue.start);
    if (all || document.activeElement !== row.end) row.end.value = clock(cue.end);
    const text = cue.lines.join("\n");
    if (row.text.value !== text && !busy(row.text)) row.text.value = text;
    row.text.lang = cue.language || "";
    const { cps, fast, over } = pace(cue, this.store.work.limits);
    row.figures.textContent = `${cps.toFixed(1)} ${words.cps} · ${(cue.end - cue.start).toFixed(2)} s`;
    row.figures.classList.toggle("bad", fast || over);
    this.name(row.who, cue);
    const open = cue.faults.filter((fault) => !fault.forced);
    row.faults.textContent = cue.faults.map((fault) => words[`rule_${fault.rule}`] || fault.rule).join(", ");
    row.faults.title = cue.faults.map((fault) => `${fault.detail}${fault.forced ? ` (${fault.forced})` : ""}`).join("\n");
    row.classList.toggle("faulty", open.length > 0);
    row.classList.toggle("edited", cue.edited);
    row.classList.toggle("event", cue.kind === "event");
    row.number.setAttribute("aria-label", fill(words.cue_jump, { time: clock(cue.start, 1) }));
  }
  /** Who speaks, to be chosen from all; two who share a cue are one choice more. */
  name(box, { kind, speakers }) {
    box.hidden = kind === "event";
    box.classList.toggle("nobody", !speakers.length);
    if (!box.hidden) box.replaceChildren(...speakerChoices(this.store.speakers, speakers));
  }
  timed(id, name, box) {
    const value = seconds(box.value), cue = this.store.byId.get(id);
    const next = { start: cue.start, end: cue.end, [name]: value };
    const good = value >= 0 && next.end > next.start;
    box.setAttribute("aria-invalid", String(!good));
    if (!good) return void (box.title = words.cue_bad_time);
    box.title = "";
    this.store.type(id, { start: next.start, end: next.end });
    this.store.send();
  }
  changed(ids) {
    this.height = 0;
    for (const [id, row] of this.rows) {
      const cue = this.store.byId.get(id);
      if (!cue) { row.remove(); this.rows.delete(id); } else if (!ids || ids.has(id)) this.refresh(cue, !row.contains(document.activeElement));
    }
    this.draw();
  }
  show(place, middle = true) {
    this.measure();
    const top = place * this.height, { scrollTop, clientHeight } = this.box;
    if (clientHeight < this.height || (top >= scrollTop && top + this.height <= scrollTop + clientHeight)) return;
    this.box.scrollTop = middle ? top - clientHeight / 2 + this.height / 2 : top;
    this.draw();
  }
  marked() {
    for (const [id, row] of this.rows) {
      this.mark(row, id);
      this.name(row.who, this.store.byId.get(id) || { kind: "event", speakers: [] });
    }
  }
  selected({ id, seek, focus, from }) {
    const place = this.store.place(id), cue = this.cues[place];
    if (!cue) return this.draw();
    if (from !== "list") this.show(place);
    if (seek) this.player.seek(cue.start + 0.001);
    this.draw();
    if (focus) this.rows.get(id)?.text.focus({ preventScroll: true });
  }
  /** The row of what is said now is marked, and while it plays the list goes along. */
  follow(now) {
    const place = lastNotAbove(this.store.starts || [], now), cue = this.cues[place];
    const id = cue && cue.end > now ? cue.id : "";
    if (id === this.current) return;
    this.rows.get(this.current)?.classList.remove("current");
    this.current = id;
    this.rows.get(id)?.classList.add("current");
    const typing = this.box.contains(document.activeElement) && document.activeElement !== this.box;
    if (id && this.player.playing && !typing && !this.player.loop) this.show(place);
  }
}
