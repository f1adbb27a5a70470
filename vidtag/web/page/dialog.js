// A dialog: one way to open it, and it is gone once it is closed.
import { button, element, words } from "./dom.js";

/** @param {string} label @param {Record<string, any>} properties @param {...(Node|null)} children */
export function showDialog(label, properties, ...children) {
  const dialog = element("dialog", { ariaLabel: label, ...properties }, ...children);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/** A question, and what is done once it is answered. @param {string} label @param {string} act @param {() => void} answered @param {...Node} rows @returns {any} */
export function askFor(label, act, answered, ...rows) {
  const dialog = showDialog(label, {}, element("form", { method: "dialog", on: { submit: answered } }, ...rows,
    element("div", { className: "row" }, element("button", { className: "primary", textContent: act }), button(words.close, () => dialog.close()))));
  return dialog;
}
