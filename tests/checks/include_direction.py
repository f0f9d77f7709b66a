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
PLUGINS = {"mpi": {"core"}}  # loaded by name; nothing includes them
ALL = MAY_USE | PLUGINS
# Rooms inside a folder: which others of the same folder each may use, and what outside if that is less.
ROOMS = {
    "interp": {
        "sweep": set(),
        "layers": {"sweep"},
        "jacobian": {"sweep", "layers"},
        "spectra": {"sweep"},
        "llc": {"sweep", "spectra"},
        "look": {"sweep"},
        "degeneracy": {"sweep", "layers", "jacobian", "spectra", "volume", "llc"},
        "volume": set(),
        "modules": {"sweep", "layers", "volume"},
        "basis": {"sweep", "layers"},
        "edges": {"sweep", "layers", "basis", "modules"},
    },
    "experiments": {"report": set(), "cli": set(), "claims": {"cli"}},
}
ALONE = {"experiments/report": {"core"}, "experiments/cli": {"core"}}
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.MULTILINE)
HIDDEN = re.compile(r"^(nlohmann/|toml|cxxopts|zip\.h|zlib\.h|cblas\.h|igraph)")


def room_of(parts):
    rooms = ROOMS.get(parts[0], {})
    return parts[1] if len(parts) > 2 and parts[1] in rooms else None


def wrong_room(path, target):
    """What is wrong with the rooms of an include, or nothing."""
    folder, room, parts = path.parts[0], room_of(path.parts), tuple(target.split("/"))
    if folder == "interp" and not room:
        return f"interp has rooms, {', '.join(ROOMS['interp'])}; put it into one"
    if not room or parts[0] not in MAY_USE:
        return None
    alone = ALONE.get(f"{folder}/{room}")
    if parts[0] == folder:
        wrong = parts[1] != room and parts[1] not in ROOMS[folder][room]
    else:
        wrong = alone is not None and parts[0] not in alone
    allowed = sorted((alone or set()) | ROOMS[folder][room])
    return f"{folder}/{room} may use only {', '.join(allowed) or 'itself'}" if wrong else None


def complaints_of(path, text):
    folder = path.parts[0]
    for target in INCLUDE.findall(text):
        first = target.split("/")[0]
        where = f'{path}: includes "{target}"'
        if first in ALL and first not in ALL[folder]:
            yield f"{where}; {folder} may use only {', '.join(sorted(ALL[folder]))}"
        elif wrong := wrong_room(path, target):
            yield f"{where}; {wrong}"
        elif target == "basin.h":
            yield f"{where}; inside the project include the header that is meant"
        elif target.startswith("."):
            yield f"{where}; paths start at the root of the project"
        elif folder != "experiments" and path.suffix == ".h" and HIDDEN.match(target):
            yield f"{where}; third-party headers other than fmt belong into .cpp files"


def check(root):
    return [complaint
            for path in sources.files(root, {".h", ".cpp"}) if path.parts[0] in ALL
            for complaint in complaints_of(path, (root / path).read_text())]


PLANTED = {
    "core/a.h": '#include "autodiff/graph.h"\n',
    "autodiff/a.cpp": "#include <nn/mlp.h>\n",
    "nn/data/a.cpp": '#  include "interp/gram.h"\n',
    "interp/a.h": '#include "nn/mlp.h"\n',
    "interp/sweep/b.cpp": '#include "experiments/cli/options.h"\n',
    "interp/sweep/c.cpp": '#include "../core/shape.h"\n',
    "interp/sweep/d.cpp": '#include "basin.h"\n',
    "interp/e.cpp": '#include "core/shape.h"\n',
    "interp/layers/f.cpp": '#include "interp/degeneracy/gauge.h"\n',
    "interp/volume/g.h": '#include "interp/sweep/sweep.h"\n',
    "experiments/report/h.cpp": '#include "interp/sweep/sweep.h"\n',
    "experiments/report/i.cpp": '#include "experiments/cli/options.h"\n',
    "nn/a.h": "#include <nlohmann/json.hpp>\n",
    "core/b.h": "#include <toml++/toml.h>\n",
    "mpi/a.cpp": '#include "interp/sweep/sweep.h"\n',
}
CLEAN = {
    "interp/jacobian/a.h": '#include <vector>\n\n#include "autodiff/graph.h"\n#include "interp/layers/gram.h"\n',
    "experiments/report/b.h": '#include "core/file.h"\n#include "experiments/report/a.h"\n',
    "nn/a.cpp": "#include <nlohmann/json.hpp>\n",
    "experiments/a.cpp": '#include "nn/mlp.h"\n#include "interp/gram.h"\n',
    "tests/core/a.cpp": '#include "nn/mlp.h"\n',
}

if __name__ == "__main__":
    sources.main(check, PLANTED, CLEAN)
