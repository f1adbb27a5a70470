// Behaviour of the parts that are our own: player, timeline, cues, downloads. Text from outside is
// only ever set as text, never as markup.
(() => {
  const tongue = (navigator.language || "en").toLowerCase().startsWith("zh") ? "zh" : "en";
  const words = window.vidtagWords[tongue];
  document.documentElement.lang = tongue === "zh" ? "zh-Hans" : "en";
  document.documentElement.classList.add(`vt-speaks-${tongue}`);

  const $ = (selector, from = document) => from.querySelector(selector);
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, key) => values[key]);
  const player = () => $(".vt-player");

  function clock(seconds) {
    const ms = Math.round(seconds * 1000);
    const h = Math.floor(ms / 3600000), m = Math.floor(ms / 60000) % 60;
    const rest = `${String(Math.floor(ms / 1000) % 60).padStart(2, "0")}.${String(ms % 1000).padStart(3, "0")}`;
    return h ? `${h}:${String(m).padStart(2, "0")}:${rest}` : `${m}:${rest}`;
  }
  function seconds(text) {
    const match = /^\s*(?:(?:(\d+):)?(\d+):)?(\d+(?:[.,]\d*)?)\s*$/.exec(text);
    if (!match) return NaN;
    return Number(match[1] || 0) * 3600 + Number(match[2] || 0) * 60 + Number(match[3].replace(",", "."));
  }

  // Player and timeline
  let until = Infinity;
  function play(from, to = Infinity) {
    const video = player();
    if (!video) return;
    until = to;
    video.currentTime = from;
    video.play().catch(() => {});
  }
  document.addEventListener("vidtag:seek", (event) => play(event.detail));
  document.addEventListener("click", (event) => {
    const from = event.target.closest("[data-play]");
    if (from) play(Number(from.dataset.play), Number(from.dataset.until || Infinity));
    const make = event.target.closest("[data-make]");
    if (make) everything(make);
  });
  function moved(video) {
    const now = video.currentTime;
    if (now >= until) { until = Infinity; video.pause(); }
    window.vidtagTimeline.at($(".vt-lanes .tl"), now);
    for (const row of document.querySelectorAll(".vt-cues tr[data-start]")) {
      row.classList.toggle("vt-now", Number(row.dataset.start) <= now && now < Number(row.dataset.end));
    }
  }

  // Subtitles on the picture are the cues as they are now
  function reloadTrack() {
    const old = player() && $("track", player());
    if (!old) return;
    const track = old.cloneNode();
    track.src = `${old.src.split("?")[0]}?now=${Date.now()}`;
    old.replaceWith(track);
    track.track.mode = "showing";
  }

  // Table of cues
  async function ask(url, method = "GET", body = undefined) {
    const answer = await fetch(url, {
      method,
      headers: body === undefined ? {} : { "content-type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const data = answer.status === 204 ? null : await answer.json();
    if (!answer.ok) throw new Error(typeof data.error === "string" ? data.error : answer.statusText);
    return data;
  }
  function element(tag, properties = {}, ...children) {
    const made = Object.assign(document.createElement(tag), properties);
    made.append(...children);
    return made;
  }

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
      for (const link of this.root.querySelectorAll('[data-format="karaoke"], [data-format="rich"]')) link.hidden = answer.edited;
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

  // Everything in one ZIP
  async function everything(button) {
    const job = button.dataset.make, place = $(".vt-made", button.parentElement);
    const wait = (ms) => new Promise((then) => setTimeout(then, ms));
    button.disabled = true;
    try {
      await ask(`/api/jobs/${job}/everything`, "POST");
      for (;;) {
        const { everything: task } = await ask(`/api/jobs/${job}`);
        if (task.state === "done") break;
        if (task.state === "failed" || task.state === "cancelled") throw new Error(task.error || words[`state_${task.state}`]);
        const stage = task.stages.at(-1);
        const percent = stage ? Math.round(100 * stage.share) : 0;
        const name = stage ? words[`stage_${stage.stage}`] || stage.stage : fill(words.waiting, { count: task.waiting_for });
        place.replaceChildren(element("progress", { max: 100, value: percent, ariaLabel: name }), ` ${name}`);
        await wait(400);
      }
      place.replaceChildren(element("a", { href: `/api/jobs/${job}/everything.zip`, textContent: words.download_zip, className: "vt-zip", download: "" }));
      $("a", place).click();
    } catch (error) {
      place.replaceChildren(element("span", { className: "vt-error", textContent: error.message }));
    } finally { button.disabled = false; }
  }

  // Parts come and go as Gradio puts them in
  function settle() {
    for (const root of document.querySelectorAll(".tl:not([data-ready])")) {
      window.vidtagTimeline.start(root);
      if (player()) window.vidtagTimeline.at(root, player().currentTime);
    }
    for (const video of document.querySelectorAll(".vt-player:not([data-ready])")) {
      video.dataset.ready = "1";
      if (innerWidth < 640) video.scrollIntoView({ block: "start" });
      video.addEventListener("timeupdate", () => moved(video));
      video.addEventListener("seeked", () => moved(video));
    }
    for (const root of document.querySelectorAll(".vt-cues:not([data-ready])")) {
      root.dataset.ready = "1";
      new Cues(root);
    }
    const progress = $(".vt-progress[data-job]");
    if (progress) {
      // The address names the job, so that it can be loaded again or kept open elsewhere.
      const gone = ["failed", "cancelled"].includes(progress.dataset.state);
      const wanted = gone ? "/" : `/?job=${progress.dataset.job}`;
      if (location.pathname + location.search !== wanted) history.replaceState(null, "", wanted);
    }
  }
  const start = () => {
    new MutationObserver(settle).observe(document.body, { childList: true, subtree: true });
    settle();
  };
  if (document.body) start(); else document.addEventListener("DOMContentLoaded", start);
})();
