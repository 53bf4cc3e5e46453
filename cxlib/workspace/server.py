"""The extension of Jupyter's server that `cx lab` loads: what is saved there has its page written."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from cxlib.workspace.saved import write_page


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "cxlib.workspace.server"}]


def _load_jupyter_server_extension(server: Any) -> None:
    """Write pages beside the server, one at a time; what goes wrong is a line in its log, and stops no saving."""
    folder, beside = Path(server.root_dir), ThreadPoolExecutor(1, "pages")

    def page(path: str) -> None:
        try:
            made = write_page(folder, Path(path))
        except Exception as error:
            server.log.warning("cx: the page of %s was not written: %s", Path(path).name, error)
        else:
            if made is not None:
                server.log.info("cx: wrote %s", made)

    def saved(model: dict[str, Any], os_path: str, **_more: Any) -> None:
        if model["type"] == "notebook":
            beside.submit(page, os_path)

    server.contents_manager.register_post_save_hook(saved)
