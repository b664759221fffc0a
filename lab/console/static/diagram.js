// A Lamport diagram on a canvas: a lane a node, time to the right, arrows from sending to arrival. Only what is in the
// window is drawn, from afar as densities, so that a million events move as easily as a hundred.
import {color, series} from "../../look/look.js";

const detailLimit = 4000; // events in the window that are drawn one by one
const top = 22, overview = 34, row = 15; // pixels: times, the overview below, an operation
const marks = {crash: "×", halt: "×", restart: "↑", fault: "!", violation: "!"};

export class Diagram {
  // on: {select(index)}. The canvas takes the pointer and the keyboard.
  constructor(canvas, on) {
    this.canvas = canvas;
    canvas.diagram = this;
    this.on = on;
    this.selected = -1;
    this.frames = [];
    this.context = canvas.getContext("2d");
    this.pointers = new Map();
    const listen = (name, f, options) => canvas.addEventListener(name, f, options);
    listen("pointerdown", e => this.press(e));
    listen("pointermove", e => this.move(e));
    listen("pointerup", e => this.lift(e));
    listen("pointercancel", e => this.pointers.delete(e.pointerId));
    listen("wheel", e => this.wheel(e), {passive: false});
    listen("keydown", e => this.key(e));
    this.sizes = new ResizeObserver(() => this.resize());
    this.sizes.observe(canvas.parentElement);
    this.themed = () => { this.colors = null; this.overviewImage = null; this.draw(); };
    document.addEventListener("theme", this.themed);
  }

  close() {
    this.sizes.disconnect();
    document.removeEventListener("theme", this.themed);
    cancelAnimationFrame(this.frame);
  }

  // show draws another view; the window stays if it is of the same run, unless that was all of it.
  show(view, keep) {
    const centre = keep && this.view && this.view.count && this.span() < this.view.end ? this.centreEvent() : -1;
    this.view = view;
    this.overviewImage = null;
    this.resize();
    if (centre >= 0) this.centre(centre); else this.fit();
  }

  centreEvent() {
    if (this.selected >= 0) return this.selected;
    return this.view.shown[Math.min(this.view.count - 1, this.view.at(this.from + this.span() / 2))];
  }

  resize() {
    if (!this.view) return;
    const lanes = Math.max(1, this.view.lanes.length);
    const width = this.canvas.parentElement.clientWidth;
    this.lane = Math.max(lanes > 60 ? 6 : lanes > 40 ? 11 : 14, Math.min(74, Math.floor(460 / lanes)));
    const left = this.margin(width);
    this.lanesTop = top + (this.view.run.summary.operations?.length ?? 0) * row;
    const height = this.lanesTop + lanes * this.lane + overview + 14;
    const ratio = devicePixelRatio || 1;
    if (this.width !== width || this.height !== height || this.ratio !== ratio || this.left !== left) {
      const whole = this.scale !== undefined && this.span() >= this.view.end;
      Object.assign(this, {width, height, ratio, left, overviewImage: null});
      this.canvas.width = width * ratio;
      this.canvas.height = height * ratio;
      this.canvas.style.setProperty("height", height + "px");
      if (this.scale !== undefined) {
        if (whole) this.fit(); else this.clamp();
        this.paint(); // at once: a canvas that changes its size is empty
      }
    }
    this.draw();
  }

  // margin is the room for the lanes' names: as much as they need, if the window is wide enough.
  margin(width) {
    this.context.font = this.nameFont();
    const named = this.view.lanes.map(l => this.twoLines() || !l.service ? l.host : `${l.host}/${l.service}`);
    const widest = Math.max(...named.map(text => this.context.measureText(text).width),
      ...this.twoLines() ? this.view.lanes.map(l => this.context.measureText(l.service).width) : [0]);
    return Math.round(Math.max(60, Math.min(widest + 18, 84 + Math.max(0, width - 500) / 6)));
  }

  twoLines() { return this.lane >= 34; }
  nameFont() { return `600 ${Math.min(12, Math.max(9, this.lane - 1))}px system-ui, sans-serif`; }

  get inner() { return Math.max(50, this.width - this.left - 12); }
  span() { return this.inner / this.scale; }
  px(position) { return this.left + (position - this.from) * this.scale; }
  unit(px) { return this.from + (px - this.left) / this.scale; }
  y(lane) { return this.lanesTop + (lane + .5) * this.lane; }

  fit() {
    this.from = -this.view.end * .01;
    this.scale = this.inner / Math.max(1e-6, this.view.end * 1.02);
    this.draw();
  }

  // zoom changes the scale around a pixel.
  zoom(factor, px = this.left + this.inner / 2) {
    const fixed = this.unit(px);
    this.scale *= factor;
    this.clampScale();
    this.from = fixed - (px - this.left) / this.scale;
    this.clamp();
    this.draw();
  }

  clampScale() {
    const least = this.inner / Math.max(1e-6, this.view.end * 1.05);
    this.scale = Math.max(least, Math.min(this.view.filter.collapsed ? 160 : 2e5, this.scale));
  }

  clamp() {
    this.clampScale();
    const slack = Math.min(this.span() * .5, 40 / this.scale); // little room beyond both ends
    this.from = Math.max(-slack, Math.min(this.view.end + slack - this.span(), this.from));
  }

  // centre brings an event into the middle, close enough to read if wanted.
  centre(i, readable) {
    if (readable) this.scale = Math.max(this.scale, this.view.filter.collapsed ? 34 : this.scale);
    this.clampScale();
    this.from = this.view.positionOf(i) - this.span() / 2;
    this.clamp();
    this.draw();
  }

  // reveal moves the window as little as it takes to see an event.
  reveal(i) {
    const px = this.px(this.view.positionOf(i));
    if (px < this.left + 40 || px > this.left + this.inner - 40) this.centre(i); else this.draw();
  }

  select(i) {
    this.selected = i;
    if (i >= 0 && this.view) this.reveal(i); else this.draw();
  }

  draw() {
    if (this.pending || !this.view || this.scale === undefined) return;
    this.pending = true;
    this.frame = requestAnimationFrame(() => {
      this.pending = false;
      const began = performance.now();
      this.paint();
      this.frames.push(performance.now() - began);
      if (this.frames.length > 600) this.frames.shift();
    });
  }

  // theme reads the colours once; asking for them in every frame would be slow.
  palette() {
    this.colors ??= {
      ink: color("--ink"), paper: color("--raised"), faint: color("--faint"), line: color("--line"), accent: color("--accent"),
      bad: color("--bad"), warn: color("--warn"), good: color("--good"), series: [0, 1, 2, 3, 4, 5].map(n => color(series(n))),
      far: pixel(color("--accent"), 150),
    };
    return this.colors;
  }

  paint() {
    const c = this.context, colors = this.palette();
    c.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    c.clearRect(0, 0, this.width, this.height);
    c.font = "12px system-ui, sans-serif";
    c.textBaseline = "middle";
    const first = Math.max(0, this.view.at(this.unit(this.left)) - 1);
    const last = Math.min(this.view.count, this.view.at(this.unit(this.left + this.inner)) + 1);
    c.save();
    c.beginPath();
    c.rect(this.left, 0, this.inner + 12, this.height - overview);
    c.clip();
    this.paintLanes(c, colors);
    this.paintTime(c, colors, first, last);
    if (last - first <= detailLimit) this.paintEvents(c, colors, first, last); else this.paintDensity(c, colors);
    this.paintSpecial(c, colors);
    this.paintOperations(c, colors);
    this.paintSelected(c, colors);
    c.restore();
    this.paintNames(c, colors);
    this.paintOverview(c, colors);
  }

  paintNames(c, colors) {
    c.textAlign = "right";
    const two = this.twoLines(), every = Math.ceil(10 / this.lane), room = this.left - 12;
    this.view.lanes.forEach(({host, service}, lane) => {
      if (lane % every) return;
      c.fillStyle = colors.ink;
      c.font = this.nameFont();
      c.fillText(fit(c, two || !service ? host : `${host}/${service}`, room), this.left - 8, this.y(lane) - (two && service ? 7 : 0));
      c.font = "11px system-ui, sans-serif";
      c.fillStyle = colors.faint;
      if (two) c.fillText(fit(c, service, room), this.left - 8, this.y(lane) + 8);
    });
    c.textAlign = "left";
    c.font = "12px system-ui, sans-serif";
  }

  paintLanes(c, colors) {
    const {run} = this.view;
    c.strokeStyle = colors.line;
    c.lineWidth = 1;
    c.beginPath();
    this.view.lanes.forEach((l, lane) => { c.moveTo(this.left, this.y(lane)); c.lineTo(this.left + this.inner + 12, this.y(lane)); });
    c.stroke();
    c.fillStyle = colors.bad;
    c.globalAlpha = .1;
    for (const [fall, rise] of run.down) {
      const x1 = this.px(this.view.positionOf(fall)), x2 = this.px(this.view.positionOf(rise));
      if (x2 < this.left || x1 > this.left + this.inner) continue;
      for (const lane of this.view.touched(fall)) c.fillRect(x1, this.y(lane) - this.lane * .32, Math.max(1, x2 - x1), this.lane * .64);
    }
    c.globalAlpha = 1;
  }

  paintTime(c, colors, first, last) {
    const {run, shown} = this.view;
    if (last <= first) return;
    c.fillStyle = colors.faint;
    c.font = "11px system-ui, sans-serif";
    let free = this.left;
    for (let n = 0, ticks = Math.max(2, Math.floor(this.inner / 110)); n <= ticks; n++) {
      const k = Math.min(last - 1, Math.max(first, this.view.at(this.unit(this.left + n * this.inner / ticks))));
      const x = this.px(this.view.x[k]);
      const text = clock(run.at[shown[k]], run.at[shown[last - 1]] - run.at[shown[first]]);
      if (x < free || x > this.left + this.inner - 20) continue;
      c.fillText(text, x, 9);
      free = x + c.measureText(text).width + 18;
    }
    c.strokeStyle = colors.line;
    c.setLineDash([2, 4]);
    const {breaks} = this.view;
    for (let n = this.scale < 3 ? breaks.length : lowest(breaks.length, n => breaks[n][0] >= first); n < breaks.length && breaks[n][0] <= last; n++) {
      const [k, pause] = breaks[n];
      const x = this.px(this.view.x[k] - 1.2);
      c.beginPath(); c.moveTo(x, top); c.lineTo(x, this.height - overview - 14); c.stroke();
      if (this.scale > 14) c.fillText("+" + duration(pause), x + 3, this.height - overview - 10);
    }
    c.setLineDash([]);
    this.paintWorlds(c, colors);
    c.font = "12px system-ui, sans-serif";
  }

  // paintWorlds marks where a run that makes several worlds begins another, at time 0 again.
  paintWorlds(c, colors) {
    const bottom = this.height - overview - 14, at = k => this.px(this.view.x[k] - (this.view.filter.collapsed ? 1.5 : 0));
    const worlds = this.view.worlds.filter(([k]) => at(k) >= this.left && at(k) <= this.left + this.inner);
    if (worlds.length * 14 > this.inner) return; // lines on lines
    c.strokeStyle = colors.accent;
    c.fillStyle = colors.accent;
    c.globalAlpha = .55;
    let before = -1e9;
    for (const [k, number] of worlds) {
      const x = at(k);
      c.beginPath(); c.moveTo(x, top - 6); c.lineTo(x, bottom); c.stroke();
      if (x - before > 64) c.fillText(`world ${number}`, x + 3, bottom + 5);
      before = x;
    }
    c.globalAlpha = 1;
  }

  // paintEvents draws each event of the window, and all arrows that begin or end in it.
  paintEvents(c, colors, first, last) {
    const {run, shown, laneOf} = this.view, {receive, drop, send} = run.kinds;
    const batches = new Map();
    const arrow = (from, to) => {
      const a = laneOf[run.place[from]], b = laneOf[run.place[to]];
      if (a < 0 || b < 0) return;
      const n = run.kind[to] === drop ? "lost" : (run.series.get(run.what[from]) ?? 0) % 6;
      if (!batches.has(n)) batches.set(n, []);
      batches.get(n).push(this.px(this.view.positionOf(from)), this.y(a), this.px(this.view.positionOf(to)), this.y(b));
    };
    for (let k = first; k < last; k++) {
      const i = shown[k];
      if ((run.kind[i] === receive || run.kind[i] === drop) && run.cause[i] && run.kind[run.cause[i] - 1] === send) arrow(run.cause[i] - 1, i);
    }
    // Messages sent in the window that arrive behind it.
    const from = first < this.view.count ? shown[first] : 0, to = last > first ? shown[last - 1] : 0;
    for (let i = from, steps = 0; i <= to && steps < 60000; i++, steps++) {
      const end = run.arrived[i];
      if (end && end - 1 > to && this.view.shows(end - 1)) arrow(i, end - 1);
    }
    c.lineWidth = this.scale > 8 ? 1.4 : 1;
    for (const [n, lines] of batches) {
      c.strokeStyle = n === "lost" ? colors.bad : colors.series[n];
      c.globalAlpha = this.scale < 3 ? .3 : .8;
      c.setLineDash(n === "lost" ? [4, 3] : []);
      c.beginPath();
      for (let p = 0; p < lines.length; p += 4) { c.moveTo(lines[p], lines[p + 1]); c.lineTo(lines[p + 2], lines[p + 3]); }
      c.stroke();
      if (this.scale > 8) this.paintHeads(c, lines, n === "lost");
      if (this.scale > 8) this.paintTails(c, lines);
    }
    c.setLineDash([]);
    c.globalAlpha = 1;
    this.paintPoints(c, colors, first, last);
    if (this.scale > 15) this.paintWords(c, colors, first, last);
    if (this.scale > 6 && run.steps.length < 100) this.paintPlaces(c, colors, first, last);
  }

  // paintPlaces numbers the steps of a witness, below the lane.
  paintPlaces(c, colors, first, last) {
    const {run, shown} = this.view;
    c.font = "700 11px system-ui, sans-serif";
    c.textAlign = "center";
    c.fillStyle = colors.bad;
    for (let k = first; k < last; k++) {
      const i = shown[k], lane = this.view.laneOf[run.place[i]];
      if (run.witness[i] && lane >= 0) c.fillText(run.witness[i], this.px(this.view.x[k]), this.y(lane) + Math.min(13, this.lane * .3));
    }
    c.textAlign = "left";
    c.font = "12px system-ui, sans-serif";
  }

  // paintOperations marks what clients saw of a violation: intervals from call to answer, below the times.
  paintOperations(c, colors) {
    const operations = this.view.run.summary.operations ?? [];
    c.font = "11px system-ui, sans-serif";
    operations.forEach((o, n) => {
      const x1 = Math.max(this.left, this.px(this.view.positionAt(o.call)));
      const x2 = o.return < 0 ? this.left + this.inner : this.px(this.view.positionAt(o.return));
      if (x2 < this.left || x1 > this.left + this.inner) return;
      const y = top + n * row, last = n === operations.length - 1;
      c.fillStyle = c.strokeStyle = last ? colors.bad : colors.accent;
      c.globalAlpha = .25;
      c.fillRect(x1, y, Math.max(3, x2 - x1), row - 3);
      c.globalAlpha = 1;
      c.fillText(clip(`client ${o.client}: ${o.text}`, 60), x1 + 3, y + row / 2 - 1);
    });
    c.font = "12px system-ui, sans-serif";
  }

  paintHeads(c, lines, lost) {
    c.beginPath();
    for (let p = 0; p < lines.length; p += 4) {
      const [x1, y1, x2, y2] = [lines[p], lines[p + 1], lines[p + 2], lines[p + 3]];
      const length = Math.hypot(x2 - x1, y2 - y1) || 1, ux = (x2 - x1) / length, uy = (y2 - y1) / length;
      if (lost) {
        c.moveTo(x2 - 4, y2 - 4); c.lineTo(x2 + 4, y2 + 4); c.moveTo(x2 - 4, y2 + 4); c.lineTo(x2 + 4, y2 - 4);
        continue;
      }
      c.moveTo(x2 - 8 * ux - 3.5 * uy, y2 - 8 * uy + 3.5 * ux); c.lineTo(x2 - ux * 2, y2 - uy * 2);
      c.lineTo(x2 - 8 * ux + 3.5 * uy, y2 - 8 * uy - 3.5 * ux);
    }
    c.setLineDash([]);
    c.stroke();
  }

  // paintTails marks where messages leave: later than the event that sent them if the disk had to be waited for.
  paintTails(c, lines) {
    c.fillStyle = c.strokeStyle;
    for (let p = 0; p < lines.length; p += 4) c.fillRect(lines[p] - 1.5, lines[p + 1] - 1.5, 3, 3);
  }

  paintPoints(c, colors, first, last) {
    const {run, shown, filter} = this.view;
    const r = Math.max(1.2, Math.min(4, this.scale / 5));
    const emphasis = run.steps.length > 0 && !filter.witness;
    for (const bright of [false, true]) {
      c.fillStyle = bright && emphasis ? colors.bad : colors.ink;
      c.globalAlpha = emphasis && !bright ? .3 : .85;
      c.beginPath();
      for (let k = first; k < last; k++) {
        const i = shown[k], lane = this.view.laneOf[run.place[i]];
        if (lane < 0 || Boolean(run.witness[i] && emphasis) !== bright) continue;
        const x = this.px(this.view.x[k]), y = this.y(lane);
        c.moveTo(x + r, y);
        c.arc(x, y, r, 0, 2 * Math.PI);
      }
      c.fill();
    }
    c.globalAlpha = 1;
  }

  // paintWords names events where there is room: above the lane, each lane from left to right.
  paintWords(c, colors, first, last) {
    const {run, shown} = this.view, {receive, note, step, timer, drop} = run.kinds;
    const free = new Float64Array(this.view.lanes.length).fill(-1e9);
    const above = Math.min(14, this.lane * .28);
    c.font = "11px system-ui, sans-serif";
    for (let k = first; k < last; k++) {
      const i = shown[k], kind = run.kind[i], lane = this.view.laneOf[run.place[i]];
      if (lane < 0 || kind === drop || kind === step || kind === run.kinds.start) continue;
      const x = this.px(this.view.x[k]) + 2;
      if (x < free[lane]) continue;
      const text = kind === receive ? short(run.whatName(i)) : kind === timer ? "timer" : kind === note ? run.whatName(i) : `${run.kindName(i)} ${short(run.whatName(i))}`;
      const width = c.measureText(text).width;
      const next = k + 1 < last ? Math.min(this.px(this.view.x[k + 1]) + this.scale, x + 400) : x + 400;
      if (kind === timer && width > next - x) continue;
      c.fillStyle = kind === note ? colors.accent : kind === receive ? colors.series[(run.series.get(run.what[i]) ?? 0) % 6] : colors.faint;
      c.fillText(text, x, this.y(lane) - above);
      free[lane] = x + width + 8;
    }
    c.font = "12px system-ui, sans-serif";
  }

  // paintDensity draws from afar: for each pixel and lane a bar, the higher the more events there are. It costs as much
  // for a million events as for some thousands: a search and a count a pixel, and a picture that is put in place whole.
  paintDensity(c, colors) {
    const {view} = this, width = Math.floor(this.inner), lanes = view.lanes.length, height = lanes * this.lane;
    if (!lanes) return;
    const usual = Math.max(1e-9, view.count / view.end / this.scale); // events a pixel, on the average of the run
    const heights = new Uint8Array(width * lanes);
    let before = new Uint32Array(lanes), upTo = new Uint32Array(lanes);
    view.before(view.at(this.from), before);
    for (let px = 0; px < width; px++) {
      view.before(view.at(this.from + (px + 1) / this.scale), upTo);
      for (let lane = 0; lane < lanes; lane++) {
        const n = upTo[lane] - before[lane];
        if (n) heights[lane * width + px] = Math.max(1, Math.round(Math.min(1, Math.sqrt(n / usual)) * this.lane * .4));
      }
      [before, upTo] = [upTo, before];
    }
    if (!this.far || this.far.width !== width || this.far.height !== height) {
      this.far = Object.assign(document.createElement("canvas"), {width, height});
      this.farPixels = this.far.getContext("2d").createImageData(width, height);
    }
    const pixels = new Uint32Array(this.farPixels.data.buffer), middle = Math.floor(this.lane / 2);
    for (let y = 0, n = 0; y < height; y++) {
      const row = Math.floor(y / this.lane) * width, away = Math.abs(y % this.lane - middle);
      for (let px = 0; px < width; px++) pixels[n++] = heights[row + px] > away ? colors.far : 0;
    }
    this.far.getContext("2d").putImageData(this.farPixels, 0, 0);
    c.imageSmoothingEnabled = false;
    c.drawImage(this.far, this.left, this.lanesTop, width, height);
  }

  // paintSpecial marks what must be seen from any distance: crashes, faults, violations.
  paintSpecial(c, colors) {
    const {run} = this.view, {violation} = run.kinds;
    c.textAlign = "center";
    c.font = "700 14px system-ui, sans-serif";
    let drawn = 0, before = -1e9;
    const {special} = run, from = this.unit(this.left - 5), to = this.unit(this.left + this.inner + 5);
    for (let n = lowest(special.length, n => this.view.positionOf(special[n]) >= from); n < special.length; n++) {
      const i = special[n], position = this.view.positionOf(i);
      if (position > to || drawn > 1500) break;
      const x = this.px(position);
      if (!this.view.shows(i) || run.kind[i] !== violation && x - before < 3) continue;
      drawn++;
      before = x;
      const bad = run.kind[i] === violation;
      if (bad || run.placeName(i) === "world") {
        c.strokeStyle = bad ? colors.bad : colors.warn;
        c.lineWidth = bad ? 2 : 1;
        c.globalAlpha = bad ? .9 : .5;
        c.beginPath(); c.moveTo(x, top); c.lineTo(x, this.height - overview - 14); c.stroke();
        c.globalAlpha = 1;
        c.fillStyle = c.strokeStyle;
        if (bad) c.fillText("violation", Math.min(x, this.left + this.inner - 26), top - 3); else if (this.scale > 10) c.fillText("!", x, top + 6);
        continue;
      }
      c.fillStyle = marks[run.kindName(i)] === "↑" ? colors.good : colors.bad;
      for (const lane of this.view.touched(i)) c.fillText(marks[run.kindName(i)] ?? "!", x, this.y(lane));
    }
    c.textAlign = "left";
    c.font = "12px system-ui, sans-serif";
  }

  paintSelected(c, colors) {
    const i = this.selected, {run} = this.view;
    if (i < 0 || i >= run.n) return;
    const x = this.px(this.view.positionOf(i));
    c.strokeStyle = colors.accent;
    c.lineWidth = 1;
    c.beginPath(); c.moveTo(x, top); c.lineTo(x, this.height - overview - 14); c.stroke();
    c.lineWidth = 2.5;
    for (const lane of this.view.touched(i)) { c.beginPath(); c.arc(x, this.y(lane), 7, 0, 2 * Math.PI); c.stroke(); }
  }

  paintOverview(c, colors) {
    const y = this.height - overview, h = overview - 8;
    if (!this.overviewImage) this.overviewImage = this.paintAll(colors, h);
    c.drawImage(this.overviewImage, this.left, y, this.inner, h);
    const scale = this.inner / Math.max(1e-6, this.view.end);
    const x1 = this.left + Math.max(0, this.from * scale), x2 = this.left + Math.min(this.inner, (this.from + this.span()) * scale);
    c.strokeStyle = colors.accent;
    c.lineWidth = 1.5;
    c.strokeRect(x1, y - 1, Math.max(3, x2 - x1), h + 2);
    if (this.selected >= 0) {
      c.fillStyle = colors.accent;
      c.fillRect(this.left + this.view.positionOf(this.selected) * scale - .75, y, 1.5, h);
    }
  }

  paintAll(colors, h) {
    const image = document.createElement("canvas");
    image.width = Math.max(1, this.inner * this.ratio);
    image.height = h * this.ratio;
    const c = image.getContext("2d"), {view} = this, {run} = view;
    const width = Math.floor(this.inner), scale = width / Math.max(1e-6, view.end), counts = new Uint32Array(width + 1);
    for (let k = 0; k < view.count; k++) counts[Math.min(width, Math.max(0, Math.floor(view.x[k] * scale)))]++;
    const most = Math.log1p(counts.reduce((a, b) => Math.max(a, b), 1));
    c.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    c.fillStyle = colors.faint;
    c.globalAlpha = .55;
    for (let x = 0; x <= width; x++) if (counts[x]) { const bar = Math.max(1, h * Math.log1p(counts[x]) / most); c.fillRect(x, h - bar, 1, bar); }
    c.globalAlpha = 1;
    for (const i of run.special) {
      const kind = run.kindName(i);
      if (!view.shows(i)) continue;
      c.fillStyle = kind === "restart" ? colors.good : kind === "fault" ? colors.warn : colors.bad;
      c.fillRect(view.positionOf(i) * scale, 0, kind === "violation" ? 3 : 1, kind === "violation" ? h : h * .45);
    }
    return image;
  }

  // press, move and lift: a drag moves the window, in the overview it sets it; two fingers zoom; a tap selects.
  press(e) {
    this.canvas.focus({preventScroll: true});
    this.canvas.setPointerCapture(e.pointerId);
    this.pointers.set(e.pointerId, {x: e.offsetX, y: e.offsetY});
    this.dragged = 0;
    this.scrubbing = e.offsetY > this.height - overview - 4;
    if (this.scrubbing) this.scrub(e.offsetX);
  }

  move(e) {
    const was = this.pointers.get(e.pointerId);
    if (!was || !this.view) return;
    const now = {x: e.offsetX, y: e.offsetY};
    if (this.pointers.size === 2) {
      const other = [...this.pointers].find(([id]) => id !== e.pointerId)[1];
      const before = Math.abs(was.x - other.x), after = Math.abs(now.x - other.x);
      if (before > 10) this.zoom(after / before, (now.x + other.x) / 2);
      this.dragged = 99;
    } else if (this.scrubbing) {
      this.scrub(now.x);
    } else {
      this.dragged += Math.abs(now.x - was.x);
      this.from -= (now.x - was.x) / this.scale;
      this.clamp();
      this.draw();
    }
    this.pointers.set(e.pointerId, now);
  }

  lift(e) {
    const tapped = this.pointers.delete(e.pointerId) && !this.scrubbing && this.dragged < 5;
    if (tapped && this.view) {
      const i = this.nearest(e.offsetX, e.offsetY);
      if (i >= 0) this.on.select(i);
    }
  }

  scrub(px) {
    this.from = (px - this.left) / this.inner * this.view.end - this.span() / 2;
    this.clamp();
    this.draw();
  }

  wheel(e) {
    if (!this.view) return;
    const sideways = Math.abs(e.deltaX) > Math.abs(e.deltaY) || e.shiftKey;
    const zooming = e.ctrlKey || e.metaKey || document.activeElement === this.canvas;
    if (!sideways && !zooming) return; // the page scrolls
    e.preventDefault();
    if (sideways) {
      this.from += (e.deltaX || e.deltaY) / this.scale;
      this.clamp();
      this.draw();
    } else {
      this.zoom(Math.exp(-Math.max(-200, Math.min(200, e.deltaY)) / 300), e.offsetX);
    }
  }

  // nearest returns the event next to a point, or -1.
  nearest(px, py) {
    const {run, shown, count, x} = this.view;
    let best = -1, distance = 1e9;
    const around = this.view.at(this.unit(px));
    for (let k = Math.max(0, around - 400); k < Math.min(count, around + 400); k++) {
      const dx = this.px(x[k]) - px;
      for (const lane of this.view.touched(shown[k])) {
        const d = dx * dx + (this.y(lane) - py) ** 2 * .5;
        if (d < distance) [best, distance] = [shown[k], d];
      }
    }
    return best;
  }

  key(e) {
    if (!this.view || e.altKey || e.ctrlKey || e.metaKey) return;
    const moves = {"+": () => this.zoom(1.5), "=": () => this.zoom(1.5), "-": () => this.zoom(1 / 1.5), "0": () => this.fit()};
    if (!moves[e.key]) return;
    moves[e.key]();
    e.preventDefault();
  }
}

// lowest returns the least n below end for which holds is true, or end. It is false before that.
function lowest(end, holds) {
  let low = 0;
  while (low < end) {
    const middle = (low + end) >> 1;
    if (holds(middle)) end = middle; else low = middle + 1;
  }
  return low;
}

// pixel returns a colour such as rgb(1, 2, 3) as a picture's data has it, with so much of 255 of it.
function pixel(color, alpha) {
  const [r, g, b] = color.match(/[\d.]+/g).map(Number);
  return new Uint32Array(new Uint8Array([r, g, b, alpha]).buffer)[0];
}

export const short = name => name.slice(name.lastIndexOf(".") + 1);

// fit shortens a name behind its host, where names of one kind begin alike, until there is room for it.
function fit(context, name, room) {
  if (context.measureText(name).width <= room) return name;
  const host = name.slice(0, name.indexOf("/") + 1);
  let n = host.length + 1;
  while (n < name.length && context.measureText(host + "…" + name.slice(n)).width > room) n++;
  return host + "…" + name.slice(n);
}

const clip = (text, n) => text.length > n ? text.slice(0, n - 1) + "…" : text;

// duration renders nanoseconds.
export function duration(ns) {
  for (const [unit, size] of [["s", 1e9], ["ms", 1e6], ["µs", 1e3]]) if (ns >= size) return +(ns / size).toPrecision(3) + " " + unit;
  return Math.round(ns) + " ns";
}

// clock renders a time as finely as the span that is looked at needs.
export function clock(ns, span = 0) {
  const digits = span > 5e9 ? 2 : span > 5e7 ? 4 : 6;
  return (ns / 1e9).toFixed(digits) + " s";
}
