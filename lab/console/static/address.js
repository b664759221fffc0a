// The address of the page says which run is meant, so that it can be shared.

// read returns {recording, experiment, seed, params, faults, without, other, event}. faults is undefined if the seed draws them; other
// is the fault plan of a second run beside the first, if there is one. With a recording, it is that and no experiment.
export function read() {
  const q = new URLSearchParams(location.search);
  const params = {};
  for (const [name, value] of q) if (name.startsWith("set.")) params[name.slice(4)] = value;
  const text = name => q.has(name) ? q.get(name) : undefined;
  return {
    recording: q.get("recording") ?? "", experiment: q.get("experiment") ?? "", seed: Number(q.get("seed") ?? 1), params, faults: text("faults"),
    without: q.get("without") ?? "", other: text("other"), event: Number(q.get("event") ?? 0),
  };
}

// query is the inverse of read.
export function query(run) {
  const q = new URLSearchParams();
  if (run.recording) {
    q.set("recording", run.recording);
    if (run.event) q.set("event", String(run.event));
    return "?" + q;
  }
  q.set("experiment", run.experiment);
  q.set("seed", String(run.seed));
  for (const [name, value] of Object.entries(run.params)) if (value !== "") q.set("set." + name, value);
  for (const name of ["faults", "other"]) if (run[name] !== undefined) q.set(name, run[name]);
  if (run.without) q.set("without", run.without);
  if (run.event) q.set("event", String(run.event));
  return "?" + q;
}

// spec is what the player takes for the run, or for the one beside it.
export function spec(run, beside) {
  if (run.recording) return {recording: run.recording};
  const params = Object.fromEntries(Object.entries(run.params).filter(([, value]) => value !== ""));
  const faults = beside ? run.other : run.faults;
  return {experiment: run.experiment, seed: run.seed, params, ...(faults === undefined ? {} : {faults})};
}
