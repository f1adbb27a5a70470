// Events labelled by ear: each doubtful one is played, and yes or no is what the show learns from.
import { address, ask } from "./api.js";
import { showDialog } from "./dialog.js";
import { button, element, fill, words } from "./dom.js";
import { clock } from "./timing.js";

const CONTEXT = 1;  // seconds played before and after
const POLL = 400;  // milliseconds
const MORE = 50;  // questions
const ENDED = ["done", "failed", "cancelled"];
const two = ([before, after]) => `${before.toFixed(2)} → ${after.toFixed(2)}`;
const row = (cell, ...texts) => element("tr", {}, ...texts.map((textContent) => element(cell, { textContent, ...(cell === "th" ? { scope: "col" } : {}) })));

export class Label {
  /** @param {import("./store.js").Store} store @param {import("./player.js").Player} player */
  constructor(store, player) {
    Object.assign(this, { store, player });
    this.button = button(words.label_events, () => this.open(), { className: "label-events" });
  }
  async open() {
    const { player } = this, place = document.createComment("");
    Object.assign(this, { given: [], number: null, busy: false });
    this.progress = element("progress", { max: 1, hidden: true, ariaLabel: words.label_finding });
    this.said = element("p", { className: "question", role: "status" });
    this.count = element("output", { className: "soft" });
    const act = (name, key, run, more = {}) => button("", run, { className: `answer-${name}`, ariaLabel: words[`label_${name}`], "aria-keyshortcuts": key.toUpperCase(), ...more });
    const keys = { y: ["yes", () => this.answer("yes")], n: ["no", () => this.answer("no")], s: ["skip", () => this.answer("skip")], r: ["replay", () => this.play()], u: ["undo", () => this.undo()] };
    this.acts = element("div", { className: "row acts", hidden: true }, ...Object.entries(keys).map(([key, [name, run]]) => {
      const made = act(name, key, run);
      made.append(words[`label_${name}`], " ", element("kbd", { textContent: key.toUpperCase() }));
      return made;
    }));
    this.learnt = element("div", { className: "learnt", hidden: true });
    this.stop = button(words.label_stop, () => this.sum(), { className: "answer-stop", hidden: true });
    player.repeat(null);
    player.video.pause();
    player.video.playbackRate = 1;
    player.box.before(place);
    this.dialog = showDialog(words.label_events, { className: "labelling" },
      element("div", { className: "row" }, element("h2", { textContent: words.label_events }), this.count, button("×", () => this.dialog.close(), { ariaLabel: words.close, className: "shut" })),
      player.box, this.said, this.progress, this.acts, this.learnt, element("div", { className: "row" }, this.stop));
    const { dialog } = this;
    dialog.addEventListener("close", () => {
      player.video.pause();
      place.replaceWith(player.box);
      this.button.focus();
    });
    dialog.addEventListener("keydown", (event) => {
      const found = keys[event.key.toLowerCase()];
      if (!found || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || this.acts.hidden) return;
      event.preventDefault();
      if (!event.repeat) found[1]();
    });
    await this.find();
  }
  /** The questions: those that are there, or as many as are wanted once they are found. */
  async find(more = 0) {
    const { dialog } = this;
    this.learnt.hidden = this.acts.hidden = this.stop.hidden = true;
    this.tell(words.label_finding);
    try {
      let state = await ask("labels");
      if (more || state.task?.state !== "done" || !state.questions.length) {
        state = await ask(more ? `labels?count=${state.questions.length + more}` : "labels", "POST");
        this.progress.hidden = false;
        while (!ENDED.includes(state.task.state)) {
          const stage = state.task.stages.at(-1), share = stage?.share || 0;
          this.progress.value = share;
          this.tell(state.task.waiting_for ? fill(words.waiting, { count: state.task.waiting_for }) : `${words.label_finding} ${words[`stage_${stage?.stage}`] || ""} ${Math.round(100 * share)} %`);
          await new Promise((then) => { setTimeout(then, POLL); });
          if (!dialog.open) return;  // it goes on, and is there the next time
          state = await ask("labels");
        }
        if (state.task.state !== "done") throw new Error(state.task.error || words[`state_${state.task.state}`]);
      }
      if (!dialog.open) return;
      this.state = state;
      this.next();
    } catch (error) { this.tell(error.message, true); }
    this.progress.hidden = true;
  }
  /** One clear sentence, read out by screen readers. */
  tell(text, bad = false) {
    this.said.setAttribute("role", bad ? "alert" : "status");
    this.said.classList.toggle("bad", bad);
    if (this.said.textContent !== text) this.said.textContent = text;
  }
  /** Put the first question without an answer. */
  next() {
    const { questions } = this.state, done = questions.filter(({ answer }) => answer).length;
    this.count.textContent = fill(words.label_count, { done, count: questions.length });
    const number = questions.findIndex(({ answer }) => !answer);
    this.number = number < 0 ? null : number;
    this.acts.querySelector(".answer-undo").disabled = !this.given.length;
    if (this.number === null) return this.sum();
    const { kind, start, end, part } = questions[number];
    this.tell(fill(words[`label_is_${part}`], { kind: words[`event_${kind}`], start: clock(start, 1), end: clock(end, 1) }));
    this.learnt.hidden = true;
    this.acts.hidden = this.stop.hidden = false;
    const { activeElement } = document;
    if (!this.acts.contains(activeElement) || activeElement.disabled) this.acts.querySelector(".answer-replay").focus();  // Space plays, and answers nothing
    this.play();
  }
  play() {
    if (this.number === null) return;
    const { start, end } = this.state.questions[this.number];
    this.player.play(start - CONTEXT, end + CONTEXT);
  }
  /** Saved before the next question; until then no key answers. @param {string|null} answer @param {number|null} number */
  async answer(answer, number = this.number) {
    if (this.busy || number === null) return;
    this.busy = true;
    try {
      this.state = await ask("labels", "PATCH", { fingerprint: this.state.fingerprint, number, answer });
      if (answer) this.given.push(number);
      else this.given.pop();
      if (this.dialog.open) this.next();
    } catch (error) {
      this.player.video.pause();
      this.tell(error.message, true);
    } finally { this.busy = false; }
  }
  undo() { if (this.given.length) return this.answer(null, this.given.at(-1)); }
  /** What was learnt so far, and how to use it. */
  sum() {
    const { learnt, remarks, candidates, questions, file, setting } = this.state, left = this.number !== null;
    this.player.video.pause();
    this.acts.hidden = this.stop.hidden = true;
    this.tell(left ? words.label_stopped : words.label_done);
    const kind = (one) => words[`event_${one}`] || "";
    const shifts = learnt.some(({ shift }) => shift);
    const table = learnt.length ? element("table", {}, element("thead", {}, row("th", words.label_event, words.label_yes, words.label_no, words.label_on, words.label_off, ...(shifts ? [words.label_shift] : []))),
      element("tbody", {}, ...learnt.map((one) => row("td", kind(one.kind), String(one.yes), String(one.no), two(one.on), two(one.off), ...(shifts ? [one.shift ? two(one.shift) : ""] : []))))) : null;
    const notes = remarks.map((one) => element("li", { textContent: fill(words[`label_${one.about}`], { kind: kind(one.kind), name: one.kind }) }));
    this.learnt.replaceChildren(...[table, notes.length ? element("ul", {}, ...notes) : null].filter((one) => one !== null));
    if (learnt.length) {
      this.learnt.append(element("p", {}, words.label_use, " ", element("code", { textContent: setting })),
        element("a", { href: address("events.json"), download: file, className: "button primary answers", textContent: fill(words.label_download, { file }) }));
    }
    const on = left ? button(words.label_go_on, () => this.next(), { className: "go-on" }) : null;
    const more = !left && candidates > questions.length ? button(fill(words.label_more, { count: Math.min(MORE, candidates - questions.length) }), () => this.find(MORE), { className: "more" }) : null;
    const undo = !left && this.given.length ? button(words.label_undo, () => this.undo(), { className: "undo-last" }) : null;
    this.learnt.append(element("div", { className: "row" }, ...[on, more, undo].filter((one) => one !== null), button(words.close, () => this.dialog.close())));
    this.learnt.hidden = false;
    this.learnt.querySelector("a, button").focus();
  }
}
