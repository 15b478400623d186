"use strict";
// The list works on arrays and writes every text by textContent: nothing from data is ever read as markup.
const D = JSON.parse(document.getElementById("data").textContent);
const S = D.strings, STEP = 100;
const $ = (id) => document.getElementById(id);
const say = (key, values) => S[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
const percent = (p) => (p * 100).toFixed(p < 0.0995 ? 1 : 0) + " %";
const odds = (p) => Math.log(p / (1 - p));
let shown = STEP, sorting = { column: "order", up: true }, visible = [];

function el(tag, text, className) {
  const node = document.createElement(tag);
  if (text !== undefined && text !== null) node.textContent = text;
  if (className) node.className = className;
  return node;
}
function add(parent, ...nodes) { parent.append(...nodes); return parent; }

const KEYS = {
  order: (r) => r.order, rank: (r) => r.rank, id: (r) => r.id, like: (r) => -r.priority,
  scheme: (r) => (r.scheme === null ? "~" : D.schemes[r.scheme]), pick: (r) => (r.by ? 0 : 1),
};

function choose() {
  const office = $("office") ? $("office").value : "", kind = document.querySelector("input[name=kind]:checked").value;
  const words = $("search").value.toLowerCase().split(/\s+/).filter(Boolean);
  visible = D.rows.filter((r) => (!office || r.office === office)
    && (kind === "all" || (kind === "referred" ? r.rules.length : r.by))
    && words.every((word) => haystack(r).includes(word)));
  const key = KEYS[sorting.column], sign = sorting.up ? 1 : -1;
  visible.sort((a, b) => { const x = key(a), y = key(b); return (x < y ? -sign : x > y ? sign : a.order - b.order); });
  shown = STEP;
  draw();
}
function haystack(r) {
  if (!r.text) {
    const scheme = r.scheme === null ? "" : D.schemes[r.scheme];
    r.text = [r.id, r.office, scheme, ...r.reasons.map((x) => x.text), ...r.rules.map((n) => D.rules[n])].join(" ").toLowerCase();
  }
  return r.text;
}
function draw() {
  const body = $("rows");
  body.replaceChildren(...visible.slice(0, shown).flatMap((r) => [line(r)]));
  const total = D.rows.length;
  $("count").textContent = say("rows_shown", { shown: visible.length, total });
  $("none").hidden = visible.length > 0;
  $("none").textContent = total ? S.nothing : S.empty;
  more();
}
function more() {
  const left = visible.length - shown;
  $("more").hidden = left <= 0;
  $("more").textContent = say("more", { count: Math.min(STEP, left) });
}
function line(r) {
  const row = el("tr", null, r.rules.length ? "referred" : r.by ? "picked" : "");
  const button = el("button", r.id, "open");
  button.type = "button";
  button.setAttribute("aria-expanded", "false");
  button.addEventListener("click", () => toggle(row, button, r));
  const why = el("td");
  for (const n of r.rules) add(why, el("div", say("referred", { sentence: D.rules[n] }), "badge"));
  if (r.reasons.length) add(why, el("div", (r.reasons.find((x) => x.by > 0) || r.reasons[0]).text));
  if (r.unscored !== null) add(why, el("div", say("not_scored", { why: D.unscored[r.unscored] }), "tag"));
  const like = el("td", null, "c-like");
  if (r.p.some((p) => p !== null)) {
    const bar = el("span", null, "bar");
    bar.style.width = Math.max(1, 60 * best(r)) + "px";
    bar.setAttribute("aria-hidden", "true");
    add(like, bar, el("span", percent(best(r))), el("div", words(r, lead(r)), "tag"));
  }
  const place = D.one ? String(r.rank) : r.office + " " + r.rank;
  return add(row, el("td", place, "c-rank"), add(el("td", null, "c-id"), button), why, like,
    el("td", r.scheme === null ? "" : D.schemes[r.scheme], "c-scheme"),
    el("td", r.by ? S["by_" + r.by] : S.not_chosen, "c-pick"));
}
const best = (r) => (r.scheme !== null && r.p[r.scheme] !== null ? r.p[r.scheme] : Math.max(...r.p.filter((p) => p !== null)));
// The place in r.p of the scheme that the row is told by.
const lead = (r) => (r.scheme !== null && r.p[r.scheme] !== null ? r.scheme : r.p.indexOf(best(r)));
const words = (r, n) => D.words[r.words[n]];
function toggle(row, button, r) {
  const open = button.getAttribute("aria-expanded") === "true";
  button.setAttribute("aria-expanded", String(!open));
  if (open) { row.nextSibling.remove(); return; }
  const cell = el("td");
  cell.colSpan = 6;
  row.after(add(el("tr", null, "detail"), add(cell, detail(r))));
}
function detail(r) {
  const left = el("div"), right = el("div");
  for (const n of r.rules) add(left, el("p", say("referred", { sentence: D.rules[n] }), "badge"));
  add(left, ...fall(r));
  const list = el("ul");
  D.schemes.forEach((title, n) => add(list, el("li", r.p[n] === null ? `${title}: ${S.does_not_apply}` : `${title}: ${percent(r.p[n])}, ${words(r, n)}`)));
  add(right, el("h2", S.likelihood_by_scheme), list, el("p", say("assessed", { share: percent(r.coverage) }), "tag"));
  if (r.reasons.length) {
    add(right, el("h2", S.check_first), bullets([...new Set(r.reasons.map((x) => D.checks[x.check]))]));
    const rows = el("ul");
    for (const key of [...new Set(r.reasons.flatMap((x) => x.evidence))]) add(rows, add(el("li"), el("code", key)));
    add(right, el("h2", S.evidence), rows);
  } else add(left, el("p", S.no_reasons, "soft"));
  add(right, ...history(r));
  return add(el("div", null, "grid"), left, right);
}
const bullets = (texts) => add(el("ul"), ...texts.map((text) => el("li", text)));
function fall(r) {
  if (!r.reasons.length || r.scheme === null || r.p[r.scheme] === null || !D.bases[r.scheme]) return [];
  const [rate, base] = D.bases[r.scheme], total = odds(r.p[r.scheme]);
  const steps = [{ text: say("base_rate", { share: percent(1 / (1 + Math.exp(-rate))) }), to: rate, anchor: true }];
  let at = rate;
  const step = (text, by) => { steps.push({ text, by, from: at, to: at + by }); at += by; };
  step(S.model, base - rate);
  for (const x of r.reasons) step(x.text, x.by);
  step(S.others, total - at);
  steps.push({ text: say("total", { share: percent(r.p[r.scheme]) }), to: total, anchor: true });
  const ends = steps.flatMap((x) => [x.to, x.from === undefined ? x.to : x.from]);
  const low = Math.min(...ends), wide = Math.max(Math.max(...ends) - low, 0.001);
  const body = el("tbody");
  for (const x of steps) {
    const track = add(el("td", null, "track"), bar(x, low, wide));
    add(body, add(el("tr"), el("td", x.text, x.anchor ? "strong" : ""), track,
      el("td", x.by === undefined ? "" : (x.by < 0 ? "−" : "+") + Math.abs(x.by).toFixed(2), "num")));
  }
  const head = add(el("thead"), add(el("tr"), el("th", S.reason), el("th", S.effect), el("th", S.contribution, "num")));
  head.querySelectorAll("th").forEach((cell) => { cell.scope = "col"; });
  return [el("h2", S.waterfall), el("p", S.waterfall_means, "tag"), add(el("table", null, "fall"), head, body)];
}
function bar(x, low, wide) {
  const NS = "http://www.w3.org/2000/svg", svg = document.createElementNS(NS, "svg");
  svg.setAttribute("viewBox", "0 0 100 10");
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  const rect = document.createElementNS(NS, "rect");
  const from = x.from === undefined ? x.to : x.from, begin = (Math.min(from, x.to) - low) / wide * 96 + 2;
  rect.setAttribute("x", begin - (x.anchor ? 0.8 : 0));
  rect.setAttribute("width", x.anchor ? 1.6 : Math.max(Math.abs(x.to - from) / wide * 96, 0.6));
  rect.setAttribute("y", x.anchor ? 0 : 2);
  rect.setAttribute("height", x.anchor ? 10 : 6);
  rect.setAttribute("fill", x.anchor ? "#1b1f24" : x.to >= from ? "#b34a00" : "#0b5394");
  svg.append(rect);
  return svg;
}
function history(r) {
  if (r.history === undefined) return [];
  const told = [el("h2", S.history)];
  if (!r.history.length) return [...told, el("p", S.history_none, "soft")];
  const head = add(el("tr"), ...["history_declared", "consignment", "history_goods", "history_from", "history_result"].map((k) => { const th = el("th", S[k]); th.scope = "col"; return th; }));
  const body = el("tbody");
  for (const [when, id, goods, from, found] of r.history) add(body, add(el("tr"), el("td", when), el("td", id), el("td", goods), el("td", from), el("td", found || S.no_finding)));
  return [...told, add(el("table", null, "small"), add(el("thead"), head), body)];
}
function sheet() {
  const office = $("office") ? $("office").value : "", place = $("sheet");
  place.replaceChildren(el("h1", say("print_title", { office: office || D.office || S.all_offices, night: D.night })));
  for (const r of D.rows.filter((x) => x.by && (!office || x.office === office))) {
    const card = el("article");
    add(card, el("strong", `${r.office} ${r.rank} · ${r.id} · ${r.scheme === null ? "" : D.schemes[r.scheme]} · ${r.p.some((p) => p !== null) ? percent(best(r)) : ""} · ${S["by_" + r.by]}`));
    for (const n of r.rules) add(card, el("div", say("referred", { sentence: D.rules[n] })));
    for (const x of r.reasons.slice(0, 3)) add(card, el("div", x.text));
    if (r.reasons.length) add(card, el("div", `${S.check_first}: ${D.checks[r.reasons[0].check]}`));
    add(card, el("div", S.print_result), el("div", S.print_notes, "line"));
    add(place, card);
  }
}
function sortBy(column) {
  sorting = { column, up: sorting.column === column ? !sorting.up : true };
  document.querySelectorAll("th[data-column]").forEach((th) => {
    th.setAttribute("aria-sort", th.dataset.column === column ? (sorting.up ? "ascending" : "descending") : "none");
  });
  choose();
}
document.querySelectorAll("th[data-column] button").forEach((b) => b.addEventListener("click", () => sortBy(b.parentNode.dataset.column)));
document.querySelectorAll("select, input[name=kind]").forEach((node) => node.addEventListener("change", choose));
$("search").addEventListener("input", choose);
$("more").addEventListener("click", () => { const from = shown; shown += STEP; $("rows").append(...visible.slice(from, shown).map(line)); more(); });
document.addEventListener("keydown", (event) => { if (event.key === "/" && event.target.tagName !== "INPUT") { event.preventDefault(); $("search").focus(); } });
window.addEventListener("beforeprint", sheet);
choose();
