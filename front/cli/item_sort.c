/*
 * item_sort.c - sorts items in memory by their keys, as the database orders them.
 *
 * The idea is a multikey sort by eight bytes at a time. A range of entries whose keys are
 * equal up to `depth` skips what all of them share, takes the next eight bytes as a number
 * into the entries, and sorts by that number: by radix when the range is large, by merging
 * when it is small. Keys are touched once a round then, not once a comparison. What is
 * still equal becomes a range of its own, eight bytes deeper; ranges wait on a stack, whose
 * size is bounded because waiting ranges are disjoint and longer than TINY.
 */
#include "item_sort.h"

#include <stdlib.h>
#include <string.h>

#include "failure.h"

enum { TINY = 12, RADIX_MIN = 2048, PREFIX_BYTES = 8, DIGITS = 256 };

struct range {
    size_t begin;
    size_t count;
    size_t depth; /* all keys are equal up to here */
};

struct sorter {
    struct item_entry *entries;
    struct item_entry *scratch;
    struct range *stack;
    size_t stack_count;
};

static void sort_range(struct sorter *sorter, struct range range);

int item_sort_compare(const struct item *left, const struct item *right)
{
    size_t size = left->key_bytes < right->key_bytes ? left->key_bytes : right->key_bytes;
    int order = memcmp(left->bytes, right->bytes, size);

    if (order != 0) return order;
    return (left->key_bytes > right->key_bytes) - (left->key_bytes < right->key_bytes);
}

enum outcome item_sort(struct item_entry *entries, size_t count)
{
    struct sorter sorter = {.entries = entries};
    enum outcome outcome = OUTCOME_DONE;

    if (count < 2) return OUTCOME_DONE;
    sorter.scratch = malloc(count * sizeof(*entries));
    sorter.stack = malloc((count / TINY + 1) * sizeof(*sorter.stack));
    if (sorter.scratch == NULL || sorter.stack == NULL) {
        outcome = failure_memory("load");
        goto out;
    }
    sorter.stack[sorter.stack_count++] = (struct range){0, count, 0};
    while (sorter.stack_count > 0)
        sort_range(&sorter, sorter.stack[--sorter.stack_count]);
out:
    free(sorter.stack);
    free(sorter.scratch);
    return outcome;
}

/* The eight bytes at `depth` as a number that compares as they do; zeros behind the end. */
static uint64_t prefix_at(const struct item *item, size_t depth)
{
    unsigned char bytes[PREFIX_BYTES] = {0};
    size_t left = item->key_bytes > depth ? item->key_bytes - depth : 0;
    uint64_t prefix = 0;

    if (left >= PREFIX_BYTES)
        memcpy(bytes, item->bytes + depth, PREFIX_BYTES);
    else if (left > 0)
        memcpy(bytes, item->bytes + depth, left);
    for (size_t i = 0; i < PREFIX_BYTES; i++)
        prefix = prefix << 8 | bytes[i];
    return prefix;
}

/* How far all keys of the range are equal; *ret_is_done: they are equal as a whole. */
static size_t shared_depth(const struct item_entry *entries, struct range range, int *ret_is_done)
{
    const struct item *first = entries[range.begin].item;
    size_t shared = first->key_bytes;
    int is_same_size = 1;

    for (size_t i = range.begin + 1; i < range.begin + range.count; i++) {
        const struct item *item = entries[i].item;
        size_t limit = item->key_bytes < shared ? item->key_bytes : shared;
        size_t depth = range.depth;

        is_same_size &= item->key_bytes == first->key_bytes;
        while (depth < limit && item->bytes[depth] == first->bytes[depth])
            depth++;
        shared = depth;
        if (shared == range.depth && first->key_bytes > shared) break;
    }
    *ret_is_done = is_same_size && shared == first->key_bytes;
    return shared;
}

static void sort_insertion(struct item_entry *entries, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct item_entry entry = entries[i];
        size_t at = i;

        while (at > 0 && item_sort_compare(entries[at - 1].item, entry.item) > 0) {
            entries[at] = entries[at - 1];
            at--;
        }
        entries[at] = entry;
    }
}

static int is_after(const struct item_entry *left, const struct item_entry *right, int is_deep)
{
    if (left->prefix != right->prefix) return left->prefix > right->prefix;
    return is_deep && item_sort_compare(left->item, right->item) > 0;
}

static void merge(const struct item_entry *from, struct item_entry *to, const size_t bounds[3],
                  int is_deep)
{
    size_t left = bounds[0];
    size_t right = bounds[1];

    for (size_t at = bounds[0]; at < bounds[2]; at++) {
        int is_right = left == bounds[1] ||
                       (right < bounds[2] && is_after(&from[left], &from[right], is_deep));

        to[at] = is_right ? from[right++] : from[left++];
    }
}

/* By prefix alone, or by prefix and then by the whole keys. */
static void sort_merge(struct item_entry *entries, struct item_entry *scratch, size_t count,
                       int is_deep)
{
    struct item_entry *from = entries;
    struct item_entry *to = scratch;

    for (size_t width = 1; width < count; width *= 2) {
        struct item_entry *swap = from;

        for (size_t begin = 0; begin < count; begin += 2 * width) {
            size_t middle = count - begin > width ? begin + width : count;
            size_t end = count - begin > 2 * width ? begin + 2 * width : count;
            const size_t bounds[3] = {begin, middle, end};

            merge(from, to, bounds, is_deep);
        }
        from = to;
        to = swap;
    }
    if (from != entries) memcpy(entries, from, count * sizeof(*entries));
}

/* By prefix, from the last byte to the first; a byte that all have in common costs nothing. */
static void sort_radix(struct item_entry *entries, struct item_entry *scratch, size_t count)
{
    static const size_t zero[DIGITS];
    size_t counts[PREFIX_BYTES][DIGITS];
    struct item_entry *from = entries;
    struct item_entry *to = scratch;

    for (size_t byte = 0; byte < PREFIX_BYTES; byte++)
        memcpy(counts[byte], zero, sizeof(zero));
    for (size_t i = 0; i < count; i++)
        for (size_t byte = 0; byte < PREFIX_BYTES; byte++)
            counts[byte][entries[i].prefix >> (8 * byte) & 0xff]++;
    for (size_t byte = 0; byte < PREFIX_BYTES; byte++) {
        struct item_entry *swap = from;
        size_t at = 0;

        if (counts[byte][from[0].prefix >> (8 * byte) & 0xff] == count) continue;
        for (size_t digit = 0; digit < DIGITS; digit++) {
            size_t here = counts[byte][digit];

            counts[byte][digit] = at;
            at += here;
        }
        for (size_t i = 0; i < count; i++)
            to[counts[byte][from[i].prefix >> (8 * byte) & 0xff]++] = from[i];
        from = to;
        to = swap;
    }
    if (from != entries) memcpy(entries, from, count * sizeof(*entries));
}

/*
 * A padded prefix with a zero at its end may stand for keys of different lengths; so keys
 * that ended inside it are told apart by their whole.
 */
static int is_ambiguous(const struct item_entry *entries, size_t count, size_t end)
{
    if ((entries[0].prefix & 0xff) != 0) return 0;
    for (size_t i = 0; i < count; i++)
        if (entries[i].item->key_bytes < end) return 1;
    return 0;
}

static void push_ties(struct sorter *sorter, struct range range)
{
    size_t end = range.begin + range.count;
    size_t begin = range.begin;

    while (begin < end) {
        struct item_entry *entries = sorter->entries + begin;
        size_t deeper = range.depth + PREFIX_BYTES;
        size_t count = 1;

        while (begin + count < end && entries[count].prefix == entries[0].prefix)
            count++;
        if (count > 1 && count <= TINY)
            sort_insertion(entries, count);
        else if (count > 1 && is_ambiguous(entries, count, deeper))
            sort_merge(entries, sorter->scratch + begin, count, 1);
        else if (count > 1)
            sorter->stack[sorter->stack_count++] = (struct range){begin, count, deeper};
        begin += count;
    }
}

static void sort_range(struct sorter *sorter, struct range range)
{
    struct item_entry *entries = sorter->entries + range.begin;
    struct item_entry *scratch = sorter->scratch + range.begin;
    int is_done;

    range.depth = shared_depth(sorter->entries, range, &is_done);
    if (is_done) return;
    for (size_t i = 0; i < range.count; i++)
        entries[i].prefix = prefix_at(entries[i].item, range.depth);
    if (range.count >= RADIX_MIN)
        sort_radix(entries, scratch, range.count);
    else
        sort_merge(entries, scratch, range.count, 0);
    push_ties(sorter, range);
}
