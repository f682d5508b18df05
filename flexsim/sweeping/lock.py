"""One process at a time in a folder: a lock of the operating system, which ends with its process.

Nothing has to be cleaned up after a process that was killed. The file says who holds the lock.
"""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from flexsim.errors import WorkplaceError
from flexsim.scenario.names import shown

NAME = ".lock"


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder, which must exist.

    Raises
    ------
    WorkplaceError
        If another process holds it; the holder is named.
    """
    with (folder / NAME).open("a+", encoding="utf-8") as file:
        if not _taken(file):
            raise WorkplaceError(f"{shown(folder, 200)} is in use by {_holder(folder)}")
        file.truncate(0)
        file.write(f"process {os.getpid()} on {socket.gethostname()}, since {time.ctime()}\n")
        file.flush()
        yield


def _taken(file: IO[str]) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            file.seek(1 << 20)  # beyond what is written, so that others can read it
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
            file.seek(0)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True


def _holder(folder: Path) -> str:
    try:
        text = (folder / NAME).read_text(encoding="utf-8").strip()
    except OSError:
        text = ""
    return shown(text or "another process", 200)
