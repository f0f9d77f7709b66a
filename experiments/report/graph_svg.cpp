#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "experiments/report/graph.h"
#include "experiments/report/graph_layout.h"
#include "experiments/report/palette.h"
#include "experiments/report/report.h"

namespace basin::report {
namespace {

constexpr double faintest = 0.12;  // opacity of the weakest lines
constexpr double letter = 6.9;     // px, of an 11 px font, on average

// Classes are for the page, which has other colours on a dark ground; attributes make the file stand alone.
struct Hue {
  std::string name, value;
};
Hue hue(int module) {
  if (module < 0) return {"none", no_colour};
  return {fmt::format("m{}", std::size_t(module) % std::size(palette)), colour(std::size_t(module))};
}

std::size_t characters(const std::string& text) {
  return std::size_t(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string text_at(double x, double y, const char* attributes, const std::string& text) {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" {}>{}</text>\n", x, y, attributes, html_escaped(text));
}

std::string column_head(int module, bool in_words) {
  if (module < 0) return in_words ? "no module" : "none";
  return fmt::format("{}{}", in_words ? "module " : "", module);
}

class Picture {
 public:
  explicit Picture(const LayeredGraphView& shown) : view_(shown), at_(graph_layout(shown)) {
    for (const GraphEdge& e : shown.edges) largest_ = std::max(largest_, e.strength);
  }

  std::string svg() const {
    const double height = at_.bottom + 74;
    return fmt::format(
               "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\" "
               "font-family=\"system-ui, DejaVu Sans, sans-serif\" font-size=\"11\" fill=\"{2}\">\n",
               at_.width, height, ink) +
           columns() + edges() + nodes() + layers() + labels() + legend(height - 14) + "</svg>\n";
  }

 private:
  std::string columns() const {
    std::string text = "<g class=\"columns\">\n";
    bool all_fit = true;
    for (const GraphColumn& c : at_.columns) all_fit = all_fit && c.right - c.left > 9 * letter;
    for (const GraphColumn& c : at_.columns) {
      const Hue h = hue(c.module);
      text += fmt::format(
          "<rect class=\"{}\" x=\"{:.1f}\" y=\"24\" width=\"{:.1f}\" height=\"{:.1f}\" fill=\"{}\" "
          "fill-opacity=\"0.05\"/><rect class=\"{}\" x=\"{:.1f}\" y=\"24\" width=\"{:.1f}\" height=\"3\" "
          "fill=\"{}\"/>\n",
          h.name, c.left, c.right - c.left, at_.bottom + 10, h.value, h.name, c.left, c.right - c.left, h.value);
      const std::string head = column_head(c.module, all_fit);
      if (double(characters(head)) * letter < c.right - c.left + 6)
        text += text_at((c.left + c.right) / 2, 17, "text-anchor=\"middle\"", head);
    }
    return text + "</g>\n";
  }

  // The strongest last, on top. graph.js draws them by the same formulas.
  std::string edges() const {
    std::string text = "<g class=\"edges\" fill=\"none\">\n";
    for (auto e = view_.edges.rbegin(); e != view_.edges.rend(); ++e) {
      const GraphPlace &a = at_.nodes[e->from], &b = at_.nodes[e->to];
      const int module = view_.nodes[e->from].module;
      const Hue h = module == view_.nodes[e->to].module ? hue(module) : Hue{"between", between_colour};
      text += fmt::format("<path class=\"{}\" d=\"M{},{}C{},{} {},{} {},{}\" stroke=\"{}\" {}/>", h.name, a.x, a.y, a.x,
                          (a.y + b.y) / 2, b.x, (a.y + b.y) / 2, b.x, b.y, h.value, line(e->strength));
    }
    return text + "\n</g>\n";
  }

  std::string line(double strength) const {
    const double share = std::sqrt(strength / largest_);
    return fmt::format("stroke-width=\"{:.2f}\" opacity=\"{:.2f}\"", 0.3 + 3.7 * share,
                       faintest + (0.9 - faintest) * share);
  }

  std::string nodes() const {
    std::string text = "<g class=\"nodes\" stroke=\"#ffffff\" stroke-width=\"0.6\">\n";
    for (std::size_t i = 0; i < view_.nodes.size(); ++i) {
      const GraphNode& n = view_.nodes[i];
      const GraphPlace& p = at_.nodes[i];
      const Hue h = hue(n.module);
      text += fmt::format("<circle class=\"{}{}\" cx=\"{}\" cy=\"{}\" r=\"{}\" {}><title>{}</title></circle>\n", h.name,
                          n.constant ? " constant" : "", p.x, p.y, p.radius,
                          n.constant ? fmt::format("fill=\"#ffffff\" stroke=\"{}\" stroke-width=\"1.6\"", h.value)
                                     : fmt::format("fill=\"{}\"", h.value),
                          html_escaped(n.label));
    }
    return text + "</g>\n";
  }

  std::string layers() const {
    constexpr std::size_t most_letters = 14;  // in the margin
    std::vector<int> shown(view_.layers.size());
    for (const GraphNode& n : view_.nodes) ++shown[std::size_t(n.layer)];
    std::string text = "<g class=\"layers\">\n";
    for (std::size_t l = 0; l < view_.layers.size(); ++l) {
      const GraphLayer& layer = view_.layers[l];
      // Of blocks.0.hook_resid_mid the last part says most: what comes before stands above it.
      const std::size_t dot = layer.name.size() > most_letters ? layer.name.rfind('.') : std::string::npos;
      const std::size_t last = dot == std::string::npos ? 0 : dot + 1;
      if (last > 0) text += text_at(8, at_.layers[l] - 15, "", shortened(layer.name.substr(0, dot), most_letters + 3));
      text += text_at(8, at_.layers[l] - 1, "font-size=\"13\" font-weight=\"600\"",
                      shortened(layer.name.substr(last), most_letters + (last > 0)));
      text += text_at(8, at_.layers[l] + 13, "",
                      shown[l] == layer.features ? fmt::format("{} features", layer.features)
                                                 : fmt::format("{} of {}", shown[l], layer.features));
    }
    return text + "</g>\n";
  }

  // Over the first layer, under the others; with a rim in the ground's colour, as lines pass behind.
  std::string labels() const {
    std::vector<bool> fits(view_.layers.size(), true);
    for (std::size_t i = 0; i < view_.nodes.size(); ++i)
      if (double(characters(view_.nodes[i].label)) * letter + 4 > at_.nodes[i].room)
        fits[std::size_t(view_.nodes[i].layer)] = false;
    std::string text =
        "<g class=\"labels\" text-anchor=\"middle\" stroke=\"#ffffff\" stroke-width=\"3\" stroke-linejoin=\"round\" "
        "paint-order=\"stroke\">\n";
    for (std::size_t i = 0; i < view_.nodes.size(); ++i) {
      const GraphNode& n = view_.nodes[i];
      const GraphPlace& p = at_.nodes[i];
      if (fits[std::size_t(n.layer)]) text += text_at(p.x, n.layer == 0 ? p.y - 12 : p.y + 20, "", n.label);
    }
    return text + "</g>\n";
  }

  std::string legend(double y) const {
    if (largest_ == 0) return "";
    std::string text = "<g class=\"legend\">\n" + text_at(132, y, "", "strength");
    double x = 190;
    for (double share : {1.0, 0.1, 0.01}) {
      text += fmt::format("<path class=\"none\" d=\"M{},{}h26\" stroke=\"{}\" {}/>\n", x, y - 4, no_colour,
                          line(share * largest_));
      text += text_at(x + 32, y, "", fmt::format("{:.2g}", share * largest_));
      x += 96;
    }
    return text + text_at(x + 8, y, "", "larger: more important in its layer · grey line: between modules") + "</g>\n";
  }

  const LayeredGraphView& view_;
  const GraphLayout at_;
  double largest_ = 0;
};

}  // namespace

std::string graph_svg(const LayeredGraphView& view, const GraphLimits& limits) {
  if (view.layers.size() > most_layers_drawn)
    throw UsageError(
        fmt::format("graph: a picture of {} layers; wanted at most {}", view.layers.size(), most_layers_drawn));
  return Picture(shown_part(view, limits)).svg();
}

}  // namespace basin::report
