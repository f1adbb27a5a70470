// What can be done with all cues that are selected: given to one who speaks, shifted, joined, deleted.
import { button, element, fill, words } from "./dom.js";
import { speakerChoices } from "./speakers.js";

export class Picked {
  /** @param {import("./store.js").Store} store @param {import("./selection.js").Selection} selection @param {import("./editing.js").Editing} editing @param {() => void} shift */
  constructor(store, selection, editing, shift) {
    Object.assign(this, { store, selection });
    this.said = element("output", {});
    this.who = element("select", { ariaLabel: words.cue_speaker, on: { change: () => { editing.giveTo(this.who.value); this.draw(); } } });
    this.box = element("div", { className: "picked", role: "toolbar", ariaLabel: words.picked_bar, hidden: true }, this.said, this.who,
      button(words.shift, shift), button(words.join, () => editing.merge(), { className: "join" }), button(words.delete, () => editing.remove(), { className: "delete-picked" }),
      button(words.clear_picked, () => selection.clear(), { className: "clear-picked" }));
    for (const name of ["marked", "cues", "work"]) store.on(name, () => this.draw());
  }
  draw() {
    const { size } = this.store.marked;
    this.box.hidden = !size;
    this.said.textContent = size ? fill(words.picked, { count: size }) : "";
    if (!size) return;
    const { cues } = this.selection, spoken = cues.filter(({ kind }) => kind !== "event");
    const same = spoken.every(({ speakers }) => String(speakers) === String(spoken[0].speakers));
    this.who.hidden = !spoken.length;
    this.who.replaceChildren(...speakerChoices(this.store.speakers, same ? spoken[0]?.speakers ?? [] : []));
    this.box.querySelector(".join").disabled = size < 2;
  }
}
