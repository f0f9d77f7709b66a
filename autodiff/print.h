// Graphs and programs as text and as Graphviz DOT, for reading and debugging.
#pragma once
#include <string>

#include "autodiff/program.h"

namespace basin {

std::string to_text(const Graph& graph);  // one value a line: %id 'name' = op(inputs) [shape]
std::string to_dot(const Graph& graph);   // one box a value, arrows along the data

template <class T>
std::string to_text(const Program<T>& program);  // one kernel call a line, what it reads and writes, and the memory
template <class T>
std::string to_dot(const Program<T>& program);  // only the values that this program holds

}  // namespace basin
