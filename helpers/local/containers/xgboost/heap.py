"""The heap of a short process: memory that is freed is used again, not fetched from the system."""

import ctypes

HEAP_BYTES = 32 << 20
HUGE_PAGE_BYTES = 2 << 20
MADV_HUGEPAGE = 14  # <sys/mman.h>
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8  # <malloc.h>


def keep_freed_memory() -> None:
    """Let this process's allocator keep up to 32 MiB that are freed, in huge pages if it may.

    xgboost's reader of text files clears two buffers of 8 MiB for each file, however small it is.
    By default each is fetched from the system, page by page, and given back: with two files of some
    kB, that takes longer than reading and training on them. The settings are glibc's (mallopt(3));
    where another library allocates, nothing is changed.
    """
    libc = ctypes.CDLL(None)
    if not (hasattr(libc, "mallopt") and hasattr(libc, "madvise")):
        return
    libc.mallopt(M_ARENA_MAX, 1)  # the reader's threads would have heaps of their own
    libc.mallopt(M_MMAP_THRESHOLD, HEAP_BYTES)
    libc.mallopt(M_TRIM_THRESHOLD, 2 * HEAP_BYTES)
    libc.malloc.restype = ctypes.c_void_p
    block = ctypes.c_void_p(libc.malloc(ctypes.c_size_t(HEAP_BYTES - HUGE_PAGE_BYTES)))
    if block.value:
        start = -(-block.value // HUGE_PAGE_BYTES) * HUGE_PAGE_BYTES
        size = HEAP_BYTES - 2 * HUGE_PAGE_BYTES
        libc.madvise(ctypes.c_void_p(start), ctypes.c_size_t(size), MADV_HUGEPAGE)
        libc.free(block)
