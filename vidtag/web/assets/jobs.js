// From a click on Listen to a result. Gradio answers the click with the ids of the jobs; everything
// after that is requested from the HTTP API here, one request at a time, until a job has ended.
const ENDED = ["done", "failed", "cancelled"];
const PAUSE = 500;
const html = document.documentElement;

// What a job says of itself, again and again until it has ended; undefined once it is gone.
async function status(id, unreached) {
  for (;;) {
    try {
      return await ask(`api/jobs/${id}`);
    } catch (error) {
      if (error.status === 404) return undefined;
      unreached(error.message);
      await wait(3000);
    }
  }
}

class Single {
  constructor() {
    this.said = element("p", { className: "vt-state", role: "status" });
    this.wrong = element("p", { className: "vt-error", role: "alert", hidden: true });
    this.stages = element("ul", { className: "vt-stages" });
    this.cancel = element("button", { type: "button", id: "vt-cancel", className: "vt-button", textContent: words.cancel, hidden: true });
    this.box = element("div", { className: "vidtag vt-progress" }, this.said, this.wrong, this.stages, this.cancel);
    this.id = "";
    this.cancel.addEventListener("click", () => this.stop());
  }
  say(text, wrong = "") {
    if (this.said.textContent !== text) this.said.textContent = text;
    if (this.wrong.textContent !== wrong) this.wrong.textContent = wrong;
    this.wrong.hidden = !wrong;
  }
  // The address names the job, so that it can be loaded again or kept open elsewhere.
  name(id) {
    this.id = id;
    const wanted = id ? `?job=${id}` : "";
    if (location.search !== wanted) history.replaceState(null, "", wanted || location.pathname);
  }
  busy(on) {
    html.classList.toggle("vt-busy", on);
    this.cancel.hidden = !on;
    this.cancel.disabled = false;
  }
  refuse(text) {
    this.box.dataset.state = "refused";
    this.stages.replaceChildren();
    this.say("", text);
  }
  async follow(id) {
    mayNotify();
    this.name(id);
    this.busy(true);
    let job;
    do {
      if (job) await wait(PAUSE);
      job = await status(id, (text) => { if (this.id === id) this.say("", text); });
      if (this.id !== id) return;  // cancelled, or another one was begun
      if (job) this.show(job);
    } while (job && !ENDED.includes(job.state));
    this.busy(false);
    if (!job) { this.name(""); this.refuse(words.gone); return; }
    if (job.state !== "done") {
      this.name("");
      ask(`api/jobs/${id}`, "DELETE").catch(() => {});
      return;
    }
    this.name("");  // back is the page for uploads, and not the way here once more
    notify(fill(words.done, { name: job.name }));
    location.assign(`work/${id}`);
  }
  show(job) {
    this.box.dataset.state = job.state;
    this.box.dataset.job = job.id;
    const texts = {
      waiting: fill(words.waiting, { count: job.waiting_for }),
      running: fill(words.running, { name: job.name }),
      done: fill(words.done, { name: job.name }),
      failed: words.failed,
      cancelled: words.cancelled,
    };
    const percent = share(job), left = percent > 4 ? Math.max(1, Math.round(job.seconds * (100 - percent) / percent)) : 0;
    if (job.state === "running" && left) texts.running += ` · ${fill(words.left, { seconds: left })}`;
    document.title = job.state === "running" ? `${percent} % · ${job.name}` : "vidtag";
    this.say(texts[job.state], job.error);
    const stages = job.state === "running" ? job.stages : [];
    while (this.stages.children.length > stages.length) this.stages.lastChild.remove();
    stages.forEach(({ stage, share }, n) => {
      const name = words[`stage_${stage}`] || stage;
      const bar = element("progress", { max: 100, ariaLabel: name });
      const row = this.stages.children[n] || this.stages.appendChild(element("li", {}, element("span"), bar, element("span", { className: "vt-percent" })));
      if (row.dataset.stage !== stage) { row.dataset.stage = stage; row.children[0].textContent = name; row.children[1].ariaLabel = name; }
      row.children[1].value = 100 * share;
      row.children[2].textContent = `${Math.round(100 * share)} %`;
    });
  }
  async stop() {
    const id = this.id;
    this.name("");  // nobody follows it any more
    this.cancel.disabled = true;
    this.stages.replaceChildren();
    this.say(words.cancelling);
    try {
      await ask(`api/jobs/${id}`, "DELETE");  // answered when the work has let go of it
    } catch (error) {
      if (error.status !== 404) return this.follow(id);
    }
    if (this.id) return;  // another one was begun
    this.busy(false);
    this.show({ id, state: "cancelled", stages: [], error: "" });
  }
}

class Batch {
  constructor() {
    this.body = element("tbody");
    const heads = [words.file, words.state, words.result].map((text) => element("th", { scope: "col", textContent: text }));
    this.table = element("table", { hidden: true }, element("thead", {}, element("tr", {}, ...heads)), this.body);
    this.wrong = element("p", { className: "vt-error", role: "alert", hidden: true });
    this.cancel = element("button", { type: "button", id: "vt-cancel-many", className: "vt-button", textContent: words.cancel, hidden: true });
    this.box = element("div", { className: "vidtag vt-batch" }, this.wrong, this.table, this.cancel);
    this.jobs = [];
    this.cancel.addEventListener("click", () => this.stop());
  }
  refuse(text) {
    this.wrong.textContent = text;
    this.wrong.hidden = !text;
  }
  async follow(jobs) {
    mayNotify();
    this.jobs = jobs;
    this.refuse("");
    this.table.hidden = false;
    this.cancel.hidden = false;
    this.cancel.disabled = false;
    html.classList.add("vt-busy-many");
    const rows = jobs.map(({ name }) => element("tr", {}, element("th", { scope: "row" }, element("bdi", { textContent: name })), element("td"), element("td")));
    this.body.replaceChildren(...rows);
    jobs.forEach((job, n) => this.show(rows[n], { ...job, state: "waiting" }));
    // They are done in this order, so only one of them has news.
    for (const [n, { id, name }] of jobs.entries()) {
      for (;;) {
        const job = await status(id, (text) => { if (this.jobs === jobs) this.refuse(text); });
        if (this.jobs !== jobs) return;
        this.refuse("");
        this.show(rows[n], job || { id, name, state: "cancelled" });
        document.title = `${n + 1}/${jobs.length} · ${name}`;
        if (!job || ENDED.includes(job.state)) break;
        await wait(PAUSE);
      }
    }
    this.cancel.hidden = true;
    html.classList.remove("vt-busy-many");
    document.title = "vidtag";
    notify(fill(words.done, { name: jobs.map(({ name }) => name).join(", ") }));
  }
  show(row, job) {
    const [, state, result] = row.children;
    if (job.state === "running" && row.dataset.state === "running") {
      $("progress", state).value = share(job);
      return;
    }
    if (row.dataset.state === job.state) return;
    row.dataset.state = job.state;
    state.replaceChildren(words[`state_${job.state}`]);
    if (job.state === "running") state.append(" ", element("progress", { max: 100, value: share(job), ariaLabel: job.name }));
    result.replaceChildren();
    if (job.error) result.append(element("span", { className: "vt-error", textContent: job.error }));
    if (job.state !== "done") return;
    const link = (href, text, more) => element("a", { href, textContent: text, ...more });
    const elsewhere = { target: "_blank", rel: "noopener" };
    result.append(
      fill(words.found, job.found),
      element("span", { className: "vt-links" },
        link(`work/${job.id}`, words.open, elsewhere), " ",
        link(`api/jobs/${job.id}/subtitles.srt`, "SRT", { download: "" }), " ",
        link(`api/jobs/${job.id}/report.html?language=${language}`, words.open_report, elsewhere),));
  }
  async stop() {
    const jobs = this.jobs;
    this.cancel.disabled = true;
    // From the last on: otherwise the next would begin each time.
    for (const [n, { id }] of [...jobs.entries()].reverse()) {
      if (!ENDED.includes(this.body.rows[n].dataset.state)) await ask(`api/jobs/${id}`, "DELETE").catch(() => {});
    }
  }
}

// Whoever looks at something else meanwhile is told, if they want to be.
function mayNotify() {
  if (window.Notification && Notification.permission === "default") Notification.requestPermission();
}
function notify(text) {
  if (window.Notification && Notification.permission === "granted" && document.hidden) new Notification("vidtag", { body: text });
}

// Percent of the listening that is done, as far as the sound has been read
function share(job) {
  const shares = job.stages.filter(({ stage }) => stage === "speech" || stage === "events").map((stage) => stage.share);
  return shares.length === 2 ? Math.round(100 * Math.min(...shares)) : 0;
}

const projects = new Projects(), single = new Single(), batch = new Batch(), handled = new Set();
// Gradio puts its parts into the page when it likes, and may do so again: ours go into their places
// whenever they are not there, and each answer is handled once. Doing so asks the server for nothing.
function settle() {
  for (const [name, part] of [["vt-progress", single.box], ["vt-projects", projects.box], ["vt-batch", batch.box]]) {
    const place = document.getElementById(name);
    if (place && part.parentElement !== place) place.replaceChildren(part);
  }
  for (const { dataset } of document.querySelectorAll(".vt-answer [data-answer]")) {
    const answer = JSON.parse(dataset.answer);
    if (handled.has(answer.serial)) continue;
    handled.add(answer.serial);
    if (answer.error) (answer.tab === "one" ? single : batch).refuse(answer.error);
    else if (answer.tab === "one") single.follow(answer.jobs[0].id);
    else batch.follow(answer.jobs);
  }
}
function start() {
  new MutationObserver(settle).observe(document.body, { childList: true, subtree: true, attributeFilter: ["data-answer"] });
  settle();
  const asked = new URLSearchParams(location.search).get("job");
  if (asked) single.follow(asked);
}
if (document.body) start(); else document.addEventListener("DOMContentLoaded", start);
