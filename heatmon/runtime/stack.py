"""Where a task waits, for the log: every coroutine from the outermost to the one that does not return."""

from __future__ import annotations

import asyncio
from typing import Any, Final

DEEPEST: Final = 50


def where_it_waits(task: asyncio.Task[Any]) -> str:
    """One line for each coroutine of the chain, ``file:line in function``; what it awaits at last."""
    lines: list[str] = []
    awaited: Any = task.get_coro()
    while awaited is not None and len(lines) < DEEPEST:
        # Coroutines and generators name the same things differently.
        frame = getattr(awaited, "cr_frame", None) or getattr(awaited, "gi_frame", None)
        if frame is None:
            lines.append(f"  awaits {awaited!r}")
            break
        lines.append(f"  {frame.f_code.co_filename}:{frame.f_lineno} in {frame.f_code.co_qualname}")
        awaited = getattr(awaited, "cr_await", None) or getattr(awaited, "gi_yieldfrom", None)
    return "\n".join(lines)
