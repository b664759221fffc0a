// A value as a tree that can be read: what changed stands out, and small things stay on one line.
import {html, useState} from "../../look/look.js";

// Tree shows {k: key, v: value, was, m: mark, f: folded at first, c: children}. onlyChanges leaves out what stayed as it was.
export function Tree({tree, onlyChanges}) {
  if (!tree) return null;
  const children = (tree.c ?? []).filter(c => !onlyChanges || c.m);
  if (!children.length && onlyChanges) return html`<p class="faint">Nothing changed.</p>`;
  return html`<ul class="tree">${children.map(c => html`<${Node} key=${c.k} node=${c} onlyChanges=${onlyChanges} />`)}</ul>`;
}

const marks = {added: "+", removed: "−", changed: "~"};

function Node({node, onlyChanges}) {
  const [open, setOpen] = useState(null);
  const children = (node.c ?? []).filter(c => !onlyChanges || c.m);
  const line = children.length ? inline(node) : null;
  const folded = open === null ? !node.m && (node.f || children.length > 24) : !open;
  const mark = node.m && (!node.c || node.m !== "changed") ? node.m : "";
  if (!children.length || line !== null) {
    return html`<li class=${mark}><span class="mark">${marks[mark] ?? ""}</span><span class="key">${node.k}</span>${" "}
      ${line ?? html`<${Value} node=${node} />`}</li>`;
  }
  return html`<li class=${mark}>
    <button type="button" class="fold" aria-expanded=${!folded} onClick=${() => setOpen(folded)}>${folded ? "▸" : "▾"}</button>
    <span class="key">${node.k}</span>${folded ? html` <span class="faint">${children.length} parts</span>` :
      html`<ul class="tree">${children.map(c => html`<${Node} key=${c.k} node=${c} onlyChanges=${onlyChanges} />`)}</ul>`}</li>`;
}

function Value({node}) {
  if (node.m === "changed") return html`<del>${plain(node.was)}</del> <ins>${plain(node.v)}</ins>`;
  return html`<span class="value">${plain(node.v)}</span>`;
}

// inline returns a struct of few plain fields on one line, or null.
function inline(node) {
  if (node.c.length > 6 || node.c.some(c => c.c?.length) || node.m === "changed" && node.c.some(c => c.m === "changed" && (c.v + c.was).length > 24)) return null;
  if (node.c.reduce((n, c) => n + c.k.length + (c.v ?? "").length, 0) > 90) return null;
  // The key may say already what the first field says: index 3.
  const rest = node.c.filter(c => node.k !== `${c.k.toLowerCase()} ${c.v}`);
  return rest.map((c, n) => html`${n ? ", " : ""}<span class="faint">${c.k}</span> <${Value} node=${c} />`);
}

// plain takes the quotes from text that has no need of them.
function plain(text = "") {
  if (text === '""') return "–";
  return /^"[^"\\]+"$/.test(text) ? text.slice(1, -1) : text;
}
