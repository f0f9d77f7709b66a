"""core <- autodiff <- nn, interp <- experiments; nn and interp do not know each other. JSON and TOML stay out of the
libraries' headers, so that users of basin need neither."""
import re

import sources

MAY_USE = {
    "core": {"core"},
    "autodiff": {"core", "autodiff"},
    "nn": {"core", "autodiff", "nn"},
    "interp": {"core", "autodiff", "interp"},
    "experiments": {"core", "autodiff", "nn", "interp", "experiments"},
}
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.MULTILINE)
HIDDEN = re.compile(r"^(nlohmann/|toml|cxxopts|zip\.h|zlib\.h|cblas\.h|igraph)")


def complaints_of(path, text):
    folder = path.parts[0]
    for target in INCLUDE.findall(text):
        first = target.split("/")[0]
        where = f'{path}: includes "{target}"'
        if first in MAY_USE and first not in MAY_USE[folder]:
            yield f"{where}; {folder} may use only {', '.join(sorted(MAY_USE[folder]))}"
        elif target == "basin.h":
            yield f"{where}; inside the project include the header that is meant"
        elif target.startswith("."):
            yield f"{where}; paths start at the root of the project"
        elif folder != "experiments" and path.suffix == ".h" and HIDDEN.match(target):
            yield f"{where}; third-party headers other than fmt belong into .cpp files"


def check(root):
    return [complaint
            for path in sources.files(root, {".h", ".cpp"}) if path.parts[0] in MAY_USE
            for complaint in complaints_of(path, (root / path).read_text())]


PLANTED = {
    "core/a.h": '#include "autodiff/graph.h"\n',
    "autodiff/a.cpp": "#include <nn/mlp.h>\n",
    "nn/data/a.cpp": '#  include "interp/gram.h"\n',
    "interp/a.h": '#include "nn/mlp.h"\n',
    "interp/b.cpp": '#include "experiments/shared/options.h"\n',
    "interp/c.cpp": '#include "../core/shape.h"\n',
    "interp/d.cpp": '#include "basin.h"\n',
    "nn/a.h": "#include <nlohmann/json.hpp>\n",
    "core/b.h": "#include <toml++/toml.h>\n",
}
CLEAN = {
    "interp/a.h": '#include <vector>\n\n#include "autodiff/graph.h"\n#include "interp/gram.h"\n',
    "nn/a.cpp": "#include <nlohmann/json.hpp>\n",
    "experiments/a.cpp": '#include "nn/mlp.h"\n#include "interp/gram.h"\n',
    "tests/core/a.cpp": '#include "nn/mlp.h"\n',
}

if __name__ == "__main__":
    sources.main(check, PLANTED, CLEAN)
