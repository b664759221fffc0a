// What the signs of a diagram mean, as far as this run has them.
import {html} from "../../look/look.js";
import {short} from "./diagram.js";

const most = 6; // types of messages that have a colour of their own

export function Legend({run}) {
  const has = kind => run.kind.includes(run.kinds[kind]);
  const signs = [
    has("drop") && ["lost", "- -", "a message that is lost"],
    (has("crash") || has("halt")) && ["bad", "×", "a host goes down; shaded until it is back"],
    has("restart") && ["good", "↑", "it is back"],
    has("fault") && ["warn", "!", "a fault"],
  ].filter(Boolean);
  return html`<p class="legend faint">${run.messages.length > 0 && html`<span>An arrow is a message, from where it was sent to where it arrived:</span>`}
    ${run.messages.slice(0, most).map((m, n) => html`<span><span class=${"swatch s" + n}></span>${short(m.name)}</span>`)}
    ${run.messages.length > most && html`<span>and others</span>`}
    ${signs.map(([tone, sign, text]) => html`<span><b class=${tone === "lost" ? "bad" : tone}>${sign}</b> ${text}</span>`)}</p>`;
}
