// The page to work on: puts the parts together.
import { $, button, element, fill, jobId, language, say, words } from "./dom.js";
import { Clips } from "./clips.js";
import { askFor } from "./dialog.js";
import { Editing } from "./editing.js";
import { Files } from "./files.js";
import { Keys } from "./keys.js";
import { Label } from "./label.js";
import { CueList } from "./list.js";
import { Picked } from "./picked.js";
import { Player } from "./player.js";
import { Faults, Search } from "./search.js";
import { Selection } from "./selection.js";
import { Snapping } from "./snapping.js";
import { cutAddress, preview } from "./preview.js";
import { Speakers } from "./speakers.js";
import { Store } from "./store.js";
import { Timeline } from "./timeline.js";
import { Transcript } from "./transcript.js";
import { Words } from "./words.js";

const TABS = ["cues", "transcript", "clips", "files"];

/** Tabs as in the ARIA Authoring Practices: one stop of the Tab key, arrows between them. */
function tabs(panels, opened) {
  const list = element("div", { className: "tabs", role: "tablist", ariaLabel: words.result });
  const all = TABS.map((name) => element("button", { type: "button", role: "tab", id: `tab-${name}`, "aria-controls": `panel-${name}`, textContent: words[`tab_${name}`], on: { click: () => show(name) } }));
  let current = "";
  function show(name) {
    current = name;
    TABS.forEach((one, n) => {
      all[n].setAttribute("aria-selected", String(one === name));
      all[n].tabIndex = one === name ? 0 : -1;
      panels[one].hidden = one !== name;
    });
    opened(name);
  }
  list.append(...all);
  list.addEventListener("keydown", (event) => {
    const here = all.indexOf(event.target), last = all.length - 1;
    const to = { ArrowRight: here === last ? 0 : here + 1, ArrowLeft: here ? here - 1 : last, Home: 0, End: last }[event.key];
    if (here < 0 || to === undefined) return;
    event.preventDefault();
    show(TABS[to]);
    all[to].focus();
  });
  return { list, show, current: () => current };
}

function tools(editing, store, search, keys) {
  const tool = (name, act, sign = "") => button(sign || words[name], act, { title: words[`${name}_info`] || words[name], ariaLabel: words[name], className: `tool-${name}` });
  const undo = tool("undo", () => store.history("undo"), "↶"), redo = tool("redo", () => store.history("redo"), "↷");
  store.on("history", () => { undo.disabled = !store.canUndo; redo.disabled = !store.canRedo; });
  return element("div", { className: "tools", role: "toolbar", ariaLabel: words.edit_tools }, undo, redo,
    tool("split", () => editing.split()), tool("merge", () => editing.merge()), tool("insert", () => editing.insert()), tool("duplicate", () => editing.duplicate()), tool("delete", () => editing.remove()),
    tool("set_in", () => editing.edge("start"), "[ I"), tool("set_out", () => editing.edge("end"), "O ]"), tool("loop", () => editing.loop(), "⟳"),
    ...(store.work.picture ? [tool("preview_burnt", () => { const { cue } = editing; if (cue) preview(`${cutAddress(cue, "subtitle")}&burnt=true`, words.preview_burnt); }, "▤")] : []),
    tool("shift", () => shift(editing)), tool("search", () => search.open()), tool("key_help", () => keys().help(), "?"));
}

function shift(editing) {
  const box = element("input", { type: "number", step: "0.01", value: "0.5", ariaLabel: words.shift_by });
  const all = element("input", { type: "checkbox" });
  askFor(words.shift, words.shift, () => { if (Number.isFinite(box.valueAsNumber)) editing.shift(box.valueAsNumber, all.checked); },
    element("label", {}, words.shift_by, box), element("label", {}, all, words.shift_all));
}

function head(store) {
  const style = element("select", { ariaLabel: words.profile, on: { change: async () => {
    const kept = store.cues.filter((cue) => cue.edited).length;
    await store.settings({ profile: style.value });
    say(fill(words.restyled, { kept, count: store.cues.length }), false, { text: words.undo, run: () => store.history("undo") });
  } } }, ...store.work.profiles.map((name) => element("option", { textContent: name })));
  const saved = element("span", { className: "saved", role: "status" });
  const reset = button(words.cue_reset, async () => {
    await store.inTurn(async () => store.take(await (await import("./api.js")).ask(`reset?since=${store.revision}`, "POST")));
    say(words.reset_done, false, { text: words.undo, run: () => store.history("undo") });
  }, { className: "reset" });
  const now = () => { style.value = store.work.profile; reset.hidden = !store.edited; };
  store.on("cues", now);
  store.on("saving", (busy) => { saved.textContent = busy ? words.cue_saving : words.saved; });
  now();
  return element("header", {}, element("a", { href: new URL("../", document.baseURI).href, className: "home", textContent: "vidtag" }),
    element("h1", { textContent: store.work.name }), saved, reset, element("label", { className: "style" }, words.profile, style));
}

async function start() {
  const store = new Store(), app = $("#app");
  app.append(element("p", { className: "loading", textContent: words.loading }));
  try { await store.load(language); } catch (error) {
    if (error.status === 409) return location.replace(`../?job=${jobId}`);  // still being listened to
    app.replaceChildren(element("p", { className: "fatal", role: "alert" }, error.status === 404 ? words.gone : error.message, " ", element("a", { href: "../", textContent: "vidtag" })));
    return;
  }
  document.title = `${store.work.name} · vidtag`;
  const spoken = new Words(), player = new Player(store), snapping = new Snapping(store, spoken);
  const search = new Search(store, () => selection.all()), selection = new Selection(store, search);
  const editing = new Editing(store, player, snapping, selection), list = new CueList(store, player, selection, editing), timeline = new Timeline(store, player, snapping);
  const faults = new Faults(store), clips = new Clips(store, player, timeline), transcript = new Transcript(store, player, spoken), files = new Files(store);
  player.watchers.push((now) => transcript.follow(now));
  const picked = new Picked(store, selection, editing, () => shift(editing));
  let keys = null;
  const contents = { cues: [tools(editing, store, search, () => keys), search.box, picked.box, faults.box, list.box], transcript: [transcript.box], clips: [clips.box], files: [files.box] };
  const panels = Object.fromEntries(TABS.map((name) => [name, element("section", { className: `panel-${name}`, id: `panel-${name}`, role: "tabpanel", "aria-labelledby": `tab-${name}` }, ...contents[name])]));
  const opened = (name) => {
    if (name === "cues") list.draw();
    if (name === "transcript") transcript.open();
    if (name === "clips") clips.open();
  };
  const choice = tabs(panels, opened);
  const notes = [store.work.kept ? "" : words.not_kept, store.work.note].filter(Boolean);
  app.replaceChildren(head(store), element("main", {},
    element("div", { className: "left" }, player.box, element("div", { className: "under" }, player.time, element("span", { className: "soft", textContent: store.work.model }), new Label(store, player).button, new Speakers(store).box), ...notes.map((text) => element("p", { className: "note", textContent: text }))),
    element("div", { className: "right" }, choice.list, ...Object.values(panels))), timeline.box);
  keys = new Keys({ store, player, editing, selection, timeline, search, faults, show: choice.show, tab: choice.current });
  choice.show("cues");
  store.tell("cues", { changed: new Set(), whole: true });
  store.mayUndo({ can_undo: store.canUndo, can_redo: store.canRedo });
  if (store.cues[0]) store.select(store.cues[0].id, { from: "start" });
  addEventListener("beforeunload", (event) => { if (store.unsent.size || store.saving) { store.send(); event.preventDefault(); } });
  // What snapping and clips need comes when there is time for it.
  (window.requestIdleCallback || setTimeout)(() => { spoken.load(store.revision).catch(() => {}); store.loadClips().catch(() => {}); });
  app.dataset.ready = "1";
}
start();
