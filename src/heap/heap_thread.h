/*
 * heap_thread.h - a thread's caches, the list of heaps, and what a fork does to both.
 */
#ifndef FREEHOLD_HEAP_HEAP_THREAD_H
#define FREEHOLD_HEAP_HEAP_THREAD_H

#include "heap/heap.h"

/* The cache of a heap apart that this thread used last, or the blank one. */
extern HIDDEN EARLY_THREAD_LOCAL struct heap_cache *heap_thread_recent;

/* What a cache's `thread` is while it is this thread's. */
uintptr_t heap_thread_id(void);

/* This thread's cache of a heap, made when it has none; NULL: there is no memory. */
struct heap_cache *heap_thread_cache(struct fh_heap *heap) MUST_CHECK;

/* NULL when it has none: for who gives back and may be at the thread's very end. */
struct heap_cache *heap_thread_find(const struct fh_heap *heap);

/* A heap in the list, its pool at its defaults; NULL: there is no memory. */
struct fh_heap *heap_thread_open(void) MUST_CHECK;
/* With all its chunks. Nobody else is in a call about it. */
void heap_thread_close(struct fh_heap *heap);

/* From now on no thread has a short way to the process's heap; before there are others. */
void heap_thread_forget(void);

#endif
