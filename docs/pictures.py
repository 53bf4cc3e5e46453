"""The two pictures of the README, taken from real pages: `python docs/pictures.py reports/sample`."""

from __future__ import annotations

import io
import shutil
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

PAGES = {"index": "overview.png", "03_sales_funnel": "stage-3.png"}
NAMES = ("chromium", "chromium-browser", "google-chrome")
COLOURS = 64  # a page has few: the pictures stay below 150 kB


def main(home: Path, into: Path) -> None:
    """Picture the top of the overview and of stage 3, as a desk shows them in the light."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=found, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 1500}, color_scheme="light")
        for name, picture in PAGES.items():
            page.goto((home / f"{name}.html").resolve().as_uri())
            with Image.open(io.BytesIO(page.screenshot())) as shot:
                shot.convert("RGB").quantize(COLOURS).save(into / picture, optimize=True)
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(__file__).parent / "images")
