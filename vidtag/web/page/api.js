// The HTTP API: one request, one answer, and every error in the server's own words.
import { jobId, words } from "./dom.js";

export const base = new URL(`../api/jobs/${encodeURIComponent(jobId)}/`, document.baseURI);

/** Address of a part of the job, such as ``subtitles.srt``. */
export const address = (part) => new URL(part, base).href;

export class Refused extends Error {
  /** @param {string} text @param {number} status @param {any} answer */
  constructor(text, status, answer) {
    super(text);
    this.status = status;
    this.answer = answer;
  }
}

/**
 * @param {string} part
 * @param {string} [method]
 * @param {unknown} [body]
 * @returns {Promise<any>}
 */
export async function ask(part, method = "GET", body = undefined) {
  let answer;
  try {
    answer = await fetch(new URL(part, base), {
      method,
      headers: body === undefined ? {} : { "content-type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw new Refused(words.unreachable, 0, null);
  }
  if (answer.status === 204) return null;
  const isJson = (answer.headers.get("content-type") || "").includes("json");
  const said = isJson ? await answer.json() : await answer.arrayBuffer();
  if (answer.ok) return said;
  throw new Refused(said?.error || said?.note || answer.statusText, answer.status, said);
}
