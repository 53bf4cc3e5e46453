"""The exporter: our own nbconvert template, without scripts and without requests."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from markupsafe import Markup

from cxlib.chain import Stage
from cxlib.language import _, ngettext
from cxlib.report import quick  # noqa: F401  (first: it makes the next import fast)
from cxlib.report.audiences import audience
from cxlib.report.view import Frame, stage_view, strip

from nbconvert.exporters.templateexporter import TemplateExporter  # isort: skip

TEMPLATES = Path(__file__).parent / "templates"


class PageExporter(TemplateExporter):  # type: ignore[misc]
    """An nbconvert exporter whose template is a `StageView` in a `Frame` (resources["page"], resources["frame"])."""

    export_from_notebook = "cxlib page"
    file_extension = ".html"
    output_mimetype = "text/html"
    template_paths = [str(TEMPLATES)]  # noqa: RUF012  (a traitlet)
    template_file = "stage.html.j2"

    def _create_environment(self) -> Any:
        """nbconvert's environment with escaping on and our words in it."""
        environment = super()._create_environment()
        environment.autoescape = True
        environment.globals.update(_=_, ngettext=ngettext, css=css)
        return environment


def stage_page(notebook: Any, stage: Stage, frame: Frame, state_key: str) -> str:
    """Return the HTML page of an executed notebook for the frame's audience."""
    view = stage_view(notebook, stage, audience(frame.audience), state_key)
    html, _resources = _exporter().from_notebook_node(_empty(), resources={"page": view, "frame": frame})
    return str(html)


def render(template: str, **names: Any) -> str:
    """Return a page that is not made of a notebook (the index, a stopped or blocked stage)."""
    return str(_exporter().environment.get_template(template).render(**({"strip": strip()} | names)))


@cache
def css() -> Markup:
    """The one style sheet, inlined into every page."""
    return Markup((TEMPLATES / "page.css").read_text(encoding="utf-8"))


@cache
def _exporter() -> PageExporter:
    return PageExporter()


def _empty() -> Any:
    """What the exporter is given: the view holds all that may be seen, the notebook stays behind."""
    from nbformat.v4 import new_notebook

    return new_notebook()
