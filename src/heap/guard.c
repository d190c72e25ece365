/*
 * guard.c - blocks that tell of wrong use: the process's heap, when it is asked to.
 *
 * What is wrong is told of with the block, the size that was asked for and what was found, in
 * one line; then the process aborts, so that the one who did it is not far. A tail is the last
 * 16 bytes of a slab's block; from the end of the user's bytes up to it all is canary.
 */
#include "heap/guard.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "heap/heap.h"
#include "heap/heap_thread.h"
#include "heap/large.h"
#include "heap/supply.h"

enum {
    CANARY = 0xfb,
    FREED_FILL = 0xdf,
    DELAYED_COUNT = 1024,
    DELAYED_LONG_COUNT = 64,
    SMALL_MAX = SIZE_CLASS_MAX - 16, /* with its tail still a slab's block */
    RUN_PAGES_MAX = 120
};

#define LIVE_MARK  UINT64_C(0x6c6976652068656d)
#define FREED_MARK UINT64_C(0x66726565642d2d21)

/* Both words are changed with the address, so that a copied tail is none. */
struct tail {
    uint64_t bytes;
    uint64_t mark;
};

bool guard_is_on;

struct delay {
    struct latch latch;

    /* Guarded by the latch. */
    void *blocks[DELAYED_COUNT];
    unsigned turn;
};

static struct delay delayed;
static struct delay delayed_long;

static void *take(struct heap_cache *cache, size_t alignment, size_t bytes);
static void *take_small(struct heap_cache *cache, size_t alignment, size_t bytes);
static void *take_run(struct heap_cache *cache, size_t alignment, size_t bytes);
static void *take_large(struct heap_cache *cache, size_t alignment, size_t bytes);
static void give_small(struct slab *slab, uint8_t *block);
static void *exchange(struct delay *delay, void *block, unsigned count);
static void give_long(struct slab *slab, void *block);
static void let_go(void *block);
static void let_all_go(void);
static void check_canary(const struct slab *slab, const uint8_t *block, size_t bytes);
static void check_fill(const uint8_t *block);
static struct tail *tail_of(const struct slab *slab, const uint8_t *block);
static struct slab *start_of(const void *block, const char *verb);
static size_t bytes_of(const struct slab *slab, const void *block);

static uint64_t key_of(const void *block)
{
    return (uint64_t)(uintptr_t)block * UINT64_C(0x9e3779b97f4a7c15) ^ slab_secret;
}

static _Noreturn void tell(const char *what, const void *block, size_t bytes, const char *more)
{
    (void)fprintf(stderr, "freehold: %s: block %p of %zu bytes%s\n", what, block, bytes, more);
    abort();
}

static _Noreturn void tell_freed(const char *verb, const void *block, size_t bytes)
{
    tell(verb[0] == 'f' ? "double free" : "use after free", block, bytes, "");
}

void *guard_take(size_t alignment, size_t bytes)
{
    struct heap_cache *cache = heap_thread_cache(&heap_guarded);
    void *block;

    if (cache == NULL || bytes > HEAP_BYTES_MAX - 2 * CHUNK_BYTES) return NULL;
    block = take(cache, alignment, bytes);
    if (LIKELY(block != NULL) || bytes > HEAP_GATHER_BYTES_MAX) return block;
    let_all_go();
    return take(cache, alignment, bytes);
}

static void *take(struct heap_cache *cache, size_t alignment, size_t bytes)
{
    if (bytes <= SMALL_MAX && alignment <= CHUNK_PAGE_BYTES)
        return take_small(cache, alignment, bytes);
    if (bytes <= RUN_PAGES_MAX * CHUNK_PAGE_BYTES && alignment <= CHUNK_PAGE_BYTES)
        return take_run(cache, alignment, bytes);
    return take_large(cache, alignment, bytes);
}

void *guard_take_zeroed(size_t bytes)
{
    void *block = guard_take(1, bytes);

    return block == NULL ? NULL : memset(block, 0, bytes);
}

void guard_give(void *block)
{
    struct fh_heap *heap;
    struct slab *slab;

    if (block == NULL) return;
    heap = heap_of(block);
    if (heap == NULL) heap_misuse("free of a pointer that no heap has", block);
    if (heap != &heap_guarded) {
        heap_give(block);
        return;
    }
    slab = start_of(block, "free");
    if (slab != NULL && slab->kind == SLAB_SMALL)
        give_small(slab, block);
    else
        give_long(slab, block);
}

void *guard_resize(void *block, size_t bytes)
{
    size_t old_bytes = guard_usable(block);
    void *moved = guard_take(1, bytes);

    if (moved == NULL) return NULL;
    memcpy(moved, block, old_bytes < bytes ? old_bytes : bytes);
    guard_give(block);
    return moved;
}

size_t guard_usable(const void *block)
{
    struct fh_heap *heap = heap_of(block);
    struct slab *slab;

    if (heap == NULL) heap_misuse("a size is asked for of a pointer that no heap has", block);
    if (heap != &heap_guarded) return heap_usable(block);
    slab = start_of(block, "use");
    return slab == NULL ? large_usable(block) : bytes_of(slab, block);
}

void guard_lock(void)
{
    latch_lock(&delayed.latch);
    latch_lock(&delayed_long.latch);
}

void guard_unlock(void)
{
    latch_unlock(&delayed_long.latch);
    latch_unlock(&delayed.latch);
}

void guard_reset(void)
{
    latch_reset(&delayed_long.latch);
    latch_reset(&delayed.latch);
}

static void *take_small(struct heap_cache *cache, size_t alignment, size_t bytes)
{
    uint8_t *block = heap_take_aligned(cache, alignment, bytes + sizeof(struct tail));
    struct slab *slab;
    struct tail *tail;

    if (block == NULL) return NULL;
    slab = slab_of(block);
    if (slab->kind == SLAB_INNER) slab -= slab->back;
    if (slab->kind != SLAB_SMALL) heap_misuse("a guarded block is in no slab", block);
    tail = tail_of(slab, block);
    tail->bytes = bytes ^ key_of(block);
    tail->mark = LIVE_MARK ^ key_of(block);
    memset(block + bytes, CANARY, (size_t)((uint8_t *)tail - block) - bytes);
    return block;
}

/* One page more before and behind, which nobody may touch. */
static void *take_run(struct heap_cache *cache, size_t alignment, size_t bytes)
{
    unsigned page_count = (unsigned)divide_up(bytes, CHUNK_PAGE_BYTES);
    bool is_zero;
    struct slab *slab = pool_take(&cache->heap->pool, page_count + 2, 1, &is_zero);

    (void)alignment;
    if (slab == NULL) return NULL;
    (void)supply_pages->forbid(slab_start(slab), CHUNK_PAGE_BYTES);
    slab++;
    slab->kind = SLAB_RUN;
    slab->wait = page_count;
    slab->is_away = false;
    (void)supply_pages->forbid(slab_start(slab + page_count), CHUNK_PAGE_BYTES);
    return slab_start(slab);
}

static void *take_large(struct heap_cache *cache, size_t alignment, size_t bytes)
{
    size_t at = alignment < 2 * CHUNK_HEAD_BYTES ? 2 * CHUNK_HEAD_BYTES : alignment;
    size_t taken = bytes > HEAP_RUN_BYTES_MAX ? bytes : HEAP_RUN_BYTES_MAX + 1;
    struct heap_chunk *chunk;
    bool is_zero;
    uint8_t *block = large_take(cache->heap, at, taken + CHUNK_PAGE_BYTES, &is_zero);

    if (block == NULL) return NULL;
    chunk = large_chunk(block);
    chunk->bytes = round_up(bytes, CHUNK_PAGE_BYTES);
    (void)supply_pages->forbid(block - CHUNK_PAGE_BYTES, CHUNK_PAGE_BYTES);
    (void)supply_pages->forbid(block + chunk->bytes, CHUNK_PAGE_BYTES);
    return block;
}

static void give_small(struct slab *slab, uint8_t *block)
{
    struct tail *tail = tail_of(slab, block);
    size_t bytes = bytes_of(slab, block);
    void *oldest;

    check_canary(slab, block, bytes);
    tail->mark = FREED_MARK ^ key_of(block);
    memset(block, FREED_FILL, bytes);
    oldest = exchange(&delayed, block, DELAYED_COUNT);
    if (oldest == NULL) return;
    check_fill(oldest);
    heap_give(oldest);
}

/* In it goes what was freed now; out of it comes what has waited longest, or NULL. */
static void *exchange(struct delay *delay, void *block, unsigned count)
{
    void *oldest;

    latch_lock(&delay->latch);
    oldest = delay->blocks[delay->turn % count];
    delay->blocks[delay->turn % count] = block;
    delay->turn++;
    latch_unlock(&delay->latch);
    return oldest;
}

/* Runs and spans: nobody may touch them until they are used again, and they cost no memory. */
static void give_long(struct slab *slab, void *block)
{
    size_t bytes = slab != NULL ? bytes_of(slab, block) : large_usable(block);

    if (slab != NULL && slab->kind == SLAB_RUN)
        slab->is_away = true;
    else
        large_chunk(block)->is_freed = true;
    (void)supply_pages->discard(block, bytes);
    (void)supply_pages->forbid(block, bytes);
    block = exchange(&delayed_long, block, DELAYED_LONG_COUNT);
    if (block != NULL) let_go(block);
}

static void let_go(void *block)
{
    bool is_large = ((uintptr_t)block & (CHUNK_BYTES - 1)) == 0;
    struct slab *slab = slab_of(block);
    size_t bytes =
        is_large || slab->kind == SLAB_LARGE ? large_usable(block) : bytes_of(slab, block);

    (void)supply_pages->allow((uint8_t *)block - CHUNK_PAGE_BYTES, bytes + 2 * CHUNK_PAGE_BYTES);
    if (is_large || slab->kind == SLAB_LARGE) {
        large_give(block);
        return;
    }
    slab->kind = SLAB_NONE;
    slab->is_away = false;
    pool_give(&heap_guarded.pool, slab - 1, slab->wait + 2);
}

/* There is no memory: what waits to be used again waits no longer. */
static void let_all_go(void)
{
    void *block;

    for (unsigned i = 0; i < DELAYED_COUNT; i++) {
        block = exchange(&delayed, NULL, DELAYED_COUNT);
        if (block == NULL) continue;
        check_fill(block);
        heap_give(block);
    }
    for (unsigned i = 0; i < DELAYED_LONG_COUNT; i++) {
        block = exchange(&delayed_long, NULL, DELAYED_LONG_COUNT);
        if (block != NULL) let_go(block);
    }
}

static void check_canary(const struct slab *slab, const uint8_t *block, size_t bytes)
{
    const uint8_t *end = (const uint8_t *)tail_of(slab, block);
    char more[80];

    for (const uint8_t *at = block + bytes; at < end; at++) {
        if (*at == CANARY) continue;
        (void)snprintf(more, sizeof(more), ": byte %zu behind its end is 0x%02x",
                       (size_t)(at - block) - bytes, *at);
        tell("write past the end", block, bytes, more);
    }
}

static void check_fill(const uint8_t *block)
{
    struct slab *slab = slab_of(block);
    size_t bytes;
    char more[80];

    if (slab->kind == SLAB_INNER) slab -= slab->back;
    bytes = tail_of(slab, block)->bytes ^ key_of(block);
    for (size_t i = 0; i < bytes; i++) {
        if (block[i] == FREED_FILL) continue;
        (void)snprintf(more, sizeof(more), ": byte %zu is 0x%02x", i, block[i]);
        tell("write after free", block, bytes, more);
    }
}

static struct tail *tail_of(const struct slab *slab, const uint8_t *block)
{
    size_t bytes = size_class_table[slab->class_no].bytes;

    return (struct tail *)((uintptr_t)block + bytes - sizeof(struct tail));
}

/* The slot of a block that is live and begins there; NULL: one with a head of its own. */
static struct slab *start_of(const void *block, const char *verb)
{
    struct slab *slab;
    char what[80];

    if (((uintptr_t)block & (CHUNK_BYTES - 1)) == 0) {
        if (large_chunk(block)->is_freed) tell_freed(verb, block, large_usable(block));
        return NULL;
    }
    slab = slab_of(block);
    if (slab->kind == SLAB_INNER) slab -= slab->back;
    if (slab->kind == SLAB_SMALL) {
        const uint8_t *start = slab_block(slab, block);

        if (start == block) {
            uint64_t mark = tail_of(slab, start)->mark ^ key_of(start);

            if (mark == LIVE_MARK) return slab;
            if (mark == FREED_MARK)
                tell_freed(verb, block, (size_t)(tail_of(slab, start)->bytes ^ key_of(start)));
            (void)snprintf(what, sizeof(what),
                           "%s of a block never given out, or written past its end", verb);
            heap_misuse(what, block);
        }
        (void)snprintf(what, sizeof(what), "%s of a pointer %zu bytes into a block", verb,
                       start == NULL ? 0 : (size_t)((const uint8_t *)block - start));
        heap_misuse(what, block);
    }
    if ((slab->kind == SLAB_RUN || slab->kind == SLAB_LARGE) &&
        ((uintptr_t)block & (CHUNK_PAGE_BYTES - 1)) == 0) {
        if (slab->kind == SLAB_RUN ? slab->is_away : large_chunk(block)->is_freed)
            tell_freed(verb, block, bytes_of(slab, block));
        return slab;
    }
    (void)snprintf(what, sizeof(what), "%s of a freed block, or of a pointer into one", verb);
    heap_misuse(what, block);
}

static size_t bytes_of(const struct slab *slab, const void *block)
{
    size_t bytes;

    if (slab->kind == SLAB_RUN) return slab->wait * CHUNK_PAGE_BYTES;
    if (slab->kind == SLAB_LARGE) return large_usable(block);
    bytes = (size_t)(tail_of(slab, block)->bytes ^ key_of(block));
    if (bytes > size_class_table[slab->class_no].bytes - sizeof(struct tail))
        heap_misuse("the size behind a block has been written over", block);
    return bytes;
}
