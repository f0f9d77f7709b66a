"""The public names that headers declare, by namespace: {"nn": {"MlpSpec": {"widths", …}, "mlp": set()}}.

No C++ parser: declarations are cut at their semicolons and braces, which is enough for formatted headers.
"""
import re

TYPE = re.compile(r"(?:enum\s+)?(?:struct|class|enum)\s+(?:alignas\([^)]*\)\s*)?(\w+)")
IDLE = re.compile(r"(using|typedef|friend|static_assert|extern|#)\b")


def without_comments(text):
    text = re.sub(r"//[^\n]*", "", text)
    text = re.sub(r'"(\\.|[^"\\])*"', '""', text)
    return re.sub(r"^\s*#[^\n]*(\\\n[^\n]*)*", "", text, flags=re.MULTILINE)


def closing(text, start, pair):
    """Where the bracket that opens at `start` closes."""
    depth = 0
    for at in range(start, len(text)):
        depth += (text[at] == pair[0]) - (text[at] == pair[1])
        if depth == 0:
            return at
    raise ValueError(text[start:start + 80])


def declarations(text):
    """Heads of declarations with the body that follows each, or None."""
    at = 0
    while match := re.compile(r"\S").search(text, at):
        start = at = match.start()
        label = re.compile(r"(public|private|protected)\s*:").match(text, at)
        if label:
            yield label[1], None
            at = label.end()
            continue
        body = None
        while at < len(text) and text[at] != ";":
            if text[at] == "(":
                at = closing(text, at, "()")
            elif text[at] == "{":
                end = closing(text, at, "{}")
                body, head, at = text[at + 1:end], text[start:at], end
                if is_block(head):
                    break
            at += 1
        yield (text[start:at] if body is None else head), body
        at += 1
        if body is not None and TYPE.match(without_template(head)) and not head.lstrip().startswith("namespace"):
            at = text.find(";", at - 1) + 1


def is_block(head):
    """Whether a brace behind this head is a body, no initializer."""
    head = without_template(head)
    return head.startswith("namespace") or bool(TYPE.match(head)) or bool(function_name(head))


def without_template(head):
    head = head.strip()
    while head.startswith("template"):
        head = head[closing(head, head.index("<"), "<>") + 1:].strip()
    return re.sub(r"^requires\s*\([^)]*\)+\s*", "", head)


def plain(head):
    """Without what stands in angle brackets."""
    while (shorter := re.sub(r"<[^<>()]*>", "", re.sub(r"<[^<>]*>", "", head))) != head:
        head = shorter
    return head


def function_name(head):
    match = re.match(r"[^=(]*?(operator\s*\S+?|~?\w+)\s*\(", plain(head))
    return match[1] if match else None


def names_in(text, own=None):
    """Of one scope: names of values, functions and enumerators; types come as {name: their own names}."""
    names, types, public = set(), {}, True
    for head, body in declarations(text):
        if head in ("public", "private", "protected"):
            public = head == "public"
            continue
        head = without_template(head)
        if not public or not head or IDLE.match(head):
            continue
        if head.startswith("namespace"):
            raise ValueError(f"a namespace inside: {head}")
        kind = TYPE.match(head)
        if kind and not function_name(head):
            add_type(types, kind[1], head, body)
        elif name := function_name(head):
            if name != own and not name.startswith(("~", "operator")):
                names.add(name)
        else:
            names |= field_names(head)
    return names, types


def add_type(types, name, head, body):
    if body is None:
        return
    if head.startswith("enum"):
        types[name] = {re.match(r"\w+", part.strip())[0] for part in body.split(",") if part.strip()}
        return
    names, inner = names_in(body, name)
    types[name] = names
    types.update({f"{name}.{part}": parts for part, parts in inner.items()})
    bases = re.search(r":\s*(.*)", head[len(name):].split(name, 1)[-1], re.DOTALL)
    for base in re.findall(r"(\w+)(?:<[^>]*>)?\s*(?:,|$)", bases[1]) if bases else ():
        types[name] = types[name] | types.get(base, set())


def field_names(head):
    head = re.sub(r"=[^,]*", "", plain(head))
    first, *more = head.split(",")
    last = re.findall(r"\w+", first.split("{")[0])
    names = [*last[-1:], *(part.strip().split("{")[0] for part in more)]
    return {name for name in names if re.fullmatch(r"[A-Za-z]\w*", name)}


def namespaces(text):
    """Yields (namespace without basin::, text of its scope)."""
    for match in re.finditer(r"namespace\s+basin(?:::(\w+))?\s*\{", text):
        yield match[1] or "", text[match.end():closing(text, match.end() - 1, "{}")]


def public_names(root, headers):
    found = {"": {}, "nn": {}, "interp": {}}
    for header in headers:
        for space, scope in namespaces(without_comments((root / header).read_text())):
            names, types = names_in(scope)
            for name in names:
                found[space].setdefault(name, set())
            for name, parts in types.items():
                found[space][name] = found[space].get(name, set()) | parts
    return found
