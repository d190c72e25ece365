/*
 * supply.c - spans of chunks, from the system and back to it.
 *
 * A kept span carries its own node in its first bytes. Kept spans stand in the order of their
 * addresses and are joined with their neighbours; there are few, for when there are too many
 * the system gets the one that comes.
 */
#include "heap/supply.h"

#include "base/bits.h"
#include "heap/heap_probe.h"
#include "os/latch.h"

enum {
    KEPT_MAX = 128,
    OWN_BYTES = 64 << 10,
    LEAF_BITS = 1 << 12,              /* chunks of 8 GiB */
    LEAF_COUNT = 1 << (48 - 21 - 12), /* of all addresses of 48 bits */
    LEAF_BYTES = LEAF_BITS / 8,
    ABOVE_PEAK_PART = 3 /* with an eighth, large blocks of mixed sizes find few touched pages */
};

struct kept {
    struct kept *next;
    size_t chunk_count;
    uint64_t since_ms;
};

const struct pages *supply_pages;

static struct {
    struct latch latch;

    /* Guarded by the latch. */
    struct kept *kept;
    size_t kept_count;
    uint8_t *own;
    size_t own_left;
    uint64_t used_bytes_peak;
    struct supply_stat stat;

    /* A bit for each chunk that begins a span in use. Last, for most of it is never touched. */
    _Atomic(_Atomic uint64_t *) leaves[LEAF_COUNT];
} supply;

static void *take_kept(size_t chunk_count);
static void cut_kept(struct kept **place, size_t chunk_count);
static bool take_behind(const void *span, size_t chunk_count, size_t new_count);
static size_t release_oldest(size_t chunk_count);
static void count_used(uint64_t bytes);
static void *map_fresh(size_t chunk_count, size_t alignment);
static bool keep(void *memory, size_t chunk_count);
static void release(void *span, size_t chunk_count);
static void *own(size_t bytes, size_t alignment);
static bool enter(const void *span);
static void leave(const void *span);

static const struct pages *pages(void)
{
    if (UNLIKELY(supply_pages == NULL)) supply_pages = pages_posix();
    return supply_pages;
}

void *supply_take(size_t chunk_count, bool *ret_is_zero)
{
    void *span;

    latch_lock(&supply.latch);
    span = take_kept(chunk_count);
    *ret_is_zero = span == NULL;
    if (span == NULL) span = map_fresh(chunk_count, 1);
    if (span != NULL && !enter(span)) {
        release(span, chunk_count);
        span = NULL;
    }
    if (span != NULL) count_used(chunk_count * CHUNK_BYTES);
    latch_unlock(&supply.latch);
    return span;
}

void *supply_take_aligned(size_t chunk_count, size_t alignment)
{
    uint8_t *span;
    size_t extra = alignment - 1;

    latch_lock(&supply.latch);
    span = map_fresh(chunk_count + extra, 1);
    if (span != NULL) {
        uintptr_t second = round_up((uintptr_t)span + CHUNK_BYTES, alignment * CHUNK_BYTES);
        uint8_t *start = (uint8_t *)second - CHUNK_BYTES;
        size_t before = (size_t)(start - span) / CHUNK_BYTES;

        if (before > 0) release(span, before);
        if (extra > before) release(start + chunk_count * CHUNK_BYTES, extra - before);
        span = start;
        if (enter(span)) {
            count_used(chunk_count * CHUNK_BYTES);
        } else {
            release(span, chunk_count);
            span = NULL;
        }
    }
    latch_unlock(&supply.latch);
    return span;
}

void supply_give(void *span, size_t chunk_count)
{
    latch_lock(&supply.latch);
    leave(span);
    supply.stat.used_bytes -= chunk_count * CHUNK_BYTES;
    if (!keep(span, chunk_count)) release(span, chunk_count);
    latch_unlock(&supply.latch);
}

void supply_give_ragged(void *span, size_t chunk_count, size_t bytes)
{
    latch_lock(&supply.latch);
    leave(span);
    supply.stat.used_bytes -= chunk_count * CHUNK_BYTES;
    supply.stat.unmap_calls++;
    HEAP_PROBE(unmap, span, bytes);
    if (!pages()->unmap(span, bytes)) (void)pages()->discard(span, bytes);
    latch_unlock(&supply.latch);
}

void *supply_lengthen(void *span, size_t chunk_count, size_t new_count)
{
    size_t bytes = chunk_count * CHUNK_BYTES, new_bytes = new_count * CHUNK_BYTES;
    void *to = NULL;

    latch_lock(&supply.latch);
    if (take_behind(span, chunk_count, new_count)) {
        to = span;
    } else {
        to = take_kept(new_count);
        if (to == NULL && pages()->extend(span, bytes, new_bytes)) {
            to = span;
        } else {
            if (to == NULL) to = map_fresh(new_count, 1);
            if (to != NULL && (!enter(to) || !pages()->move(span, bytes, to, bytes))) {
                leave(to);
                release(to, new_count);
                to = NULL;
            }
            if (to != NULL) leave(span);
        }
    }
    if (to != NULL) count_used(new_bytes - bytes);
    latch_unlock(&supply.latch);
    return to;
}

void supply_purge(uint64_t until_ms)
{
    latch_lock(&supply.latch);
    for (struct kept **place = &supply.kept; *place != NULL;) {
        struct kept *span = *place;

        if (span->since_ms > until_ms) {
            place = &span->next;
            continue;
        }
        *place = span->next;
        supply.kept_count--;
        supply.stat.kept_bytes -= span->chunk_count * CHUNK_BYTES;
        release(span, span->chunk_count);
    }
    latch_unlock(&supply.latch);
}

uint64_t supply_kept_since_ms(void)
{
    uint64_t since_ms = UINT64_MAX;

    latch_lock(&supply.latch);
    for (const struct kept *span = supply.kept; span != NULL; span = span->next)
        if (span->since_ms < since_ms) since_ms = span->since_ms;
    latch_unlock(&supply.latch);
    return since_ms;
}

void *supply_own(size_t bytes, size_t alignment)
{
    void *memory;

    latch_lock(&supply.latch);
    memory = own(bytes, alignment);
    latch_unlock(&supply.latch);
    return memory;
}

bool supply_has(const void *address)
{
    uintptr_t chunk_no = (uintptr_t)address / CHUNK_BYTES;
    _Atomic uint64_t *leaf;

    if (chunk_no / LEAF_BITS >= LEAF_COUNT) return false;
    leaf = atomic_load_explicit(&supply.leaves[chunk_no / LEAF_BITS], memory_order_acquire);
    chunk_no %= LEAF_BITS;
    return leaf != NULL &&
           (atomic_load_explicit(&leaf[chunk_no / 64], memory_order_relaxed) >> (chunk_no % 64)) &
               1;
}

struct supply_stat supply_stat(void)
{
    struct supply_stat stat;

    latch_lock(&supply.latch);
    stat = supply.stat;
    latch_unlock(&supply.latch);
    return stat;
}

void supply_lock(void)
{
    latch_lock(&supply.latch);
}

void supply_unlock(void)
{
    latch_unlock(&supply.latch);
}

void supply_reset(void)
{
    latch_reset(&supply.latch);
}

/* The smallest that is large enough; its beginning, so that what is behind can be had later. */
static void *take_kept(size_t chunk_count)
{
    struct kept **best = NULL;
    struct kept *span;

    for (struct kept **place = &supply.kept; *place != NULL; place = &(*place)->next)
        if ((*place)->chunk_count >= chunk_count &&
            (best == NULL || (*place)->chunk_count < (*best)->chunk_count))
            best = place;
    if (best == NULL) return NULL;
    supply.stat.kept_bytes -= chunk_count * CHUNK_BYTES;
    span = *best;
    cut_kept(best, chunk_count);
    return span;
}

/* The first chunks of a kept span are taken; what is left gets a node of its own. */
static void cut_kept(struct kept **place, size_t chunk_count)
{
    struct kept *span = *place;
    struct kept *left;

    if (span->chunk_count == chunk_count) {
        *place = span->next;
        supply.kept_count--;
        return;
    }
    left = (struct kept *)(void *)((uint8_t *)span + chunk_count * CHUNK_BYTES);
    left->next = span->next;
    left->chunk_count = span->chunk_count - chunk_count;
    left->since_ms = span->since_ms;
    *place = left;
}

/* A kept span that begins where this one ends gives it what it lacks. */
static bool take_behind(const void *span, size_t chunk_count, size_t new_count)
{
    const uint8_t *end = (const uint8_t *)span + chunk_count * CHUNK_BYTES;

    for (struct kept **place = &supply.kept; *place != NULL; place = &(*place)->next) {
        if ((const uint8_t *)*place != end) continue;
        if ((*place)->chunk_count < new_count - chunk_count) return false;
        supply.stat.kept_bytes -= (new_count - chunk_count) * CHUNK_BYTES;
        cut_kept(place, new_count - chunk_count);
        return true;
    }
    return false;
}

/*
 * So many chunks of the span that has been kept longest go to the system, from its end, or all
 * that it has. How many went; 0: nothing is kept.
 */
static size_t release_oldest(size_t chunk_count)
{
    struct kept **oldest = &supply.kept;
    struct kept *span;

    if (supply.kept == NULL) return 0;
    for (struct kept **place = &supply.kept; *place != NULL; place = &(*place)->next)
        if ((*place)->since_ms < (*oldest)->since_ms) oldest = place;
    span = *oldest;
    if (chunk_count < span->chunk_count) {
        span->chunk_count -= chunk_count;
        release((uint8_t *)span + span->chunk_count * CHUNK_BYTES, chunk_count);
    } else {
        chunk_count = span->chunk_count;
        *oldest = span->next;
        supply.kept_count--;
        release(span, chunk_count);
    }
    supply.stat.kept_bytes -= chunk_count * CHUNK_BYTES;
    return chunk_count;
}

static void *map_fresh(size_t chunk_count, size_t alignment)
{
    uint64_t bytes;
    uint64_t mapped_bytes;
    uint64_t most_bytes;
    void *span;

    if (!multiply_fits(chunk_count, CHUNK_BYTES, &bytes)) return NULL;
    /* What is kept and too short may not make the process much larger than it was. */
    most_bytes = supply.used_bytes_peak + supply.used_bytes_peak / ABOVE_PEAK_PART;
    for (;;) {
        mapped_bytes = supply.stat.used_bytes + supply.stat.kept_bytes + bytes;
        if (mapped_bytes <= most_bytes ||
            release_oldest(divide_up(mapped_bytes - most_bytes, CHUNK_BYTES)) == 0)
            break;
    }
    span = pages()->map(bytes, alignment * CHUNK_BYTES);
    /* Nor stand in the way of what is wanted, where addresses are limited. */
    while (span == NULL && release_oldest(SIZE_MAX) > 0)
        span = pages()->map(bytes, alignment * CHUNK_BYTES);
    if (span == NULL) return NULL;
    supply.stat.map_calls++;
    HEAP_PROBE(map, span, bytes);
    mapped_bytes = supply.stat.used_bytes + supply.stat.kept_bytes + bytes;
    if (mapped_bytes > supply.stat.mapped_bytes_peak) supply.stat.mapped_bytes_peak = mapped_bytes;
    return span;
}

static void count_used(uint64_t bytes)
{
    supply.stat.used_bytes += bytes;
    if (supply.stat.used_bytes > supply.used_bytes_peak)
        supply.used_bytes_peak = supply.stat.used_bytes;
}

/* False: there are many already. */
static bool keep(void *memory, size_t chunk_count)
{
    struct kept **place = &supply.kept;
    struct kept *before = NULL;
    struct kept *span = memory;
    uint64_t now_ms = pages()->now_ms();

    while (*place != NULL && *place < span) {
        before = *place;
        place = &before->next;
    }
    if (before != NULL &&
        (uint8_t *)before + before->chunk_count * CHUNK_BYTES == (uint8_t *)memory) {
        before->chunk_count += chunk_count;
        before->since_ms = now_ms;
        span = before;
    } else {
        if (supply.kept_count >= KEPT_MAX) return false;
        span->next = *place;
        span->chunk_count = chunk_count;
        span->since_ms = now_ms;
        *place = span;
        supply.kept_count++;
    }
    supply.stat.kept_bytes += chunk_count * CHUNK_BYTES;
    if ((uint8_t *)span + span->chunk_count * CHUNK_BYTES == (uint8_t *)span->next) {
        span->chunk_count += span->next->chunk_count;
        span->next = span->next->next;
        supply.kept_count--;
    }
    return true;
}

/* Where the system refuses (it would have to cut a mapping in two), the pages at least go. */
static void release(void *span, size_t chunk_count)
{
    supply.stat.unmap_calls++;
    HEAP_PROBE(unmap, span, chunk_count * CHUNK_BYTES);
    if (!pages()->unmap(span, chunk_count * CHUNK_BYTES))
        (void)pages()->discard(span, chunk_count * CHUNK_BYTES);
}

static void *own(size_t bytes, size_t alignment)
{
    size_t skipped = (size_t)(0 - (uintptr_t)supply.own) & (alignment - 1);
    uint8_t *memory;

    if (bytes + skipped > supply.own_left) {
        size_t mapped_bytes = bytes > OWN_BYTES ? round_up(bytes, OWN_BYTES) : OWN_BYTES;

        memory = pages()->map(mapped_bytes, alignment);
        if (memory == NULL) return NULL;
        supply.own = memory;
        supply.own_left = mapped_bytes;
        supply.stat.own_bytes += mapped_bytes;
        skipped = 0;
    }
    memory = supply.own + skipped;
    supply.own += bytes + skipped;
    supply.own_left -= bytes + skipped;
    return memory;
}

static bool enter(const void *span)
{
    uintptr_t chunk_no = (uintptr_t)span / CHUNK_BYTES;
    _Atomic uint64_t *leaf;

    if (chunk_no / LEAF_BITS >= LEAF_COUNT) return false;
    leaf = atomic_load_explicit(&supply.leaves[chunk_no / LEAF_BITS], memory_order_relaxed);
    if (leaf == NULL) {
        leaf = own(LEAF_BYTES, sizeof(*leaf));
        if (leaf == NULL) return false;
        atomic_store_explicit(&supply.leaves[chunk_no / LEAF_BITS], leaf, memory_order_release);
    }
    chunk_no %= LEAF_BITS;
    atomic_fetch_or_explicit(&leaf[chunk_no / 64], UINT64_C(1) << (chunk_no % 64),
                             memory_order_relaxed);
    return true;
}

static void leave(const void *span)
{
    uintptr_t chunk_no = (uintptr_t)span / CHUNK_BYTES;
    _Atomic uint64_t *leaf =
        atomic_load_explicit(&supply.leaves[chunk_no / LEAF_BITS], memory_order_relaxed);

    if (leaf == NULL) return;
    chunk_no %= LEAF_BITS;
    atomic_fetch_and_explicit(&leaf[chunk_no / 64], ~(UINT64_C(1) << (chunk_no % 64)),
                              memory_order_relaxed);
}
