"""`cx new` and `cx map`: a workspace, empty, simulated, drafted from a folder of exports, or to be filled in by hand."""

from __future__ import annotations

from argparse import Namespace as Given
from pathlib import Path
from typing import TYPE_CHECKING

from cxlib.cli import ask
from cxlib.language import _

if TYPE_CHECKING:
    from cxlib.draft.draft import Draft


def new(given: Given) -> int:
    """Make a workspace; what it holds depends on the options."""
    from cxlib.engagement.brief.template import new_engagement, sample_engagement
    from cxlib.workspace.make import furnish

    if given.sample:
        file = sample_engagement(given.folder)
        furnish(file.parent)
        ask.say(_("Made {file}, a simulated client. Next: `cx run {folder}`").format(file=file, folder=given.folder))
        return 0
    if given.templates or given.questionnaire:
        return _to_fill_in(given)
    if given.source:
        from cxlib.draft.make import new_from

        file, draft = new_from(given.folder, given.source, ask.answer if given.ask else None)
        furnish(file.parent)
        return _drafted(given, file, draft)
    file = new_engagement(given.folder)
    furnish(file.parent)
    ask.say(_("Made {file}. Next: fill it in, then `cx check {folder}`").format(file=file, folder=given.folder))
    return 0


def add(given: Given) -> int:
    """Add files to the brief."""
    from cxlib.draft.make import add_files

    return _drafted(given, *add_files(given.folder, given.files, ask.answer if given.ask else None))


def _to_fill_in(given: Given) -> int:
    """The workbook, the questionnaire, or both: for clients whose files do not exist yet."""
    from cxlib.draft.questionnaire import write_questionnaires
    from cxlib.draft.workbook import new_with_tables
    from cxlib.engagement.brief import load_brief
    from cxlib.workspace.make import furnish

    if given.templates:
        file = new_with_tables(given.folder)
        furnish(file.parent)
        book = file.parent / "data/tables.xlsx"
        ask.say(_("Made {file} and {book}, a sheet for each table").format(file=file, book=book))
    if given.questionnaire:
        known = load_brief(given.folder) if Path(given.folder, "engagement.yaml").is_file() else None
        ask.say("\n".join(str(file) for file in write_questionnaires(given.folder, known)))
        ask.say(_("A code such as csat:delivery behind a question says where its answers belong"))
        if known is None and not given.templates:
            ask.say(_("Next: send it; then `cx new NAME --from FOLDER` with what comes back"))
            return 0
    return ask.hint(given, _("Next: fill in, or send and wait; then `cx check{where}`"))


def _drafted(given: Given, file: Path, draft: Draft) -> int:
    """Say what each file was taken for, what is open, and what is next."""
    from cxlib.draft.account import account

    ask.say(account(draft))
    told = _("Written: {file}. Next: answer the lines that begin with `# ?`, then `cx check{where}`")
    return ask.hint(given, "\n" + (told if draft.doubts else _("Written: {file}. Next: `cx check{where}`")), file=file)
