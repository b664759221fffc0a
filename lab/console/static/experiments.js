// The experiment page: choose a run, see it, step through it.
import {html, render, useState, useEffect, useMemo, useRef} from "../../look/look.js";
import {ask, mode, open, progress} from "./source.js";
import {read, query, spec} from "./address.js";
import {Run} from "./run.js";
import {Form, Faults} from "./form.js";
import {Player} from "./player.js";

const main = document.getElementById("main");

function Page() {
  const [list, setList] = useState(null);
  const [problem, setProblem] = useState("");
  const [rules, setRules] = useState([]); // items whose rule can be taken out
  const [wanted, setWanted] = useState(read);
  useEffect(() => {
    ask({do: "list"}).then(setList, error => setProblem(error.message));
    mode().then(m => setRules(m.without ? m.marked : []));
    const back = () => setWanted(read());
    addEventListener("popstate", back);
    return () => removeEventListener("popstate", back);
  }, []);
  // go makes another run the one that is looked at.
  const go = next => {
    history.pushState(null, "", query(next));
    setWanted(next);
  };
  if (problem) return html`<h1>Experiments</h1><p class="bad" role="alert">${problem}</p>`;
  if (!list) return html`<h1>Experiments</h1><p class="faint" aria-busy="true">Loading…</p>`;
  if (wanted.recording) return html`<h1>Recording ${wanted.recording}</h1><${Recorded} key=${wanted.recording} wanted=${wanted} />`;
  const experiment = list.find(e => e.id === wanted.experiment);
  return html`
    <h1>${experiment ? experiment.id : "Experiments"}</h1>
    <${Form} list=${list} wanted=${wanted} onRun=${go} />
    ${experiment ? html`<${Shown} key=${experiment.id} experiment=${experiment} wanted=${wanted} rules=${rules} onRun=${go} />` :
      html`<${Welcome} list=${list} onRun=${go} />`}`;
}

// Where a newcomer may begin: short runs that show what a system is about.
const first = ["raft/figure-8", "raft/committed-entry", "paxos/duel", "twophase/coordinator-fails", "multicast/bulletin-board",
  "primarybackup/split-brain", "pbft/equivocation", "mapreduce/dead-worker", "timesync/cristian", "rpc/ambiguous"];

// What people ask about rules, and the claims that answer: each shows the rule's line, and what happens without it.
const why = {
  "raft.election.up-to-date-check": "must a candidate with a shorter log not win?",
  "raft.election.one-vote-per-term": "does a server give one vote a term, and write it down first?",
  "raft.commit.no-counting-of-old-terms": "does a majority of copies not make an old entry committed?",
  "raft.log.consistency-check": "does a leader name the entry before the one that it sends?",
  "raft.client.exactly-once": "does a client number its commands?",
};

function Welcome({list, onRun}) {
  const [words, setWords] = useState("");
  const found = words.trim() ? list.filter(e => words.toLowerCase().split(/\s+/).every(w => `${e.id} ${e.question} ${e.canon.join(" ")}`.toLowerCase().includes(w))) : null;
  const systems = [...new Set(list.map(e => e.system))];
  return html`<p>An experiment asks a question about a system; a seed decides everything that happens in a run of it.
    Choose one above, search, or begin with one of these.</p>
    <p><label>Search <input id="search" type="search" value=${words} onInput=${e => setWords(e.target.value)} placeholder="split vote" /></label>
      <span class="faint" role="status"> ${found ? `${found.length} of ${list.length} experiments` : ""}</span>
      ${found && html` <a href=${"../canon/?" + new URLSearchParams({find: words.trim()})}>Claims of the papers with these words</a>`}</p>
    ${found ? html`<${Questions} list=${found} onRun=${onRun} />` : html`
      <${Questions} list=${first.flatMap(id => list.find(e => e.id === id) ?? [])} onRun=${onRun} />
      <h2>Why…</h2>
      <ul class="questions">${Object.entries(why).map(([item, question]) => html`<li><a href=${"../canon/?item=" + encodeURIComponent(item)}>… ${question}</a></li>`)}</ul>
      <h2>By system</h2>
      ${systems.map(s => { const of = list.filter(e => e.system === s); return html`<details class="system"><summary>${s} <span class="faint">${of.length}</span></summary><${Questions} list=${of} onRun=${onRun} /></details>`; })}`}
    <${Recordings} onRun=${onRun} />`;
}

function Questions({list, onRun}) {
  const start = e => ({experiment: e.id, seed: 1, params: {}, without: ""});
  return html`<ul class="questions">${list.map(e => html`<li><a href=${query(start(e))} onClick=${event => { event.preventDefault(); onRun(start(e)); }}>${e.id}</a>
    ${" "}<span class="faint">${e.question.split("?")[0]}?</span></li>`)}</ul>`;
}

// Recordings offers what is open, and to open more.
function Recordings({onRun}) {
  const [names, setNames] = useState([]);
  const [problem, setProblem] = useState("");
  useEffect(() => { ask({do: "recordings"}).then(setNames, error => setProblem(error.message)); }, []);
  const show = name => onRun({recording: name, experiment: "", seed: 1, params: {}, without: ""});
  const take = async e => {
    const [file] = e.target.files;
    if (!file) return;
    setProblem(`Reading ${file.name}…`);
    try { await open(file); show(file.name); } catch (error) { setProblem(error.message); }
  };
  return html`<h2>Recordings</h2>
    <p>What happened on live hosts, from <code>parley up --record FILE</code>, or in a run, from <code>parley check --json FILE</code>.</p>
    ${names.length > 0 && html`<ul>${names.map(name => html`<li><a href=${query({recording: name})} onClick=${e => { e.preventDefault(); show(name); }}>${name}</a></li>`)}</ul>`}
    <p class="row"><label>Open one: <input type="file" id="recording" accept=".jsonl,.json,.ndjson" onChange=${take} /></label><span class="faint" role="status">${problem}</span></p>`;
}

function Recorded({wanted}) {
  const state = useRun(wanted, false);
  const onEvent = useMemo(() => id => history.replaceState(null, "", query({...wanted, event: id})), []);
  return html`<p class="faint">Nobody judged it, and what nodes knew was not recorded: what they received, sent, wrote and said was.</p>
    <${Outcome} state=${state} wanted=${wanted} />
    ${state.run && html`<${Player} name="recording" state=${state} start=${wanted.event} onEvent=${onEvent} />`}`;
}

// useRun makes the run and loads its columns.
function useRun(wanted, beside) {
  const [state, setState] = useState({});
  const said = JSON.stringify([spec(wanted, beside), wanted.without]);
  useEffect(() => {
    if (beside && wanted.other === undefined) { setState({}); return; }
    const abort = new AbortController(), s = spec(wanted, beside);
    setState(old => ({...old, busy: true, problem: ""}));
    (async () => {
      const summary = await ask({do: "run", spec: s}, wanted.without, abort.signal);
      const columns = await ask({do: "columns", spec: s}, wanted.without, abort.signal);
      setState({run: new Run(summary, columns), spec: s, without: wanted.without});
    })().catch(error => { if (error.name !== "AbortError") setState({problem: error.message}); });
    return () => abort.abort();
  }, [said]);
  return state;
}

function Shown({experiment, wanted, rules, onRun}) {
  const first = useRun(wanted, false), second = useRun(wanted, true);
  const keep = useRef(wanted);
  keep.current = wanted;
  // The address follows the event that is looked at, without a step in the history of pages for each.
  const onEvent = useMemo(() => id => history.replaceState(null, "", query({...keep.current, event: id})), []);
  return html`
    <details class="question" open><summary>What is asked</summary>
      <p>${experiment.question}</p>
      <p class="faint">${/^\d/.test(experiment.hosts) ? `${experiment.hosts} host${experiment.hosts === "1" ? "" : "s"}` : experiment.hosts === "none" || experiment.hosts === "0" ? "No hosts" : experiment.hosts}. ${experiment.canon.length ? html`Supports ${experiment.canon.map((id, n) =>
        html`${n ? ", " : ""}<a href=${"../canon/?item=" + encodeURIComponent(id)}>${id}</a>`)}.` : ""}</p>
      <${TakeOut} items=${experiment.canon.filter(id => rules.includes(id))} wanted=${wanted} onRun=${onRun} />
    </details>
    ${wanted.without && html`<p class="warn" role="note">With the rule <a href=${"../canon/?item=" + encodeURIComponent(wanted.without)}>${wanted.without}</a> taken out of the code. <${Claim} id=${wanted.without} />
      ${" "}<button type="button" onClick=${() => onRun({...wanted, without: "", event: 0})}>Put it back</button></p>`}
    <${Outcome} state=${first} wanted=${wanted} onRun=${onRun} />
    <${Faults} run=${first.run} wanted=${wanted} experiment=${experiment} onRun=${onRun} />
    ${first.run && first.run.n === 0 && html`<p class="faint">Nothing travels in it: it looks at one component, or at many small worlds in turn, and its figures are above.</p>`}
    ${first.run && first.run.n > 0 && html`<${Player} name="run" state=${first} start=${wanted.event} onEvent=${onEvent} onBeside=${other => onRun({...wanted, other})} />`}
    ${wanted.other !== undefined && html`<section aria-label="What if"><h2>What if: the same seed, other faults
      ${" "}<button type="button" onClick=${() => onRun({...wanted, other: undefined})}>Close</button></h2>
      <${Outcome} state=${second} wanted=${wanted} beside=${first.run} />
      ${second.run && second.run.n > 0 && html`<${Player} name="beside" state=${second} start=${0} />`}</section>`}`;
}

// Claim says in a sentence what a rule is for.
function Claim({id}) {
  const [items, setItems] = useState([]);
  useEffect(() => { fetch("../canon/ledger.json").then(answer => answer.ok ? answer.json() : []).then(setItems, () => {}); }, []); // the link leads to it as well
  const item = items.find(it => it.id === id);
  return item ? html`It says: <q>${item.says}</q>` : "";
}

// TakeOut offers to take the rule of one of the items out of the code.
function TakeOut({items, wanted, onRun}) {
  const [chosen, setChosen] = useState("");
  const all = [...new Set([...items, ...wanted.without ? [wanted.without] : []])], item = chosen || wanted.without || all[0];
  if (!all.length) return null;
  return html`<div class="row"><label for="rule">Run it without the rule of</label>
    <select id="rule" value=${item} onChange=${e => setChosen(e.target.value)}>${all.map(id => html`<option>${id}</option>`)}</select>
    <button type="button" onClick=${() => onRun({...wanted, without: item, event: 0})}>Take it out and run</button></div>`;
}

const verdicts = {ok: ["good", "held"], recorded: ["faint", "recorded"], violation: ["bad", "violated"], unknown: ["warn", "no verdict"]};

// How clients' operations ended, among a run's figures.
const outcomes = {ok: "operations answered", failed: "operations that surely did not happen", unknown: "operations without an answer"};

function Outcome({state, wanted, beside, onRun}) {
  const {run, busy, problem} = state;
  const [shrinking, setShrinking] = useState("");
  if (problem) return html`<p class="bad" role="alert">${problem}</p>`;
  if (!run) return html`<${Waiting} without=${wanted.without} />`;
  const s = run.summary, verdict = wanted.recording ? "recorded" : s.verdict, [tone, word] = verdicts[verdict];
  const shrink = async () => {
    setShrinking("Looking for a smaller run that still fails…");
    try {
      const small = await ask({do: "shrink", spec: state.spec}, state.without);
      setShrinking(`From ${small.before} lines of faults to ${small.faults} in ${small.runs} runs${small.stopped ? ", " + small.stopped : ""}. What still arrives in it is what the violation needs.`);
      onRun({...wanted, seed: small.spec.seed, params: small.spec.params ?? {}, faults: small.spec.faults, event: 0});
    } catch (error) { setShrinking(error.message); }
  };
  const stats = Object.entries(s.stats ?? {}).filter(([, n]) => n !== 0).map(([name, n]) => `${outcomes[name] ?? name} ${+n.toFixed(2)}`).join(" · ");
  return html`<div aria-live="polite" data-verdict=${verdict} data-hash=${s.hash} class=${busy ? "faint" : ""}>
    <p class="row"><span class=${"badge " + tone}>${busy ? "running…" : word}</span>
      ${(s.Count > 0 || s.elapsed > 0) && html`<span>${s.Count.toLocaleString("en")} events${s.First > 1 ? ` (the newest of ${(s.First + s.Count - 1).toLocaleString("en")})` : ""} in ${((s.elapsed || run.at[run.n - 1] || 0) / 1e9).toFixed(3)} s${wanted.recording ? "" : " of the hosts' time"}</span>`}
      <span class=${s.Count ? "faint wide" : "faint"}>${stats}</span>
      ${s.history && !beside && html`<a href=${"../history/" + query(wanted)}>What the clients saw</a>`}
      ${s.verdict === "violation" && onRun && html`<button type="button" onClick=${shrink} disabled=${shrinking.startsWith("Looking")}>Make it smaller</button>`}
      ${beside && html`<${Difference} a=${beside} b=${run} />`}</p>
    ${shrinking && html`<p class="faint">${shrinking}</p>`}
    ${s.violation && html`<${Said} text=${s.violation} tone=${s.verdict === "violation" ? "bad" : "warn"} />`}
  </div>`;
}

// Said is what the judges say. Where in the code a panic was comes last.
function Said({text, tone}) {
  const lines = text.split("\n"), calls = lines.filter(line => line.startsWith("  at "));
  return html`<p class=${"outcome " + tone}>${lines.filter(line => !line.startsWith("  at ")).join("\n")}</p>
    ${calls.length > 0 && html`<details><summary>Where in the code</summary><pre class="source">${calls.join("\n")}</pre></details>`}`;
}

// Waiting says what for: the simulator with a switch for each rule may have to be compiled first.
function Waiting({without}) {
  const [said, setSaid] = useState("");
  useEffect(() => {
    if (!without) return;
    const look = () => progress().then(setSaid, () => {}); // the run itself tells what went wrong
    const timer = setInterval(look, 1000);
    return () => clearInterval(timer);
  }, [without]);
  return html`<p class="faint" aria-busy="true" role="status">${said ? `Compiling the simulator with a switch for each rule: ${said}. Once; what does not change is kept for the next time.` : "Running…"}</p>`;
}

// Difference says where two runs part.
function Difference({a, b}) {
  let i = 0;
  const same = i => a.at[i] === b.at[i] && a.kind[i] === b.kind[i] && a.placeName(i) === b.placeName(i) && a.whatName(i) === b.whatName(i);
  while (i < a.n && i < b.n && same(i)) i++;
  if (i === a.n && i === b.n) return html`<span class="faint">the same as the first</span>`;
  const at = i < b.n ? b.at[i] : a.at[i];
  return html`<span class="faint">differs from the first from event ${b.id(Math.min(i, b.n - 1))} on, at ${(at / 1e9).toFixed(4)} s</span>`;
}

render(html`<${Page} />`, main);
