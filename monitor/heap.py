"""The C library's heap: one for all threads, and given back to the system when nothing uses it any more.

Both are glibc's (malloc_trim(3), mallopt(3)); where there is another C library its heap is left as it is.
"""

from __future__ import annotations

import ctypes
import gc

_M_ARENA_MAX = -8  # malloc.h


def one_heap() -> None:
    """Keeps threads from heaps of their own; to be called before there are many.

    A reload builds in one thread what another lets go of, and a heap of which a little is in use is kept whole: the
    first three left 50 MB so, and with one heap 20. Scoring takes its memory elsewhere, and is as fast.
    """
    limit = getattr(ctypes.CDLL(None), "mallopt", None)
    if limit is not None:
        limit(_M_ARENA_MAX, 1)


def give_back() -> None:
    """Collects what stands in cycles, and trims the heap.

    A generation's model and fold stand in cycles, and the collector does not see how large they are: without the trim 8
    reloads kept 100 MB that nothing uses, and 6 swaps of the model 400 MB.
    """
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
