"""`cx export`: all or nothing, with words that say what is missing."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from cxlib.cli import main
from cxlib.errors import CxError, UsageError
from cxlib.exports import export as exporting
from cxlib.exports.book import Book
from cxlib.exports.export import export, file_name, formats_of


def test_formats_come_in_one_order_and_an_unknown_one_is_refused_with_the_nearest() -> None:
    assert formats_of("ics,xlsx, PPTX,xlsx") == ("pptx", "xlsx", "ics")
    with pytest.raises(UsageError, match="'xslx' is not a format of the exports; did you mean 'xlsx'"):
        formats_of("xslx")
    with pytest.raises(UsageError, match="no format is named"):
        formats_of(" , ")


@pytest.mark.parametrize(
    ("format", "library"), [("pdf", "weasyprint"), ("pptx", "pptx"), ("xlsx", "xlsxwriter"), ("zip", "weasyprint")]
)
def test_a_missing_library_is_named_with_the_command_that_brings_it(
    book: Book, monkeypatch: pytest.MonkeyPatch, format: str, library: str
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(CxError, match=rf'library {library} cannot be loaded .*`pip install "cxlib\[export\]"`'):
        export(book, (format,))


def test_an_export_is_complete_or_it_has_not_happened(
    book: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = replace(book, home=tmp_path)
    monkeypatch.setattr("cxlib.exports.pptx.pptx", lambda _book: b"PK\x05\x06" + bytes(18))
    monkeypatch.setattr("cxlib.exports.xlsx.xlsx", lambda _book: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        export(elsewhere, ("pptx", "xlsx"))
    assert not (tmp_path / "exports").exists()
    (one,) = export(elsewhere, ("pptx",))
    assert one.path.is_file() and one.n_bytes == one.path.stat().st_size


def test_a_draft_says_so_in_its_name(book: Book) -> None:
    assert book.draft and file_name(book, "pptx") == "hogar-claro_2026-06-30_draft.pptx"
    odd = replace(book, brief=book.brief.model_copy(update={"company": "Ñandú & Cía. ¡Sí! 店"}))
    assert file_name(odd, "xlsx") == "nandu-cia-si_2026-06-30_draft.xlsx"
    assert file_name(replace(book, stands=()), "xlsx") == "hogar-claro_2026-06-30.xlsx"


def test_a_chain_that_has_not_run_is_refused_with_the_way_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], root: Path
) -> None:
    assert main(["export", str(root / "data" / "sample"), "--out", str(tmp_path)]) == 4
    words = capsys.readouterr().err
    assert "stage 1" in words and "cannot be exported" in words and "cx run" in words


def test_every_format_has_its_file() -> None:
    folder = Path(exporting.__file__).parent
    assert all((folder / f"{name}.py").is_file() for name in exporting.FORMATS)
    assert exporting.FORMATS[-1] == "zip"
