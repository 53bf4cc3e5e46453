"""Pages are made beside the run: while a kernel computes the next stage, a thread writes the page of the one before."""

from __future__ import annotations

import contextvars
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Any

from cxlib.chain import Stage
from cxlib.errors import CxError


class Beside:
    """One thread, which takes one page after the other; leaving the block waits for it."""

    def __init__(self) -> None:
        self._pool: ThreadPoolExecutor | None = None
        self._pages: list[tuple[Stage, Future[None]]] = []

    def __enter__(self) -> Beside:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def make(self, stage: Stage, write: Callable[..., None], *given: Any) -> None:
        """Let `write(*given)` make the page of a stage, in the language of this moment."""
        if self._pool is None:
            self._pool = ThreadPoolExecutor(1, "pages")
        self._pages.append((stage, self._pool.submit(contextvars.copy_context().run, write, *given)))

    def wait(self) -> tuple[Stage, CxError] | None:
        """Wait for all pages; the first that could not be made, and why."""
        wrong: tuple[Stage, CxError] | None = None
        for stage, page in self._pages:
            try:
                page.result()
            except CxError as error:
                wrong = wrong or (stage, error)
        self._pages.clear()
        return wrong
