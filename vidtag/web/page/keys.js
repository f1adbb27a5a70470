// Keys as Subtitle Edit and editing programs have them, and the list of them under "?".
import { showDialog } from "./dialog.js";
import { element, words } from "./dom.js";

export class Keys {
  /** @param {{store: any, player: any, editing: any, selection: any, timeline: any, search: any, faults: any, show: (tab: string) => void, tab: () => string}} page */
  constructor(page) {
    this.page = page;
    const { store, player, editing, selection, timeline, search, faults } = page;
    const mark = (name) => {
      if (page.tab() === "cues") return editing.edge(name);
      timeline.mark = { start: player.at, end: player.at, ...timeline.mark, [name]: player.at };
      timeline.draw();
    };
    /** Key, what it does, and whether it works while one types. @type {[string, string, () => unknown, boolean?][]} */
    this.table = [
      ["Space", "key_play", () => player.toggle()], ["Ctrl+Space", "key_play_typing", () => player.toggle(), true],
      ["J", "key_back", () => player.shuttle("j")], ["K", "key_stop", () => player.shuttle("k")], ["L", "key_faster", () => player.shuttle("l")],
      ["ArrowLeft", "key_frame_back", () => player.step(-1)], ["ArrowRight", "key_frame", () => player.step(1)],
      ["ArrowUp", "key_cue_back", () => editing.move(-1)], ["ArrowDown", "key_cue", () => editing.move(1)],
      ["Shift+ArrowUp", "key_pick_back", () => selection.extend(-1)], ["Shift+ArrowDown", "key_pick", () => selection.extend(1)],
      ["Ctrl+A", "key_pick_all", () => { page.show("cues"); selection.all(); }], ["Escape", "clear_picked", () => selection.clear()],
      ["Alt+ArrowUp", "key_cue_back", () => editing.move(-1), true], ["Alt+ArrowDown", "key_cue", () => editing.move(1), true],
      ["I", "key_in", () => mark("start")], ["O", "key_out", () => mark("end")], ["R", "key_loop", () => editing.loop()],
      ["Enter", "key_edit", () => store.select(store.selected || store.cues[0]?.id, { focus: true, from: "keys" })],
      ["Ctrl+Enter", "key_split", () => editing.split(), true], ["Ctrl+M", "key_merge", () => editing.merge(), true],
      ["Insert", "key_insert", () => editing.insert(), true], ["Ctrl+D", "key_duplicate", () => editing.duplicate(), true], ["Delete", "key_delete", () => editing.remove()],
      ["Alt+ArrowLeft", "key_earlier", () => editing.shift(-0.1), true], ["Alt+ArrowRight", "key_later", () => editing.shift(0.1), true],
      ["Ctrl+Z", "key_undo", () => store.history("undo"), true], ["Ctrl+Shift+Z", "key_redo", () => store.history("redo"), true], ["Ctrl+Y", "key_redo", () => store.history("redo"), true],
      ["Ctrl+F", "key_search", () => { page.show("cues"); search.open(); }, true], ["F8", "key_fault", () => faults.next(1), true], ["Shift+F8", "key_fault_back", () => faults.next(-1), true],
      ["+", "zoom_in", () => timeline.zoom(2)], ["-", "zoom_out", () => timeline.zoom(0.5)],
      ["1", "tab_cues", () => page.show("cues")], ["2", "tab_transcript", () => page.show("transcript")], ["3", "tab_clips", () => page.show("clips")], ["4", "tab_files", () => page.show("files")],
      ["?", "key_help", () => this.help()],
    ];
    this.acts = new Map(this.table.map(([name, , act, typing]) => [name, { act, typing }]));
    document.addEventListener("keydown", (event) => this.pressed(event));
  }
  name(event) {
    const key = event.key === " " ? "Space" : event.key.length === 1 ? event.key.toUpperCase() : event.key;
    const shift = event.shiftKey && (key.length > 1 || event.ctrlKey || event.metaKey);
    return `${event.ctrlKey || event.metaKey ? "Ctrl+" : ""}${event.altKey ? "Alt+" : ""}${shift ? "Shift+" : ""}${key}`;
  }
  pressed(event) {
    if (event.isComposing || event.defaultPrevented) return;
    const found = this.acts.get(this.name(event));
    if (!found) return;
    // What a closed dialog or search held keeps the focus until the next picture is painted: a key
    // that is pressed before that is the page's.
    const target = event.target.checkVisibility?.() === false ? document.body : event.target;
    const typing = target.matches?.("input:not([type=checkbox]):not([type=range]), textarea, select");
    if (typing && !found.typing) return;
    const pressing = target.matches?.("button, a, summary, video, input") && ["Space", "Enter"].includes(this.name(event));
    if (pressing || (target.matches?.("input[type=range]") && event.key.startsWith("Arrow"))) return;
    if (document.querySelector("dialog[open]")) return;
    // Text that is being typed has an undo of its own until it is sent.
    if (typing && /Ctrl\+(Z|Shift\+Z|Y)/.test(this.name(event)) && this.page.store.unsent.size) return;
    event.preventDefault();
    found.act();
  }
  help() {
    const rows = this.table.map(([name, what]) => element("tr", {}, element("td", {}, element("kbd", { textContent: name.replace("Arrow", "") })), element("td", { textContent: words[what] })));
    showDialog(words.key_help, { className: "help" }, element("form", { method: "dialog" }, element("h2", { textContent: words.key_help }), element("button", { textContent: words.close })), element("table", {}, element("tbody", {}, ...rows)));
  }
}
