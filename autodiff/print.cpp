#include "autodiff/print.h"

#include "autodiff/plan.h"

namespace basin {
namespace {

std::string operands(const Graph& graph, std::span<const Id> in) {
  std::string text;
  for (Id i : in) {
    if (i < 0) continue;
    if (!text.empty()) text += ", ";
    const Node& n = graph.node(i);
    text += is_constant(n) ? std::to_string(n.attr.real) : graph.name_of(i);
  }
  return text;
}

// The first numbers of an array constant, as many as say what it is.
std::string numbers(std::span<const double> array) {
  constexpr std::size_t shown = 4;
  std::string text;
  for (std::size_t i = 0; i < std::min(shown, array.size()); ++i)
    text += (i == 0 ? "" : ", ") + std::to_string(array[i]);
  return text + (array.size() > shown ? ", ..." : "");
}

std::string line(const Graph& graph, Id i) {
  const Node& n = graph.node(i);
  const std::string inside = is_array(n) ? numbers(graph.array(n)) : operands(graph, n.in);
  return graph.name_of(i) + " = " + std::string(n.op->name) + "(" + inside + ") " + n.shape.str() + "\n";
}

std::string quoted(const std::string& name) {  // for a DOT label
  std::string out;
  for (char c : name) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

// What a call writes and reads. A call that writes elsewhere than its value lies copies it into the flat vector.
template <class T>
std::string line(const Plan<T>& p, const Call<T>& c) {
  const std::string name = p.graph->name_of(c.at), shape = " " + c.node->shape.str() + "\n";
  if (c.out != p.at[c.at]) return "flat <- copy(" + name + ")" + shape;
  return name + " <- " + std::string(c.node->op->name) + "(" + operands(*p.graph, c.node_in) + ")" +
         (c.out2 ? " and one more value in the same pass" : "") + shape;
}

template <class Shown>
std::string dot(const Graph& graph, Shown shown) {
  std::string out = "digraph basin {\n  rankdir=TB; node [shape=box, fontname=\"DejaVu Sans\"];\n";
  for (Id i = 0; i < graph.size(); ++i) {
    const Node& n = graph.node(i);
    if (!shown(i)) continue;
    std::string label = is_constant(n)
                            ? std::to_string(n.attr.real)
                            : quoted(graph.name_of(i)) + "\\n" + std::string(n.op->name) + " " + n.shape.str();
    out += "  n" + std::to_string(i) + " [label=\"" + label + "\"" + (is_input(n) ? ", style=bold" : "") + "];\n";
    for (Id in : n.in)
      if (in >= 0 && shown(in)) out += "  n" + std::to_string(in) + " -> n" + std::to_string(i) + ";\n";
  }
  return out + "}\n";
}

}  // namespace

std::string to_text(const Graph& graph) {
  std::string out;
  for (Id i = 0; i < graph.size(); ++i)
    if (!is_constant(graph.node(i))) out += line(graph, i);
  return out;
}

std::string to_dot(const Graph& graph) {
  return dot(graph, [](Id) { return true; });
}

template <class T>
std::string to_text(const Program<T>& program) {
  const Plan<T>& p = program.plan();
  std::string out;
  for (const Call<T>& c : p.calls) out += line(p, c);
  return out + std::to_string(p.calls.size()) + " calls, " + std::to_string(p.bytes()) + " bytes\n";
}

template <class T>
std::string to_dot(const Program<T>& program) {
  const Plan<T>& p = program.plan();
  std::vector<char> shown(p.graph->size(), 0);
  for (Id i : p.needed) shown[i] = 1;
  return dot(*p.graph, [&](Id i) { return i < Id(shown.size()) && shown[i]; });
}

template std::string to_text(const Program<float>&);
template std::string to_text(const Program<double>&);
template std::string to_dot(const Program<float>&);
template std::string to_dot(const Program<double>&);

}  // namespace basin
