/*
 * heap_block.c - headers written, believed or not; and what a wrong pointer points to.
 */
#include "heap/heap_block.h"

#include <inttypes.h>

#include "base/bits.h"
#include "base/note.h"

static uint64_t magic_of(uint64_t at, uint64_t word);
static uint64_t *size_again(const struct heap_region *region, uint64_t end_at);
static fh_status refuse_pointer(const struct heap_region *region, uint64_t pointer_at,
                                const char *freed);

uint64_t heap_block_size_for(uint64_t bytes)
{
    uint64_t size = round_up(bytes + HEAP_HEADER_BYTES, FH_ARENA_ALIGNMENT);

    return size < HEAP_BLOCK_MIN ? HEAP_BLOCK_MIN : size;
}

void heap_block_write(struct heap_region *region, uint64_t at, uint64_t word)
{
    struct heap_block *block = heap_block_at(region, at);

    block->word = word;
    block->magic = magic_of(at, word);
    if (word & HEAP_FREE) {
        uint64_t size = heap_block_size(region, at);

        *size_again(region, at + size) = size;
    }
}

void heap_block_wipe(struct heap_region *region, uint64_t at)
{
    struct heap_block *block = heap_block_at(region, at);

    block->word = 0;
    block->magic = 0;
}

void heap_block_mark(struct heap_region *region, uint64_t at, bool before_free)
{
    uint64_t word = heap_block_at(region, at)->word & ~(uint64_t)HEAP_BEFORE_FREE;

    heap_block_write(region, at, before_free ? word | HEAP_BEFORE_FREE : word);
}

bool heap_block_is_whole(const struct heap_region *region, uint64_t at)
{
    uint64_t end_at = heap_block_end_at(region);
    uint64_t word, size;

    if (at < HEAP_FIRST_AT || at > end_at || at % FH_ARENA_ALIGNMENT != 0) return false;
    word = heap_block_at(region, at)->word;
    if (heap_block_at(region, at)->magic != magic_of(at, word)) return false;
    size = heap_block_size(region, at);
    if (at == end_at) return size == 0 && (word & HEAP_FREE) == 0;
    return size >= HEAP_BLOCK_MIN && size <= end_at - at;
}

fh_status heap_block_behind(const struct heap_region *region, uint64_t at, uint64_t *ret_at)
{
    uint64_t behind_at = at + heap_block_size(region, at);
    bool is_free = heap_block_is_free(region, at);

    if (!heap_block_is_whole(region, behind_at) ||
        ((heap_block_at(region, behind_at)->word & HEAP_BEFORE_FREE) != 0) != is_free)
        return fail(FH_CORRUPT,
                    "broken header at %" PRIu64 ": written past the end of the block at %" PRIu64,
                    behind_at, at);
    *ret_at = behind_at;
    return FH_OK;
}

fh_status heap_block_before(const struct heap_region *region, uint64_t at, uint64_t *ret_at)
{
    uint64_t size = *size_again(region, at);

    if (size > at || !heap_block_is_whole(region, at - size) ||
        !heap_block_is_free(region, at - size) || heap_block_size(region, at - size) != size)
        return fail(FH_CORRUPT,
                    "broken header: the free block that ends at %" PRIu64
                    " was written to, or past the end of the one before it",
                    at);
    *ret_at = at - size;
    return FH_OK;
}

fh_status heap_block_find(const struct heap_region *region, const void *pointer, const char *freed,
                          uint64_t *ret_at)
{
    /* An address below the region wraps to a number beyond it. */
    uint64_t pointer_at = (uintptr_t)pointer - (uintptr_t)region;
    uint64_t at = pointer_at - HEAP_HEADER_BYTES;

    if (pointer_at >= region->bytes)
        return fail(FH_INVALID,
                    "foreign pointer: it points outside of the arena's %" PRIu64 " bytes",
                    region->bytes);
    if (!heap_block_is_whole(region, at) || heap_block_is_free(region, at))
        return refuse_pointer(region, pointer_at, freed);
    *ret_at = at;
    return FH_OK;
}

static uint64_t magic_of(uint64_t at, uint64_t word)
{
    /* Odd factors: another word at the same place never has the same magic. */
    return (word * UINT64_C(0x9e3779b97f4a7c15)) ^ (at * UINT64_C(0xc2b2ae3d27d4eb4f)) ^
           UINT64_C(0x4648206172656e61);
}

static uint64_t *size_again(const struct heap_region *region, uint64_t end_at)
{
    return (uint64_t *)((uintptr_t)region + end_at - sizeof(uint64_t));
}

/* Walks to the block that the pointer lies in, to call the error by its name. */
static fh_status refuse_pointer(const struct heap_region *region, uint64_t pointer_at,
                                const char *freed)
{
    uint64_t before_at = 0;

    if (pointer_at < HEAP_FIRST_AT)
        return fail(FH_INVALID, "foreign pointer: it points to the arena's own %d bytes",
                    HEAP_HEAD_BYTES);
    for (uint64_t at = HEAP_FIRST_AT; at < heap_block_end_at(region);) {
        uint64_t size;

        if (!heap_block_is_whole(region, at))
            return fail(FH_CORRUPT,
                        "broken header at %" PRIu64
                        ": written before its block, or past the end of the one at %" PRIu64,
                        at, before_at);
        size = heap_block_size(region, at);
        if (pointer_at < at + size) {
            if (heap_block_is_free(region, at))
                return fail(FH_INVALID,
                            "%s: %" PRIu64 " lies in the free block at %" PRIu64 " of %" PRIu64
                            " bytes",
                            freed, pointer_at, at, size);
            return fail(FH_INVALID,
                        "inner pointer: %" PRIu64 " lies in the block at %" PRIu64 " of %" PRIu64
                        " bytes, whose own pointer is %" PRIu64,
                        pointer_at, at, size, at + HEAP_HEADER_BYTES);
        }
        before_at = at;
        at += size;
    }
    return fail(FH_INVALID, "foreign pointer: it points to the arena's end mark");
}
