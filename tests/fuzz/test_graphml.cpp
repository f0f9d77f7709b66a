#include "interp/modules/graph_readers.h"
#include "tests/fuzz/target.h"

FUZZ_TARGET(graphml) { basin::interp::parse_graph(bytes, "x.graphml"); }
