"""HTML of notebooks made safe and accessible: nothing active, nothing from outside, tables and figures described."""

from __future__ import annotations

import re

import nh3
from bs4 import BeautifulSoup, Tag

from cxlib.errors import StageError
from cxlib.language import _
from cxlib.report.svg import lean_svg

NO_ALT = "No description has been provided"


def _words(*lines: str) -> frozenset[str]:
    """Names written with blanks between them."""
    return frozenset(" ".join(lines).split())


_MATH = _words(
    "math mrow mi mo mn ms mtext mspace msqrt mroot mfrac msub msup msubsup munder mover munderover mtable mtr mtd",
    "mstyle mpadded mphantom menclose mmultiscripts mprescripts",
)
_MATH_ATTRIBUTES = _words(
    "display mathvariant columnalign rowspacing columnspacing stretchy fence form accent accentunder linethickness",
    "movablelimits separator lspace rspace width height depth minsize maxsize displaystyle scriptlevel notation xmlns",
)
_TAGS = (nh3.ALLOWED_TAGS - {"map", "area", "center", "nav", "header", "footer", "tt"}) | _MATH | {"section", "tfoot"}
_ATTRIBUTES = {
    **{tag: set(names) for tag, names in nh3.ALLOWED_ATTRIBUTES.items()},
    **{tag: set(_MATH_ATTRIBUTES) for tag in _MATH},
    "*": {"class", "id", "title", "lang", "dir", "role", "tabindex", "style"},
    "details": {"open"},
}
_STYLES = _words(
    "text-align vertical-align width min-width max-width white-space font-weight font-style font-size color",
    "background-color background border border-left border-right border-top border-bottom padding margin",
    "padding-left margin-left border-collapse opacity",
)
_ACTIVE = _words("script style iframe object template noscript svg video audio")  # dropped with what is in them
_COMPUTING = _words("var calc min max clamp rgb rgba hsl hsla")
_FUNCTION = re.compile(r"([^\s:;,()]*)\(")
_ODD_STYLE = re.compile(r"[\\@<>\"']|/\*|//")
_PICTURE = re.compile(r"^data:image/(svg\+xml|png|jpeg|gif|webp)[;,]")


def clean_html(html: str, *, where: str = "", caption: str = "", top: int = 2) -> str:
    """The HTML with scripts, styles, requests and handlers gone, tables captioned and figures checked.

    `where` names the cell in errors, `caption` is what an uncaptioned table is called, `top` the highest heading level.
    """
    safe = nh3.clean(
        html,
        tags=set(_TAGS),
        attributes=_ATTRIBUTES,
        attribute_filter=_attribute,
        generic_attribute_prefixes={"aria-"},
        url_schemes={"http", "https", "mailto", "data"},
        filter_style_properties=set(_STYLES),
        clean_content_tags=set(_ACTIVE),
    )
    soup = BeautifulSoup(safe, "html.parser")
    for picture in soup.find_all("img"):
        _check_picture(picture, where)
    for table in soup.select("table.facts"):
        _as_list(soup, table)
    for table in soup.find_all("table"):
        _repair_table(soup, table, caption)
    for block in soup.find_all("pre"):
        block["tabindex"] = "0"
    _lower_headings(soup, top)
    return str(soup)


def _attribute(tag: str, name: str, value: str) -> str | None:
    """Pictures only from inside the page; no address that carries its own content elsewhere; no url() in a style."""
    if name == "src":
        return value if tag == "img" and _PICTURE.match(value) else None
    if name == "href":
        return None if value.strip().lower().startswith("data:") else value
    if name == "style" and not _is_plain_style(value):
        return None
    return value


def _is_plain_style(style: str) -> bool:
    """Whether a style asks for nothing: without escapes, comments and texts, and with functions that only compute."""
    return not _ODD_STYLE.search(style) and set(_FUNCTION.findall(style.lower())) <= _COMPUTING


def _check_picture(picture: Tag, where: str) -> None:
    """A picture from outside is dropped; one without a description is refused."""
    if not picture.get("src"):
        picture.decompose()
        return
    alt = str(picture.get("alt") or "").strip()
    if not alt or NO_ALT in alt:
        raise StageError(
            where or "figure",
            "a figure has no description",
            "Every figure needs an alt text",
            "Show it with stage.figure(plot, table, alt=…)",
        )
    if picture.find_parent("figure") is None:
        picture.wrap(BeautifulSoup("", "html.parser").new_tag("figure"))
    picture["src"] = lean_svg(str(picture["src"]))
    if str(picture.get("width", "")).isdigit():
        picture["style"] = f"--w:{picture['width']}px"  # on a phone it stays this wide, in a box that scrolls
    box = BeautifulSoup("", "html.parser").new_tag(
        "div", attrs={"class": "plate", "tabindex": "0", "role": "group", "aria-label": _("Figure")}
    )
    picture.wrap(box)


def _as_list(soup: BeautifulSoup, table: Tag) -> None:
    """Pairs of term and description, which a notebook shows as a table, as the list that they are."""
    listed = soup.new_tag("dl", attrs={"class": " ".join(name for name in _classes(table) if name != "facts")})
    for row in table.find_all("tr"):
        for cell, name in zip(row.find_all(["th", "td"]), ("dt", "dd"), strict=True):
            cell.name, cell.attrs = name, {}
            listed.append(cell.extract())
    table.replace_with(listed)


def _repair_table(soup: BeautifulSoup, table: Tag, fallback: str) -> None:
    """Caption, scopes and a focusable box that scrolls; pandas' own frame attributes go."""
    for name in ("border", "frame", "rules"):
        table.attrs.pop(name, None)
    if table.caption is None:
        caption = soup.new_tag("caption")
        caption.string = fallback or _("Table")
        table.insert(0, caption)
    _scope(table)
    if "scroll" in _classes(table.parent):
        return
    label = table.caption.get_text(" ", strip=True) if table.caption else _("Table")
    box = soup.new_tag("div", attrs={"class": "scroll", "tabindex": "0", "role": "group", "aria-label": label[:120]})
    table.wrap(box)


def _scope(table: Tag) -> None:
    """Header cells say what they head; empty ones become plain cells."""
    for cell in table.find_all("th"):
        in_head = cell.find_parent("thead") is not None
        if not cell.get_text(strip=True) and cell.find("img") is None:
            cell.name = "td"
            cell.attrs.pop("scope", None)
        elif not cell.get("scope"):
            wide = str(cell.get("colspan", "1")) not in ("", "1")
            along = "colgroup" if wide else "col"
            cell["scope"] = along if in_head else "row"


def _lower_headings(soup: BeautifulSoup, top: int) -> None:
    """A page has one h1, and it is not inside a block."""
    for heading in soup.find_all(re.compile(r"^h[1-6]$")):
        heading.name = f"h{min(6, max(top, int(heading.name[1])))}"


def _classes(tag: Tag | None) -> list[str]:
    """The classes of a tag as a list."""
    value = tag.get("class") if tag is not None else None
    return value.split() if isinstance(value, str) else list(value or [])
