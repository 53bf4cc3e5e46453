"""The exporter: our own nbconvert template, without scripts and without requests."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

from markupsafe import Markup

from cxlib.language import _, ngettext
from cxlib.report import quick  # noqa: F401  (first: it makes the next import fast)
from cxlib.report.audiences import audience
from cxlib.report.blocks import quiet, verdict_html
from cxlib.report.since import Since
from cxlib.report.standing import Standing
from cxlib.report.view import Frame, stage_view, strip

from nbconvert.exporters.templateexporter import TemplateExporter  # isort: skip

TEMPLATES = Path(__file__).parent / "templates"
_BAND = re.compile(r'<div class="status .*?<!--/status-->', re.DOTALL)
_SINCE = re.compile(r'<section class="since" .*?<!--/since-->', re.DOTALL)


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
        environment.globals.update(_=_, ngettext=ngettext, css=css, quiet=quiet, verdict=verdict_html)
        return environment


def stage_page(notebook: Any, standing: Standing, frame: Frame, since: Since | None = None) -> str:
    """The HTML page of an executed notebook for the frame's audience."""
    view = stage_view(notebook, standing, audience(frame.audience), since or Since())
    html, _resources = _exporter().from_notebook_node(_empty(), resources={"page": view, "frame": frame})
    return str(html)


def render(template: str, **names: Any) -> str:
    """A page that is not made of a notebook (the index, a stopped or blocked stage)."""
    return str(_exporter().environment.get_template(template).render(**({"strip": strip()} | names)))


def with_band(page: str, standing: Standing) -> str:
    """The page with its status band as the stage stands now; unchanged when it has no result (a stopped stage's page)."""
    return _BAND.sub(lambda old: _part("band", standing) if standing.ran_at else old[0], page, count=1)


def with_since(page: str, since: Since) -> str:
    """The page of a stage that was not computed again, with what has changed since the last run."""
    return _SINCE.sub(lambda _old: _part("since", since), page, count=1)


def _part(name: str, of: object) -> str:
    """One part of a page on its own."""
    return str(getattr(_exporter().environment.get_template("parts.html.j2").module, name)(of))


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
