// What the modules of all pages share: the view library under one name, calls to the server, and colours.
import {h, render, Fragment} from "./vendor/preact.js";
import htm from "./vendor/htm.js";

export {h, render, Fragment};
export {useState, useEffect, useLayoutEffect, useRef, useMemo, useCallback, useReducer} from "./vendor/preact-hooks.js";

// html`<p>${text}</p>` makes what render draws. Values are text, never markup.
export const html = htm.bind(h);

const key = "parley-token";

// The start line's URL carries the token in its fragment. It is kept for this origin and taken out of the address bar.
const handed = new URLSearchParams(location.hash.slice(1)).get("token");
if (handed) {
  try { localStorage.setItem(key, handed); } catch { /* then it lasts as long as the page */ }
  history.replaceState(null, "", location.pathname + location.search);
}

// token returns what permits changes, or "" if this browser was not given it.
export function token() {
  try { return localStorage.getItem(key) || handed || ""; } catch { return handed || ""; }
}

// Refused is thrown by call when the server answered, but not with success.
export class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

// call asks the server, and returns the answer: parsed if it is JSON, else as text. A body travels as JSON.
// It throws Refused, or the error of fetch if no answer came.
export async function call(method, path, body, limit = 10000) {
  const headers = {};
  if (method !== "GET" && token()) headers["Authorization"] = "Bearer " + token();
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const answer = await fetch(path, {
    method, headers, body: body === undefined ? undefined : JSON.stringify(body),
    signal: AbortSignal.timeout(limit), cache: "no-store",
  });
  if (!answer.ok) {
    if (answer.status === 401) forget();
    throw new Refused(answer.status, (await answer.text()).trim() || answer.statusText);
  }
  return (answer.headers.get("Content-Type") || "").startsWith("application/json") ? answer.json() : answer.text();
}

// A token that is refused is that of an earlier start.
function forget() {
  try { localStorage.removeItem(key); } catch { /* it was not kept */ }
}

// color returns what a variable of look.css, such as "--s1", is in the present theme, for use in a canvas.
export function color(name) {
  const probe = document.createElement("i");
  probe.style.color = `var(${name})`;
  probe.hidden = true;
  document.body.append(probe);
  const value = getComputedStyle(probe).color;
  probe.remove();
  return value;
}

// series returns the variable of the n-th series' colour, counted from 0.
export const series = n => `--s${n % 6 + 1}`;
