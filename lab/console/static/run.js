// A run as columns, and what is drawn of it. Events are counted from 0 here; their numbers (IDs) from summary.First.

// Kinds without a mark of their own: they happen within an event that has one.
const within = ["send", "append", "durable"];

// Lanes beyond these would not be told apart.
const mostLanes = 400;

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
    const names = summary.places;
    this.nodes = names.map((name, p) => p).filter(p => names[p].includes("/"));
    this.nodes.sort((a, b) => names[a].localeCompare(names[b], undefined, {numeric: true}));
    this.lay();
    this.follow();
    this.mark(summary.witness ?? []);
  }

  // mark makes some events the witness of the violation.
  mark(ids) {
    this.witness = new Uint8Array(this.n); // from 1: an event's place in it
    this.steps = ids.map(id => this.index(id));
    this.steps.forEach((i, n) => { this.witness[i] = Math.min(255, n + 1); });
  }

  id(i) { return i + this.summary.First; }
  index(id) { return id - this.summary.First; }
  kindName(i) { return this.summary.kinds[this.kind[i]]; }
  placeName(i) { return this.summary.places[this.place[i]]; }
  whatName(i) { return this.summary.whats[this.what[i]]; }

  // lay puts the worlds of a run that makes several one behind the other: each begins at time 0.
  lay() {
    this.since = this.at;
    this.worlds = []; // where each but the first begins
    let before = 0;
    for (let i = 1; i < this.n; i++) {
      const back = this.at[i - 1] - this.at[i];
      if (back > 1e6 && this.at[i] < this.at[i - 1] / 2) {
        if (this.since === this.at) this.since = this.at.slice();
        before = this.since[i - 1];
        this.worlds.push(i);
      }
      if (before) this.since[i] = before + this.at[i];
    }
  }

  // follow notes what became of messages, which kinds of messages there are, and when hosts were down.
  follow() {
    const {receive, drop, crash, halt, restart, fault, violation, send} = this.kinds;
    this.arrived = new Uint32Array(this.n); // from 1: where a send was received or lost
    this.special = [];
    this.down = [];
    const messages = new Uint32Array(this.summary.whats.length), falls = new Map();
    for (let i = 0; i < this.n; i++) {
      const k = this.kind[i];
      if (k === receive || k === drop) {
        const c = this.cause[i];
        if (c && this.kind[c - 1] === send) this.arrived[c - 1] = i + 1;
      }
      if (k === send) messages[this.what[i]]++;
      if (k === crash || k === halt) falls.set(this.place[i], i);
      if (k === restart && falls.has(this.place[i])) {
        this.down.push([falls.get(this.place[i]), i]);
        falls.delete(this.place[i]);
      }
      if (k === crash || k === halt || k === restart || k === fault || k === violation) this.special.push(i);
    }
    for (const fall of falls.values()) this.down.push([fall, this.n - 1]);
    this.messages = [...messages].map((count, what) => ({what, count, name: this.summary.whats[what]})).filter(m => m.count);
    this.messages.sort((a, b) => b.count - a.count);
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
  // witness: only those, collapsed: no pauses, byHost: one lane for all services of a host}
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
    this.layLanes();
    this.place();
    this.condense();
  }

  // layLanes gives each node that is shown a lane, sorted by name, and the last one to all that are too many. Hosts and
  // the world have none of their own: their events concern several.
  layLanes() {
    const {run, filter} = this, names = run.summary.places;
    const host = p => names[p].split("/")[0];
    const lanes = this.lanes = [];
    this.laneOf = new Int16Array(names.length).fill(-1);
    const known = new Map();
    for (const p of run.nodes) {
      if (filter.places.has(p)) continue;
      const key = filter.byHost ? host(p) : names[p];
      if (!known.has(key) && lanes.length < mostLanes) {
        known.set(key, lanes.length);
        const [name, service] = names[p].split("/");
        lanes.push({host: name, service: filter.byHost ? "" : service, places: []});
      }
      const lane = known.get(key) ?? mostLanes - 1;
      this.laneOf[p] = lane;
      lanes[lane].places.push(p);
    }
    if (known.size === mostLanes && lanes[mostLanes - 1].places.length > 1 && !filter.byHost) {
      Object.assign(lanes[mostLanes - 1], {host: `${lanes[mostLanes - 1].places.length} more`, service: ""});
    }
    const ofHost = new Map();
    lanes.forEach((l, lane) => l.places.forEach(p => {
      if (!ofHost.has(host(p))) ofHost.set(host(p), new Set());
      ofHost.get(host(p)).add(lane);
    }));
    const all = lanes.map((l, lane) => lane);
    this.hostLanes = names.map(name => name.includes("/") ? [] : name === "world" ? all : [...ofHost.get(name) ?? []]);
  }

  // touched returns the lanes that an event concerns.
  touched(i) {
    const place = this.run.place[i], lane = this.laneOf[place];
    return lane >= 0 ? [lane] : this.hostLanes[place];
  }

  // place gives every event that is shown its position.
  place() {
    const {run, shown, count} = this;
    const x = this.x = new Float64Array(count);
    this.breaks = [];
    this.layWorlds();
    if (!this.filter.collapsed) {
      for (let k = 0; k < count; k++) x[k] = run.since[shown[k]] / 1e6;
      return;
    }
    const quiet = this.quiet();
    let position = 0, world = 0;
    for (let k = 0; k < count; k++) {
      if (this.worlds[world]?.[0] === k) {
        world++;
        position += 3;
      } else if (k > 0) {
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

  // layWorlds notes the first event that is shown of each world but the first, and the world's number.
  layWorlds() {
    this.worlds = [];
    this.run.worlds.forEach((i, n) => {
      const k = this.rank[i], last = this.worlds.at(-1);
      if (k === 0 || k >= this.count) return;
      if (last?.[0] === k) last[1] = n + 2; else this.worlds.push([k, n + 2]);
    });
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

  // condense counts, at every so many events, how many there were in each lane before: for drawing from afar.
  condense() {
    const lanes = Math.max(1, this.lanes.length);
    let size = 64;
    while (this.count / size * lanes > 4e6) size *= 2;
    const sums = new Uint32Array((Math.floor(this.count / size) + 1) * lanes), sum = new Uint32Array(lanes);
    for (let k = 0; k < this.count; k++) {
      if (k % size === 0) sums.set(sum, k / size * lanes);
      const lane = this.laneOf[this.run.place[this.shown[k]]];
      if (lane >= 0) sum[lane]++;
    }
    if (this.count % size === 0) sums.set(sum, this.count / size * lanes);
    this.sums = {size, lanes, sums};
  }

  // before counts the events of each lane that are shown before the k-th, into a vector.
  before(k, into) {
    const {size, lanes, sums} = this.sums, block = Math.floor(k / size);
    for (let lane = 0; lane < lanes; lane++) into[lane] = sums[block * lanes + lane];
    for (let j = block * size; j < k; j++) {
      const lane = this.laneOf[this.run.place[this.shown[j]]];
      if (lane >= 0) into[lane]++;
    }
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
    if (!this.filter.collapsed) return this.run.since[i] / 1e6;
    const k = this.rank[i];
    return this.x[k < this.count && this.shown[k] === i ? k : Math.max(0, k - 1)];
  }

  // positionAt returns where a moment is, in nanoseconds.
  positionAt(at) {
    if (!this.filter.collapsed) return at / 1e6;
    let low = 0, high = this.count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.run.at[this.shown[middle]] < at) low = middle + 1; else high = middle;
    }
    return this.count ? this.x[Math.min(low, this.count - 1)] : 0;
  }

  shows(i) { const k = this.rank[i]; return k < this.count && this.shown[k] === i; }
}
