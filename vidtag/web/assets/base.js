// What all parts need. Text from outside is only ever set as text, never as markup.
const language = (navigator.language || "en").toLowerCase().startsWith("zh") ? "zh" : "en";
const words = window.vidtagWords[language];
document.documentElement.lang = language === "zh" ? "zh-Hans" : "en";
document.documentElement.classList.add(`vt-speaks-${language}`);

const $ = (selector, from = document) => from.querySelector(selector);
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, key) => values[key]);
const wait = (ms) => new Promise((then) => setTimeout(then, ms));

function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

function clock(seconds) {
  const ms = Math.round(seconds * 1000);
  const h = Math.floor(ms / 3600000), m = Math.floor(ms / 60000) % 60;
  const rest = `${String(Math.floor(ms / 1000) % 60).padStart(2, "0")}.${String(ms % 1000).padStart(3, "0")}`;
  return h ? `${h}:${String(m).padStart(2, "0")}:${rest}` : `${m}:${rest}`;
}
function seconds(text) {
  const match = /^\s*(?:(?:(\d+):)?(\d+):)?(\d+(?:[.,]\d*)?)\s*$/.exec(text);
  if (!match) return NaN;
  return Number(match[1] || 0) * 3600 + Number(match[2] || 0) * 60 + Number(match[3].replace(",", "."));
}

// What goes wrong where nobody else shows it: calls that Gradio makes, and faults of this script.
const complaint = element("p", { className: "vidtag vt-error vt-complaint", role: "alert", hidden: true });
function complain(text) {
  complaint.textContent = `${words.failed}: ${text}`;
  complaint.hidden = false;
  if (!complaint.isConnected) document.body.append(complaint);
}
const plainFetch = window.fetch.bind(window);
window.fetch = async (...given) => {
  const address = String(given[0]?.url || given[0]), mine = !address.includes("/gradio_api/");
  const method = given[1]?.method || given[0]?.method || "GET";
  if (mine || method === "GET") return plainFetch(...given);
  complaint.hidden = true;
  let answer;
  try { answer = await plainFetch(...given); } catch (error) { complain(words.unreachable); throw error; }
  if (!answer.ok) {
    const text = await answer.clone().text();
    let said = text;
    try { said = JSON.parse(text).error || answer.statusText; } catch { /* it is plain text */ }
    complain(String(said || answer.status).slice(0, 300));
  }
  return answer;
};
window.addEventListener("unhandledrejection", ({ reason }) => complain(String(reason?.message || reason).slice(0, 300)));

// One request, one answer. An error has the server's own sentence and status; status 0 means that
// the server was not reached.
async function request(url, method = "GET", body = undefined) {
  let answer;
  try {
    answer = await fetch(url, {
      method,
      headers: body === undefined ? {} : { "content-type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw Object.assign(new Error(words.unreachable), { status: 0 });
  }
  if (answer.ok) return answer;
  const said = await answer.json().catch(() => ({}));
  const text = typeof said.error === "string" ? said.error : answer.statusText;
  throw Object.assign(new Error(text), { status: answer.status });
}
async function ask(url, method = "GET", body = undefined) {
  const answer = await request(url, method, body);
  return answer.status === 204 ? null : answer.json();
}
