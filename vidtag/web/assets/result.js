// A result: player, timeline, tabs, highlights, downloads.
const player = () => $(".vt-player");

let until = Infinity;
function play(from, to = Infinity) {
  const video = player();
  if (!video) return;
  until = to;
  video.currentTime = from;
  video.play().catch(() => {});
}
function moved(video) {
  const now = video.currentTime;
  if (now >= until) { until = Infinity; video.pause(); }
  window.vidtagTimeline.at($(".vt-lanes .tl"), now);
  for (const row of document.querySelectorAll(".vt-cues tr[data-start]")) {
    row.classList.toggle("vt-now", Number(row.dataset.start) <= now && now < Number(row.dataset.end));
  }
}
document.addEventListener("vidtag:seek", (event) => play(event.detail));
document.addEventListener("click", (event) => {
  const from = event.target.closest("[data-play]");
  if (from) play(Number(from.dataset.play), Number(from.dataset.until || Infinity));
  const make = event.target.closest("[data-make]");
  if (make) everything(make);
});

// Subtitles on the picture are the cues as they are now
function reloadTrack() {
  const old = player() && $("track", player());
  if (!old) return;
  const track = old.cloneNode();
  track.src = `${old.src.split("?")[0]}?now=${Date.now()}`;
  old.replaceWith(track);
  track.track.mode = "showing";
}

// Markup of this server, whose templates escape everything that comes from outside
function fragment(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content;
}

// ``place`` need not be in the document yet.
function showResult(place, html, id) {
  place.replaceChildren(fragment(html));
  const video = $(".vt-player", place);
  video.addEventListener("timeupdate", () => moved(video));
  video.addEventListener("seeked", () => moved(video));
  if (innerWidth < 640) video.scrollIntoView({ block: "start" });
  window.vidtagTimeline.start($(".tl", place));
  tabs($(".vt-tabs", place));
  const cues = new Cues($(".vt-cues", place));
  const style = $(".vt-style", place);
  style.addEventListener("change", async () => {
    try {
      await ask(`/page/${id}/profile`, "PUT", { profile: style.value });
      await cues.load("GET");
      reloadTrack();
    } catch (error) { cues.say(error.message, true); }
  });
  controls($(".vt-controls", place), place, id);
}

// Tabs as in the ARIA Authoring Practices: one stop of the Tab key, arrows between them
function tabs(list) {
  const all = [...list.querySelectorAll("[role=tab]")];
  const show = (chosen) => {
    for (const tab of all) {
      const on = tab === chosen;
      tab.ariaSelected = String(on);
      tab.tabIndex = on ? 0 : -1;
      $(`#${tab.getAttribute("aria-controls")}`, list.parentElement).hidden = !on;
    }
  };
  list.addEventListener("click", (event) => {
    const tab = event.target.closest("[role=tab]");
    if (tab) show(tab);
  });
  list.addEventListener("keydown", (event) => {
    const here = all.indexOf(event.target), last = all.length - 1;
    const to = { ArrowRight: here === last ? 0 : here + 1, ArrowLeft: here ? here - 1 : last, Home: 0, End: last }[event.key];
    if (here < 0 || to === undefined) return;
    event.preventDefault();
    show(all[to]);
    all[to].focus();
  });
}

// Thresholds and paddings. Requests go out one after another; while one is on its way, only the
// last of all wishes is kept, and what the server answers changes no control.
function controls(form, place, id) {
  let wish = null, busy = false;
  const read = () => {
    const wanted = { reasons: [...form.querySelectorAll("[name=reasons]:checked")].map((box) => box.value) };
    for (const box of form.querySelectorAll("input[type=number]")) {
      if (!box.checkValidity() || box.value === "") return null;
      wanted[box.name] = Number(box.value);
    }
    return wanted;
  };
  const send = async () => {
    if (busy) return;
    busy = true;
    while (wish) {
      const wanted = wish;
      wish = null;
      try {
        const answer = await ask(`/page/${id}/highlights?language=${language}`, "PUT", wanted);
        if (!wish) take(place, answer);
      } catch (error) {
        const said = $(".vt-count", place);
        said.textContent = error.message;
        said.classList.add("vt-error");
      }
    }
    busy = false;
  };
  let timer;
  form.addEventListener("input", (event) => {
    const slider = event.target.closest(".vt-slider");
    if (slider) for (const box of slider.querySelectorAll("input")) if (box !== event.target) box.value = event.target.value;
    clearTimeout(timer);
    timer = setTimeout(() => { wish = read(); send(); }, 120);
  });
  form.addEventListener("submit", (event) => event.preventDefault());
}
function take(place, answer) {
  $(".vt-gallery", place).replaceWith(fragment(answer.gallery));
  // Only the lane that changes: the timeline stays as it was zoomed and scrolled.
  const lane = '[data-lane="highlights"]', fresh = $(lane, fragment(answer.lanes)), old = $(`.vt-lanes ${lane}`, place);
  if (!fresh || !old) return;
  [...fresh.querySelectorAll(".tl-span")].forEach((span, n) => { span.tabIndex = n ? -1 : 0; });
  old.replaceWith(fresh);
}

// Everything in one ZIP
async function everything(button) {
  const job = button.dataset.make, place = $(".vt-made", button.parentElement);
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
