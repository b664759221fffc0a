// What was heard over the last ten minutes, as columns for plots.
import {observe} from "./story.js";

export const kept = 10 * 60; // seconds

const rate = (before, now, seconds) => now >= before && seconds > 0 ? (now - before) / seconds : null;

// quantile returns, in milliseconds, the bound below which the q-th part of the calls between two counts lies.
function quantile(before, now, q) {
  const count = now.count - before.count;
  if (count <= 0 || !now.within) return null;
  const old = before.within || [];
  for (let i = 0; i < now.within.length; i++) {
    if (now.within[i] - (old[i] || 0) >= q * count) return 0.1 * 2 ** i;
  }
  return 0.1 * 2 ** now.within.length;
}

export class History {
  names = [];
  at = [];        // seconds since 1970, by the server's clock
  columns = {};   // by metric and then host: values beside at; null where there is none
  samples = [];   // of the probe, by the time when they began
  newest = 0;     // number of the newest sample
  before = null;  // the state before
  story = [];     // what happened, newest first
  marks = [];     // moments that plots show: {at, kind}
  known = {};     // what the story knows of each host

  add(state) {
    const now = Date.parse(state.now) / 1000;
    if (this.names.join() !== state.hosts.map(h => h.name).join()) this.begin(state.hosts.map(h => h.name));
    const lead = Math.max(...state.hosts.map(h => h.committed));
    const seconds = this.before ? now - Date.parse(this.before.now) / 1000 : 0;
    this.at.push(now);
    for (const h of state.hosts) {
      const old = this.before && this.before.hosts.find(o => o.name === h.name);
      const runs = old && !h.failure && !old.failure && h.uptime >= old.uptime;
      this.put("applied", h.name, runs ? rate(old.applied, h.applied, seconds) : null);
      this.put("lag", h.name, Math.max(0, lead - h.applied));
      this.put("calls", h.name, runs ? rate(old.calls.count, h.calls.count, seconds) : null);
      this.put("slow", h.name, runs ? quantile(old.calls, h.calls, .99) : null);
    }
    this.listen(state.probe, now);
    this.forget(now - kept);
    observe(this, state);
    this.before = state;
  }

  begin(names) {
    this.names = names;
    this.at = [];
    this.columns = {};
    for (const metric of ["applied", "lag", "calls", "slow"]) {
      this.columns[metric] = Object.fromEntries(names.map(n => [n, []]));
    }
  }

  put(metric, host, value) { this.columns[metric][host].push(value); }

  // latest returns the newest value of a metric for a host.
  latest(metric, host) { return this.columns[metric][host].at(-1); }

  // listen takes in samples. They come in the order in which they ended, and are kept in that in which they began.
  listen(probe) {
    if (!probe) return;
    if (probe.last < this.newest) { this.samples = []; this.newest = 0; return; } // the server has started anew
    for (const s of probe.samples) {
      const sample = {at: Date.parse(s.at) / 1000, kind: s.kind, ms: s.took / 1e6, outcome: s.outcome, error: s.error};
      let i = this.samples.length;
      while (i > 0 && this.samples[i - 1].at > sample.at) i--;
      this.samples.splice(i, 0, sample);
      this.newest = s.number;
    }
  }

  forget(until) {
    const drop = list => { let n = 0; while (n < list.length && list[n] < until) n++; return n; };
    const n = drop(this.at);
    if (n > 0) {
      this.at.splice(0, n);
      for (const hosts of Object.values(this.columns)) for (const column of Object.values(hosts)) column.splice(0, n);
    }
    for (const list of [this.samples, this.marks]) list.splice(0, drop(list.map(s => s.at)));
  }
}
