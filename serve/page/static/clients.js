// What clients see: attempts of the probe, each a dot where it began, as high as it took.
import {html, color} from "../../look/look.js";
import {Plot, axis, timeAxis} from "./plots.js";

const shown = 60; // seconds
const decades = [.1, 1, 10, 100, 1000, 10000]; // milliseconds

// Later ones are drawn above earlier ones.
const kinds = [
  {name: "ok", title: "ok", color: "--s1", size: 4, of: s => s.outcome === "ok"},
  {name: "unknown", title: "unknown", color: "--warn", size: 9, hollow: true, of: s => s.outcome === "unknown"},
  {name: "failed", title: "failed", color: "--bad", size: 8, of: s => s.outcome === "failed"},
];

export function Clients({state, history, allowed, probing, probe}) {
  const now = history.at.at(-1) || 0;
  const recent = history.samples.filter(s => s.at >= now - shown);
  const waiting = state.probe.waiting / 1e6;
  const columns = [recent.map(s => s.at), ...kinds.map(k => recent.map(s => k.of(s) ? Math.max(s.ms, .05) : null))];
  // The last point of the time axis is now, whether anything was heard or not.
  columns[0].push(now);
  for (const c of columns.slice(1)) c.push(null);
  const sorted = recent.map(s => s.ms).sort((a, b) => a - b);
  const at = q => sorted.length ? sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] : null;
  return html`<section class="panel" aria-labelledby="clients">
    <div class="row between"><h2 id="clients">What clients see</h2>
      <label class="row"><input type="checkbox" checked=${probing && allowed} disabled=${!allowed} onChange=${e => probe(e.target.checked)} /> probe</label></div>
    <p class="faint">A client of its own puts the key <code>parley/probe</code> and reads it, five times a second, and deletes it in the end. <b>Failed</b>: surely not done. <b>Unknown</b>: no answer in time, it may have been done. Lines: <span class="faint">you act</span>, <span class="bad">something is lost</span>, <span class="lead">a leader is elected</span>.</p>
    <dl class="figures" id="figures">
      ${kinds.map(k => html`<div data-outcome=${k.name}><dt><i class=${"dot" + (k.hollow ? " hollow" : "")} style=${{color: `var(${k.color})`}}></i>${k.title}</dt>
        <dd>${recent.filter(k.of).length}</dd></div>`)}
      <div><dt>median</dt><dd>${time(at(.5))}</dd></div>
      <div data-figure="slowest"><dt>slowest</dt><dd>${time(at(1))}</dd></div>
      <div data-figure="waiting"><dt>waiting now</dt><dd class=${waiting > 400 ? "bad" : ""}>${state.probe.running ? time(waiting) : "–"}</dd></div>
    </dl>
    <${Plot} label="Time of the probe's attempts over the last minute" height=${190} data=${columns} make=${() => options(history)} />
  </section>`;
}

export function time(ms) {
  if (ms == null) return "–";
  return ms >= 1000 ? (ms / 1000).toFixed(1) + " s" : ms >= 10 ? ms.toFixed(0) + " ms" : ms.toFixed(1) + " ms";
}

// draws returns what draws a line where somebody took the lead, something went wrong, or you did something.
function draws(history) {
  const colors = {lead: color("--accent"), bad: color("--bad"), you: color("--faint")};
  return u => {
    for (const m of history.marks) {
      const x = Math.round(u.valToPos(m.at, "x", true));
      if (x < u.bbox.left || x > u.bbox.left + u.bbox.width) continue;
      u.ctx.fillStyle = colors[m.kind];
      u.ctx.fillRect(x, u.bbox.top, devicePixelRatio, u.bbox.height);
    }
  };
}

function options(history) {
  return {
    hooks: {drawAxes: [draws(history)]},
    legend: {show: false}, cursor: {show: false}, padding: [8, 28, 0, 0],
    scales: {x: {range: (u, min, max) => [max - shown, max]}, y: {distr: 3, range: [.1, 10000]}},
    axes: [timeAxis(), axis({size: 58, splits: () => decades, filter: (u, splits) => splits, values: (u, ticks) => ticks.map(t => t >= 1000 ? t / 1000 + " s" : t + " ms")})],
    series: [{}, ...kinds.map(k => ({
      label: k.title, stroke: color(k.color), paths: () => null,
      points: {show: true, size: k.size, fill: k.hollow ? color("--raised") : color(k.color), width: k.hollow ? 2 : 0},
    }))],
  };
}
