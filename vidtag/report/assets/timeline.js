// A timeline that is driven by keyboard and pointer. It says where it was asked to go with the
// event "vidtag:seek" (detail: seconds); vidtagTimeline.at(root, seconds) moves its playhead.
window.vidtagTimeline = (() => {
  const spansOf = (lane) => [...lane.querySelectorAll("a.tl-span")];

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
    label(root, lanes);
  }

  // What is wide enough now has its text.
  function label(root, lanes) {
    const least = 100 * 18 / lanes.clientWidth;
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

  function start(root) {
    if (!root || root.dataset.ready) return;
    root.dataset.ready = "1";
    for (const lane of root.querySelectorAll(".tl-lane")) {
      // One stop of the Tab key per lane; the arrow keys move within it.
      spansOf(lane).forEach((span, n) => { span.tabIndex = n ? -1 : 0; });
    }
    const zoomer = root.querySelector(".tl-zoom");
    if (zoomer) zoomer.hidden = false;
    root.addEventListener("keydown", (event) => {
      const lane = event.target.closest(".tl-lane");
      const spans = lane ? spansOf(lane) : [];
      const here = spans.indexOf(event.target);
      if (here < 0) return;
      const to = { ArrowRight: here + 1, ArrowLeft: here - 1, Home: 0, End: spans.length - 1 }[event.key];
      if (to === undefined || !spans[to]) return;
      event.preventDefault();
      spans[here].tabIndex = -1;
      spans[to].tabIndex = 0;
      spans[to].focus();
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
