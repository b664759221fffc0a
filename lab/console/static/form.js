// What decides a run: experiment, seed, parameters, faults.
import {html, useState, useEffect} from "../../look/look.js";

export function Form({list, wanted, onRun}) {
  const [id, setID] = useState(wanted.experiment);
  const [seed, setSeed] = useState(String(wanted.seed));
  useEffect(() => { setID(wanted.experiment); setSeed(String(wanted.seed)); }, [wanted.experiment, wanted.seed]);
  const systems = [...new Set(list.map(e => e.system))];
  const start = next => onRun({
    experiment: id, params: {}, ...(id === wanted.experiment ? {...wanted, other: undefined} : {without: ""}), seed: Number(seed) || 0, event: 0, ...next,
  });
  return html`<form class="run-form" onSubmit=${e => { e.preventDefault(); if (id) start({}); }}>
    <label>Experiment<select id="experiment" value=${id} onChange=${e => { setID(e.target.value); onRun({experiment: e.target.value, seed: Number(seed) || 1, params: {}, without: ""}); }}>
      <option value="">choose one</option>
      ${systems.map(s => html`<optgroup label=${s}>${list.filter(e => e.system === s).map(e => html`<option value=${e.id}>${e.name}</option>`)}</optgroup>`)}
    </select></label>
    <label>Seed<input id="seed" class="seed" inputmode="numeric" pattern="[0-9]{1,16}" value=${seed} onInput=${e => setSeed(e.target.value)} /></label>
    <button type="submit" class="primary" disabled=${!id}>Run</button>
    <button type="button" disabled=${!id} onClick=${() => { const next = (Number(seed) || 0) + 1; setSeed(String(next)); start({seed: next, faults: undefined}); }}>Next seed</button>
  </form>`;
}

// Faults shows parameters and fault plan of a run, to change them and run again: in its place, or beside it.
export function Faults({run, wanted, experiment, onRun}) {
  const drawn = run?.summary.plan ?? "";
  const [plan, setPlan] = useState(drawn);
  const [params, setParams] = useState(wanted.params);
  useEffect(() => { setPlan(wanted.other ?? drawn); }, [drawn, wanted.other]);
  useEffect(() => { setParams(wanted.params); }, [JSON.stringify(wanted.params)]);
  const lines = plan.split("\n").filter(line => line.trim());
  const without = n => lines.filter((line, m) => m !== n).join("\n");
  return html`<details><summary>Parameters and faults${lines.length ? ` (${lines.length})` : ""}</summary>
    <form onSubmit=${e => { e.preventDefault(); onRun({...wanted, params, faults: plan === drawn ? wanted.faults : plan, other: undefined, event: 0}); }}>
      ${experiment.params.length > 0 && html`<div class="params">${experiment.params.map(p => html`<label>${p.name}
        <input value=${params[p.name] ?? ""} placeholder=${run?.summary.params?.[p.name] ?? ""} onInput=${e => setParams({...params, [p.name]: e.target.value})} />
        <small>${p.doc}</small></label>`)}</div>`}
      <h3><label for="plan">Faults, one a line</label></h3>
      <textarea id="plan" class="plan" spellcheck="false" value=${plan} onInput=${e => setPlan(e.target.value)}
        placeholder="at 2s crash a; restart after 500ms"></textarea>
      <div class="row"><button type="submit" class="primary">Run with these</button>
        <button type="button" onClick=${() => onRun({...wanted, params, other: plan})}>Run beside</button>
        ${wanted.faults !== undefined && html`<button type="button" onClick=${() => onRun({...wanted, faults: undefined, other: undefined, event: 0})}>As the seed draws them</button>`}</div>
      ${lines.length > 0 && lines.length <= 60 && html`<h3>What if one of them did not happen?</h3>
        <ul class="plan-lines">${lines.map((line, n) => html`<li><button type="button" aria-label=${"Run beside, without: " + line} onClick=${() => onRun({...wanted, other: without(n)})}>without</button><span>${line}</span></li>`)}</ul>`}
    </form>
    ${run && html`<p class="faint">The same on the command line: <code>${run.summary.command}</code></p>`}
  </details>`;
}
