"""Draws docs/figures/basis_steps.svg: what each step of an interaction basis does to a cloud of activations of two
neurons (docs/theory.md §5.2).
  python3 scripts/draw_basis_steps.py           writes the picture
  python3 scripts/draw_basis_steps.py --check   exits 1 if it is not what would be drawn"""
import pathlib
import sys

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[1]
PICTURE = ROOT / "docs/figures/basis_steps.svg"
SAMPLES, CUTOFF = 160, 0.1  # λ at most that is dropped
PANEL, GAP, TOP, BELOW = 216, 20, 74, 76  # pixels
INK, PALE = "#1d2127", "#4a5160"
LOW, MIDDLE, HIGH = np.array([24, 66, 190]), np.array([186, 178, 190]), np.array([196, 52, 24])


def cloud():
    """Rows (f_1, f_2), normal by construction: radii at quantiles, angles a golden section apart."""
    i = np.arange(SAMPLES)
    radius, angle = np.sqrt(-2 * np.log(1 - (i + 0.5) / SAMPLES)), i * np.pi * (3 - np.sqrt(5))
    z = np.column_stack([radius * np.cos(angle), radius * np.sin(angle)]) * [1.4, 0.5]
    turn = np.deg2rad(32)
    return z @ [[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]] + [2.1, 1.8]


READ = np.array([[-1.0, 0.12], [1.8, 0.04]])  # W: what the next layer reads, a strong and a weak column


def eigen(a):
    """Eigenvalues of a symmetric matrix, descending, with vectors whose largest entry is positive."""
    values, vectors = np.linalg.eigh(a)
    values, vectors = values[::-1], vectors[:, ::-1]
    return values, vectors * np.sign(vectors[np.abs(vectors).argmax(axis=0), [0, 1]])


def steps():
    """Of each panel: points, and the strong reading as a direction in it; then lambda."""
    f = cloud()
    centred = f - f.mean(axis=0)
    variances, U = eigen(centred.T @ centred / SAMPLES)
    whiten, back = U / np.sqrt(variances), U * np.sqrt(variances)
    white, read = centred @ whiten, back.T @ READ
    importances, V = eigen(read @ read.T)
    turned = white @ V
    return [(f, READ[:, 0]), (white, read[:, 0]), (turned, (V.T @ read)[:, 0]),
            (turned * np.sqrt(importances), None)], importances, f @ READ[:, 0]


def colour(share):
    mixed = MIDDLE + (HIGH - MIDDLE) * (2 * share - 1) if share > 0.5 else LOW + (MIDDLE - LOW) * 2 * share
    return "#" + "".join(f"{round(v):02x}" for v in mixed)


def text(x, y, words, size=12, fill=PALE, weight=400, anchor="start"):
    return (f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{fill}" font-weight="{weight}" '
            f'text-anchor="{anchor}">{words}</text>\n')


def line(x1, y1, x2, y2, stroke, more=""):
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{stroke}" {more}/>\n'


def dots(points, shares, opacity=1.0):
    return "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.3" fill="{colour(s)}" fill-opacity="{opacity}"/>\n'
                   for (x, y), s in zip(points, shares))


def panel(number, points, read, shares, origin, scale):
    """One plot: axes through the origin given in shares of the panel, `scale` pixels to a unit."""
    left = GAP + number * (PANEL + GAP)
    zero = np.array([left + origin[0] * PANEL, TOP + origin[1] * PANEL])
    at = zero + points * [scale, -scale]
    svg = f'<rect x="{left}" y="{TOP}" width="{PANEL}" height="{PANEL}" rx="7" fill="#ffffff" stroke="#5a6bb5"/>\n'
    svg += line(left + 8, zero[1], left + PANEL - 8, zero[1], "#c3c8d8")
    svg += line(zero[0], TOP + 8, zero[0], TOP + PANEL - 8, "#c3c8d8")
    if read is None:  # the second feature is dropped: what stays lies on the first axis
        return svg + dots(at, shares, 0.3) + dots(np.column_stack([at[:, 0], np.full(len(at), zero[1])]), shares)
    middle, reach = at.mean(axis=0), read * [1, -1] / np.hypot(*read) * 70
    return svg + dots(at, shares) + line(*middle, *(middle + reach), INK, 'stroke-width="2.5" marker-end="url(#tip)"')


def drawn():
    clouds, importances, reading = steps()
    shares = np.clip(0.5 + (reading - reading.mean()) / reading.std() / 4, 0, 1)
    assert importances[0] > CUTOFF > importances[1]
    heads = [("f: as it is", "two neurons, x = (f, 1)"), ("1. centre, whiten", "all directions vary alike"),
             ("2. rotate", "what matters comes first"), ("3. scale by importance", "what matters less is dropped")]
    half = "<tspan dy='-5' font-size='11'>−1/2</tspan>"
    below = [("f", "one long axis, mean not 0"), (f"x W D{half}", "variances 1 and 1"),
             (f"x W D{half}<tspan dy='5' dx='4'>V</tspan>", "variances 1 and 1"),
             ("f^ = x C", f"variances λ = {importances[0]:.2f} and {importances[1]:.2f}")]
    places = [((0.24, 0.8), 27), ((0.5, 0.5), 29), ((0.5, 0.5), 29), ((0.5, 0.5), 29)]
    body = ""
    for i, ((points, read), (name, says), (formula, more), (origin, scale)) in enumerate(zip(clouds, heads, below,
                                                                                             places)):
        left = GAP + i * (PANEL + GAP)
        body += text(left, 34, name, 15, INK, 600) + text(left, 56, says, 12.5)
        body += panel(i, points, read, shares, origin, scale)
        body += text(left + PANEL / 2, TOP + PANEL + 24, formula, 14, INK, 600, "middle")
        body += text(left + PANEL / 2, TOP + PANEL + 44, more, 11.5, PALE, 400, "middle")
    width, height = 4 * PANEL + 5 * GAP, TOP + PANEL + BELOW
    body += text(GAP, height - 10, "colour and arrow: what the next layer reads most, and where it grows fastest", 12.5)
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
            f'font-family="DejaVu Sans, sans-serif" fill="{INK}">\n<defs><marker id="tip" viewBox="0 0 8 8" refX="5" '
            f'refY="4" markerWidth="4" markerHeight="4" orient="auto"><path d="M0 0L8 4L0 8z" fill="{INK}"/></marker>'
            f'</defs>\n<rect width="{width}" height="{height}" fill="#eef1fb"/>\n{body}</svg>\n')


if __name__ == "__main__":
    if "--check" not in sys.argv:
        PICTURE.write_text(drawn())
    elif not PICTURE.exists() or PICTURE.read_text() != drawn():
        sys.exit(f"{PICTURE.relative_to(ROOT)} is not what would be drawn; help: python3 scripts/draw_basis_steps.py")
