"""Gives each formula in a line its room before MathJax has set it, and keeps a full stop behind it on its line."""

import re

FORMULA = re.compile(r'(<span class="math notranslate nohighlight")>\\\((.*?)\\\)</span>([.,;:!?)’]*)', re.DOTALL)


def room(tex):
    """About how wide a formula will be, in em: its letters, and half of those below a line or in a fraction."""
    tex = re.sub(r"&\w+;", "<", tex)
    tex = re.sub(r"\\(?:mathrm|text|operatorname|bar|frac|sum|left|right)\b|\\[,;! ]", "", tex)
    tex = re.sub(r"\\[a-zA-Z]+|\\\S", "x", tex)
    low = sum(len(part) for part in re.findall(r"[_^](\{.*?\}|\w)", tex))
    return 0.6 * (len(re.sub(r"[\s{}_^$]", "", tex)) - low / 2)


def reserve(app, pagename, templatename, context, doctree):
    def sized(match):
        set_here = f'{match[1]} style="--kd-room: {room(match[2]):.1f}em">\\({match[2]}\\)</span>'
        return f'<span class="kd-together">{set_here}{match[3]}</span>' if match[3] else set_here

    context["body"] = FORMULA.sub(sized, context.get("body", ""))


def setup(app):
    app.connect("html-page-context", reserve)
    return {"parallel_read_safe": True}
