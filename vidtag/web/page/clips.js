// Clips: selected by thresholds, made of words, renamed, put in order, heard, cut and downloaded.
import { address } from "./api.js";
import { $, button, element, fill, quietly, reasons, say, sliders, words } from "./dom.js";
import { clipAs } from "./drag.js";
import { cutAddress, preview } from "./preview.js";
import { clock, seconds } from "./timing.js";

/** What reasons are called in the page's language. */
const NAMES = Object.fromEntries(reasons.map(({ value, name }) => [value.toLowerCase(), name]));

export class Clips {
  constructor(store, player, timeline) {
    Object.assign(this, { store, player, timeline });
    this.said = element("p", { className: "summary", role: "status" });
    this.list = element("ol", { className: "clips" });
    this.dropped = element("div", { className: "dropped" });
    this.box = element("div", { className: "clipping" }, this.thresholds(),
      element("div", { className: "bar" }, this.said, button(words.clip_of_mark, () => this.make(), { title: words.clip_of_mark_info }),
        button(words.by_time, () => store.changeClips({ order: [] })), button(words.by_score, () => this.byScore())), this.list, this.dropped);
    for (const name of ["clips", "work"]) store.on(name, () => this.draw());
  }
  async open() {
    if (this.store.clips.revision < 0) await this.store.loadClips();
    else this.draw();
  }
  thresholds() {
    const send = quietly(150, () => this.store.settings({ highlights: this.wish() }));
    this.form = element("form", { className: "thresholds", on: { input: send, submit: (event) => event.preventDefault() } });
    const boxes = reasons.map(({ section, value, name }) => element("label", {}, element("input", { type: "checkbox", name: "reasons", value, data: { section } }), name));
    this.form.append(element("fieldset", {}, element("legend", { textContent: words.reasons }), ...boxes));
    for (const { name, lowest, highest, step } of sliders) {
      const number = element("input", { type: "number", name, min: lowest, max: highest, step: "any", ariaLabel: words[name] });
      const range = element("input", { type: "range", min: lowest, max: highest, step, ariaLabel: words[name], on: { input: () => { number.value = range.value; } } });
      number.addEventListener("input", () => { range.value = number.value; });
      this.form.append(element("div", { className: "slider" }, element("span", { textContent: words[name] }), range, number));
    }
    return element("details", { className: "panel" }, element("summary", { textContent: words.thresholds }), this.form);
  }
  wish() {
    const wish = { reasons: [...this.form.querySelectorAll("[name=reasons]:checked")].map((box) => box.value) };
    for (const box of this.form.querySelectorAll("input[type=number]")) if (box.value !== "" && box.checkValidity()) wish[box.name] = Number(box.value);
    return wish;
  }
  draw() {
    if (this.box.closest("[hidden]")) return;  // made when it is looked at
    const { clips, dropped, settings } = this.store.clips;
    const total = clips.reduce((sum, { start, end }) => sum + end - start, 0);
    this.said.textContent = fill(words.count, { count: clips.length, seconds: total.toFixed(1) });
    for (const box of this.form.querySelectorAll("[name=reasons]")) box.checked = box.value in (settings[box.dataset.section] || {});
    for (const { name } of sliders) {
      const number = $(`[name=${name}]`, this.form);
      if (number !== document.activeElement) number.value = settings[name] ?? 0;
      number.previousElementSibling.value = settings[name] ?? 0;
    }
    const typing = this.list.contains(document.activeElement) ? document.activeElement : null;
    const place = typing && { id: typing.closest("li").dataset.id, name: typing.name };
    this.list.replaceChildren(...clips.map((clip, n) => this.card(clip, n, clips)));
    if (place) $(`[data-id="${CSS.escape(place.id)}"] [name="${place.name}"]`, this.list)?.focus();
    this.dropped.replaceChildren(...dropped.map((clip) => element("p", {}, `${words.dropped}: ${clip.title || clock(clip.start, 1)} `,
      button(words.bring_back, () => this.store.changeClips({ put: [clipAs(clip, { dropped: false })] })))));
  }
  card(clip, n, clips) {
    const change = (more) => this.store.changeClips({ put: [clipAs(clip, more)] });
    const title = element("input", { name: "title", value: clip.title, ariaLabel: words.clip_title, on: { change: () => change({ title: title.value }) } });
    const time = (name) => element("input", { name, value: clock(clip[name], 2), inputMode: "decimal", ariaLabel: words[`cue_${name}`], on: { change: (event) => {
      const value = seconds(event.target.value), next = { start: clip.start, end: clip.end, [name]: value };
      if (!(next.end > next.start)) return say(words.cue_bad_time, true);
      change(next);
    } } });
    const into = (name) => element("label", {}, element("input", { name, type: "checkbox", checked: clip[name], on: { change: (event) => change({ [name]: event.target.checked }) } }), words[`into_${name}`]);
    const move = (step) => {
      const order = clips.map(({ id }) => id);
      order.splice(n + step, 0, ...order.splice(n, 1));
      this.store.changeClips({ order });
    };
    const name = `clip-${String(n + 1).padStart(2, "0")}`, href = cutAddress(clip, name);
    const picture = this.store.work.picture && this.store.work.playable;
    const shot = picture ? element("img", { loading: "lazy", alt: "", src: `${address("thumbnail.jpg")}?at=${((clip.start + clip.end) / 2).toFixed(1)}` }) : element("span", { className: "note", textContent: "♪" });
    return element("li", { data: { id: clip.id } },
      element("button", { type: "button", className: "shot", ariaLabel: fill(words.play_clip, { number: n + 1 }), on: { click: () => this.player.play(clip.start, clip.end) } }, shot),
      element("div", { className: "about" }, title,
        element("div", { className: "row" }, time("start"), "–", time("end"), element("span", { className: "soft", textContent: `${(clip.end - clip.start).toFixed(1)} s · ${clip.reasons.map((one) => NAMES[one] || words[one] || one).join(", ")}` })),
        element("div", { className: "row" }, into("reel"), into("social"),
          button("↑", () => move(-1), { ariaLabel: words.earlier, disabled: !n }), button("↓", () => move(1), { ariaLabel: words.later, disabled: n + 1 === clips.length }),
          ...(picture ? [button(words.preview_social, () => preview(`${href}&social=true`, words.preview_social), { className: "look" }), button(words.preview_burnt, () => preview(`${href}&burnt=true`, words.preview_burnt), { className: "burnt" })] : []),
          element("a", { href, download: "", className: "button cut", textContent: words.download }),
          button(words.drop_clip, () => this.drop(clip), { className: "drop" })),
        ...(this.store.work.picture && clip.social ? [this.crop(clip, change)] : [])));
  }
  /** Where the crop for phones stays; else it follows who speaks. */
  crop(clip, change) {
    const follows = clip.crop === null;
    const place = element("input", { name: "crop", type: "range", min: "0", max: "100", value: String(Math.round(100 * (clip.crop ?? 0.5))), className: follows ? "idle" : "", ariaLabel: words.crop_place, title: words.crop_place,
      on: { change: () => change({ crop: Number(place.value) / 100 }) } });
    return element("div", { className: "row crop" }, element("span", { textContent: words.crop }), place,
      button(words.crop_follows, () => change({ crop: follows ? Number(place.value) / 100 : null }), { name: "follows", "aria-pressed": String(follows) }));
  }
  async drop(clip) {
    const highlight = clip.id.startsWith("h");
    await this.store.changeClips(highlight ? { put: [clipAs(clip, { dropped: true })] } : { remove: [clip.id] });
    say(words.dropped, false, { text: words.undo, run: () => this.store.history("undo") });
  }
  byScore() { return this.store.changeClips({ order: [...this.store.clips.clips].sort((a, b) => b.score - a.score).map(({ id }) => id) }); }
  /** A clip of what is marked with I and O, else of the selected cue. */
  async make() {
    const cue = this.store.byId.get(this.store.selected), part = this.timeline.mark?.end > this.timeline.mark?.start ? this.timeline.mark : cue;
    if (!part) return say(words.clip_of_mark_info, true);
    await this.store.changeClips({ put: [{ start: part.start, end: part.end, title: cue && part === cue ? cue.lines.join(" ") : "" }] });
    this.timeline.mark = null;
  }
}
