// The cluster page: asks the server for its state twice a second and draws it.
import {html, render, useState, useEffect, useRef, call, token, Refused} from "../../look/look.js";
import {Hosts, Links, isolation} from "./hosts.js";
import {Clients} from "./clients.js";
import {Plots} from "./plots.js";
import {History} from "./history.js";
import {Story, tell, leaderOf} from "./story.js";

const every = 500;        // milliseconds between questions
const attendEvery = 4000; // between requests to keep the probe going; the server lets it go on for ten seconds

function App() {
  const [view, setView] = useState(null); // what was last heard, and when
  const [trouble, setTrouble] = useState("");
  const [busy, setBusy] = useState("");   // what is being done
  const [probing, setProbing] = useState(true);
  const [allowed, setAllowed] = useState(Boolean(token()));
  const history = useRef(new History()).current;
  const again = useRef(() => {}).current;
  const ask = useRef(again);

  useEffect(() => {
    let timer, stopped = false;
    const round = async () => {
      clearTimeout(timer);
      if (stopped || document.hidden) return;
      try {
        const state = await call("GET", `cluster/state?after=${history.newest}`, undefined, 5000);
        history.add(state);
        setView({state, silent: ""});
      } catch (e) {
        setView(v => ({state: v && v.state, silent: e instanceof Refused ? e.message : "parley up does not answer"}));
      }
      clearTimeout(timer);
      if (!stopped) timer = setTimeout(round, every);
    };
    ask.current = round;
    document.addEventListener("visibilitychange", round);
    round();
    return () => { stopped = true; clearTimeout(timer); document.removeEventListener("visibilitychange", round); };
  }, []);

  useEffect(() => {
    if (!allowed || !probing) return;
    const attend = () => {
      if (!document.hidden) call("POST", "cluster/probe", {run: true}).catch(refused);
    };
    attend();
    const timer = setInterval(attend, attendEvery);
    document.addEventListener("visibilitychange", attend);
    return () => { clearInterval(timer); document.removeEventListener("visibilitychange", attend); };
  }, [allowed, probing]);

  function refused(e) {
    if (e instanceof Refused && e.status === 401) setAllowed(false);
    setTrouble(e.message);
  }
  async function change(what, path, body) {
    setBusy(what);
    setTrouble("");
    try {
      await call("POST", path, body, 30000);
      tell(history, "you: " + what, "you");
    } catch (e) {
      refused(e);
    }
    setBusy("");
    ask.current();
  }
  const act = (action, host) => change(`${action} ${host}`, `cluster/hosts/${encodeURIComponent(host)}/${action}`);
  const cut = (cuts, what) => change(what, "cluster/cuts", {cuts});
  const probe = run => {
    setProbing(run);
    if (!run) call("POST", "cluster/probe", {run}).catch(refused);
  };

  if (!view) return html`<p class="faint" role="status">connecting</p>`;
  const {state, silent} = view;
  const controls = {
    present: Boolean(state && state.faults), allowed, busy, act, cut,
    isolate: host => isolation(state, host, cut), heal: () => cut([], "heal all links"),
  };
  return html`
    <${Summary} state=${state} silent=${silent} />
    ${trouble && html`<p class="bad trouble" role="alert">${trouble} <button class="quiet" onClick=${() => setTrouble("")}>dismiss</button></p>`}
    ${controls.present && !allowed && html`<p class="warn" id="locked">Only watching. To act on hosts, open the URL that <code>parley up</code> printed when it started.</p>`}
    ${state && html`
      <${Hosts} state=${state} history=${history} controls=${controls} />
      ${state.probe && html`<${Clients} state=${state} history=${history} allowed=${allowed} probing=${probing} probe=${probe} />`}
      <${Plots} history=${history} />
      <div class="two">
        <${Links} state=${state} controls=${controls} />
        <${Story} history=${history} />
      </div>
      <p class="faint foot">For programs: <a href="status.json">status.json</a> <a href="metrics">metrics</a> <a href="health">health</a></p>`}`;
}

// Summary says in one line how things are.
function Summary({state, silent}) {
  if (silent || !state) return html`<h1>Cluster</h1><p role="status" id="state" class="bad">${silent}</p>`;
  const serving = state.hosts.filter(h => !h.failure && h.leader);
  // Who leads may not be among the hosts that are shown.
  const leads = serving.some(h => h.leader === h.name) || state.hosts.length === 1 ? leaderOf(serving) : undefined;
  const text = leads ? `${leads.leader} leads in term ${leads.epoch}; ${serving.length} of ${state.hosts.length} hosts serve`
    : state.hosts.every(h => h.failure) ? "no host runs"
    : "no leader: nothing can be written, and only stale reads are answered";
  return html`<h1>Cluster</h1><p role="status" id="state" class=${leads ? "" : "bad"}>${text}</p>`;
}

const main = document.getElementById("main");
main.replaceChildren();
render(html`<${App} />`, main);
