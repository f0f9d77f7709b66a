"""Every relative link and every #anchor resolves, in the Markdown documents of the project, or in the HTML pages of a
folder.

  links.py [FOLDER]     the project without"""
import html.parser
import pathlib
import re
import sys
import unicodedata
import urllib.parse

import sources

FENCE = re.compile(r"^ *(```+|~~~+).*?^ *\1", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)", re.DOTALL)
INLINE = re.compile(r"\]\(\s*<?([^()\s>]*(?:\([^()\s]*\)[^()\s]*)*)>?(?:\s+\"[^\"]*\")?\s*\)")
REFERENCE = re.compile(r"^ {0,3}\[[^\]]+\]:\s*<?(\S+?)>?\s*$", re.MULTILINE)
ELSEWHERE = re.compile(r"course/student/|experiments/\w+/report\.md")  # lie in another tree; are filled in
HEADING = re.compile(r"^#{1,6} +(.*?) *#*$", re.MULTILINE)


def slug(heading):
    """GitHub's anchor of a heading: its text without signs, in lower case, blanks as hyphens."""
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", heading)
    text = re.sub(r"`|\*\*|(?<!\w)[*_]|[*_](?!\w)", "", text).lower()
    kept = (c for c in text if c in " -_" or unicodedata.category(c)[0] in "LM" or unicodedata.category(c) == "Nd")
    return "".join(kept).replace(" ", "-")


def anchors_of_markdown(text):
    seen, found = {}, set()
    for heading in HEADING.findall(FENCE.sub("", text)):
        name = slug(heading)
        found.add(f"{name}-{seen[name]}" if name in seen else name)
        seen[name] = seen.get(name, 0) + 1
    return found


def links_of_markdown(text):
    text = FENCE.sub("", text)
    text = CODE.sub("`", text)
    return INLINE.findall(text) + REFERENCE.findall(text)


class Page(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.links, self.anchors = [], set()
        self.feed(text)

    def handle_starttag(self, _, attributes):
        for name, value in attributes:
            if name in ("href", "src"):
                self.links.append(value)
            elif name == "id":
                self.anchors.add(value)


def read(path):
    """The links of a file and its anchors."""
    text = path.read_text()
    if path.suffix == ".html":
        page = Page(text)
        return page.links, page.anchors
    return links_of_markdown(text), anchors_of_markdown(text)


def complaint_of(path, link, anchors):
    where, _, anchor = urllib.parse.unquote(link).partition("#")
    target = path if not where else path.parent / where
    if not target.exists():
        return f"links to {link}, which is not there"
    if anchor and anchor not in anchors.get(target.resolve(), ()):
        near = ", ".join(sorted(a for a in anchors.get(target.resolve(), ()) if a[:4] == anchor[:4])[:4])
        return f"links to {link}, which has no such anchor" + (f"; help: near are {near}" if near else "")
    return None


def check(root):
    suffix = ".html" if list(root.glob("*.html")) else ".md"
    found = {path: read(root / path) for path in sources.files(root, {suffix})
             if not ELSEWHERE.match(str(path))}
    anchors = {(root / path).resolve(): names for path, (_, names) in found.items()}
    return [f"{path}: {complaint}" for path, (links, _) in found.items() for link in links
            if not re.match(r"[a-z]+:", link) and (complaint := complaint_of(root / path, link, anchors))]


PLANTED = {
    "a.md": "[x](b.md)\n",
    "b.md": "# One\n\n[x](#two)\n",
    "c.md": "![x](c.svg)\n",
    "d.md": "[x][1]\n\n[1]: none.md\n",
    "e.md": "# A `b`\n\n[x](e.md#a--b)\n",
    "f.md": "`a` [x](none.md) `b`\n",
    "a.html": '<p id="b"><a href="#c">c</a>',
    "b.html": '<img src="c.svg">',
}
CLEAN = {
    "a.md": "# One: `two` & *three*\n\n[x](#one-two--three) [y](https://x.y) `[z](none)`\n\n```\n[z](none)\n```\n",
    "b.md": "# One\n\n## One\n\n[x](b.md#one-1) [y](.)\n",
    "a.html": '<p id="b"><a href="#b">c</a><a href="a.html#b">d</a>',
}

if __name__ == "__main__":
    if len(sys.argv) > 1 and not list(pathlib.Path(sys.argv[1]).glob("*.html")):
        sys.exit(f"{sys.argv[1]} has no HTML pages; help: build the target docs_html")
    sources.main(check, PLANTED, CLEAN)
