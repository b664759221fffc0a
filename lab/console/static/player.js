// A run to step through: the diagram, what is filtered out of it, and the event that is looked at.
import {html, useState, useEffect, useMemo, useRef} from "../../look/look.js";
import {ask} from "./source.js";
import {Diagram, clock, duration, short} from "./diagram.js";
import {View} from "./run.js";
import {EventPanel} from "./event.js";

const nothing = new Set();

export function Player({name, state, start, onEvent, onBeside}) {
  const {run} = state;
  const canvas = useRef(null), diagram = useRef(null);
  const [filter, setFilter] = useState({places: nothing, whats: nothing, kinds: nothing, found: null, witness: false, collapsed: true});
  const [selected, setSelected] = useState(-1);
  const [playing, setPlaying] = useState(false);
  const view = useMemo(() => new View(run, filter), [run, filter]);

  useEffect(() => {
    const d = diagram.current = new Diagram(canvas.current, {select: setSelected});
    return () => d.close();
  }, []);
  const shownRun = useRef(null);
  useEffect(() => {
    const d = diagram.current, fresh = shownRun.current !== run;
    d.show(view, !fresh);
    shownRun.current = run;
    if (!fresh) return;
    setPlaying(false);
    const i = start && run.index(start) >= 0 && run.index(start) < run.n ? run.index(start) : run.summary.shown ? run.index(run.summary.shown) : -1;
    setSelected(i);
    if (i >= 0) d.centre(i, true);
  }, [view]);
  useEffect(() => {
    const d = diagram.current;
    if (d) d.witness = true;
    d?.select(selected);
    if (selected >= 0) onEvent?.(run.id(selected));
  }, [selected]);

  const step = (by, same) => setSelected(i => next(view, i, by, same));
  const jump = i => { setSelected(i); diagram.current.centre(i, true); };
  const violation = run.summary.shown ? run.index(run.summary.shown) : -1;
  useEffect(() => {
    if (!playing) return;
    const timer = setInterval(() => setSelected(i => {
      const j = next(view, i, 1);
      if (j === i) setPlaying(false);
      return j;
    }), 350);
    return () => clearInterval(timer);
  }, [playing, view]);

  const keys = e => {
    if (e.altKey || e.ctrlKey || e.metaKey || e.target.closest("input, textarea, select")) return;
    const button = e.target.closest("button");
    const does = {
      ArrowRight: () => step(1, e.shiftKey), ArrowLeft: () => step(-1, e.shiftKey),
      ArrowUp: () => selected >= 0 && run.cause[selected] && setSelected(run.cause[selected] - 1),
      ArrowDown: () => selected >= 0 && run.arrived[selected] && setSelected(run.arrived[selected] - 1),
      Home: () => step(-Infinity), End: () => step(Infinity), v: () => violation >= 0 && jump(violation),
      ...(button ? {} : {" ": () => setPlaying(!playing)}),
    }[e.key];
    if (!does) return;
    e.preventDefault();
    does();
  };

  const time = selected >= 0 ? `event ${run.id(selected)} at ${clock(run.at[selected])}` : `${view.count.toLocaleString("en")} events shown`;
  return html`<section aria-label=${"Diagram: " + name} onKeyDown=${keys}>
    <div class="row tools" role="toolbar" aria-label="Steps">
      <button type="button" onClick=${() => step(-1)} title="one event back (left arrow; with shift, on the same host)" aria-label="Step back">◀</button>
      <button type="button" onClick=${() => setPlaying(!playing)} aria-pressed=${playing} title="play (space)">${playing ? "Pause" : "Play"}</button>
      <button type="button" onClick=${() => step(1)} title="one event forward (right arrow; with shift, on the same host)" aria-label="Step forward">▶</button>
      ${violation >= 0 && html`<button type="button" class="danger" onClick=${() => jump(violation)} title="v">To the violation</button>
        <button type="button" aria-pressed=${filter.witness} onClick=${() => setFilter({...filter, witness: !filter.witness})}
          title="only what the violation depends on">Only its causes</button>`}
      <span class="faint" aria-live="off">${time}</span>
      <span class="spread row">
        <button type="button" aria-pressed=${filter.collapsed} onClick=${() => setFilter({...filter, collapsed: !filter.collapsed})}
          title="a step an event, whatever the pauses between; otherwise to the scale of time">Collapse pauses</button>
        <button type="button" onClick=${() => diagram.current.zoom(1 / 1.6)} aria-label="Zoom out">−</button>
        <button type="button" onClick=${() => diagram.current.zoom(1.6)} aria-label="Zoom in">+</button>
        <button type="button" onClick=${() => diagram.current.fit()}>All</button>
      </span>
    </div>
    <div class="diagram"><canvas ref=${canvas} tabindex="0" role="img" data-name=${name}
      aria-label="Lamport diagram. Arrow keys step from event to event; the panel below describes the event."></canvas></div>
    <${Filters} run=${run} state=${state} filter=${filter} onFilter=${setFilter} view=${view} />
    <${EventPanel} run=${run} state=${state} index=${selected} onJump=${id => jump(run.index(id))} onBeside=${onBeside} />
  </section>`;
}

// next returns the event that is shown so many steps from another; same keeps to its place.
function next(view, i, by, same) {
  const {run, shown, count, rank} = view;
  if (!count) return i;
  if (by === -Infinity) return shown[0];
  if (by === Infinity) return shown[count - 1];
  let k = i < 0 ? (by > 0 ? -1 : count) : by > 0 ? (view.shows(i) ? rank[i] : rank[i] - 1) : rank[i];
  for (k += by; k >= 0 && k < count; k += by) if (!same || i < 0 || run.place[shown[k]] === run.place[i]) return shown[k];
  return i;
}

function Filters({run, state, filter, onFilter, view}) {
  const [text, setText] = useState("");
  const [found, setFound] = useState("");
  const toggle = (set, value) => { const s = new Set(set); if (!s.delete(value)) s.add(value); return s; };
  const search = async e => {
    e.preventDefault();
    if (!text) { setFound(""); onFilter({...filter, found: null}); return; }
    setFound("searching…");
    try {
      const ids = await ask({do: "find", spec: state.spec, text}, state.without);
      onFilter({...filter, found: new Set(ids.map(id => run.index(id)))});
      setFound(`${ids.length.toLocaleString("en")} events`);
    } catch (error) { setFound(error.message); }
  };
  const export_ = async format => {
    try {
      const body = await ask({do: "export", spec: state.spec, format}, state.without);
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([body]));
      link.download = `${run.summary.spec.experiment.replace("/", "-")}-${run.summary.spec.seed}.${{svg: "svg", shiviz: "log", json: "jsonl", text: "txt"}[format]}`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    } catch (error) { setFound(error.message); }
  };
  const hidden = filter.places.size + filter.whats.size + (filter.found ? 1 : 0);
  return html`<details><summary>What is shown${hidden ? ` (${hidden} filters)` : ""}: ${view.count.toLocaleString("en")} events</summary>
    <h3>Hosts</h3>
    <div class="filters">${run.lanes.map(p => html`<label><input type="checkbox" checked=${!filter.places.has(p)}
      onChange=${() => onFilter({...filter, places: toggle(filter.places, p)})} /> ${run.summary.places[p]}</label>`)}</div>
    <h3>Messages</h3>
    <div class="filters">${run.messages.map((m, n) => html`<label><input type="checkbox" checked=${!filter.whats.has(m.what)}
      onChange=${() => onFilter({...filter, whats: toggle(filter.whats, m.what)})} /> <span class=${"swatch s" + n % 6}></span>${short(m.name)} <span class="faint">${m.count.toLocaleString("en")}</span></label>`)}</div>
    <h3>Besides</h3>
    <div class="filters">${["send", "append", "durable"].map(k => html`<label><input type="checkbox" checked=${filter.kinds.has(k)}
      onChange=${() => onFilter({...filter, kinds: toggle(filter.kinds, k)})} /> ${k}</label>`)}</div>
    <form class="row" onSubmit=${search}><label for=${"find-" + run.summary.hash}>Only events that mention</label>
      <input id=${"find-" + run.summary.hash} value=${text} onInput=${e => setText(e.target.value)} placeholder="a key, a value, a word" />
      <button type="submit">Filter</button><span class="faint">${found}</span></form>
    <div class="row"><span class="faint">Take it along:</span>${["svg", "shiviz", "json", "text"].map(f => html`<button type="button" class="quiet" onClick=${() => export_(f)}>${f}</button>`)}</div>
  </details>`;
}
