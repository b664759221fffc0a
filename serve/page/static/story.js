// What happened, in words: read off the differences between one state and the next.
import {html} from "../../look/look.js";

const longest = 100; // entries kept

// tell adds an entry at the present moment.
export function tell(history, text, kind = "") {
  const at = history.at.at(-1) ? new Date(history.at.at(-1) * 1000) : new Date();
  if (kind === "lead" || kind === "bad" || kind === "you") history.marks.push({at: at.getTime() / 1000, kind});
  history.story.unshift({at, text, kind, id: (history.story[0]?.id || 0) + 1});
  history.story.length = Math.min(history.story.length, longest);
}

// leaderOf returns the status of the host that knows best who leads, or undefined: of several that claim to lead, as
// during a partition, the one of the highest term is right.
export function leaderOf(hosts) {
  const of = list => list.filter(h => !h.failure && h.leader).sort((a, b) => b.epoch - a.epoch)[0];
  return of(hosts.filter(h => h.leader === h.name)) || of(hosts);
}

// observe compares a state with what is known.
export function observe(history, state) {
  const running = state.hosts.filter(h => !h.failure);
  const lead = running.some(h => h.leader === h.name) || state.hosts.length === 1 ? leaderOf(running) : undefined;
  const known = history.known;
  const now = lead ? `${lead.leader} leads in term ${lead.epoch}` : "no leader";
  if (known.lead !== now) {
    if (known.lead !== undefined || lead) tell(history, now, lead ? "lead" : "bad");
    known.lead = now;
  }
  for (const h of state.hosts) observeHost(history, h);
  if (state.probe) observeClients(history, state.probe);
}

function observeHost(history, h) {
  const known = history.known[h.name] ||= {failure: h.failure, behind: false};
  if (known.failure !== h.failure) {
    tell(history, h.failure ? `${h.name} is out: ${h.failure}` : `${h.name} is back`, h.failure ? "bad" : "good");
    if (!h.failure) known.behind = true;
    known.failure = h.failure;
  }
  if (known.behind && !h.failure && h.leader && history.latest("lag", h.name) === 0) {
    known.behind = false;
    tell(history, `${h.name} has caught up`, "good");
  }
}

const noticeable = 400; // milliseconds that a client has to wait to make an entry

// A gap is told when it is over: by the first attempt that began after the worst one and was quick.
function observeClients(history, probe) {
  const known = history.known;
  for (const s of probe.samples) {
    const ms = s.took / 1e6;
    if (ms < noticeable && s.outcome === "ok") continue;
    known.gap ||= {ms: 0, failed: 0, unknown: 0};
    known.gap.ms = Math.max(known.gap.ms, ms);
    if (s.outcome !== "ok") known.gap[s.outcome]++;
  }
  if (!known.gap || probe.waiting / 1e6 >= noticeable) return;
  const lost = [known.gap.failed && `${known.gap.failed} failed`, known.gap.unknown && `${known.gap.unknown} unknown`].filter(Boolean);
  tell(history, `clients waited for ${(known.gap.ms / 1000).toFixed(1)} s${lost.length ? ": " + lost.join(", ") : ""}`, "warn");
  known.gap = null;
}

export function Story({history}) {
  return html`<section class="panel" aria-labelledby="story"><h2 id="story">What happened</h2>
    <ol class="story" role="log" tabindex="0" aria-labelledby="story">${history.story.map(e => html`<li key=${e.id}>
      <time>${e.at.toLocaleTimeString("en-GB")}</time> <span class=${e.kind}>${e.text}</span></li>`)}
      ${!history.story.length && html`<li class="faint">nothing yet</li>`}</ol></section>`;
}
