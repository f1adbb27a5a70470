// Everything there is to take away: subtitles, timelines, text, report, and one ZIP of it all.
import { address, ask } from "./api.js";
import { button, element, fill, jobId, language, say, words } from "./dom.js";

const ENDED = ["done", "failed", "cancelled"];

export class Files {
  constructor(store) {
    this.store = store;
    const link = (part, text, more = {}) => element("a", { href: address(part), textContent: text, download: "", ...more });
    const group = (title, ...links) => element("section", {}, element("h2", { textContent: title }), element("p", { className: "links" }, ...links));
    const formats = Object.keys(store.work.formats);
    this.made = element("p", { className: "made", role: "status" });
    this.progress = element("progress", { max: 100, hidden: true, ariaLabel: words.make_everything });
    this.box = element("div", { className: "files" },
      group(words.tab_cues, ...formats.map((name) => link(`subtitles.${name}`, name.toUpperCase(), { data: { format: name } }))),
      group(words.timelines, ...store.work.timelines.map((name) => link(`timeline.${name}`, name.toUpperCase()))),
      group(words.timelines_cut, ...store.work.timelines.filter((name) => !name.startsWith("chapters")).map((name) => link(`timeline.${name}?highlights=true`, name.toUpperCase()))),
      group(words.whole, link("document", words.document, { download: `${store.work.name}.vidtag.json` }), link(`report.html?language=${language}`, words.open_report, { download: null, target: "_blank", rel: "noopener" })),
      element("section", {}, element("h2", { textContent: words.make_everything }), element("p", { className: "soft", textContent: words.everything_info }),
        this.start = button(words.make_everything, () => this.everything(), { className: "primary everything" }), this.progress, this.made));
    for (const one of this.box.querySelectorAll("a[target]")) one.removeAttribute("download");
  }
  async everything() {
    this.start.disabled = true;
    this.progress.hidden = false;
    if (window.Notification && Notification.permission === "default") Notification.requestPermission();
    const title = document.title;
    try {
      await this.store.send();
      let { everything: task } = await ask("everything", "POST");
      while (!ENDED.includes(task.state)) {
        await new Promise((then) => { setTimeout(then, 400); });
        ({ everything: task } = await ask(`../${jobId}`));
        const stage = task.stages.at(-1), share = stage ? stage.share : 0;
        this.progress.value = 100 * share;
        const left = share > 0.05 ? fill(words.left, { seconds: Math.max(1, Math.round(task.seconds * (1 - share) / share)) }) : "";
        this.made.textContent = task.waiting_for ? fill(words.waiting, { count: task.waiting_for }) : `${words[`stage_${stage?.stage}`] || ""} ${Math.round(100 * share)} % ${left}`;
        document.title = `${Math.round(100 * share)} % · ${title}`;
      }
      if (task.state !== "done") throw new Error(task.error || words[`state_${task.state}`]);
      const zip = element("a", { href: address("everything.zip"), download: "", className: "zip", textContent: words.download_zip });
      this.made.replaceChildren(zip);
      if (window.Notification && Notification.permission === "granted" && document.hidden) new Notification(words.download_zip, { body: this.store.work.name });
      zip.click();
    } catch (error) {
      this.made.textContent = "";
      say(error.message, true);
    }
    document.title = title;
    this.progress.hidden = true;
    this.start.disabled = false;
  }
}
