"""One heap for all threads: what one thread builds and another lets go of can be given back."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

CHILD = """
import ctypes, sys, threading
from monitor.heap import give_back, one_heap
if sys.argv[1] == "one":
    one_heap()
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
together = threading.Barrier(4)
def take():
    together.wait()
    libc.malloc(1_000)
    together.wait()
threads = [threading.Thread(target=take) for _ in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
give_back()
sys.stdout.flush()
libc.fdopen.restype = ctypes.c_void_p
stream = ctypes.c_void_p(libc.fdopen(1, b"w"))
libc.malloc_info(0, stream)
libc.fflush(stream)
"""


def heaps(kind: str) -> int:
    done = subprocess.run([sys.executable, "-c", CHILD, kind], capture_output=True, text=True, timeout=60, check=True)
    return done.stdout.count("<heap nr=")


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library keeps its heap in its own way")
def test_threads_share_one_heap_where_they_would_have_one_each() -> None:
    assert heaps("each") > 1
    assert heaps("one") == 1
