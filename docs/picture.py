"""The pictures of docs/, from the demonstration: `make picture` writes list, consignment and world_*.png."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from pipeline.world.picture import draw_pictures

ROOT = Path(__file__).resolve().parents[1]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def main() -> int:
    """Writes the pictures; returns the exit code."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    nights = sorted((ROOT / "demo" / "home" / "ranked").glob("*/ranked.html"))
    if chromium is None or not nights:
        sys.stderr.write(
            f"picture: needed Chromium and a night of `make demo`, found {chromium or 'no Chromium'} and {len(nights)} "
            "nights. Install Chromium, run `make demo`, and try again.\n"
        )
        return 2
    for path in draw_pictures(ROOT / "demo" / "inputs", ROOT / "demo" / "pictures"):
        shutil.copy(path, ROOT / "docs" / f"world_{path.name}")
    with sync_playwright() as running:
        browser = running.chromium.launch(executable_path=chromium, args=FLAGS)
        page = browser.new_page(viewport={"width": 1200, "height": 620})
        page.goto(nights[-1].as_uri())
        page.screenshot(path=ROOT / "docs" / "list.png")
        page.set_viewport_size({"width": 1200, "height": 900})
        page.locator(".open").first.click()
        page.screenshot(path=ROOT / "docs" / "consignment.png")
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
