// The table of cues: every edit is sent at once, and the subtitles on the picture follow.
class Cues {
  constructor(root) {
    this.root = root;
    this.url = `/api/jobs/${root.dataset.job}/cues`;
    this.body = $("tbody", root);
    this.state = $(".vt-cue-state", root);
    this.reset = $(".vt-reset", root);
    this.cues = [];
    this.saving = Promise.resolve();
    this.reset.addEventListener("click", () => this.load("DELETE"));
    this.body.addEventListener("change", (event) => this.changed(event.target.closest("tr")));
    this.body.addEventListener("click", (event) => this.pressed(event.target.closest("button")));
    this.load("GET");
  }
  async load(method) {
    try {
      this.take(await ask(this.url, method), true);
      if (method !== "GET") reloadTrack();
    } catch (error) { this.say(error.message, true); }
  }
  take(answer, draw) {
    if (draw) {
      this.cues = answer.cues;
      this.body.replaceChildren(...this.cues.map((cue, n) => this.row(cue, n)));
    }
    const rows = [...this.body.rows];
    for (const row of rows) $(".vt-faults", row).replaceChildren();
    for (const fault of answer.faults) {
      const row = rows[fault.cue];
      if (row) $(".vt-faults", row).append(element("li", { textContent: `${fault.rule}: ${fault.detail}${fault.forced ? ` (${fault.forced})` : ""}` }));
    }
    this.reset.hidden = !answer.edited;
    // Nobody knows when, and how, the words were said that somebody wrote.
    for (const link of this.root.closest(".vt-shown").querySelectorAll('[data-format="karaoke"], [data-format="rich"]')) link.hidden = answer.edited;
    this.say(fill(words.cue_count, { count: answer.cues.length, faults: answer.faults.length }));
  }
  row(cue, n) {
    const number = n + 1;
    const box = (value, label) => element("input", { value: clock(value), ariaLabel: `${label} ${number}`, inputMode: "decimal", spellcheck: false });
    const text = element("textarea", { value: cue.lines.join("\n"), rows: Math.max(1, cue.lines.length), ariaLabel: `${words.cue_text} ${number}` });
    if (cue.language) text.lang = cue.language;
    const row = element("tr", { className: `vt-cue c-${cue.language || "neutral"}` },
      element("td", {}, element("button", { type: "button", className: "vt-jump", textContent: number, ariaLabel: fill(words.cue_jump, { time: clock(cue.start) }) })),
      element("td", {}, box(cue.start, words.cue_start)),
      element("td", {}, box(cue.end, words.cue_end)),
      element("td", {}, text, element("ul", { className: "vt-faults" })),
      element("td", { className: "vt-acts" },
        element("button", { type: "button", className: "vt-add", textContent: "+", ariaLabel: fill(words.cue_add, { number }) }),
        element("button", { type: "button", className: "vt-delete", textContent: "×", ariaLabel: fill(words.cue_delete, { number }) })));
    row.dataset.start = cue.start;
    row.dataset.end = cue.end;
    return row;
  }
  changed(row) {
    const at = [...this.body.rows].indexOf(row);
    const [start, end] = [...row.querySelectorAll("input")].map((box) => seconds(box.value));
    const good = start >= 0 && end > start;
    for (const box of row.querySelectorAll("input")) box.ariaInvalid = good ? "false" : "true";
    if (!good) return this.say(words.cue_bad_time, true);
    const lines = $("textarea", row).value.split("\n").map((line) => line.trim()).filter(Boolean);
    const old = this.cues[at];
    const markers = old.markers.map((m) => lines.indexOf(old.lines[m])).filter((m) => m >= 0);
    // A marker that was rewritten is still one if the cue holds nothing else.
    if (old.kind === "event" && lines.length === old.lines.length) markers.splice(0, Infinity, ...lines.keys());
    this.cues[at] = { ...old, start, end, lines, markers };
    row.dataset.start = start;
    row.dataset.end = end;
    this.save(false);
  }
  pressed(button) {
    if (!button) return;
    const row = button.closest("tr");
    const at = [...this.body.rows].indexOf(row);
    if (button.className === "vt-jump") return play(this.cues[at].start);
    if (button.className === "vt-delete") {
      this.cues.splice(at, 1);
    } else {
      const { end, language } = this.cues[at];
      const next = this.cues[at + 1] ? this.cues[at + 1].start : end + 2;
      this.cues.splice(at + 1, 0, { start: end, end: Math.max(end + 0.5, Math.min(next, end + 2)), lines: ["…"], kind: "speech", language, emotion: null, markers: [] });
    }
    this.save(true).then(() => {
      const to = this.body.rows[Math.min(at + (button.className === "vt-add" ? 1 : 0), this.body.rows.length - 1)];
      if (to) $("textarea", to).focus();
    });
  }
  save(draw) {
    this.say(words.cue_saving);
    const sent = structuredClone(this.cues);
    this.saving = this.saving.then(async () => {
      try {
        this.take(await ask(this.url, "PUT", sent), draw);
        reloadTrack();
      } catch (error) { this.say(error.message, true); }
    });
    return this.saving;
  }
  say(text, bad = false) {
    this.state.textContent = text;
    this.state.classList.toggle("vt-error", bad);
  }
}
