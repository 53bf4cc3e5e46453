"""Markdown to HTML, with LaTeX as MathML: formulas that need neither a script nor a request."""

from __future__ import annotations

import html
import re
from typing import Any

from cxlib.language import _
from cxlib.report import quick  # noqa: F401  (first: it makes the next import fast)

from nbconvert.filters import markdown_mistune as mistune  # isort: skip

LONG_FORMULA = 40  # characters of LaTeX that may be wider than a phone
# A dollar opens a formula only before a non-space and closes it only after one and not before a digit:
# "$5 and $10" is money.
_INLINE = r"(?<![$\\])\$(?=[^\s$])(?P<math_inline_tex>(?:[^$\n]|\n(?!\n))+?)(?<=[^\s\\])\$(?!\d)"


class _Inline(mistune.MathInlineParser):  # type: ignore[misc]
    """nbconvert's inline rules with a stricter dollar."""

    SPECIFICATION = {**mistune.MathInlineParser.SPECIFICATION, "inline_math_tex": _INLINE}  # noqa: RUF012


class _Renderer(mistune.IPythonRenderer):  # type: ignore[misc]
    """nbconvert's renderer, writing MathML where it would leave the formula to a script."""

    def inline_math(self, body: str) -> str:
        return mathml(body) if len(body) < LONG_FORMULA else _boxed(mathml(body), "span")

    def block_math(self, body: str) -> str:
        return _block(body)

    def latex_environment(self, name: str, body: str) -> str:
        return _block(rf"\begin{{{name}}}{body}\end{{{name}}}")

    def block_code(self, code: str, info: str | None = None) -> str:
        return f'<pre tabindex="0"><code>{html.escape(code)}</code></pre>\n'


def prose_html(source: str) -> str:
    """The HTML of a Markdown text (not yet cleaned), formulas as MathML."""
    renderer = _Renderer(escape=False, exclude_anchor_links=True)
    html_text = str(mistune.MarkdownWithMath(renderer=renderer, inline=_Inline(hard_wrap=False)).render(source))
    return re.sub(r'<p>\s*(<div class="formula".*?</div>)\s*</p>', r"\1", html_text, flags=re.DOTALL)


def mathml(body: str, display: str = "inline") -> str:
    """Return one formula as MathML; a formula that cannot be converted is shown as it was written."""
    from latex2mathml.converter import convert

    try:
        return re.sub(r"<mi>(&#x000B1;|&#x02213;)</mi>", r"<mo>\1</mo>", str(convert(body.strip(), display=display)))
    except Exception:  # the converter has no error type of its own; the formula stays readable as LaTeX
        return f"<code>{html.escape(body.strip())}</code>"


def _block(body: Any) -> str:
    """A formula on its own line."""
    return _boxed(mathml(body, "block"), "div") + "\n"


def _boxed(formula: str, tag: str) -> str:
    """A formula in a box that scrolls on a narrow screen."""
    label = html.escape(_("Formula"), quote=True)
    return f'<{tag} class="formula" tabindex="0" role="group" aria-label="{label}">{formula}</{tag}>'
