// What all modules need. Text from outside is only ever set as text, never as markup.

/** What the server put into the page: the job's id, the language, the words. */
const data = JSON.parse(document.getElementById("data").dataset.json);

/** @type {Record<string, string>} */
export const words = data.words;
export const { id: jobId, language, sliders, reasons } = data;

/** @param {string} text @param {Record<string, unknown>} values */
export const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, key) => String(values[key]));

/**
 * An element with properties (``data`` sets ``data-`` attributes, ``on`` listeners) and children.
 * @param {string} tag
 * @param {Record<string, any>} [properties]
 * @param {...(Node|string|null|undefined)} children
 * @returns {any}
 */
export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  const { data: set = {}, on = {}, ...rest } = properties;
  for (const [name, value] of Object.entries(rest)) {
    if (name in made) made[name] = value;
    else made.setAttribute(name, value);
  }
  Object.assign(made.dataset, set);
  for (const [name, listener] of Object.entries(on)) made.addEventListener(name, listener);
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

/** @param {string} text @param {() => void} act @param {Record<string, any>} [more] */
export const button = (text, act, more = {}) =>
  element("button", { type: "button", textContent: text, ...more, on: { click: act } });

/** @param {string} selector @param {ParentNode} [from] @returns {any} */
export const $ = (selector, from = document) => from.querySelector(selector);

let said;
/** Say something to all: errors stay until the next thing is said. */
export function say(text, bad = false, act = null) {
  if (!said) {
    said = element("div", { className: "said", role: "status" });
    document.body.append(said);
  }
  said.classList.toggle("bad", bad);
  said.setAttribute("role", bad ? "alert" : "status");
  said.replaceChildren(element("span", { textContent: text }));
  if (act) said.append(button(act.text, act.run));
  if (bad) said.append(button("×", () => { said.hidden = true; }, { ariaLabel: words.close }));
  said.hidden = !text;
  clearTimeout(said.timer);
  if (!bad && !act) said.timer = setTimeout(() => { said.hidden = true; }, 4000);
}

window.addEventListener("unhandledrejection", ({ reason }) => say(String(reason?.message || reason), true));
window.addEventListener("error", ({ message }) => say(message, true));

/** Call a function once things have been quiet for a while. */
export function quietly(ms, act) {
  let timer;
  return (...given) => { clearTimeout(timer); timer = setTimeout(() => act(...given), ms); };
}
