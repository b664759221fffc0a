// Where runs come from: the server, or the simulator in a worker of this page. Both answer the same requests.
import {token} from "../../look/look.js";

// Who opens the printed URL where the page is open already hands it a token.
addEventListener("hashchange", () => { if (location.hash.startsWith("#token=")) location.reload(); });

const base = new URL("../", import.meta.url); // experiments/

let modeOnce;
// mode says who makes runs: {simulator: "server" | "page", without, marked, rules}.
export const mode = () => modeOnce ??= fetch(new URL("mode.json", base)).then(answer => answer.json());

// ask sends a request and returns the answer: parsed if it is JSON, an ArrayBuffer if it is bytes, else text. without
// is the item of the canon whose rule is taken out, or "".
export async function ask(request, without = "", signal) {
  const {simulator, rules} = await mode();
  return simulator === "page" ? fromPage(request, without ? rules?.[without] : 0, without, signal) : fromServer(request, without, signal);
}

// open hands a recording over, a File of JSON lines, and returns the names of what is open.
export async function open(file) {
  const {simulator} = await mode();
  if (simulator === "page") return ask({do: "open", spec: {recording: file.name}, text: await file.text()});
  const url = new URL("open", base);
  url.searchParams.set("name", file.name);
  return post(url, "application/x-ndjson", file);
}

// progress says what the server does before a run without a rule can begin, "" if nothing.
export async function progress() {
  const {simulator} = await mode();
  if (simulator === "page") return "";
  const answer = await fetch(new URL("progress.json", base), {cache: "no-store"});
  return answer.ok ? answer.json() : "";
}

function fromServer(request, without, signal) {
  const url = new URL("ask", base);
  if (without) url.searchParams.set("without", without);
  return post(url, "application/json", JSON.stringify(request), signal);
}

async function post(url, kind, body, signal) {
  const headers = {"Content-Type": kind};
  if (token()) headers["Authorization"] = "Bearer " + token();
  const answer = await fetch(url, {method: "POST", headers, body, signal, cache: "no-store"});
  if (!answer.ok) throw new Error((await answer.text()).trim() || answer.statusText);
  return read(answer.headers.get("Content-Type") || "", await answer.arrayBuffer());
}

function read(kind, bytes) {
  if (kind.startsWith("application/octet-stream")) return bytes;
  const text = new TextDecoder().decode(bytes);
  return kind.startsWith("application/json") ? JSON.parse(text) : text;
}

// One worker for each switch; at most two, since each holds a simulator.
const workers = new Map();

async function fromPage(request, rule, without, signal) {
  if (rule === undefined) throw new Error(`No statement that enforces ${without} can be taken out of this copy.`);
  if (!workers.has(rule)) {
    if (workers.size > 1) drop([...workers.keys()][0]);
    workers.set(rule, start(rule));
  }
  const worker = workers.get(rule);
  const id = worker.next++;
  return new Promise((resolve, reject) => {
    worker.waiting.set(id, {resolve, reject});
    // A simulator that is busy hears nothing: who does not want to wait any longer ends it.
    signal?.addEventListener("abort", () => {
      if (request.do !== "event" && request.do !== "narrow") drop(rule);
      reject(new DOMException("given up", "AbortError"));
    });
    worker.worker.postMessage({id, text: JSON.stringify(request)});
  });
}

function start(rule) {
  const entry = {worker: new Worker(new URL("worker.js", import.meta.url)), waiting: new Map(), next: 1};
  entry.worker.onmessage = ({data}) => {
    const waiting = entry.waiting.get(data.id);
    entry.waiting.delete(data.id);
    if (!waiting) return;
    if (data.error) waiting.reject(new Error(data.error)); else waiting.resolve(read(data.kind, data.bytes));
  };
  entry.worker.onerror = event => {
    for (const w of entry.waiting.values()) w.reject(new Error("The simulator stopped: " + event.message));
    drop(rule);
  };
  entry.worker.postMessage({start: rule, wasm: new URL("engine.wasm", base).href, exec: new URL("wasm_exec.js", base).href});
  return entry;
}

function drop(rule) {
  const entry = workers.get(rule);
  workers.delete(rule);
  entry?.worker.terminate();
  for (const w of entry?.waiting.values() ?? []) w.reject(new DOMException("given up", "AbortError"));
}
