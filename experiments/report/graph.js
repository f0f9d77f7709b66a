// Brings layered graphs to life: hover or focus shows a node and its edges, a click or Enter pins it, arrows move,
// Escape lets go. Each figure.graph has a picture, which this draws again by the formulas of graph_svg.cpp, and its
// numbers in a script element, made by graph_element.cpp. graph_controls.js filters.
"use strict";

const LISTED = 5; // edges named in the box, each way
const NEAR = 14; // px between a node and the pointer that means it
const FAINTEST = 0.12; // opacity of the weakest edges
const SHADES = { zero: [247, 246, 244], dark: [29, 33, 39], low: [178, 64, 15], high: [31, 55, 184] };

function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

const short = (number) => String(Number(number.toPrecision(3)));
const grouped = (number) => number.toLocaleString("en");

// A byte for each pixel; in diverging images 128 is zero.
function drawImage([width, height, diverging, bytes]) {
  const canvas = element("canvas", { width, height });
  const context = canvas.getContext("2d");
  const pixels = context.createImageData(width, height);
  Array.from(atob(bytes), (byte, i) => {
    const share = diverging ? (byte.charCodeAt(0) - 128) / 127 : byte.charCodeAt(0) / 255;
    const end = !diverging ? SHADES.dark : share < 0 ? SHADES.low : SHADES.high;
    const rgb = SHADES.zero.map((zero, k) => zero + (end[k] - zero) * Math.min(1, Math.abs(share)));
    pixels.data.set([...rgb, 255], 4 * i);
  });
  context.putImageData(pixels, 0, 0);
  return canvas;
}

class Graph {
  pinned = null;
  changed = () => {}; // called when a node was pinned or let go

  constructor(figure) {
    this.figure = figure;
    this.svg = figure.querySelector("svg");
    this.svg.setAttribute("role", "group");
    this.data = JSON.parse(figure.querySelector("script").textContent);
    const dots = this.svg.querySelectorAll(".nodes circle");
    this.nodes = this.data.nodes.map((numbers, i) => this.node(dots[i], i, ...numbers));
    this.edges = []; // the strongest first
    for (let i = 0; i < this.data.edges.length; i += 3) this.addEdge(...this.data.edges.slice(i, i + 3));
    this.rows = this.data.layers.map((_, layer) =>
      this.nodes.filter((n) => n.layer === layer).sort((a, b) => a.x - b.x || a.y - b.y));
    this.drawn = this.svg.querySelector(".edges");
    this.lit = this.svg.insertBefore(this.drawn.cloneNode(false), this.svg.querySelector(".nodes"));
    this.lit.setAttribute("class", "lit");
    this.box = this.makeBox("near"); // of the node that is looked at
    this.panel = this.makeBox("below"); // of the pinned one
    this.listen();
  }

  makeBox(kind) {
    const box = element("div", { className: `box ${kind}`, id: `${this.data.name}-${kind}`, hidden: true });
    this.figure.querySelector(".scroll").after(box);
    return box;
  }

  node(dot, i, layer, index, importance, module) {
    const title = dot.querySelector("title");
    title.remove(); // the box says it, and more
    const node = { dot, i, layer, index, importance, module, label: title.textContent, in: [], out: [] };
    [node.x, node.y] = ["cx", "cy"].map((name) => Number(dot.getAttribute(name)));
    dot.setAttribute("role", "button");
    dot.setAttribute("aria-label", `${node.label}, ${this.place(node)}, importance ${short(importance)}`);
    return node;
  }

  addEdge(source, target, strength) {
    const edge = { from: this.nodes[source], to: this.nodes[target], strength };
    this.edges.push(edge);
    edge.from.out.push(edge);
    edge.to.in.push(edge);
  }

  kind = (module) => (module < 0 ? "none" : "m" + (module % this.data.colours.length));
  colour = (module) => (module < 0 ? this.data.none : this.data.colours[module % this.data.colours.length]);
  name = (module) => (module < 0 ? "no module" : "module " + module);
  place = (node) => `${this.data.layers[node.layer][0]} · feature ${node.index} · ${this.name(node.module)}`;

  // Lines of the weakest edges have the opacity `faintest`.
  path({ from: a, to: b, strength }, faintest) {
    const within = a.module === b.module;
    const kind = within ? this.kind(a.module) : "between", colour = within ? this.colour(a.module) : this.data.between;
    const middle = (a.y + b.y) / 2;
    const share = Math.sqrt(strength / this.edges[0].strength);
    return `<path class="${kind}" d="M${a.x},${a.y}C${a.x},${middle} ${b.x},${middle} ${b.x},${b.y}" ` +
      `stroke="${colour}" stroke-width="${(0.3 + 3.7 * share).toFixed(2)}" ` +
      `opacity="${(faintest + (0.9 - faintest) * share).toFixed(2)}"/>`;
  }

  paths = (edges, faintest = FAINTEST) => edges.map((edge) => this.path(edge, faintest)).reverse().join("");

  // Shows edges from strength `min` on between nodes of modules that are not `off`, at one of the labels with `find`.
  filter({ min, off, find }) {
    for (const n of this.nodes) {
      n.on = !off.has(n.module);
      n.found = n.on && n.label.toLowerCase().includes(find.trim().toLowerCase());
    }
    this.passes = (e) => e.strength >= min && e.from.on && e.to.on && (e.from.found || e.to.found);
    this.shown = this.edges.filter(this.passes).slice(0, this.data.drawn);
    this.drawn.innerHTML = this.paths(this.shown);
    this.count();
    this.light(this.pinned);
  }

  count() {
    const all = this.data.all;
    const found = this.nodes.filter((n) => n.found).length;
    const held = `The page holds the ${grouped(this.edges.length)} strongest edges. `;
    this.figure.querySelector(".count span").textContent =
      `${grouped(this.shown.length)} of ${grouped(all.edges)} edges are drawn, the strongest; ` +
      `${grouped(found)} of ${grouped(all.nodes)} nodes. ` + (this.edges.length < all.edges ? held : "");
  }

  // Shows a node with its edges above all others; null: no node.
  light(node) {
    const edges = node ? [...node.in, ...node.out].filter(this.passes).sort((a, b) => b.strength - a.strength) : [];
    const near = new Set(edges.flatMap((e) => [e.from, e.to]));
    this.lit.innerHTML = this.paths(edges, 0.45);
    this.drawn.setAttribute("opacity", node ? 0.15 : 1);
    for (const n of this.nodes) {
      const clear = n === node || (node ? near.has(n) : n.found);
      n.dot.setAttribute("opacity", clear ? 1 : n.on ? 0.25 : 0.07);
      n === node ? n.dot.setAttribute("aria-current", true) : n.dot.removeAttribute("aria-current");
      n.dot.setAttribute("aria-pressed", n === this.pinned);
    }
    this.describe(this.pinned, this.panel);
    this.describe(node === this.pinned ? null : node, this.box);
  }

  describe(node, box) {
    box.hidden = !node;
    if (!node) return;
    const image = this.data.images[node.i];
    box.replaceChildren(
      element("div", {}, element("h3", { className: this.kind(node.module), textContent: node.label }),
        element("p", {}, this.place(node), element("br"), `importance ${short(node.importance)}`)),
      ...(image ? [drawImage(image)] : []),
      ...this.list("strongest in", node.in, "from"), ...this.list("strongest out", node.out, "to"));
    node.dot.setAttribute("aria-describedby", box.id);
    if (box === this.box) this.moveBox(node);
  }

  list(title, edges, end) {
    if (!edges.length) return [];
    const rows = edges.slice(0, LISTED).map((e) => {
      const bar = element("i", { className: this.kind(e[end].module) });
      bar.style.width = 100 * Math.sqrt(e.strength / this.edges[0].strength) + "%";
      return element("li", {}, element("span", { textContent: e[end].label }), bar,
        element("b", { textContent: short(e.strength) }));
    });
    return [element("div", {}, element("h4", { textContent: `${title} (of ${edges.length})` }),
      element("ul", {}, ...rows))];
  }

  // Beside the node, inside the figure.
  moveBox(node) {
    const frame = this.figure.getBoundingClientRect(), dot = node.dot.getBoundingClientRect();
    const size = this.box.getBoundingClientRect(), gap = 14;
    const right = dot.right - frame.left + gap, left = dot.left - frame.left - gap - size.width;
    const x = right + size.width <= frame.width ? right : left;
    this.box.style.left = Math.max(0, Math.min(x, frame.width - size.width)) + "px";
    this.box.style.top = Math.max(0, dot.top - frame.top - size.height / 3) + "px";
  }

  // null: none. Tab leads to the pinned node, or to the first.
  pin(node) {
    this.pinned = node;
    for (const n of this.nodes) n.dot.setAttribute("tabindex", n === (node ?? this.nodes[0]) ? 0 : -1);
    this.light(node);
    this.changed();
  }

  nearest(event) {
    const frame = this.svg.getBoundingClientRect(), scale = this.svg.viewBox.baseVal.width / frame.width;
    const x = (event.clientX - frame.left) * scale, y = (event.clientY - frame.top) * scale;
    let best = null, least = NEAR;
    for (const n of this.nodes) {
      const distance = Math.hypot(n.x - x, n.y - y);
      if (n.on && distance < least) [best, least] = [n, distance];
    }
    return best;
  }

  listen() {
    let hovered = null;
    const focused = () => this.nodes.find((n) => n.dot === document.activeElement) ?? null;
    const hover = (node) => node !== hovered && this.light((hovered = node) ?? focused() ?? this.pinned);
    this.svg.addEventListener("pointermove", (event) => hover(this.nearest(event)));
    this.svg.addEventListener("pointerleave", () => hover(null));
    this.svg.addEventListener("click", (event) => {
      const node = this.nearest(event);
      node ? node.dot.focus({ preventScroll: true }) : document.activeElement?.blur();
      this.pin(node === this.pinned ? null : node);
    });
    this.svg.addEventListener("focusin", () => this.light(focused() ?? this.pinned));
    this.svg.addEventListener("focusout", () => this.light(this.pinned));
    this.figure.addEventListener("keydown", (event) => this.press(event, focused()));
  }

  press(event, node) {
    if (event.key === "Escape" && this.pinned) this.pin(null);
    else if (node && (event.key === "Enter" || event.key === " ")) this.pin(node === this.pinned ? null : node);
    else if (node && event.key.startsWith("Arrow")) this.step(node, event.key.slice(5))?.dot.focus();
    else return;
    event.preventDefault();
  }

  // The next node that way: the neighbour in its layer, or the closest one in the next layer that has any.
  step(node, way) {
    const by = way === "Left" || way === "Up" ? -1 : 1;
    const row = this.rows[node.layer].filter((n) => n.on || n === node);
    if (way === "Left" || way === "Right") return row[row.indexOf(node) + by];
    for (let layer = node.layer + by; this.rows[layer]; layer += by) {
      const there = this.rows[layer].filter((n) => n.on);
      if (there.length) return there.reduce((a, b) => (Math.abs(b.x - node.x) < Math.abs(a.x - node.x) ? b : a));
    }
  }
}
