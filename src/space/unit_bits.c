/*
 * unit_bits.c - a set of units as bits, with summaries of 64 to step over gaps.
 */
#include "space/unit_bits.h"

#include <inttypes.h>
#include <string.h>

#include "base/check.h"
#include "base/memory.h"
#include "base/note.h"

static fh_status take_levels(struct unit_bits *bits, uint64_t word_count);

fh_status unit_bits_init(struct unit_bits *bits, uint64_t unit_count)
{
    struct unit_bits fresh = {.top = 0};

    if (unit_count >> 60 != 0)
        return fail(FH_TOO_LARGE, "%" PRIu64 " units in one set", unit_count);
    TRY(take_levels(&fresh, divide_up(unit_count, 64)));
    *bits = fresh;
    return FH_OK;
}

void unit_bits_fini(struct unit_bits *bits)
{
    memory_give(bits->levels[0]);
    bits->levels[0] = NULL;
}

fh_status unit_bits_grow(struct unit_bits *bits, uint64_t unit_count)
{
    uint64_t word_count = divide_up(unit_count, 64);
    uint64_t old_count = bits->word_counts[0];
    struct unit_bits larger = {.top = 0};

    if (unit_count >> 60 != 0)
        return fail(FH_TOO_LARGE, "%" PRIu64 " units in one set", unit_count);
    if (word_count <= old_count) return FH_OK;
    /* By half at least: many small steps must not copy the set each time. */
    if (word_count < old_count + old_count / 2) word_count = old_count + old_count / 2;
    TRY(take_levels(&larger, word_count));
    memcpy(larger.levels[0], bits->levels[0], old_count * sizeof(uint64_t));
    for (unsigned level = 1; level <= larger.top; level++)
        for (uint64_t at = 0; at < larger.word_counts[level - 1]; at++)
            if (larger.levels[level - 1][at] != 0)
                larger.levels[level][at / 64] |= UINT64_C(1) << at % 64;
    memory_give(bits->levels[0]);
    *bits = larger;
    return FH_OK;
}

void unit_bits_summarize(struct unit_bits *bits, uint64_t unit)
{
    uint64_t at = unit / 64;

    for (unsigned level = 1; level <= bits->top; level++, at /= 64) {
        uint64_t *word = &bits->levels[level][at / 64];
        uint64_t bit = UINT64_C(1) << at % 64;
        uint64_t now = bits->levels[level - 1][at] != 0 ? *word | bit : *word & ~bit;
        bool stays = (*word != 0) == (now != 0);

        *word = now;
        if (stays) return;
    }
}

uint64_t unit_bits_far_next(const struct unit_bits *bits, uint64_t from)
{
    uint64_t at = from / 64 + 1;

    for (unsigned level = 1; level <= bits->top; level++, at = at / 64 + 1) {
        uint64_t word;

        if (at / 64 >= bits->word_counts[level]) return UNIT_BITS_NONE;
        word = bits->levels[level][at / 64] >> at % 64;
        if (word == 0) continue;
        for (at += bit_lowest(word); level > 0; level--)
            at = at * 64 + bit_lowest(bits->levels[level - 1][at]);
        return at;
    }
    return UNIT_BITS_NONE;
}

uint64_t unit_bits_far_prev(const struct unit_bits *bits, uint64_t from)
{
    uint64_t at = from / 64;

    for (unsigned level = 1; level <= bits->top && at > 0; level++, at /= 64) {
        uint64_t word;

        at--;
        word = bits->levels[level][at / 64] << (63 - at % 64);
        if (word == 0) continue;
        for (at -= 63 - bit_highest(word); level > 0; level--)
            at = at * 64 + bit_highest(bits->levels[level - 1][at]);
        return at;
    }
    return UNIT_BITS_NONE;
}

fh_status unit_bits_audit(const struct unit_bits *bits)
{
    for (unsigned level = 1; level <= bits->top; level++)
        for (uint64_t at = 0; at < bits->word_counts[level - 1]; at++)
            if ((bits->levels[level - 1][at] != 0) != bits_test(bits->levels[level], at))
                return fail(FH_CORRUPT, "unit bits: a wrong summary of word %" PRIu64, at);
    return FH_OK;
}

/* All zero, up to a level of one word. */
static fh_status take_levels(struct unit_bits *bits, uint64_t word_count)
{
    uint64_t all_words = 0;

    for (bits->top = 0;; bits->top++) {
        bits->word_counts[bits->top] = word_count;
        all_words += word_count;
        if (word_count <= 1) break;
        word_count = divide_up(word_count, 64);
    }
    bits->levels[0] = memory_take(all_words, sizeof(uint64_t));
    if (bits->levels[0] == NULL)
        return fail(FH_NO_MEMORY, "unit bits: %" PRIu64 " words", all_words);
    for (unsigned level = 1; level <= bits->top; level++)
        bits->levels[level] = bits->levels[level - 1] + bits->word_counts[level - 1];
    return FH_OK;
}
