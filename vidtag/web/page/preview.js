// A piece of the video as it will be: upright for phones, or with its subtitles in the picture.
import { address } from "./api.js";
import { showDialog } from "./dialog.js";
import { element, words } from "./dom.js";

/** Where a piece can be fetched. @param {{start: number, end: number}} part @param {string} name */
export const cutAddress = ({ start, end }, name) => `${address("cut")}?start=${start}&end=${end}&name=${name}`;

/** @param {string} src @param {string} title */
export function preview(src, title) {
  const video = element("video", { src, controls: true, autoplay: true, playsInline: true, ariaLabel: title });
  const said = element("p", { className: "soft", role: "status", textContent: words.being_made });
  video.addEventListener("loadeddata", () => { said.textContent = ""; });
  video.addEventListener("error", async () => {
    const answer = await fetch(src);
    said.textContent = (await answer.json().catch(() => ({}))).error || words.failed;
  });
  const save = element("a", { href: src, download: "", className: "button", textContent: words.download });
  showDialog(title, { className: "preview" }, said, video, element("form", { method: "dialog", className: "row" }, save, element("button", { textContent: words.close })));
}
