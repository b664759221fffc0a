// A run to step through: the diagram, what is filtered out of it, and the event that is looked at.
import {html, useState, useEffect, useMemo, useRef} from "../../look/look.js";
import {ask} from "./source.js";
import {Diagram, clock, duration, short} from "./diagram.js";
import {View} from "./run.js";
import {EventPanel} from "./event.js";
import {Legend} from "./legend.js";

const nothing = new Set();

export function Player({name, state, start, onEvent, onBeside}) {
  const {run} = state;
  const canvas = useRef(null), diagram = useRef(null);
  const [filter, setFilter] = useState({places: nothing, whats: nothing, kinds: nothing, found: null, witness: false, collapsed: true, byHost: false});
  const [selected, setSelected] = useState(-1);
  const [playing, setPlaying] = useState(false);
  const narrowed = useNarrowed(run, state);
  const view = useMemo(() => new View(run, filter), [run, filter, narrowed]);

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
    d?.select(selected);
    if (selected >= 0) onEvent?.(run.id(selected));
  }, [selected]);

  const step = (by, same) => setSelected(i => next(view, i, by, same));
  const jump = i => { setSelected(i); diagram.current.centre(i, true); };
  const hosts = new Set(run.nodes.map(p => run.summary.places[p].split("/")[0])).size;
  const violation = run.summary.shown ? run.index(run.summary.shown) : -1;
  // witnessed goes to the next step of the witness, or the one before.
  const witnessed = by => {
    const i = by > 0 ? run.steps.find(i => i > selected) : run.steps.findLast(i => selected < 0 || i < selected);
    if (i !== undefined) jump(i);
  };
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
      n: () => witnessed(1), p: () => witnessed(-1),
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
        ${hosts < run.nodes.length && html`<button type="button" aria-pressed=${filter.byHost} onClick=${() => setFilter({...filter, byHost: !filter.byHost})}
          title="one lane for all services of a host">Collapse hosts</button>`}
        <button type="button" onClick=${() => diagram.current.zoom(1 / 1.6)} aria-label="Zoom out">−</button>
        <button type="button" onClick=${() => diagram.current.zoom(1.6)} aria-label="Zoom in">+</button>
        <button type="button" onClick=${() => diagram.current.fit()}>All</button>
      </span>
    </div>
    <div class="diagram"><canvas ref=${canvas} tabindex="0" role="img" data-name=${name}
      aria-label="Lamport diagram. Arrow keys step from event to event; the panel below describes the event."></canvas></div>
    <${Legend} run=${run} />
    ${violation >= 0 && html`<${Witness} run=${run} narrowed=${narrowed} selected=${selected} onJump=${jump} onBeside=${onBeside} />`}
    <${Filters} run=${run} state=${state} filter=${filter} onFilter=${setFilter} view=${view} onPicture=${take => canvas.current.toBlob(take)} />
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

// useNarrowed asks which steps the violation needs, and marks those: {busy}, then what was found, or {} if it could not be.
function useNarrowed(run, state) {
  const [narrowed, setNarrowed] = useState({});
  useEffect(() => {
    setNarrowed({});
    if (!run.summary.shown || !run.steps.length) return;
    const abort = new AbortController();
    setNarrowed({busy: true});
    ask({do: "narrow", spec: state.spec}, state.without, abort.signal).then(found => {
      if (found.witness) run.mark(found.witness);
      setNarrowed(found);
    }, () => { if (!abort.signal.aborted) setNarrowed({}); });
    return () => abort.abort();
  }, [run]);
  return narrowed;
}

// Witness lists the steps that the violation needs, the newest if there are many, and what clients saw of it.
function Witness({run, narrowed, selected, onJump, onBeside}) {
  const {steps} = run, most = 60, from = Math.max(0, steps.length - most), {operations} = run.summary, past = run.summary.witness.length;
  const only = Boolean(narrowed.faults), fewer = steps.length < past;
  return html`<details class="witness" data-narrowed=${narrowed.busy ? "busy" : only ? "yes" : "no"} open=${steps.length <= most}>
    <summary>${only ? `The witness: ${steps.length} steps that the violation needs, of ${past} that lead to it` : fewer ?
      `The witness: ${steps.length} steps that can have had a part in the violation, of ${past} that lead to it` : `The witness: ${steps.length} steps that lead to the violation`}</summary>
    ${narrowed.busy && html`<p class="faint" role="status">Looking for those that it needs…</p>`}
    ${only && html`<p class="faint">Had no other message arrived, it would have come all the same (tried in ${narrowed.runs} runs${narrowed.stopped ? ", " + narrowed.stopped : ""}).
      ${onBeside && html` <button type="button" class="quiet" onClick=${() => onBeside(narrowed.faults)}>Show that run beside this one</button>`}</p>`}
    ${operations?.length > 0 && html`<p>Operations that no order explains, marked above the diagram: ${operations.map(o => html`<code>${o.text}</code> `)}</p>`}
    ${from > 0 && html`<p class="faint">The last ${most} of them:</p>`}
    <ol start=${from + 1}>${steps.slice(from).map(i => html`<li><button type="button" class="link" aria-current=${i === selected ? "step" : undefined} onClick=${() => onJump(i)}>${sentence(run, i)}</button></li>`)}</ol>
  </details>`;
}

const verbs = {receive: "receives", timer: "has a timer fire", step: "is called from outside", crash: "crashes", halt: "stops itself", restart: "is back", violation: "shows the violation", durable: "has its log durable", complete: "is told that a file operation or job ended"};

// sentence says in a line what an event was.
function sentence(run, i) {
  const kind = run.kindName(i), place = run.placeName(i), what = run.whatName(i).split("\n")[0];
  if (kind === "fault") return `fault: ${what}`;
  if (kind === "receive") return `${place} receives ${short(what)} from ${run.summary.places[run.peer[i]]}`;
  if (kind === "violation") return `violation: ${what.slice(0, 160)}`;
  return `${place} ${verbs[kind] ?? kind}${what && kind !== "crash" ? ": " + what.slice(0, 80) : ""}`;
}

function Filters({run, state, filter, onFilter, view, onPicture}) {
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
      save(new Blob([await ask({do: "export", spec: state.spec, format}, state.without)]), {svg: "svg", shiviz: "log", json: "jsonl", text: "txt"}[format]);
    } catch (error) { setFound(error.message); }
  };
  const save = (blob, extension) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    const {recording, experiment, seed} = run.summary.spec;
    link.download = `${recording || experiment.replace("/", "-") + "-" + seed}.${extension}`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  };
  const picture = () => onPicture(blob => save(blob, "png"));
  const hidden = filter.places.size + filter.whats.size + (filter.found ? 1 : 0);
  return html`<details><summary>What is shown${hidden ? ` (${hidden} filters)` : ""}: ${view.count.toLocaleString("en")} events</summary>
    <h3>Hosts</h3>
    <div class="filters">${run.nodes.map(p => html`<label><input type="checkbox" checked=${!filter.places.has(p)}
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
    <div class="row"><span class="faint">Take it along:</span>${["svg", "shiviz", "json", "text"].map(f => html`<button type="button" class="quiet" onClick=${() => export_(f)}>${f}</button>`)}
      <button type="button" class="quiet" onClick=${picture} title="the diagram as it is shown">png</button></div>
  </details>`;
}
