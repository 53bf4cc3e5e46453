"""The client's archive: what is in it, what can never be, and how deep it is looked through before it leaves."""

from __future__ import annotations

import base64
import getpass
import platform
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest

from cxlib.errors import ChainError
from cxlib.exports import export as exporting
from cxlib.exports.archive import members, packed
from cxlib.exports.book import Book
from cxlib.exports.export import export
from cxlib.exports.leaks import leaks, leaks_of, parts
from cxlib.exports.zip import PAGES, zipped

SECRET = "/home/ana/clients/acme"


@pytest.fixture
def copy(book: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Book:
    """The book with pages of its own, so that one can be spoilt; slides and workbook cost nothing here."""
    for name in PAGES:
        (tmp_path / f"{name}.html").write_bytes((book.home / f"{name}.html").read_bytes())
    monkeypatch.setattr(exporting, "_made", lambda one, *_asked: packed([("x.xml", one.encode())]))
    return replace(book, home=tmp_path)


def spoil(book: Book, name: str, change: Callable[[str], str]) -> None:
    path = book.home / f"{name}.html"
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")


def test_it_holds_pages_and_documents_and_nothing_else(copy: Book) -> None:
    (one,) = export(copy, ("zip",))
    held = dict(members(one.path.read_bytes()))
    documents = {exporting.file_name(copy, name) for name in exporting.FORMATS if name != "zip"}
    assert set(held) == {f"{name}.html" for name in PAGES} | {f"exports/{name}" for name in documents}
    assert b"<code>cx " not in b"".join(held.values()) and b"<code>cx " in (copy.home / "index.html").read_bytes()
    assert export(copy, ("zip",))[0].path.read_bytes() == packed(held.items())


def test_the_real_documents_pass_and_give_equal_bytes(book: Book) -> None:
    from cxlib.exports.export import _made, file_name

    made = {file_name(book, one): content for one in ("xlsx", "ics") if (content := _made(one, book, True))}
    archive = zipped(book, made)
    assert archive == zipped(book, made)
    deep = b"".join(content for _name, content in parts("a.zip", archive))
    for word in (str(book.home), str(Path.home()), f"{getpass.getuser()}@", "open_stage", "Traceback", "cell_type"):
        assert word.encode() not in deep, word
    assert b"xl/worksheets/sheet1.xml" in deep and b"<svg" in deep, "it was looked at to the bottom"


@pytest.mark.parametrize(
    "words",
    [
        SECRET,
        '<div class="b internal">x</div>',
        "Traceback (most recent call last)",
        "file:///x",
        r"C:\Users\ana",
        "stage = open_stage(3, globals())",
    ],
)
def test_what_may_not_leave_stops_the_archive_before_it_is_written(copy: Book, words: str) -> None:
    spoil(copy, "03_sales_funnel", lambda page: page.replace("</main>", f"<p>{words}</p></main>"))
    with pytest.raises(
        ChainError, match=r"03_sales_funnel\.html contains what must not be shared .*Nothing was written"
    ):
        export(copy, ("zip",))
    assert not (copy.home / "exports").exists()


def test_a_run_of_an_older_version_without_a_page_is_refused_with_the_way_out(copy: Book) -> None:
    (copy.home / "dictionary.html").unlink()
    with pytest.raises(ChainError, match=r"dictionary\.html: the run has no such page.*cx run"):
        export(copy, ("zip",))


def test_another_readers_pages_are_refused(copy: Book) -> None:
    spoil(copy, "summary", lambda page: page.replace('<body class="report">', '<body class="workbook">'))
    with pytest.raises(ChainError, match=r"summary\.html: it is not the client's edition.*cx run --audience report"):
        export(copy, ("zip",))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.pptx", packed([("ppt/embeddings/b.xlsx", packed([("xl/sharedStrings.xml", SECRET.encode())]))])),
        ("a.xlsx", packed([(f"{SECRET}.xml", b"")])),
        ("a.pdf", b"%PDF-1.7\n1 0 obj\nstream\n" + zlib.compress(f"(\0{SECRET})".encode("utf-16-be")) + b"\nendstream"),
        ("a.html", b'<img src="data:image/svg+xml;base64,' + base64.b64encode(f"<svg>{SECRET}".encode()) + b'">'),
        ("a.html", b'<img src="data:image/svg+xml,' + quote(f"<svg> {SECRET}</svg>").encode() + b'">'),
        (f"{SECRET}.html", b""),
    ],
)
def test_a_path_is_found_however_deep_it_is_packed(tmp_path: Path, name: str, content: bytes) -> None:
    found = list(leaks(name, content, leaks_of(tmp_path)))
    assert found and found[0][1:] == ("path", "/home/ana")


def test_names_of_this_machine_are_found_as_words_and_common_ones_are_not_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(getpass, "getuser", lambda: "mruiz")
    monkeypatch.setattr(platform, "node", lambda: "laptop-77.office.example")
    known = leaks_of(tmp_path)
    assert [kind for _part, kind, _words in leaks("a", b"by mruiz on laptop-77", known)] == ["user", "host"]
    assert list(leaks("a", b"mruizmo, a square root, https://example.org/home/x and 3/4", known)) == []
    assert [kind for _part, kind, _words in leaks("a", f"see {tmp_path}/x".encode(), known)][-1] == "folder"
    monkeypatch.setattr(getpass, "getuser", lambda: "root")
    assert "user" not in leaks_of(tmp_path)
