#include "experiments/report/graph_element.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "experiments/report/figure.h"
#include "experiments/report/palette.h"
#include "experiments/report/report.h"
#include "experiments/report/report_svg.h"
#include "experiments/report/table.h"

namespace basin::embedded {

extern const unsigned char graph_css[], graph_js[], graph_controls_js[];
extern const std::size_t graph_css_size, graph_js_size, graph_controls_js_size;

}  // namespace basin::embedded

namespace basin::report {
namespace {

// RFC 4648, section 4.
std::string base64(const std::vector<unsigned char>& bytes) {
  const char* digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    unsigned group = 0;
    for (std::size_t k = 0; k < 3; ++k) group = group << 8 | (i + k < bytes.size() ? bytes[i + k] : 0u);
    for (std::size_t k = 0; k < 4; ++k) text += i + k > bytes.size() ? '=' : digits[group >> (18 - 6 * k) & 63];
  }
  return text;
}

// Shades of a byte each: 0 is 0 and the largest is 255, or, if there are two signs, 0 is 128.
Json shades(const GraphImage& image) {
  double most = 0;
  for (double x : image.values) most = std::max(most, std::fabs(x));
  const bool diverging = std::ranges::any_of(image.values, [](double x) { return x < 0; });
  std::vector<unsigned char> bytes;
  for (double x : image.values) {
    const double share = most > 0 ? x / most : 0;
    bytes.push_back(static_cast<unsigned char>(std::lround(diverging ? 128 + 127 * share : 255 * share)));
  }
  return {image.width, image.height, diverging, base64(bytes)};
}

// By the place of their node, the most important ones first as long as there is room.
Json images(const std::vector<GraphNode>& nodes, std::size_t most_bytes) {
  std::vector<std::size_t> order(nodes.size());
  std::iota(order.begin(), order.end(), std::size_t(0));
  std::ranges::stable_sort(order, std::greater(), [&](std::size_t i) { return nodes[i].importance; });
  Json found = Json::object();
  std::size_t used = 0;
  for (std::size_t i : order) {
    const std::size_t bytes = nodes[i].image.values.size() * 4 / 3 + 40;
    if (nodes[i].image.values.empty() || used + bytes > most_bytes) continue;
    used += bytes;
    found[std::to_string(i)] = shades(nodes[i].image);
  }
  return found;
}

std::string grouped(std::size_t number) {
  std::string text = std::to_string(number);
  for (std::size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, ",");
  return text;
}

// What HTML could take for the end of the script.
std::string in_script(const Json& data) {
  std::string text;
  for (char c : data.dump()) c == '<' ? text += "\\u003c" : text += c;
  return text;
}

std::string images_said(std::size_t shown, const LayeredGraphView& view) {
  const auto all =
      std::size_t(std::ranges::count_if(view.nodes, [](const GraphNode& n) { return !n.image.values.empty(); }));
  if (shown == all) return "";
  return fmt::format(" {} of {} feature images are on the page, those of the most important nodes.", grouped(shown),
                     grouped(all));
}

Json script_data(const std::string& name, const LayeredGraphView& view, const LayeredGraphView& held,
                 const Json& shown_images, const GraphBudget& budget) {
  Json data{{"name", name},
            {"all", {{"nodes", view.nodes.size()}, {"edges", view.edges.size()}}},
            {"drawn", budget.drawn},
            {"colours", palette},
            {"none", no_colour},
            {"between", between_colour},
            {"layers", Json::array()},
            {"nodes", Json::array()},
            {"edges", Json::array()},
            {"images", shown_images}};
  for (const GraphLayer& layer : held.layers) data["layers"].push_back({layer.name, layer.features});
  for (const GraphNode& n : held.nodes) data["nodes"].push_back({n.layer, n.index, n.importance, n.module});
  for (const GraphEdge& e : held.edges)
    for (const Json& part : {Json(e.from), Json(e.to), Json(e.strength)}) data["edges"].push_back(part);
  return data;
}

}  // namespace

std::string graph_html(const std::string& name, const LayeredGraphView& view, const std::string& file,
                       const std::string& label, const GraphBudget& budget) {
  const LayeredGraphView held = shown_part(view, budget.held);
  const Json shown_images = images(held.nodes, budget.image_bytes);
  const std::size_t drawn = std::min(held.edges.size(), budget.drawn);
  return fmt::format(
      "<div class=\"scroll\" tabindex=\"0\">{}</div>\n<p class=\"count\"><span role=\"status\">{} of {} edges are "
      "drawn, "
      "the strongest; {} of {} nodes.</span> <a href=\"{}\" download>The whole graph</a>{}</p>\n"
      "<script type=\"application/json\">{}</script>\n",
      labelled_svg(graph_svg(held, {budget.held.nodes, budget.drawn}), label), grouped(drawn),
      grouped(view.edges.size()), grouped(held.nodes.size()), grouped(view.nodes.size()), html_escaped(file),
      images_said(shown_images.size(), view), in_script(script_data(name, view, held, shown_images, budget)));
}

std::string graph_style() { return {reinterpret_cast<const char*>(embedded::graph_css), embedded::graph_css_size}; }
std::string graph_script() {
  return std::string(reinterpret_cast<const char*>(embedded::graph_js), embedded::graph_js_size) + "\n" +
         std::string(reinterpret_cast<const char*>(embedded::graph_controls_js), embedded::graph_controls_js_size);
}

Report& Report::graph(const std::string& name, const LayeredGraphView& view, const std::string& file,
                      const std::string& caption) {
  check_figure_name(name);
  graphs_.push_back({body_.size(), ++figures_, name, file, caption, sorted_graph(view)});
  return *this;
}

std::string Report::body() const {
  std::string text;
  std::size_t from = 0;
  for (const PageGraph& g : graphs_) {
    text += body_.substr(from, g.at - from);
    text +=
        fmt::format("<figure class=\"graph\">{}<figcaption><b>Figure {}.</b> {}</figcaption></figure>\n",
                    graph_html(g.name, g.view, g.file, html_escaped(g.caption), GraphBudget{}.of_each(graphs_.size())),
                    g.figure, html_escaped(g.caption));
    from = g.at;
  }
  return text + body_.substr(from);
}

}  // namespace basin::report
