// The page of running jobs: asks the server twice a second and draws what it says.
import {html, render, useState, useEffect, call} from "../../look/look.js";

const every = 500; // milliseconds between questions

const letters = {w: "waiting", r: "running", b: "running twice", d: "done"};
const count = n => n.toLocaleString("en");

export function size(n) {
  for (const name of ["B", "KiB", "MiB", "GiB"]) {
    if (n < 1024 || name === "GiB") return (name === "B" || n >= 100 ? n.toFixed(0) : n.toFixed(1)) + " " + name;
    n /= 1024;
  }
}

export function time(ns) {
  const s = ns / 1e9;
  if (s >= 120) return `${Math.floor(s / 60)} min ${Math.floor(s % 60)} s`;
  return s >= 10 ? s.toFixed(0) + " s" : s >= 1 ? s.toFixed(1) + " s" : (s * 1000).toFixed(0) + " ms";
}

const ended = view => view.jobs.every(j => j.state === "finished" || j.state === "failed");

function App() {
  const [view, setView] = useState(null); // what was last heard
  const [silent, setSilent] = useState("");

  useEffect(() => {
    let timer, stopped = false;
    const round = async () => {
      clearTimeout(timer);
      if (stopped || document.hidden) return;
      try {
        const state = await call("GET", "state", undefined, 5000);
        setView(state);
        setSilent("");
        if (state.last && ended(state)) stopped = true; // the server goes with its job
      } catch {
        setSilent("The process that runs this does not answer any more. What follows is what it last said.");
      }
      clearTimeout(timer);
      if (!stopped) timer = setTimeout(round, every);
    };
    document.addEventListener("visibilitychange", round);
    round();
    return () => { stopped = true; clearTimeout(timer); document.removeEventListener("visibilitychange", round); };
  }, []);

  if (!view) return html`<p class="faint" role="status">${silent || "connecting"}</p>`;
  return html`
    ${silent && html`<p class="warn" role="status">${silent}</p>`}
    ${view.jobs.map(j => html`<${Job} key=${j.job} job=${j} />`)}
    ${view.jobs.length === 0 && html`<h1>Jobs</h1><p id="empty">${view.empty}</p>`}`;
}

function Job({job}) {
  const tone = job.state === "failed" ? "bad" : job.state === "finished" ? "good" : job.state === "running" ? "" : "warn";
  return html`<article data-job=${job.job} data-state=${job.state}>
    <h1>${job.job}</h1>
    <p role="status" class=${tone}>${job.state}${job.problem && `: ${job.problem}`}</p>
    <${Input} job=${job} />
    <div class="two">
      <${Tasks} name="map" tasks=${job.maps} />
      <${Tasks} name="reduce" tasks=${job.reduces} />
    </div>
    <${Running} running=${job.running} />
    <div class="two">
      <${Workers} workers=${job.workers} />
      <${Counters} job=${job} />
    </div>
    ${job.notes.length > 0 && html`<section class="panel notes"><h2>On the way</h2><ul>${job.notes.map(n => html`<li>${n}</li>`)}</ul></section>`}
  </article>`;
}

function Input({job}) {
  const rate = job.elapsed > 0 && job.state === "running" ? job.bytes / (job.elapsed / 1e9) : 0;
  return html`<div class="input">
    ${job.total > 0 && html`<progress aria-label="input that was mapped" max=${job.total} value=${Math.min(job.bytes, job.total)}></progress>`}
    <span class="faint">${job.total > 0 && `${size(job.bytes)} of ${size(job.total)} mapped, `}${time(job.elapsed)}${rate > 0 && job.bytes < job.total && `, ${size(rate)} a second`}</span>
  </div>`;
}

function Tasks({name, tasks}) {
  const all = tasks.waiting + tasks.done + tasks.running;
  const figures = [["done", tasks.done, "d"], ["running", tasks.running, "r"], ["waiting", tasks.waiting, "w"]];
  return html`<section class="panel" data-kind=${name} aria-label=${name + " tasks"}>
    <h2>${name} tasks</h2>
    <dl class="figures">
      ${figures.map(([title, n, letter]) => html`<div data-figure=${title}><dt><i class=${"cell " + letter}></i>${title}</dt><dd>${count(n)}</dd></div>`)}
      <div data-figure="again"><dt title="executions that came to nothing">again</dt><dd class=${tasks.again ? "warn" : ""}>${count(tasks.again)}</dd></div>
      <div><dt>half within</dt><dd>${tasks.done ? time(tasks.median) : "–"}</dd></div>
      <div><dt>slowest</dt><dd>${tasks.done ? time(tasks.slowest) : "–"}</dd></div>
    </dl>
    ${tasks.cells ? html`<${Cells} name=${name} tasks=${tasks} />`
      : all > 0 && html`<progress aria-label=${name + " tasks that are done"} max=${all} value=${tasks.done}></progress>`}
  </section>`;
}

// Cells shows each task as a square. What it is has a shape as well as a colour.
function Cells({name, tasks}) {
  const each = tasks.per_cell;
  const title = (letter, i) => each > 1 ? `${name} tasks ${i * each} to ${(i + 1) * each - 1}: ${letters[letter]}` : `${name} task ${i}: ${letters[letter]}`;
  return html`<div class="cells" role="img" aria-label=${`${count(tasks.done)} ${name} tasks are done`}>
    ${[...tasks.cells].map((letter, i) => html`<i class=${"cell " + letter} title=${title(letter, i)}></i>`)}
  </div>
  ${each > 1 && html`<p class="faint">a square is ${each} tasks</p>`}`;
}

function Running({running}) {
  const slow = running.filter(x => x.straggler).length;
  return html`<section class="panel" id="running" aria-label="running now">
    <div class="row between"><h2>Running now</h2>${slow > 0 && html`<span class="warn">${slow === 1 ? "1 straggler" : slow + " stragglers"}</span>`}</div>
    ${running.length === 0 ? html`<p class="faint">nothing</p>` : html`<div class="scroll"><table class="running">
      <thead><tr><th scope="col">Task</th><th scope="col">Worker</th><th scope="col" class="n">For</th><th scope="col">Progress</th></tr></thead>
      <tbody>${running.map(x => html`<tr key=${x.kind + x.task + x.worker} data-straggler=${x.straggler}>
        <th scope="row">${x.kind} ${x.task} ${x.straggler && html`<span class="badge warn">straggler</span>`} ${x.backup && html`<span class="badge">backup</span>`}</th><td>${x.worker || "this process"}</td><td class="n">${time(x.age)}</td>
        <td>${x.progress < 0 ? "–" : html`<progress max="1000" value=${x.progress} aria-label=${`${x.kind} task ${x.task}`}></progress> <span class="faint wide">${Math.floor(x.progress / 10)} %</span>`}</td>
      </tr>`)}</tbody>
    </table></div>`}
  </section>`;
}

function Workers({workers}) {
  if (!workers.length) return null;
  return html`<section class="panel" id="workers" aria-label="workers"><h2>Workers</h2><div class="scroll"><table>
    <thead><tr><th scope="col">Worker</th><th scope="col" class="n">maps</th><th scope="col" class="n">reduces</th><th scope="col" class="n" title="map tasks whose results lie there">held</th><th scope="col">heard</th></tr></thead>
    <tbody>${workers.map(w => html`<tr key=${w.name} data-worker=${w.name}>
      <th scope="row">${w.name}</th><td class="n">${w.maps}</td><td class="n">${w.reduces}</td><td class="n">${count(w.held)}</td>
      <td class=${w.silent > 1e9 ? "warn" : "faint"}>${w.silent > 1e9 ? `${time(w.silent)} ago` : "now"}${w.full && html` <span class="badge bad">disk full</span>`}</td>
    </tr>`)}</tbody>
  </table></div></section>`;
}

function Counters({job}) {
  const figure = value => /^\d+$/.test(value) ? count(Number(value)) : value;
  const rows = [...job.figures.filter(f => f.value !== "0").map(f => [f.name, figure(f.value)]), ...Object.entries(job.counters).sort().map(([name, n]) => [name, count(n)])];
  return html`<section class="panel" id="counters" aria-label="counters"><h2>Counters</h2>
    ${rows.length === 0 ? html`<p class="faint">of tasks that are done; none is yet</p>`
      : html`<table><tbody>${rows.map(([name, value]) => html`<tr key=${name}><th scope="row">${name}</th><td class="n">${value}</td></tr>`)}</tbody></table>`}
  </section>`;
}

const main = document.getElementById("main");
main.replaceChildren();
render(html`<${App} />`, main);
