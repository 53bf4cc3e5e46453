"""The entry point by which papermill finds our engine (`papermill … --engine cx`).

papermill loads every entry point when it is imported, so a broken one would break papermill for everybody in the
environment: this module imports nothing until a notebook is run.
"""

from __future__ import annotations

from typing import Any


class CxEngine:
    """papermill's engine interface; the work is done by `cxlib.run.engine.ChainEngine`."""

    @classmethod
    def execute_notebook(cls, nb: Any, kernel_name: str, **options: Any) -> Any:
        """Execute a notebook node; return it with its outputs."""
        from cxlib.run.engine import ChainEngine

        return ChainEngine.execute_notebook(nb, kernel_name, **options)

    @classmethod
    def nb_kernel_name(cls, nb: Any, name: str | None = None) -> str:
        """The name of the notebook's kernel."""
        return str(name or nb.metadata.get("kernelspec", {}).get("name", "python3"))

    @classmethod
    def nb_language(cls, nb: Any, language: str | None = None) -> str:
        """The language of the notebook."""
        return str(language or nb.metadata.get("kernelspec", {}).get("language", "python"))
