/*
 * rival_offset.c - an allocator of offsets with two levels of bits over bins of sizes.
 *
 * After the published description of S. Aaltonen's OffsetAllocator: 256 bins whose borders are
 * small floating-point numbers (three bits of mantissa), a word of bits over 32 bytes of bits,
 * a node for each run, taken or free, in one array, linked with its neighbours by address. A
 * take rounds up to the next bin and cuts the newest run there; a give gets the node's number
 * back and joins both neighbours. It checks nothing, and refuses a run that only the own bin
 * may still hold.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "rival.h"
#include "stop.h"

enum { MANTISSA_BITS = 3, MANTISSA_COUNT = 8, TOP_COUNT = 32, BIN_COUNT = 256 };

#define NOBODY UINT32_MAX

struct node {
    uint32_t first;
    uint32_t count;
    uint32_t bin_prev; /* of a node that nobody uses: bin_next is the next such node */
    uint32_t bin_next;
    uint32_t before;
    uint32_t behind;
    bool is_taken;
};

struct offsets {
    struct node *nodes;
    uint32_t node_count;
    uint32_t capacity;
    uint32_t unused; /* the first of the nodes given back */
    uint32_t top_bits;
    uint8_t leaf_bits[TOP_COUNT];
    uint32_t bins[BIN_COUNT];
    struct totals totals;
};

static unsigned highest_bit(uint32_t number)
{
    return 31U - (unsigned)__builtin_clz(number);
}

/* The bin whose border is the last at or below `count`. */
static unsigned bin_below(uint32_t count)
{
    unsigned shift;

    if (count < MANTISSA_COUNT) return count;
    shift = highest_bit(count) - MANTISSA_BITS;
    return ((shift + 1) << MANTISSA_BITS) + (count >> shift) - MANTISSA_COUNT;
}

/* The first bin in which every run has `count` or more. */
static unsigned bin_above(uint32_t count)
{
    unsigned shift;

    if (count < MANTISSA_COUNT) return count;
    shift = highest_bit(count) - MANTISSA_BITS;
    return bin_below(count) + ((count & ((1U << shift) - 1)) != 0);
}

static uint32_t node_take(struct offsets *offsets)
{
    uint32_t at = offsets->unused;

    if (at != NOBODY) {
        offsets->unused = offsets->nodes[at].bin_next;
        return at;
    }
    if (offsets->node_count == offsets->capacity) {
        offsets->capacity *= 2;
        offsets->nodes = realloc(offsets->nodes, offsets->capacity * sizeof(*offsets->nodes));
        if (offsets->nodes == NULL) stop("rival_offset: no memory for %u nodes", offsets->capacity);
    }
    return offsets->node_count++;
}

static void node_give(struct offsets *offsets, uint32_t at)
{
    offsets->nodes[at].bin_next = offsets->unused;
    offsets->unused = at;
}

static void file_node(struct offsets *offsets, uint32_t at)
{
    struct node *node = &offsets->nodes[at];
    unsigned bin = bin_below(node->count);

    node->is_taken = false;
    node->bin_prev = NOBODY;
    node->bin_next = offsets->bins[bin];
    if (node->bin_next != NOBODY) offsets->nodes[node->bin_next].bin_prev = at;
    offsets->bins[bin] = at;
    offsets->leaf_bits[bin / MANTISSA_COUNT] |= (uint8_t)(1U << bin % MANTISSA_COUNT);
    offsets->top_bits |= 1U << bin / MANTISSA_COUNT;
    offsets->totals.free_runs++;
    offsets->totals.free_units += node->count;
}

static void unfile_node(struct offsets *offsets, uint32_t at)
{
    struct node *node = &offsets->nodes[at];
    unsigned bin = bin_below(node->count);

    offsets->totals.free_runs--;
    offsets->totals.free_units -= node->count;
    if (node->bin_next != NOBODY) offsets->nodes[node->bin_next].bin_prev = node->bin_prev;
    if (node->bin_prev != NOBODY) {
        offsets->nodes[node->bin_prev].bin_next = node->bin_next;
        return;
    }
    offsets->bins[bin] = node->bin_next;
    if (node->bin_next != NOBODY) return;
    offsets->leaf_bits[bin / MANTISSA_COUNT] &= (uint8_t) ~(1U << bin % MANTISSA_COUNT);
    if (offsets->leaf_bits[bin / MANTISSA_COUNT] == 0)
        offsets->top_bits &= ~(1U << bin / MANTISSA_COUNT);
}

/* The newest run of the lowest bin from `bin` on that has one. */
static uint32_t find_node(const struct offsets *offsets, unsigned bin)
{
    unsigned top = bin / MANTISSA_COUNT;
    uint32_t leaves;
    uint32_t tops;

    leaves = (uint32_t)offsets->leaf_bits[top] >> bin % MANTISSA_COUNT << bin % MANTISSA_COUNT;
    if (leaves == 0) {
        tops = top + 1 < TOP_COUNT ? offsets->top_bits >> (top + 1) << (top + 1) : 0;
        if (tops == 0) return NOBODY;
        top = (unsigned)__builtin_ctz(tops);
        leaves = offsets->leaf_bits[top];
    }
    return offsets->bins[top * MANTISSA_COUNT + (unsigned)__builtin_ctz(leaves)];
}

/* The next run by address while an allocator is loaded. */
static uint32_t append(struct offsets *offsets, uint32_t before, uint64_t first, uint64_t count)
{
    uint32_t at = node_take(offsets);

    offsets->nodes[at] = (struct node){
        .first = (uint32_t)first,
        .count = (uint32_t)count,
        .before = before,
        .behind = NOBODY,
        .is_taken = true,
    };
    if (before != NOBODY) offsets->nodes[before].behind = at;
    return at;
}

static void load(struct offsets *offsets, const struct layout *layout, struct piece *live)
{
    uint32_t last = NOBODY;
    uint64_t end = 0;
    size_t free_no = 0;
    size_t live_no = 0;

    while (free_no < layout->free_count || live_no < layout->live_count) {
        bool is_live =
            free_no == layout->free_count ||
            (live_no < layout->live_count && live[live_no].first < layout->free[free_no].first);
        uint64_t first = is_live ? live[live_no].first : layout->free[free_no].first;
        uint64_t count = is_live ? live[live_no].count : layout->free[free_no].count;

        if (end < first) last = append(offsets, last, end, first - end);
        last = append(offsets, last, first, count);
        if (is_live)
            live[live_no++].handle = last;
        else
            file_node(offsets, last), free_no++;
        end = first + count;
    }
    if (end < layout->unit_count) (void)append(offsets, last, end, layout->unit_count - end);
}

static void *offset_open(const struct rival *rival, const struct layout *layout, struct piece *live)
{
    struct offsets *offsets = stop_or_memory(sizeof(*offsets));
    uint64_t capacity = layout->free_count + layout->live_count + 64;

    (void)rival;
    if (layout->unit_count >= UINT32_MAX)
        stop("rival_offset: %" PRIu64 " units, its numbers have 32 bits", layout->unit_count);
    memset(offsets, 0, sizeof(*offsets));
    memset(offsets->bins, 0xff, sizeof(offsets->bins));
    offsets->unused = NOBODY;
    offsets->capacity = (uint32_t)capacity;
    offsets->nodes = stop_or_memory(capacity * sizeof(*offsets->nodes));
    load(offsets, layout, live);
    return offsets;
}

static void offset_close(void *allocator)
{
    struct offsets *offsets = allocator;

    free(offsets->nodes);
    free(offsets);
}

static bool offset_take(void *allocator, uint32_t count, struct piece *ret_piece)
{
    struct offsets *offsets = allocator;
    uint32_t at = find_node(offsets, bin_above(count));
    struct node *node;
    uint32_t rest;

    if (at == NOBODY) return false;
    unfile_node(offsets, at);
    node = &offsets->nodes[at];
    node->is_taken = true;
    *ret_piece = (struct piece){.first = node->first, .count = count, .handle = at};
    if (node->count == count) return true;

    rest = node_take(offsets); /* which may move the nodes */
    node = &offsets->nodes[at];
    offsets->nodes[rest] = (struct node){
        .first = node->first + count,
        .count = node->count - count,
        .before = at,
        .behind = node->behind,
    };
    if (node->behind != NOBODY) offsets->nodes[node->behind].before = rest;
    node->behind = rest;
    node->count = count;
    file_node(offsets, rest);
    return true;
}

static void offset_give(void *allocator, const struct piece *piece)
{
    struct offsets *offsets = allocator;
    struct node *nodes = offsets->nodes;
    uint32_t at = piece->handle;
    struct node *node = &nodes[at];

    if (node->before != NOBODY && !nodes[node->before].is_taken) {
        uint32_t before = node->before;

        unfile_node(offsets, before);
        node->first = nodes[before].first;
        node->count += nodes[before].count;
        node->before = nodes[before].before;
        if (node->before != NOBODY) nodes[node->before].behind = at;
        node_give(offsets, before);
    }
    if (node->behind != NOBODY && !nodes[node->behind].is_taken) {
        uint32_t behind = node->behind;

        unfile_node(offsets, behind);
        node->count += nodes[behind].count;
        node->behind = nodes[behind].behind;
        if (node->behind != NOBODY) nodes[node->behind].before = at;
        node_give(offsets, behind);
    }
    file_node(offsets, at);
}

static struct totals offset_count(void *allocator)
{
    const struct offsets *offsets = allocator;

    return offsets->totals;
}

const struct rival rival_offset = {
    .name = "offset-bins",
    .words = "baseline: 256 bins under two levels of bits, a node for each run",
    .open = offset_open,
    .close = offset_close,
    .take = offset_take,
    .give = offset_give,
    .count = offset_count,
};
