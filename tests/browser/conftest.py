"""One headless browser for all page tests. Where there is none they are skipped, saying so; under CI they fail."""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WIDTHS, SCHEMES = (1280, 375), ("light", "dark")
VIEWS = tuple(itertools.product(WIDTHS, SCHEMES))


def needed(found: str | None, what: str) -> str:
    """The program that was found; without it the test is skipped here and fails under CI."""
    if found is None:
        pytest.fail(f"no {what} on this machine") if os.environ.get("CI") == "true" else pytest.skip(f"no {what} here")
    return found


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A browser without a sandbox (it only opens our own files) that asks for nothing of its own."""
    path = needed(next(filter(None, map(shutil.which, NAMES)), None), f"browser ({', '.join(NAMES)})")
    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=path, args=list(FLAGS))
        yield opened
        opened.close()


@dataclass
class Visit:
    """What one page showed in one view: requests beyond the page itself, axe's violations, how wide it is."""

    name: str
    width: int
    scheme: str
    asked: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    wide: int = 0

    @property
    def label(self) -> str:
        """Page and view, for messages."""
        return f"{self.name} at {self.width} px, {self.scheme}"


def visits(browser: Browser, home: Path, views: tuple[tuple[int, str], ...] = VIEWS) -> list[Visit]:
    """Open every page of a report in every view, with all that is folded unfolded, and look at it."""
    import axe_playwright_python

    axe = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
    page, found = browser.new_page(), []
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for path in sorted(home.glob("*.html")):
        page.goto(path.as_uri())
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        page.evaluate(axe)
        for width, scheme in views:
            page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            page.set_viewport_size({"width": width, "height": 900})
            outside = [url for url in asked if url != path.as_uri() and not url.startswith("data:")]
            wide = page.evaluate("document.documentElement.scrollWidth")
            found.append(Visit(path.stem, width, scheme, outside, _violations(page), wide))
            _keep(page, home.name, found[-1])
        asked.clear()
    page.close()
    return found


def _violations(page: Page) -> list[str]:
    """What axe finds, one line a rule: its name and the first element."""
    found: dict[str, Any] = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [f"{rule['id']}: {rule['nodes'][0]['html'][:120]}" for rule in found["violations"]]


def _keep(page: Page, client: str, visit: Visit) -> None:
    """Under CI: keep a picture of the page in the light on a desk and in the dark on a phone."""
    if os.environ.get("CI") == "true" and (visit.width, visit.scheme) in ((1280, "light"), (375, "dark")):
        name = f"{client}-{visit.name}-{visit.width}-{visit.scheme}.jpg"
        page.screenshot(path=str(ROOT / "reports" / "screenshots" / name), full_page=True, type="jpeg", quality=60)


@pytest.fixture(scope="session")
def sample_visits(browser: Browser, sample_run: Path) -> list[Visit]:
    """Every page of the sample client, light and dark, on a desk and on a phone."""
    return visits(browser, sample_run)
