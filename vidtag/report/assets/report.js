(() => {
  const root = document.querySelector(".tl");
  const player = document.getElementById("player"), file = document.getElementById("along");
  const lines = [...document.querySelectorAll(".line")];
  window.vidtagTimeline.start(root);
  document.querySelector(".along").hidden = false;

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
  // With a video at hand, what is clicked is played; without one, links lead to the transcript.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-t]");
    if (!link || player.hidden) return;
    event.preventDefault();
    play(Number(link.dataset.t));
  });
  root.addEventListener("vidtag:seek", (event) => {
    if (!player.hidden && !event.target.matches("a")) play(event.detail);
  });
  player.addEventListener("timeupdate", () => {
    const now = player.currentTime;
    window.vidtagTimeline.at(root, now);
    for (const line of lines) {
      line.classList.toggle("now", Number(line.dataset.start) <= now && now < Number(line.dataset.end));
    }
  });
})();
