// A timeline that is driven by keyboard and pointer. It says where it was asked to go with the
// event "vidtag:seek" (detail: seconds); vidtagTimeline.at(root, seconds) moves its playhead.
window.vidtagTimeline = (() => {
  const WIDE = 6, LABELLED = 18, NEAR = 4;  // pixels

  // A lane whose blocks are all links: one stop of the Tab key, the arrow keys move within it.
  function plain(lane) {
    const spans = [...lane.querySelectorAll("a.tl-span")];
    spans.forEach((span, n) => { span.tabIndex = n ? -1 : 0; });
    return { count: spans.length, place: (span) => spans.indexOf(span), span: (n) => spans[n], inView() {} };
  }

  // A lane of very many is a picture. Links are the blocks that are in view and wide enough, and
  // the one that the Tab key stops at.
  function dense(track) {
    const blocks = track.dataset.blocks.split("\n").map((row) => {
      const [left, width, start, target, colour, label, times, detail] = row.split("\t");
      return { left: Number(left), width: Number(width), start, target, colour, label, times, detail };
    });
    const links = new Map();
    const describe = ({ target, label, times, detail }) => {
      const more = detail ?? document.querySelector(`#${target} p`)?.lastChild.data.trim() ?? "";
      return `${label || more}, ${times}${label && more ? `: ${more}` : ""}`;
    };
    function span(n) {
      if (links.has(n)) return links.get(n);
      const block = blocks[n], link = document.createElement("a");
      link.href = `#${block.target}`;
      link.className = `tl-span c-${block.colour}`;
      link.style.left = `${block.left}%`;
      link.style.width = `${block.width}%`;
      link.title = describe(block);
      link.tabIndex = -1;
      Object.assign(link.dataset, { t: block.start, n });
      if (block.label) link.dataset.label = block.label;
      const after = [...links.keys()].filter((one) => one > n);
      track.insertBefore(link, after.length ? links.get(Math.min(...after)) : null);
      links.set(n, link);
      return link;
    }
    function drop(n) {
      const link = links.get(n);
      if (link.tabIndex === 0 || link === document.activeElement) return;
      link.remove();
      links.delete(n);
    }
    /** Blocks between two places, in percent, that are wide enough now. */
    function inView(from, to) {
      const least = 100 * WIDE / track.clientWidth, wanted = new Set();
      blocks.forEach(({ left, width }, n) => { if (width >= least && left < to && left + width > from) wanted.add(n); });
      for (const n of [...links.keys()]) if (!wanted.has(n)) drop(n);
      for (const n of wanted) span(n);
    }
    /** The block at a place of the track, or next to it. */
    function near(event) {
      const { left, width } = track.getBoundingClientRect(), at = 100 * (event.clientX - left) / width;
      let best = -1, least = 100 * NEAR / width;
      blocks.forEach((block, n) => {
        const away = Math.max(block.left - at, at - block.left - block.width, 0);
        if (away < least) [best, least] = [n, away];
      });
      return best;
    }
    track.addEventListener("pointermove", (event) => {
      if (event.target.closest("a")) return;
      const n = near(event);
      track.title = n < 0 ? "" : describe(blocks[n]);
    });
    track.addEventListener("click", (event) => {
      const n = event.target.closest("a") ? -1 : near(event);
      if (n < 0) return;
      event.stopPropagation();
      span(n).click();
    });
    span(0).tabIndex = 0;
    return { count: blocks.length, place: (link) => Number(link.dataset.n ?? -1), span, inView };
  }

  function seek(from, seconds) {
    from.dispatchEvent(new CustomEvent("vidtag:seek", { bubbles: true, cancelable: true, detail: seconds }));
  }

  function zoom(root, by) {
    const lanes = root.querySelector(".tl-lanes"), scroll = root.querySelector(".tl-scroll");
    const old = Number(lanes.style.getPropertyValue("--zoom") || 1);
    const next = Math.min(64, Math.max(1, by > 0 ? old * 2 : old / 2));
    const middle = (scroll.scrollLeft + scroll.clientWidth / 2) / lanes.clientWidth;
    lanes.style.setProperty("--zoom", next);
    scroll.scrollLeft = middle * lanes.clientWidth - scroll.clientWidth / 2;
    inView(root);
  }

  const shown = new WeakMap();

  /** What is in view and wide enough becomes a link, and has its text. */
  function inView(root) {
    const scroll = root.querySelector(".tl-scroll"), track = root.querySelector(".tl-track");
    const width = track.clientWidth || 1, from = 100 * scroll.scrollLeft / width;
    for (const lane of shown.get(root)) lane.inView(from, from + 100 * scroll.clientWidth / width);
    const least = 100 * LABELLED / width;
    for (const span of root.querySelectorAll("[data-label]")) {
      if (parseFloat(span.style.width) < least) continue;
      const text = document.createElement("span");
      text.className = "tl-text";
      text.ariaHidden = "true";
      text.textContent = span.dataset.label;
      span.removeAttribute("data-label");
      span.classList.add("tl-wide");
      span.append(text);
    }
  }

  /** Once before the next picture, however often it is asked for. */
  function later(act) {
    let asked = false;
    return () => {
      if (asked) return;
      asked = true;
      requestAnimationFrame(() => { asked = false; act(); });
    };
  }

  function start(root) {
    if (!root || root.dataset.ready) return;
    root.dataset.ready = "1";
    const lanes = new Map();
    for (const lane of root.querySelectorAll(".tl-lane")) {
      const track = lane.querySelector("[data-blocks]");
      lanes.set(lane, track ? dense(track) : plain(lane));
    }
    shown.set(root, [...lanes.values()]);
    const look = later(() => inView(root));
    root.querySelector(".tl-scroll").addEventListener("scroll", look, { passive: true });
    addEventListener("resize", look);
    look();
    const zoomer = root.querySelector(".tl-zoom");
    if (zoomer) zoomer.hidden = false;
    root.addEventListener("keydown", (event) => {
      const lane = event.target.closest(".tl-lane");
      const spans = lanes.get(lane), here = spans && event.target.matches("a") ? spans.place(event.target) : -1;
      if (here < 0) return;
      const to = { ArrowRight: here + 1, ArrowLeft: here - 1, Home: 0, End: spans.count - 1 }[event.key];
      if (to === undefined || to < 0 || to >= spans.count) return;
      event.preventDefault();
      event.target.tabIndex = -1;
      const next = spans.span(to);
      next.tabIndex = 0;
      next.focus();
      look();
    });
    root.addEventListener("click", (event) => {
      const button = event.target.closest("[data-zoom]");
      if (button) return zoom(root, Number(button.dataset.zoom));
      const span = event.target.closest(".tl-span"), track = event.target.closest(".tl-track");
      if (span) {
        seek(span, Number(span.dataset.t));
      } else if (track) {
        const box = track.getBoundingClientRect();
        seek(track, (event.clientX - box.left) / box.width * Number(root.dataset.duration));
      }
    });
  }

  function at(root, seconds) {
    const head = root && root.querySelector(".tl-head");
    if (!head) return;
    head.hidden = false;
    head.style.left = `${Math.min(100, 100 * seconds / Number(root.dataset.duration))}%`;
  }

  return { start, at };
})();
