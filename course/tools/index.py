#!/usr/bin/env python3
"""Makes index.html, the labs at a glance: one file that needs no network.

  index.py [-o FILE]     course/index.html without

Of each lab's README: the title, the first paragraph, the objectives, the picture and the words right behind it.
"""
import argparse
import base64
import html
import pathlib
import re
import sys

COURSE = pathlib.Path(__file__).resolve().parents[1]
PICTURE = re.compile(r"^!\[(.*?)\]\((.*?)\)\s*$")
STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; color: #222; }
section { border-top: 1px solid #ccc; padding: 1rem 0; }
h2 { margin: 0 0 .5rem; } nav { columns: 2; } img { max-width: 100%; background: #fff; }
figure { margin: 1rem 0; } figcaption { color: #555; font-size: .95em; } code { background: #f2f2f2; }
"""


def paragraphs(text):
    return [block for block in re.split(r"\n\s*\n", text.strip()) if block.strip()]


def inline(text):
    """A paragraph of Markdown as HTML: code, bold, italic; links as their words."""
    text = html.escape(" ".join(text.split()), quote=False)
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"`([^`]+)`", r"<code>\1</code>", text)
    text = re.sub(r"\*\*([^*]+)\*\*", r"<b>\1</b>", text)
    return re.sub(r"(?<![*\w])\*([^*\s][^*]*)\*(?!\w)", r"<i>\1</i>", text)


def section(text, name):
    match = re.search(rf"^## {name}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    return match.group(1) if match else ""


def picture(lab, text):
    """The first picture of the page as HTML; its caption is the paragraph behind it, or what stands in its brackets."""
    blocks = paragraphs(text)
    for number, block in enumerate(blocks):
        match = PICTURE.match(block)
        if match and (lab / match.group(2)).is_file():
            behind = blocks[number + 1] if number + 1 < len(blocks) else "#"
            caption = match.group(1) if behind.startswith(("#", "```", "|", "-")) else behind
            data = base64.b64encode((lab / match.group(2)).read_bytes()).decode()
            return (f'<figure><img alt="{html.escape(match.group(1))}" src="data:image/svg+xml;base64,{data}">'
                    f"<figcaption>{inline(caption)}</figcaption></figure>")
    return ""


def lab_html(lab):
    text = (lab / "README.md").read_text()
    if len(paragraphs(text)) < 2:
        sys.exit(f"{lab / 'README.md'}: no title and first paragraph")
    title, idea = paragraphs(text)[0].lstrip("# "), paragraphs(text)[1]
    goals = re.findall(r"^- (.*?)(?=^- |\Z)", section(text, "Objectives"), re.MULTILINE | re.DOTALL)
    words = "" if idea.startswith("#") else f"<p>{inline(idea)}</p>"
    return title, (f'<section id="{lab.name}"><h2>{inline(title)}</h2>{words}'
                   f"<ul>{''.join(f'<li>{inline(goal)}</li>' for goal in goals)}</ul>{picture(lab, text)}</section>")


def page(labs):
    made = [(lab, *lab_html(lab)) for lab in labs]
    links = "".join(f'<li><a href="#{lab.name}">{inline(title)}</a></li>' for lab, title, _ in made)
    return ('<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>The labs of basin</title>'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f"<style>{STYLE}</style></head>\n<body><h1>The labs of basin</h1>\n<nav><ul>{links}</ul></nav>\n"
            + "\n".join(body for _, _, body in made) + "\n</body></html>\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--output", type=pathlib.Path, default=COURSE / "index.html")
    output = parser.parse_args().output
    labs = sorted(path.parent for path in COURSE.glob("lab[0-9][0-9]/README.md"))
    text = page(labs)
    output.write_text(text)
    print(f"{output}: {len(labs)} labs, {len(text) // 1000} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
