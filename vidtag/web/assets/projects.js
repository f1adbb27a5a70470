// What is kept in the folder of the server: opened again, removed, brought back; and documents that
// were made elsewhere, opened from a file.
class Projects {
  constructor() {
    this.list = element("ul", { className: "vt-project-list" });
    this.said = element("p", { className: "vt-state", role: "status" });
    this.file = element("input", { type: "file", accept: ".json,application/json", hidden: true });
    this.file.addEventListener("change", () => this.open(this.file.files[0]));
    const choose = element("button", { type: "button", className: "vt-button", textContent: words.open_document });
    choose.addEventListener("click", () => this.file.click());
    this.title = element("h2", { textContent: words.projects, hidden: true });
    this.box = element("section", { className: "vidtag vt-projects" }, this.title, this.list, this.said, choose, this.file);
    this.box.addEventListener("dragover", (event) => event.preventDefault());
    this.box.addEventListener("drop", (event) => { event.preventDefault(); this.open(event.dataTransfer.files[0]); });
    this.load();
  }
  say(text, bad = false, act = null) {
    this.said.classList.toggle("vt-error", bad);
    this.said.replaceChildren(text, ...(act ? [" ", act] : []));
  }
  async load() {
    try {
      const { folder, projects } = await ask("api/projects");
      this.title.hidden = folder === null;
      this.list.replaceChildren(...projects.map((one) => this.row(one)));
    } catch (error) { this.say(error.message, true); }
  }
  row({ id, name, changed, edited }) {
    const remove = element("button", { type: "button", className: "vt-link", textContent: words.remove, ariaLabel: `${words.remove}: ${name}` });
    remove.addEventListener("click", () => this.remove(id));
    const when = new Date(changed * 1000).toLocaleString(language === "zh" ? "zh" : "en", { dateStyle: "medium", timeStyle: "short" });
    return element("li", {}, element("a", { href: `work/${id}`, textContent: name }), element("span", { className: "vt-meta", textContent: `${when}${edited ? ` · ${words.edited}` : ""}` }), remove);
  }
  async remove(id) {
    try {
      await ask(`api/jobs/${id}`, "DELETE");
      const undo = element("button", { type: "button", className: "vt-link", textContent: words.bring_back });
      undo.addEventListener("click", async () => { await ask(`api/projects/${id}/restore`, "POST"); this.say(""); this.load(); });
      this.say(words.removed, false, undo);
      this.load();
    } catch (error) { this.say(error.message, true); }
  }
  async open(file) {
    if (!file) return;
    try {
      const answer = await fetch(`api/projects?name=${encodeURIComponent(file.name)}`, { method: "POST", body: file });
      const said = await answer.json();
      if (!answer.ok) throw new Error(said.error || answer.statusText);
      location.href = `work/${said.id}`;
    } catch (error) { this.say(error.message, true); }
    this.file.value = "";
  }
}
