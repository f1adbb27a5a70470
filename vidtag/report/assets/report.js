(() => {
  const root = document.querySelector(".tl");
  const player = document.getElementById("player"), file = document.getElementById("along");
  const lines = [...document.querySelectorAll(".line")];
  const parts = [...document.querySelectorAll(".lines")];
  const starts = lines.map((line) => Number(line.dataset.start));
  window.vidtagTimeline.start(root);
  for (const one of document.querySelectorAll(".along, .find")) one.hidden = false;

  function play(seconds) {
    player.currentTime = seconds;
    player.play().catch(() => {});
  }
  file.addEventListener("change", () => {
    if (!file.files.length) return;
    if (player.src) URL.revokeObjectURL(player.src);
    player.src = URL.createObjectURL(file.files[0]);
    player.hidden = false;
  });
  // The picture stays in sight; what is jumped to stops below it.
  new ResizeObserver(() => {
    if (!player.hidden) document.documentElement.style.scrollPaddingTop = `${player.offsetHeight + 16}px`;
  }).observe(player);
  // With a video at hand, what is clicked is played; without one, links lead to the transcript.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-t], .line > a");
    if (!link || player.hidden) return;
    event.preventDefault();
    play(Number(link.dataset.t ?? link.parentElement.dataset.start));
  });
  root.addEventListener("vidtag:seek", (event) => {
    if (!player.hidden && !event.target.matches("a")) play(event.detail);
  });

  // What is said now is marked, and whoever reads along is taken along.
  let now = [];
  const inSight = (line) => {
    const { top, bottom } = line.getBoundingClientRect();
    return bottom > player.offsetHeight && top < innerHeight;
  };
  player.addEventListener("timeupdate", () => {
    const time = player.currentTime;
    window.vidtagTimeline.at(root, time);
    const next = [];
    for (let n = 0; n < lines.length && starts[n] <= time; n++) {
      if (time < Number(lines[n].dataset.end)) next.push(lines[n]);
    }
    if (next.length === now.length && next.every((line, n) => line === now[n])) return;
    const along = now.some(inSight);
    for (const line of now) line.classList.remove("now");
    for (const line of next) line.classList.add("now");
    if (next.length) now = next;
    if (along && next.length && !player.paused) next[0].scrollIntoView({ block: "nearest" });
  });

  // Search: the lines that have the text are left, and where it stands in them is marked.
  const find = document.getElementById("find"), said = document.querySelector(".find output");
  let texts;
  const plain = (text) => text.trim().toLowerCase().replace(/\s+/g, " ");
  let timer;
  function search() {
    const wanted = plain(find.value);
    let count = 0;
    texts ??= lines.map((line) => line.querySelector("p").textContent.toLowerCase());
    lines.forEach((line, n) => {
      const has = !wanted || texts[n].includes(wanted);
      line.hidden = !has;
      count += has;
    });
    for (const part of parts) {
      const left = part.querySelectorAll(".line:not([hidden])").length;
      part.hidden = !left;
      part.style.setProperty("--count", left);
    }
    said.textContent = wanted ? said.dataset.found.replace("{count}", count) : "";
    mark(wanted);
  }
  function mark(wanted) {
    if (!window.Highlight) return;
    const ranges = [];
    for (const line of lines) {
      if (!wanted || line.hidden) continue;
      const text = line.querySelector("p").lastChild, here = text.data.toLowerCase();
      for (let at = here.indexOf(wanted); at >= 0 && at + wanted.length <= text.length; at = here.indexOf(wanted, at + wanted.length)) {
        const range = new Range();
        range.setStart(text, at);
        range.setEnd(text, at + wanted.length);
        ranges.push(range);
      }
    }
    CSS.highlights.set("found", new Highlight(...ranges));
  }
  find.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(search, 120); });
  find.addEventListener("keydown", (event) => { if (event.key === "Escape") { find.value = ""; search(); } });
  // A link to a line that is hidden just now shows it.
  addEventListener("hashchange", () => {
    const line = document.getElementById(location.hash.slice(1));
    if (!line?.hidden) return;
    find.value = "";
    search();
    line.scrollIntoView();
  });
})();
