/*
 * pages.h - the port to the system's memory, for who is itself the program's malloc.
 *
 * Unlike `struct os` it says no more than yes or no: a heap that serves malloc must not note,
 * format or allocate on the way to an answer. Every function leaves errno as it was and may be
 * called by several threads at once. The tests have one that fails when they say so.
 */
#ifndef FREEHOLD_OS_PAGES_H
#define FREEHOLD_OS_PAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pages {
    const char *name;

    /* Zeroed memory that costs what is touched, at a multiple of `alignment`; NULL: none. */
    void *(*map)(size_t bytes, size_t alignment);
    /* False: the addresses stay taken, and what lay there stays too. */
    bool (*unmap)(void *at, size_t bytes);

    /* Makes the mapping longer where it is; false: what lies behind it is in the way. */
    bool (*extend)(void *at, size_t bytes, size_t new_bytes);
    /* Moves the pages of `at` over the start of the mapping `to`; false: nothing has changed. */
    bool (*move)(void *at, size_t bytes, void *to, size_t new_bytes);

    /* Gives the memory back; reads as zeros when touched again. False: it may not. */
    bool (*discard)(void *at, size_t bytes);
    /* No access from now on; access again. */
    bool (*forbid)(void *at, size_t bytes);
    bool (*allow)(void *at, size_t bytes);
    /* A wish: large pages here; none any more, so that what is discarded stays away. */
    void (*enlarge)(void *at, size_t bytes);
    void (*divide)(void *at, size_t bytes);

    uint64_t (*now_ms)(void);   /* monotonic, a few ms coarse */
    uint64_t (*spent_ns)(void); /* processor time of this thread */
    /* Random bytes, or, where the system has none, different ones in each process. */
    void (*entropy)(void *buffer, size_t bytes);
};

/* The system this program runs on. */
const struct pages *pages_posix(void);

#endif
