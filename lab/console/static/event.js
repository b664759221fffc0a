// The event that is looked at: what it was, and what it changed.
import {html, useState, useEffect} from "../../look/look.js";
import {ask} from "./source.js";
import {Tree} from "./tree.js";
import {clock, duration} from "./diagram.js";

// useEvent loads the event, a moment after the last change, so that playing and scrubbing do not ask for all.
function useEvent(run, state, index) {
  const [shown, setShown] = useState({});
  useEffect(() => {
    if (index < 0) { setShown({}); return; }
    const abort = new AbortController();
    const timer = setTimeout(() => {
      ask({do: "event", spec: state.spec, event: run.id(index)}, state.without, abort.signal).then(
        event => setShown({event}), error => { if (error.name !== "AbortError") setShown({problem: error.message}); });
    }, 60);
    return () => { clearTimeout(timer); abort.abort(); };
  }, [run, index]);
  return shown;
}

export function EventPanel({run, state, index, onJump, onBeside}) {
  const {event, problem} = useEvent(run, state, index);
  const [onlyChanges, setOnlyChanges] = useState(false);
  if (problem) return html`<p class="bad" role="alert">${problem}</p>`;
  if (index < 0) return html`<p class="faint">Choose an event: tap one in the diagram, or step with the arrow keys.</p>`;
  if (!event) return html`<p class="faint" aria-busy="true">Loading…</p>`;
  return html`<div class="columns" data-event=${event.id}>
    <div class="panel"><h2>${title(event)}</h2>
      <dl class="facts">
        <dt>when</dt><dd>${clock(event.at)}</dd>
        <dt>where</dt><dd>${event.place}</dd>
        ${event.peer && html`<dt>${event.kind === "send" ? "to" : "from"}</dt><dd>${event.peer}</dd>`}
        ${event.cause > 0 && html`<dt>because of</dt><dd><${Link} run=${run} id=${event.cause} at=${event.at} onJump=${onJump} /></dd>`}
        <${Effects} run=${run} event=${event} onJump=${onJump} />
      </dl>
      ${event.kind === "violation" && html`<p class="bad">${event.what}</p>`}
      ${event.detail && html`<h3>${event.kind === "note" ? "It says" : "Message"}</h3><${Tree} tree=${event.detail} />`}
      ${onBeside && html`<${WhatIf} run=${run} event=${event} onBeside=${onBeside} />`}
    </div>
    <div class="panel"><div class="row"><h2>${event.state ? `State of ${event.place}` : "State"}</h2>
        ${event.state && html`<label><input type="checkbox" checked=${onlyChanges} onChange=${() => setOnlyChanges(!onlyChanges)} /> only what changed</label>`}</div>
      ${event.state ? html`${!event.changed && !onlyChanges && html`<p class="faint">This event changed nothing here.</p>`}<${Tree} tree=${event.state} onlyChanges=${onlyChanges} />` :
        html`<p class="faint">${state.spec.recording ? "What nodes knew was not recorded." : "This event is not one of a node."}</p>`}</div>
  </div>`;
}

const titles = {
  receive: e => `${e.place} receives ${e.what}`, send: e => `${e.place} sends ${e.what}`, drop: e => `A message is lost: ${e.what}`,
  timer: e => `A timer of ${e.place} fires`, note: e => `${e.place}: ${e.what}`, crash: e => `${e.place} crashes`, restart: e => `${e.place} is back`,
  start: e => `${e.place} starts`, step: e => `${e.place} is called from outside`, append: e => `${e.place} appends to its log`,
  durable: e => `What ${e.place} appended is durable`, complete: e => `A job or file operation of ${e.place} ends`,
  violation: () => "A promise is broken", halt: e => `${e.place} stops itself`, fault: e => `Fault: ${e.what}`,
};
const title = e => (titles[e.kind] ?? (e => `${e.kind} at ${e.place}`))(e);

function Link({run, id, at, onJump}) {
  const i = run.index(id);
  if (i < 0) return html`<span class="faint">event ${id}, which is not kept</span>`;
  const apart = Math.abs(at - run.at[i]);
  return html`<button type="button" class="link" onClick=${() => onJump(id)}>${run.kindName(i)} ${run.whatName(i).split("\n")[0].slice(0, 60)} at ${run.placeName(i)}${apart ? `, ${duration(apart)} ${at < run.at[i] ? "later" : "before"}` : ""}</button>`;
}

// Effects lists what an event brought about at once: what it sent, said and wrote, and where a message arrived.
function Effects({run, event, onJump}) {
  const i = run.index(event.id), found = [];
  if (run.arrived[i]) found.push(run.id(run.arrived[i] - 1));
  for (let j = i + 1; j < run.n && j < i + 400 && found.length < 12; j++) if (run.cause[j] === i + 1 && !(run.kindName(j) === "receive")) found.push(run.id(j));
  if (!found.length) return null;
  return html`<dt>leads to</dt><dd>${found.map(id => html`<div><${Link} run=${run} id=${id} at=${event.at} onJump=${onJump} /></div>`)}</dd>`;
}

// WhatIf adds a fault at this moment and runs again beside this run.
function WhatIf({run, event, onBeside}) {
  const host = event.place.split("/")[0];
  if (host === "world") return null;
  const at = (event.at / 1e6).toFixed(6).replace(/\.?0+$/, "") + "ms";
  const add = line => onBeside((run.summary.plan.trimEnd() + "\n" + line).trim());
  return html`<h3>What if, at this moment,</h3><div class="row">
    <button type="button" onClick=${() => add(`at ${at} crash ${host}; restart after 500ms`)}>${host} crashed</button>
    <button type="button" onClick=${() => add(`at ${at} for 500ms partition isolate ${host}`)}>${host} were cut off</button></div>`;
}
