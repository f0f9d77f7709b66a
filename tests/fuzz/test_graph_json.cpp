#include "interp/modules/graph_readers.h"
#include "tests/fuzz/target.h"

FUZZ_TARGET(graph_json) { basin::interp::parse_graph(bytes, "x.json"); }
