// A run as columns, and what is drawn of it. Events are counted from 0 here; their numbers (IDs) from summary.First.

// Kinds without a mark of their own: they happen within an event that has one.
const within = ["send", "append", "durable"];

export class Run {
  constructor(summary, buffer) {
    const n = this.n = summary.Count;
    this.summary = summary;
    this.at = new Float64Array(buffer, 0, n);
    this.cause = new Uint32Array(buffer, 8 * n, n); // from 1
    this.place = new Uint16Array(buffer, 12 * n, n);
    this.peer = new Uint16Array(buffer, 14 * n, n);
    this.what = new Uint16Array(buffer, 16 * n, n);
    this.kind = new Uint8Array(buffer, 18 * n, n);
    this.kinds = Object.fromEntries(summary.kinds.map((name, k) => [name, k]));
    this.layLanes();
    this.follow();
    this.witness = new Uint8Array(n);
    for (const id of summary.witness ?? []) this.witness[id - summary.First] = 1;
  }

  id(i) { return i + this.summary.First; }
  index(id) { return id - this.summary.First; }
  kindName(i) { return this.summary.kinds[this.kind[i]]; }
  placeName(i) { return this.summary.places[this.place[i]]; }
  whatName(i) { return this.summary.whats[this.what[i]]; }

  // layLanes gives each node a lane, sorted by name. Hosts and the world have none: their events concern several.
  layLanes() {
    const names = this.summary.places;
    const nodes = names.map((name, p) => p).filter(p => names[p].includes("/"));
    nodes.sort((a, b) => names[a].localeCompare(names[b], undefined, {numeric: true}));
    this.lanes = nodes;
    this.laneOf = new Int16Array(names.length).fill(-1);
    nodes.forEach((p, lane) => { this.laneOf[p] = lane; });
    this.hostLanes = names.map(name => name.includes("/") ? [] :
      nodes.map((p, lane) => lane).filter(lane => name === "world" || names[nodes[lane]].startsWith(name + "/")));
  }

  // touched returns the lanes that an event concerns.
  touched(i) {
    const lane = this.laneOf[this.place[i]];
    return lane >= 0 ? [lane] : this.hostLanes[this.place[i]];
  }

  // follow notes what became of messages, which kinds of messages there are, and when hosts were down.
  follow() {
    const {receive, drop, crash, halt, restart, fault, violation, note, send} = this.kinds;
    this.arrived = new Uint32Array(this.n); // from 1: where a send was received or lost
    this.special = [];
    this.down = [];
    const messages = new Map(), falls = new Map();
    for (let i = 0; i < this.n; i++) {
      const k = this.kind[i];
      if (k === receive || k === drop) {
        const c = this.cause[i];
        if (c && this.kind[c - 1] === send) this.arrived[c - 1] = i + 1;
      }
      if (k === send) messages.set(this.what[i], (messages.get(this.what[i]) ?? 0) + 1);
      if (k === crash || k === halt) falls.set(this.place[i], i);
      if (k === restart && falls.has(this.place[i])) {
        this.down.push([falls.get(this.place[i]), i]);
        falls.delete(this.place[i]);
      }
      if (k === crash || k === halt || k === restart || k === fault || k === violation || k === note) this.special.push(i);
    }
    for (const fall of falls.values()) this.down.push([fall, this.n - 1]);
    this.messages = [...messages].sort((a, b) => b[1] - a[1]).map(([what, count]) => ({what, count, name: this.summary.whats[what]}));
    this.series = new Map(this.messages.map((m, n) => [m.what, n]));
  }

  // messageOf returns the type of message that an event is about: of one that was lost, that of its sending.
  messageOf(i) {
    return this.kind[i] === this.kinds.drop && this.cause[i] ? this.what[this.cause[i] - 1] : this.what[i];
  }
}

// View is what is drawn of a run, and where. Positions are in units that grow from left to right: milliseconds, or, with
// quiet stretches collapsed, events.
export class View {
  // filter: {places, whats: Sets of what is hidden, kinds: Set of kinds shown besides, found: Set of indexes or null,
  // witness: only those, collapsed}
  constructor(run, filter) {
    this.run = run;
    this.filter = filter;
    const n = run.n, {receive, drop, send} = run.kinds;
    const hiddenKind = run.summary.kinds.map(name => within.includes(name) && !filter.kinds.has(name));
    const rank = this.rank = new Uint32Array(n + 1); // how many are shown before an event
    const shown = new Uint32Array(n);
    let count = 0;
    for (let i = 0; i < n; i++) {
      rank[i] = count;
      const k = run.kind[i];
      if (hiddenKind[k] || filter.places.has(run.place[i])) continue;
      if ((k === receive || k === drop || k === send) && (filter.whats.has(run.messageOf(i)) || filter.places.has(run.peer[i]))) continue;
      if (filter.found && !filter.found.has(i)) continue;
      if (filter.witness && !run.witness[i]) continue;
      shown[count++] = i;
    }
    rank[n] = count;
    this.shown = shown.subarray(0, count);
    this.count = count;
    this.place();
    this.condense();
  }

  // place gives every event that is shown its position.
  place() {
    const {run, shown, count} = this;
    const x = this.x = new Float64Array(count);
    this.breaks = [];
    if (!this.filter.collapsed) {
      for (let k = 0; k < count; k++) x[k] = run.at[shown[k]] / 1e6;
      return;
    }
    const quiet = this.quiet();
    let position = 0;
    for (let k = 0; k < count; k++) {
      if (k > 0) {
        const pause = run.at[shown[k]] - run.at[shown[k - 1]];
        position += pause > 0 ? 1 : .5;
        if (pause > quiet) {
          this.breaks.push([k, pause]);
          position += 1.5;
        }
      }
      x[k] = position;
    }
  }

  // quiet returns from which length on a pause is worth a mark: some times the usual one.
  quiet() {
    const {run, shown, count} = this;
    const pauses = [];
    for (let k = 1, step = Math.max(1, count / 2000); k < count; k += step) {
      const i = Math.floor(k);
      pauses.push(run.at[shown[i]] - run.at[shown[i - 1]]);
    }
    pauses.sort((a, b) => a - b);
    return Math.max(2e6, 8 * (pauses[pauses.length >> 1] ?? 0));
  }

  // condense counts events by lane in bins of 64 and 2048, for drawing from afar.
  condense() {
    const lanes = this.run.lanes.length;
    this.levels = [64, 2048].map(size => {
      const bins = new Uint16Array(Math.ceil(this.count / size) * lanes);
      for (let k = 0; k < this.count; k++) {
        const lane = this.run.laneOf[this.run.place[this.shown[k]]];
        if (lane >= 0) bins[Math.floor(k / size) * lanes + lane]++;
      }
      return {size, bins, lanes};
    });
  }

  get end() { return this.count ? this.x[this.count - 1] : 1; }

  // at returns the first event that is shown at or behind a position, as a place in shown.
  at(position) {
    let low = 0, high = this.count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.x[middle] < position) low = middle + 1; else high = middle;
    }
    return low;
  }

  // positionOf returns where any event is: one that is not shown stands with the one before it.
  positionOf(i) {
    if (!this.count) return 0;
    if (!this.filter.collapsed) return this.run.at[i] / 1e6;
    const k = this.rank[i];
    return this.x[k < this.count && this.shown[k] === i ? k : Math.max(0, k - 1)];
  }

  shows(i) { const k = this.rank[i]; return k < this.count && this.shown[k] === i; }
}
