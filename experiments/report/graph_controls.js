// What stands above a graph: search, strength, modules, saving. What is shown stands in the page's address, as
// #NAME.pin=layer.index&NAME.min=strength&NAME.off=modules&NAME.find=text, and is taken from there again.

const STEPS = 200; // of the slider

function save(file, type, text) {
  const link = element("a", { download: file, href: URL.createObjectURL(new Blob([text], { type })) });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

class Controls {
  constructor(graph) {
    this.graph = graph;
    this.low = graph.edges.at(-1)?.strength ?? 0;
    this.high = graph.edges[0]?.strength ?? 0;
    this.make();
    this.restore();
    graph.changed = () => this.remember();
    addEventListener("hashchange", () => location.hash.includes(".") && this.restore()); // else it names a section
    graph.figure.classList.add("live");
  }

  make() {
    this.find = element("input", { type: "search", placeholder: "label" });
    this.find.oninput = () => this.apply();
    this.find.onkeydown = (event) => void (event.key === "Enter" && this.graph.nodes.find((n) => n.found)?.dot.focus());
    this.slider = element("input", { type: "range", max: STEPS });
    this.slider.oninput = () => {
      this.min = this.strengthAt(this.slider.value);
      this.apply();
    };
    this.least = element("output");
    const modules = [...new Set(this.graph.nodes.map((n) => n.module))].sort((a, b) => (a < 0) - (b < 0) || a - b);
    const chips = element("fieldset", { ariaLabel: "modules shown" }, "modules", ...modules.map((m) => this.chip(m)),
      this.button("all", () => this.turn(true)), this.button("none", () => this.turn(false)));
    this.boxes = [...chips.querySelectorAll("input")];
    this.graph.figure.prepend(element("div", { className: "controls" },
      element("label", {}, "find", this.find),
      element("label", {}, "strength from", this.slider, this.least),
      chips,
      element("div", {}, "save",
        this.button("JSON", () => this.saveJson()), this.button("SVG", () => this.saveSvg()))));
  }

  button = (textContent, onclick) => element("button", { type: "button", textContent, onclick });

  chip(module) {
    const box = element("input", { type: "checkbox", value: module, onchange: () => this.apply() });
    return element("label", { className: "chip " + this.graph.kind(module), title: this.graph.name(module) }, box,
      module < 0 ? "no module" : String(module));
  }

  turn(on) {
    for (const box of this.boxes) box.checked = on;
    this.apply();
  }

  // From the weakest edge to the strongest in equal factors; 0 is all.
  strengthAt = (step) => (step > 0 ? Number((this.low * (this.high / this.low) ** (step / STEPS)).toPrecision(4)) : 0);
  stepOf = (strength) =>
    strength > this.low ? STEPS * Math.log(strength / this.low) / Math.log(this.high / this.low) : 0;

  off = () => this.boxes.filter((box) => !box.checked).map((box) => Number(box.value));

  apply(remember = true) {
    this.least.textContent = this.min > 0 ? short(this.min) : "all";
    this.slider.setAttribute("aria-valuetext", this.least.textContent);
    this.graph.filter({ min: this.min, off: new Set(this.off()), find: this.find.value });
    if (remember) this.remember();
  }

  // The address keeps the words of other graphs and loses the name of a section.
  remember() {
    const { name } = this.graph.data, { pinned } = this.graph;
    const address = new URLSearchParams(location.hash.slice(1));
    for (const key of [...address.keys()]) if (!key.includes(".") || key.startsWith(name + ".")) address.delete(key);
    const put = (key, value) => value && address.set(`${name}.${key}`, value);
    put("pin", pinned && `${pinned.layer}.${pinned.index}`);
    put("min", this.min > 0 && String(this.min));
    put("off", this.off().join(" "));
    put("find", this.find.value);
    if (String(address) || location.hash.includes(".")) history.replaceState(null, "", "#" + address);
  }

  restore() {
    const address = new URLSearchParams(location.hash.slice(1));
    const get = (key) => address.get(`${this.graph.data.name}.${key}`) ?? "";
    const off = get("off").split(/[ ,]/), min = Number(get("min")), pin = get("pin");
    this.min = min > 0 && Number.isFinite(min) ? min : 0;
    this.slider.value = Math.round(this.stepOf(this.min));
    this.find.value = get("find");
    for (const box of this.boxes) box.checked = !off.includes(box.value);
    this.apply(false);
    this.graph.pin(this.graph.nodes.find((n) => `${n.layer}.${n.index}` === pin) ?? null);
  }

  // What is drawn, as in graphs' own files.
  saveJson() {
    const { data, nodes, shown } = this.graph, on = nodes.filter((n) => n.on);
    const place = new Map(on.map((n, i) => [n, i]));
    save(data.name + ".json", "application/json", JSON.stringify({
      layers: data.layers.map(([name, features]) => ({ name, features })),
      nodes: on.map(({ layer, index, label, importance, module }) => ({ layer, index, label, importance, module })),
      edges: shown.map((e) => ({ source: place.get(e.from), target: place.get(e.to), strength: e.strength })),
    }));
  }

  saveSvg = () => save(this.graph.data.name + ".svg", "image/svg+xml",
    new XMLSerializer().serializeToString(this.graph.svg));
}

for (const figure of document.querySelectorAll("figure.graph")) new Controls(new Graph(figure));
