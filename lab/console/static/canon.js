// The canon page: the ledger by chapter, each item with its rule, its experiments, and what happens without its rule.
import {html, render, useState, useEffect, useMemo} from "../../look/look.js";
import {mode} from "./source.js";
import {query} from "./address.js";

const states = {open: ["faint", "open"], built: ["warn", "built"], verified: ["good", "verified"], caught: ["good", "caught"]};
const order = Object.keys(states);

function Page() {
  const [items, setItems] = useState(null);
  const [problem, setProblem] = useState("");
  const [canTakeOut, setCanTakeOut] = useState(false);
  const [q, setQ] = useState(() => new URLSearchParams(location.search));
  useEffect(() => {
    fetch("ledger.json").then(answer => answer.ok ? answer.json() : Promise.reject(new Error(answer.statusText))).then(setItems, error => setProblem(error.message));
    mode().then(m => setCanTakeOut(m.without));
    const back = () => setQ(new URLSearchParams(location.search));
    addEventListener("popstate", back);
    return () => removeEventListener("popstate", back);
  }, []);
  const go = change => {
    const next = new URLSearchParams(change);
    history.pushState(null, "", "?" + next);
    setQ(next);
  };
  if (problem) return html`<h1>Canon</h1><p class="bad" role="alert">${problem}</p>`;
  if (!items) return html`<h1>Canon</h1><p class="faint" aria-busy="true">Loading…</p>`;
  const chosen = q.get("item") ? items.filter(it => it.id === q.get("item")) : q.get("chapter") || q.get("find") || q.get("state") ? items.filter(it =>
    (!q.get("chapter") || it.chapter === q.get("chapter")) && (!q.get("state") || it.state === q.get("state")) && matches(it, q.get("find"))) : null;
  return html`<h1>Canon</h1>
    <p>What the papers claim, item by item, and how far each is shown: <b>open</b> if nothing does yet, <b>built</b> by a line of the code or an experiment that names it, <b>verified</b> by an experiment
      that held, <b>caught</b> if an experiment fails once its rule is taken out.</p>
    <form class="run-form" onSubmit=${e => { e.preventDefault(); const f = e.target.elements; go(pairs({find: f.find.value, chapter: f.chapter.value, state: f.state.value})); }}>
      <label>Search<input name="find" value=${q.get("find") ?? ""} placeholder="shorter log" /></label>
      <label>Chapter<select name="chapter" value=${q.get("chapter") ?? ""}><option value="">all</option>${[...new Set(items.map(it => it.chapter))].map(c => html`<option>${c}</option>`)}</select></label>
      <label>State<select name="state" value=${q.get("state") ?? ""}><option value="">any</option>${order.map(s => html`<option>${s}</option>`)}</select></label>
      <button type="submit" class="primary">Show</button>${chosen && html`<button type="button" onClick=${() => go({})}>All chapters</button>`}
    </form>
    ${chosen ? html`<p class="faint">${chosen.length} of ${items.length} items</p>${chosen.map(it => html`<${Item} key=${it.id} item=${it} canTakeOut=${canTakeOut} open=${chosen.length === 1} />`)}` :
      html`<${Chapters} items=${items} onGo=${go} />`}`;
}

const pairs = o => Object.fromEntries(Object.entries(o).filter(([, v]) => v));

function matches(item, words) {
  if (!words) return true;
  const text = `${item.id} ${item.says} ${item.show} ${item.knockout ?? ""}`.toLowerCase();
  return words.toLowerCase().split(/\s+/).every(w => text.includes(w));
}

function Chapters({items, onGo}) {
  const chapters = useMemo(() => {
    const by = new Map();
    for (const it of items) {
      if (!by.has(it.chapter)) by.set(it.chapter, {total: 0});
      const c = by.get(it.chapter);
      c.total++;
      c[it.state] = (c[it.state] ?? 0) + 1;
    }
    return [...by];
  }, [items]);
  // What is shown comes before what nothing shows yet.
  chapters.sort(([, a], [, b]) => (a.open === a.total) - (b.open === b.total));
  const all = s => items.filter(it => it.state === s).length;
  return html`<div class="scroll"><table class="ledger"><thead><tr><th>chapter</th><th class="n">items</th>${order.map(s => html`<th class="n">${s}</th>`)}</tr></thead>
    <tbody>${chapters.map(([name, c]) => html`<tr><td><a href=${"?chapter=" + name} onClick=${e => { e.preventDefault(); onGo({chapter: name}); }}>${name}</a></td>
      <td class="n">${c.total}</td>${order.map(s => html`<td class=${"n " + (c[s] ? states[s][0] : "faint")}>${c[s] ?? "–"}</td>`)}</tr>`)}</tbody>
    <tfoot><tr><td>all</td><td class="n">${items.length}</td>${order.map(s => html`<td class="n">${all(s)}</td>`)}</tr></tfoot></table></div>`;
}

function Item({item, canTakeOut, open}) {
  const [tone, word] = states[item.state];
  const at = (experiment, seed, without = "") => "../experiments/" + query({experiment, seed, params: {}, without});
  const w = item.without;
  return html`<article class="item" id=${item.id}>
    <div class="row"><h3><a href=${"?item=" + encodeURIComponent(item.id)}>${item.id}</a></h3><span class=${"badge " + tone}>${word}</span>
      <span class="faint">${item.kind}${item.truth === false ? ", false" : item.truth ? ", true" : ""}${item.seeds ? `, held with ${item.seeds} seeds` : ""}</span></div>
    <p>${item.says}</p>
    ${item.erratum && html`<p class="warn">What the source has wrong: ${item.erratum}</p>`}
    <details open=${open}><summary>How it is shown</summary><p>${item.show}</p>${item.knockout && html`<p class="faint">Without it: ${item.knockout}</p>`}
      ${item.rules.map(r => html`<${Source} rule=${r} />`)}</details>
    <p class="row">${(item.experiments ?? []).map(e => html`<a href=${at(e, 1)}>${e}</a>`)}
      ${w?.caught && (canTakeOut ? html`<a class="bad" href=${at(w.experiment, w.seed, item.id)}>what happens without the rule</a>` :
        html`<span class="faint">without the rule, ${w.experiment} fails with seed ${w.seed}</span>`)}</p>
    ${w?.caught && w.violation && html`<p class="faint">Without the rule, for example: <q>${w.violation}</q></p>`}
  </article>`;
}

function Source({rule}) {
  const line = Number(rule.place.split(":")[1]);
  return html`<div><code>${rule.place}</code>${rule.lines && html`<pre class="source">${rule.lines.map((text, n) =>
    rule.from + n === line ? html`<b>${text.replaceAll("\t", "    ")}\n</b>` : text.replaceAll("\t", "    ") + "\n")}</pre>`}</div>`;
}

render(html`<${Page} />`, document.getElementById("main"));
