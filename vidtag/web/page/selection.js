// Several cues that are selected, as in any list: Ctrl and a click for one more, Shift for all between.
export class Selection {
  /** @param {import("./store.js").Store} store @param {import("./search.js").Search} search */
  constructor(store, search) {
    Object.assign(this, { store, search });
    /** Where a stretch that is selected began. */
    this.anchor = "";
    store.on("cues", () => this.prune());
    store.on("selected", ({ id, keep }) => {
      if (!keep) this.set([]);
      if (!this.ids.size) this.anchor = id;
    });
  }
  get ids() { return this.store.marked; }
  /** The cues that are meant: those selected, else the one at hand; by start. */
  get cues() {
    const { store } = this;
    if (this.ids.size) return store.cues.filter(({ id }) => this.ids.has(id));
    const one = store.byId.get(store.selected);
    return one ? [one] : [];
  }
  set(ids) {
    if (!this.ids.size && !ids.length) return;
    this.store.marked = new Set(ids);
    this.store.tell("marked");
  }
  clear() { this.set([]); }
  prune() {
    const left = [...this.ids].filter((id) => this.store.byId.has(id));
    if (left.length < this.ids.size) this.set(left);
  }
  /** One more, or one less. @param {boolean} [also] whether the cue at hand counts as selected */
  toggle(id, also = false) {
    const ids = new Set(this.ids);
    if (also && !ids.size && this.store.selected) ids.add(this.store.selected);
    if (!ids.delete(id)) ids.add(id);
    this.set([...ids]);
    this.anchor = id;
    this.store.select(id, { from: "list", keep: true });
  }
  /** All from where it began to a cue. */
  to(id, from = "list") {
    const { store } = this, here = store.place(id), first = store.place(this.anchor || store.selected);
    const [low, high] = first < 0 ? [here, here] : [Math.min(first, here), Math.max(first, here)];
    this.set(store.cues.slice(low, high + 1).map((cue) => cue.id));
    store.select(id, { from, keep: true });
  }
  extend(step) {
    const { store } = this, next = store.cues[store.place(store.selected) + step];
    if (next) this.to(next.id, "keys");
  }
  /** All cues; of those that are searched for, all that are found. */
  all() { this.set((this.search.filtering ? this.search.found : this.store.cues).map(({ id }) => id)); }
}
