// The history page: operations as intervals, with the order that explains them or the point where there is none.
import {html, render, useState, useEffect, useRef} from "../../look/look.js";
import {ask} from "./source.js";
import {read, query, spec} from "./address.js";
import {duration} from "./diagram.js";

function Page() {
  const [list, setList] = useState(null);
  const [wanted, setWanted] = useState(read);
  const [state, setState] = useState({busy: true});
  useEffect(() => {
    ask({do: "list"}).then(setList, error => setState({problem: error.message}));
    const back = () => setWanted(read());
    addEventListener("popstate", back);
    return () => removeEventListener("popstate", back);
  }, []);
  useEffect(() => {
    if (!wanted.experiment) return;
    const abort = new AbortController();
    setState({busy: true});
    (async () => {
      const summary = await ask({do: "run", spec: spec(wanted)}, wanted.without, abort.signal);
      const picture = await ask({do: "history", spec: spec(wanted)}, wanted.without, abort.signal);
      setState({summary, picture});
    })().catch(error => { if (error.name !== "AbortError") setState({problem: error.message}); });
    return () => abort.abort();
  }, [JSON.stringify(wanted)]);
  const go = next => { history.pushState(null, "", query(next)); setWanted(next); };
  return html`<h1>History${wanted.experiment ? ": " + wanted.experiment : ""}</h1>
    <form class="run-form" onSubmit=${e => { e.preventDefault(); go({...wanted, seed: Number(e.target.elements.seed.value)}); }}>
      <label>Experiment<select value=${wanted.experiment} onChange=${e => go({...wanted, experiment: e.target.value, params: {}, faults: undefined, without: "", event: 0})}>
        <option value="">choose one</option>${(list ?? []).map(e => html`<option>${e.id}</option>`)}</select></label>
      <label>Seed<input name="seed" class="seed" inputmode="numeric" pattern="[0-9]{1,16}" value=${wanted.seed} /></label>
      <button type="submit" class="primary">Run</button>
      ${wanted.experiment && html`<a href=${"../experiments/" + query(wanted)}>See what happened in it</a>`}
    </form>
    ${wanted.without && html`<p class="warn">With the rule ${wanted.without} taken out of the code.</p>`}
    ${state.problem ? html`<p class="bad" role="alert">${state.problem}</p>` :
      !wanted.experiment ? html`<p>What clients saw of a run: each operation as an interval from its call to its answer. A green point is where, in the order that was found, it takes effect.</p>` :
      state.busy ? html`<p class="faint" aria-busy="true">Running…</p>` : html`<${Picture} picture=${state.picture} />`}`;
}

function Picture({picture}) {
  const objects = picture.objects ?? [];
  const [key, setKey] = useState(null);
  if (!picture.operations?.length) return html`<p>This run had no clients that recorded what they saw.</p>`;
  const worst = objects.find(o => o.verdict === "violation") ?? objects[0];
  const object = objects.find(o => o.key === key) ?? worst;
  const bad = objects.filter(o => o.verdict === "violation").length, open = objects.filter(o => o.verdict === "unknown").length;
  const clients = new Set(picture.operations.map(o => o.client)).size;
  const [tone, words] = bad ? ["bad", `${bad} of ${objects.length} objects have no legal order`] :
    open ? ["warn", `no decision in time about ${open} of ${objects.length} objects`] : ["good", "every object has a legal order"];
  return html`
    <p><span class=${"badge " + tone}>${words}</span>
      ${" "}${picture.operations.length} operations, by ${clients === 1 ? "one client" : clients + " clients"}</p>
    <div class="chips" role="group" aria-label="Objects">${objects.map(o => html`<button type="button" aria-pressed=${o === object} class=${o.verdict === "violation" ? "danger" : ""}
      onClick=${() => setKey(o.key)}>${o.key || "the object"}</button>`)}</div>
    ${object && html`<${Intervals} picture=${picture} object=${object} />`}`;
}

const row = 30, left = 70;

// Intervals draws the operations on one object. Calls and answers are the steps of the axis: what matters is their order.
function Intervals({picture, object}) {
  const all = picture.operations;
  const mine = all.map((o, id) => ({...o, id})).filter(o => o.key === object.key);
  const moments = [...new Set(mine.flatMap(o => o.return < 0 ? [o.call] : [o.call, o.return]))].sort((a, b) => a - b);
  // Which object it is about needs no saying again.
  const brief = o => o.text.replace(` ${object.key} `, " ");
  const longest = Math.max(...mine.map(o => brief(o).length));
  const step = moments.length < 60 ? Math.max(56, Math.min(150, 6 * longest + 14)) : 48;
  const at = new Map(moments.map((m, n) => [m, left + n * step]));
  const right = left + moments.length * step + 40;
  const clients = [...new Set(mine.map(o => o.client))].sort((a, b) => a - b);
  const y = o => 26 + clients.indexOf(o.client) * row;
  const points = effects(object, new Map(mine.map(o => [o.id, o])), at, right);
  const stuck = object.stuck >= 0 ? mine.find(o => o.id === object.stuck) : null;
  const witness = object.witness ?? [];
  const frame = useRef(null);
  // toViolation brings the answer that fits nowhere into the middle.
  const toViolation = () => {
    const mark = frame.current?.querySelector(".stuck");
    if (mark) frame.current.scrollLeft = mark.x.baseVal.value + mark.width.baseVal.value / 2 - frame.current.clientWidth / 2;
  };
  useEffect(toViolation, [object]);
  return html`
    ${stuck && html`<p class="bad">No legal order contains the answer of operation ${stuck.id}, ${stuck.text}, of client ${stuck.client}. Before it the state can only be ${object.states.at(-1) ?? "empty"}.</p>
      ${object.reason && html`<p data-reason>${object.reason}</p>`}
      <p class="row"><button type="button" class="danger" onClick=${toViolation}>To the violation</button>
        ${witness.map(id => html`<span class=${"badge " + (id === object.stuck ? "bad" : "lead")}>#${id} client ${all[id].client}: ${all[id].text}</span>`)}</p>`}
    <div class="intervals" ref=${frame} tabindex="0" role="region" aria-label="Intervals"><svg width=${right + 20} height=${26 + clients.length * row + 10}>
      ${clients.map((c, n) => html`<text x="6" y=${26 + n * row + 14} class="faint">client ${c}</text>`)}
      <text x=${left} y="14" class="faint">${(moments[0] / 1e9).toFixed(3)} s</text>
      ${mine.map(o => { const x1 = at.get(o.call), x2 = o.return < 0 ? right : at.get(o.return);
        return html`<g><title>${`#${o.id} ${o.text}\n${o.outcome}${o.err ? ": " + o.err : ""}\n${(o.call / 1e9).toFixed(6)} s, ${o.return < 0 ? "no answer" : duration(o.return - o.call)}`}</title>
          <rect class=${"op " + (o.id === object.stuck ? "stuck" : witness.includes(o.id) ? "witness" : o.outcome === "ok" ? "" : o.outcome)} x=${x1} y=${y(o)} width=${Math.max(4, x2 - x1 - 2)} height=${row - 9} rx="3" />
          <text x=${x1 + 4} y=${y(o) + 14}>${fitted(brief(o), x2 - x1)}</text></g>`; })}
      ${points.length > 1 && html`<polyline class="order" points=${points.map(p => `${p.x},${y(p.o) + row - 9}`).join(" ")} opacity=".5" />`}
      ${points.map((p, n) => html`<g><title>${`${n + 1}. ${p.o.text}, then the state is ${object.states[n]}`}</title><circle class="point" cx=${p.x} cy=${y(p.o) + row - 9} r="4" /></g>`)}
    </svg></div>
    <details><summary>The order ${object.verdict === "violation" ? "as far as there is one" : "found"} (${object.order.length} operations)</summary>
      <div class="scroll"><table><thead><tr><th class="n">place</th><th class="n">operation</th><th class="n">client</th><th>what</th><th>state after it</th></tr></thead>
      <tbody>${object.order.map((id, n) => html`<tr><td class="n">${n + 1}</td><td class="n">${id}</td><td class="n">${all[id].client}</td><td>${all[id].text}</td><td>${object.states[n]}</td></tr>`)}</tbody></table></div></details>`;
}

const fitted = (text, room) => { const n = Math.floor((room - 8) / 6); return n < 3 ? "" : text.length > n ? text.slice(0, n - 1) + "…" : text; };

// effects gives each operation of the order a point within its interval, from left to right.
function effects(object, byID, at, right) {
  let least = 0;
  return object.order.map(id => {
    const o = byID.get(id);
    least = Math.max(least + 2, at.get(o.call) + 2);
    return {o, x: Math.min(least, o.return < 0 ? right : Math.max(at.get(o.call) + 2, at.get(o.return) - 4))};
  });
}

render(html`<${Page} />`, document.getElementById("main"));
