#include "interp/degeneracy/traced_spaces.h"

#include "interp/degeneracy/traced_walk.h"

namespace basin::interp {

int TracedSpaces::root(int space) const {
  while (spaces[space].same != space) space = spaces[space].same;
  return space;
}

TracedSpaces traced_spaces(const ModelPoint& model, const Inputs& data, const SweepOptions& options) {
  const DataRelations seen = data_relations(model, data, options);
  Graph graph;
  const Ends ends = model.trace(graph, 1);
  TracedSpaces found = TracedWalk(graph, ends.output, model, seen).result();
  found.relations = seen;
  found.parameters = model.parameters.slices();
  return found;
}

}  // namespace basin::interp
