// What the speakers are called: a name is changed here once, and everywhere else with it.
import { button, element, fill, words } from "./dom.js";

/** Everybody who may say a cue, as options: who does is chosen, of two who share it neither. @param {string[]} names @param {number[]} speakers */
export function speakerChoices(names, speakers) {
  const one = speakers.length === 1;
  const option = (value, textContent, more = {}) => element("option", { value, textContent, ...more });
  return [...(one ? [] : [option("", speakers.map((n) => names[n]).join(", ") || words.nobody, { disabled: true, selected: true })]),
    ...names.map((name, n) => option(String(n), name, { selected: one && n === speakers[0] })), option("new", words.new_speaker)];
}

export class Speakers {
  /** @param {import("./store.js").Store} store */
  constructor(store) {
    this.store = store;
    this.list = element("div", { className: "row" });
    this.box = element("section", { className: "speakers", ariaLabel: words.speakers }, element("h2", { textContent: words.speakers }), this.list);
    store.on("work", () => this.draw());
    this.draw();
  }
  draw() {
    const { speakers, work } = this.store;
    this.box.hidden = !speakers.length;
    const boxes = [...this.list.children];
    speakers.forEach((name, n) => {
      const row = boxes[n] || this.list.appendChild(this.row(n, work.lanes.find(({ id }) => id === `speaker-${n}`)?.colour));
      const box = row.querySelector("input");
      if (box !== document.activeElement) box.value = name;
      const remove = /** @type {HTMLButtonElement} */ (row.querySelector("button"));
      remove.hidden = n !== this.store.removable;
      remove.ariaLabel = remove.title = fill(words.remove_speaker, { name });
    });
    boxes.slice(speakers.length).forEach((row) => row.remove());
  }
  row(n, colour) {
    const swatch = element("i", {});
    swatch.style.setProperty("--c", colour || "transparent");
    const box = element("input", { type: "text", maxLength: 100, spellcheck: false, ariaLabel: fill(words.speaker_name, { number: n + 1 }), on: { change: () => this.rename(n, box.value) } });
    const remove = button("×", () => this.store.settings({ remove_speaker: n }), { hidden: true });
    return element("span", { className: "speaker" }, element("label", {}, swatch, box), remove);
  }
  async rename(n, name) {
    const speakers = [...this.store.speakers];
    speakers[n] = name.trim() || speakers[n];
    if (String(speakers) !== String(this.store.speakers)) await this.store.settings({ speakers });
    this.draw();
  }
}
