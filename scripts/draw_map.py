"""Draws docs/figures/map.svg, the folders of basin and which of them use which, from the rules that
tests/checks/include_direction.py enforces.
  python3 scripts/draw_map.py           writes the picture
  python3 scripts/draw_map.py --check   exits 1 if it is not what would be drawn, or a folder has no place on it"""
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests/checks"))
from include_direction import MAY_USE, ROOMS  # noqa: E402

PICTURE = ROOT / "docs/figures/map.svg"
SAYS = {  # what each box says below its name
    "core": "arrays, BLAS and LAPACK, ranks, random numbers, threads, files",
    "autodiff": "graph, ops, derivatives, lift, programs, models",
    "nn": "networks and their training",
    "nn/data": "data sets",
    "interp": "looking into any traced model",
    "interp/sweep": "a model over data",
    "interp/layers": "dense layers",
    "interp/jacobian": "J and its ranks",
    "interp/spectra": "by products alone",
    "interp/degeneracy": "free directions",
    "interp/volume": "low loss, matchings",
    "interp/modules": "of weighted graphs",
    "interp/basis": "of interactions",
    "interp/edges": "what features do",
    "interp/llc": "learning coefficients",
    "interp/look": "patching, paths, lens",
    "experiments": "one executable a file, each study and its page in a folder",
    "experiments/report": "tables, figures, pages",
    "experiments/cli": "options, run folders",
    "experiments/claims": "what theory predicts",
    "experiments/degeneracy": "the counts in words",
    "experiments/same_function": "equal networks",
    "experiments/look": "into one network",
    "experiments/kinds": "planted kinds",
    "experiments/volumes": "figure 1 in numbers",
    "experiments/fibre": "equal functions",
    "experiments/training": "over training",
    "experiments/modularity": "matched pairs",
    "experiments/modular": "grokking arithmetic",
    "experiments/grokking": "all of it along grokking",
    "experiments/superposition": "polygons of features",
    "experiments/seeds": "networks side by side",
    "experiments/merge": "one run of its shards",
    "experiments/llc": "learning coefficients",
    "experiments/llc_training": "these over training",
    "experiments/llc_oracles": "beside exact values",
    "experiments/modules": "of your own graph",
    "experiments/sparsity": "four bases",
    "experiments/reproduce": "the whole job",
    "experiments/ablation": "features cut off",
    "experiments/interactions": "bases and graphs",
    "experiments/describe": "what is in a file",
    "experiments/shared": "what studies share",
}
LAYERS = [["experiments"], ["nn", "interp"], ["autodiff"], ["core"]]  # from the top; each uses those below
WIDTH, GAP, ROOM_WIDTH, ROOM_HEIGHT, HEAD = 960, 16, 146, 44, 52


def rooms_of(folder):
    return sorted(p.name for p in (ROOT / folder).iterdir() if p.is_dir() and any(p.glob("**/*.cpp")))


def box(x, y, w, h, name, says, inner):
    size, shade = (13, "#ffffff") if inner else (17, "#eef1fb")
    return (f'<rect x="{x}" y="{y}" width="{w}" height="{h}" rx="7" fill="{shade}" stroke="#5a6bb5"/>\n'
            f'<text x="{x + 10}" y="{y + 18 if inner else y + 24}" font-size="{size}" font-weight="600">{name}</text>\n'
            f'<text x="{x + 10}" y="{y + 34 if inner else y + 42}" font-size="{11.5 if inner else 13}" '
            f'fill="#4a5160">{says}</text>\n')


def folder_box(x, y, w, folder):
    """The box of a folder with its rooms inside; returns svg and height."""
    rooms, across = rooms_of(folder), max(1, (w - 12) // (ROOM_WIDTH + 8))
    svg = ""
    for i, room in enumerate(rooms):
        svg += box(x + 12 + i % across * (ROOM_WIDTH + 8), y + HEAD + i // across * (ROOM_HEIGHT + 8), ROOM_WIDTH,
                   ROOM_HEIGHT, room, SAYS[f"{folder}/{room}"], True)
    height = HEAD + -(-len(rooms) // across) * (ROOM_HEIGHT + 8) + (4 if rooms else 2)
    return box(x, y, w, height, folder, SAYS[folder], False) + svg, height


def drawn():
    body, y = "", GAP
    for layer in LAYERS:
        widths = {1: [WIDTH - 2 * GAP], 2: [216, WIDTH - 3 * GAP - 216]}[len(layer)]
        x, heights = GAP, []
        for folder, width in zip(layer, widths):
            svg, height = folder_box(x, y, width, folder)
            body += svg
            heights.append(height)
            x += width + GAP
        y += max(heights) + GAP
        if layer != LAYERS[-1]:
            body += f'<text x="{WIDTH / 2 - 22}" y="{y + 6}" font-size="13" fill="#4a5160">uses ↓</text>\n'
            y += GAP
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y}" width="{WIDTH}" height="{y}" '
            f'font-family="DejaVu Sans, sans-serif" fill="#1d2127">\n'
            f'<rect width="{WIDTH}" height="{y}" fill="#ffffff"/>\n{body}</svg>\n')


def complaints():
    folders = [f for layer in LAYERS for f in layer]
    wanted = [f"{f}/{room}" for f in folders for room in rooms_of(f)]
    for name in set(MAY_USE) - set(folders):
        yield f"{name} is not on the map; help: put it into LAYERS"
    for name in wanted:
        if name not in SAYS:
            yield f"{name}/ is not on the map; help: say what it is in SAYS of scripts/draw_map.py"
    for name in SAYS:
        if "/" in name and name not in wanted:
            yield f"{name} is on the map and no folder"
    for folder in ("interp",):
        if set(ROOMS[folder]) != set(rooms_of(folder)):
            yield f"the rooms of {folder} in tests/checks/include_direction.py are not its folders"


if __name__ == "__main__":
    found = list(complaints())
    if not found and "--check" not in sys.argv:
        PICTURE.write_text(drawn())
    elif not found and (not PICTURE.exists() or PICTURE.read_text() != drawn()):
        found = [f"{PICTURE.relative_to(ROOT)} is not what would be drawn; help: python3 scripts/draw_map.py"]
    print("\n".join(found) or "nothing to complain about")
    sys.exit(1 if found else 0)
