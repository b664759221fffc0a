// The hosts, what can be done to them, and the links between them.
import {html, series} from "../../look/look.js";

const count = n => n.toLocaleString("en");
const unit = (n, digits) => n >= 100 ? n.toFixed(0) : n.toFixed(digits);

export function size(n) {
  for (const name of ["B", "KiB", "MiB", "GiB"]) {
    if (n < 1024 || name === "GiB") return (name === "B" ? n : unit(n, 1)) + " " + name;
    n /= 1024;
  }
}

export const millis = ns => ns ? unit(ns / 1e6, 1) + " ms" : "–";

const isCut = (cuts, from, to) => cuts.some(c => c.from === from && c.to === to);
const others = (state, host) => state.hosts.map(h => h.name).filter(n => n !== host);

// isolated tells whether every link to and from a host is cut.
function isolated(state, host) {
  const cuts = state.faults.cuts;
  return others(state, host).every(o => isCut(cuts, host, o) && isCut(cuts, o, host));
}

// isolation cuts a host off from all others, or lets it in again.
export function isolation(state, host, cut) {
  const rest = state.faults.cuts.filter(c => c.from !== host && c.to !== host);
  if (isolated(state, host)) return cut(rest, `reconnect ${host}`);
  const own = others(state, host).flatMap(o => [{from: host, to: o}, {from: o, to: host}]);
  return cut([...rest, ...own], `isolate ${host}`);
}

export function Hosts({state, history, controls}) {
  return html`<div class="scroll"><table class="hosts">
    <caption class="skip">Hosts</caption>
    <thead><tr>
      <th scope="col">Host</th><th scope="col">Role</th><th scope="col" class="n">Term</th><th scope="col" class="n">Committed</th>
      <th scope="col" class="n">Applied</th><th scope="col" class="n">Lag</th><th scope="col" class="n">Keys</th>
      <th scope="col" class="n">Size</th><th scope="col" class="n">Sync p99</th><th scope="col" class="n">Calls/s</th>
      ${controls.present && html`<th scope="col" class="n">Do</th>`}
    </tr></thead>
    <tbody>${state.hosts.map((h, i) => html`<${Host} key=${h.name} h=${h} i=${i} ...${{state, history, controls}} />`)}</tbody>
  </table></div>`;
}

function Host({h, i, state, history, controls}) {
  const role = h.failure ? (isPaused(state, h) ? "paused" : "down") : h.role;
  const kind = h.failure ? "bad" : h.leader === h.name ? "lead" : role === "follower" ? "" : "warn";
  const calls = history.latest("calls", h.name);
  const lag = history.latest("lag", h.name);
  return html`<tr data-host=${h.name} data-role=${role}>
    <th scope="row"><details><summary><i class="dot" style=${{background: `var(${series(i)})`}}></i>${h.name}</summary>
      <dl><dt>clients</dt><dd><code>${h.client}</code></dd><dt>hosts</dt><dd><code>${h.peer}</code></dd><dt>data</dt><dd><code>${h.data}</code></dd>
        <dt>revision</dt><dd>${count(h.revision)}</dd><dt>watchers</dt><dd>${count(h.watchers)}</dd><dt>leases</dt><dd>${count(h.leases)}</dd>
        <dt>up for</dt><dd>${age(h.uptime)}</dd></dl></details></th>
    <td class=${"role " + kind} data-label="role">${role}${h.failure && html`<span class="why">${h.failure}</span>`}</td>
    <td class="n" data-label="term">${count(h.epoch)}</td>
    <td class="n" data-label="committed">${count(h.committed)}</td>
    <td class="n" data-label="applied">${count(h.applied)}</td>
    <td class=${"n" + (lag > 0 ? " warn" : "")} data-label="lag">${count(lag)}</td>
    <td class="n" data-label="keys">${count(h.keys)}</td>
    <td class="n" data-label="size">${size(h.bytes)}</td>
    <td class="n" data-label="sync p99">${h.syncs ? millis(h.sync_p99) : "–"}</td>
    <td class="n" data-label="calls/s">${calls == null ? "–" : unit(calls, calls < 10 ? 1 : 0)}</td>
    ${controls.present && html`<td class="do"><${Actions} h=${h} state=${state} controls=${controls} /></td>`}
  </tr>`;
}

function age(ns) {
  const s = Math.floor(ns / 1e9);
  return s < 120 ? `${s} s` : s < 7200 ? `${Math.floor(s / 60)} min` : `${Math.floor(s / 3600)} h`;
}

const isPaused = (state, h) => Boolean(state.faults && state.faults.paused.includes(h.name));

function Actions({h, state, controls}) {
  const paused = isPaused(state, h);
  const runs = !h.failure || paused;
  const off = !controls.allowed || Boolean(controls.busy);
  const button = (action, label, kind, why) => html`<button type="button" data-action=${action} class=${kind} disabled=${off}
    title=${why} aria-label=${`${label} ${h.name}`} onClick=${() => controls.act(action, h.name)}>${label}</button>`;
  const alone = isolated(state, h.name);
  return html`<div class="row">
    ${runs ? button("kill", "Kill", "danger", "stop it without a word to anyone") : button("restart", "Restart", "primary", "start it on the data it left")}
    ${runs && (paused ? button("resume", "Resume", "primary", "let it go on") : button("pause", "Pause", "", "freeze it; its clock goes on"))}
    <button type="button" data-action="isolate" disabled=${off} aria-pressed=${String(alone)} aria-label=${`${alone ? "Reconnect" : "Isolate"} ${h.name}`}
      title="lose every message between it and the others" onClick=${() => controls.isolate(h.name)}>${alone ? "Reconnect" : "Isolate"}</button>
  </div>`;
}

// Links is the matrix of who can speak to whom. A link is cut one way at a time.
export function Links({state, controls}) {
  // A page of one host shows its links to hosts that it knows nothing else of.
  const names = [...new Set([...state.hosts.map(h => h.name), ...state.hosts.flatMap(h => (h.links || []).map(l => l.to))])].sort();
  const cuts = controls.present ? state.faults.cuts : [];
  const toggle = (from, to) => {
    const rest = cuts.filter(c => c.from !== from || c.to !== to);
    if (rest.length < cuts.length) return controls.cut(rest, `mend ${from} → ${to}`);
    return controls.cut([...cuts, {from, to}], `cut ${from} → ${to}`);
  };
  return html`<section class="panel" aria-labelledby="links">
    <div class="row between"><h2 id="links">Links</h2>
      ${controls.present && html`<button type="button" data-action="heal" disabled=${!controls.allowed || controls.busy || !cuts.length} onClick=${controls.heal}>Heal all</button>`}</div>
    <p class="faint">Round trips between hosts, from the row to the column.${controls.present && " Press one to cut it that way, and again to mend it."}</p>
    <table class="links"><thead><tr><th scope="col">from \\ to</th>${names.map(n => html`<th scope="col">${n}</th>`)}</tr></thead>
      <tbody>${state.hosts.map(h => html`<tr><th scope="row">${h.name}</th>
        ${names.map(to => html`<td>${to === h.name ? "" : html`<${Link} ...${{h, to, cuts, toggle, controls}} />`}</td>`)}</tr>`)}</tbody></table>
  </section>`;
}

function Link({h, to, cuts, toggle, controls}) {
  const link = (h.links || []).find(l => l.to === to);
  const cut = isCut(cuts, h.name, to);
  const text = cut ? "cut" : h.failure ? "–" : !link || !link.connected ? "none" : link.round_trip ? unit(link.round_trip / 1e6, 2) + " ms" : "yes";
  const why = !cut && !h.failure && link && link.error || "";
  if (!controls.present) return html`<span title=${why}>${text}</span>`;
  return html`<button type="button" data-link=${h.name + to} aria-pressed=${String(cut)} class=${cut ? "danger" : ""} title=${why}
    disabled=${!controls.allowed || Boolean(controls.busy)} aria-label=${`${h.name} to ${to}: ${text}`} onClick=${() => toggle(h.name, to)}>${text}</button>`;
}
