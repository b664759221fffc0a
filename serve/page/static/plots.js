// Plots by uPlot, in the colours of the theme.
import {html, useRef, useEffect, useState, color, series} from "../../look/look.js";
import uPlot from "../../look/vendor/uplot.js";

const spans = [[60, "1 min"], [180, "3 min"], [600, "10 min"]];

// useTheme returns a number that changes with the theme, for use as a dependency.
export function useTheme() {
  const [n, setN] = useState(0);
  useEffect(() => {
    const again = () => setN(n => n + 1);
    document.addEventListener("theme", again);
    return () => document.removeEventListener("theme", again);
  }, []);
  return n;
}

// axis returns the settings that all axes share.
export function axis(more) {
  return {stroke: color("--faint"), grid: {stroke: color("--line"), width: 1}, ticks: {show: false}, font: "12px system-ui, sans-serif", gap: 4, ...more};
}

const day = new Intl.DateTimeFormat("en-GB", {hour: "2-digit", minute: "2-digit", second: "2-digit"});
export const timeAxis = () => axis({size: 26, space: 64, values: (u, ticks) => ticks.map(t => day.format(t * 1000))});

// Plot draws data with options, which make() returns anew for each theme.
export function Plot({make, data, label, height}) {
  const place = useRef(null), plot = useRef(null), theme = useTheme();
  useEffect(() => {
    const width = () => Math.max(200, place.current.clientWidth);
    plot.current = new uPlot({...make(), width: width(), height}, data, place.current);
    const watch = new ResizeObserver(() => plot.current.setSize({width: width(), height}));
    watch.observe(place.current);
    return () => { watch.disconnect(); plot.current.destroy(); };
  }, [theme]);
  useEffect(() => { plot.current.setData(data); });
  return html`<div class="plot" ref=${place} role="img" aria-label=${label}></div>`;
}

const charts = [
  {metric: "applied", title: "Commands applied per second"},
  {metric: "lag", title: "Lag: entries behind what is committed"},
  {metric: "calls", title: "Calls of etcd clients per second"},
  {metric: "slow", title: "Time of such calls, 99th percentile, ms"},
];

export function Plots({history}) {
  const [span, setSpan] = useState(60);
  return html`<section aria-labelledby="plots"><div class="row between"><h2 id="plots">Hosts over time</h2>
    <div class="row" role="group" aria-label="Time shown">
      ${history.names.map((n, i) => html`<span class="key"><i class="dot" style=${{background: `var(${series(i)})`}}></i>${n}</span>`)}
      ${spans.map(([s, name]) => html`<button type="button" aria-pressed=${String(span === s)} onClick=${() => setSpan(s)}>${name}</button>`)}</div></div>
    <div class="plots">${charts.map(c => html`<figure class="panel" key=${c.metric}><figcaption>${c.title}</figcaption>
      <${Plot} label=${c.title} height=${150} data=${[history.at, ...history.names.map(n => history.columns[c.metric][n])]}
        make=${options} key=${history.names.join() + span} /></figure>`)}</div></section>`;

  function options() {
    return {
      legend: {show: false}, cursor: {y: false, drag: {x: false, y: false}}, padding: [8, 28, 0, 0],
      scales: {x: {range: (u, min, max) => [max - span, max]}, y: {range: (u, min, max) => [0, Math.max(max || 0, 1) * 1.1]}},
      axes: [timeAxis(), axis({size: 46})],
      // Hosts often do the same: the later lines are thinner, so that the earlier ones show beneath.
      series: [{}, ...history.names.map((n, i) => ({label: n, stroke: color(series(i)), width: Math.max(1, 4 - 1.4 * i), points: {show: false}}))],
    };
  }
}
