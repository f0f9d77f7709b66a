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

constexpr std::size_t image_bytes = 250'000;  // of all images in a page

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
Json images(const std::vector<GraphNode>& nodes) {
  std::vector<std::size_t> order(nodes.size());
  std::iota(order.begin(), order.end(), std::size_t(0));
  std::ranges::stable_sort(order, std::greater(), [&](std::size_t i) { return nodes[i].importance; });
  Json found = Json::object();
  std::size_t used = 0;
  for (std::size_t i : order) {
    const std::size_t bytes = nodes[i].image.values.size() * 4 / 3 + 40;
    if (nodes[i].image.values.empty() || used + bytes > image_bytes) continue;
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

}  // namespace

std::string graph_data(const std::string& name, const LayeredGraphView& view, const LayeredGraphView& held,
                       const std::string& file) {
  Json data{{"name", name},
            {"all", {{"nodes", view.nodes.size()}, {"edges", view.edges.size()}}},
            {"drawn", GraphLimits{}.edges},
            {"colours", palette},
            {"none", no_colour},
            {"between", between_colour},
            {"layers", Json::array()},
            {"nodes", Json::array()},
            {"edges", Json::array()},
            {"images", images(held.nodes)}};
  for (const GraphLayer& layer : held.layers) data["layers"].push_back({layer.name, layer.features});
  for (const GraphNode& n : held.nodes) data["nodes"].push_back({n.layer, n.index, n.importance, n.module});
  for (const GraphEdge& e : held.edges)
    for (const Json& part : {Json(e.from), Json(e.to), Json(e.strength)}) data["edges"].push_back(part);
  const std::size_t drawn = std::min(held.edges.size(), GraphLimits{}.edges);
  return fmt::format(
      "<p class=\"count\"><span role=\"status\">{} of {} edges are drawn, the strongest; {} of {} nodes.</span> "
      "<a href=\"{}\" download>The whole graph</a></p>\n<script type=\"application/json\">{}</script>\n",
      grouped(drawn), grouped(view.edges.size()), grouped(held.nodes.size()), grouped(view.nodes.size()),
      html_escaped(file), in_script(data));
}

std::string graph_style() { return {reinterpret_cast<const char*>(embedded::graph_css), embedded::graph_css_size}; }
std::string graph_script() {
  return std::string(reinterpret_cast<const char*>(embedded::graph_js), embedded::graph_js_size) + "\n" +
         std::string(reinterpret_cast<const char*>(embedded::graph_controls_js), embedded::graph_controls_js_size);
}

Report& Report::graph(const std::string& name, const LayeredGraphView& view, const std::string& file,
                      const std::string& caption) {
  check_figure_name(name);
  ++figures_;
  has_graphs_ = true;
  const LayeredGraphView held = shown_part(view, graph_in_page);
  body_ += fmt::format(
      "<figure class=\"graph\"><div class=\"scroll\" tabindex=\"0\">{}</div>\n{}<figcaption><b>Figure {}.</b> "
      "{}</figcaption></figure>\n",
      labelled_svg(graph_svg(held), html_escaped(caption)), graph_data(name, view, held, file), figures_,
      html_escaped(caption));
  return *this;
}

}  // namespace basin::report
