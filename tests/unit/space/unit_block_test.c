/*
 * unit_block_test.c - scans of one block against loops over its bits.
 */
#include "space/unit_block.h"

#include "base/random.h"
#include "support/seed.h"
#include "support/unit.h"

enum { ROUNDS = 3000 };

/* From almost empty to almost full, in pieces that often touch the borders of words. */
static void fill(struct random *random, uint64_t *words)
{
    unsigned piece_count = (unsigned)random_below(random, 12);

    for (unsigned i = 0; i < BLOCK_WORDS; i++)
        words[i] = random_below(random, 4) == 0 ? random_next(random) : 0;
    for (unsigned i = 0; i < piece_count; i++) {
        uint64_t first = random_below(random, BLOCK_UNITS);
        uint64_t count = 1 + random_below(random, BLOCK_UNITS - first);

        if (random_below(random, 2) == 0) first = first / 64 * 64;
        bits_fill(words, first, count, random_below(random, 3) != 0);
    }
}

static unsigned longest_by_hand(const uint64_t *words)
{
    unsigned longest = 0;
    unsigned length = 0;

    for (unsigned at = 0; at < BLOCK_UNITS; at++) {
        length = bits_test(words, at) ? length + 1 : 0;
        longest = length > longest ? length : longest;
    }
    return longest;
}

static unsigned behind_by_hand(const uint64_t *words, unsigned at)
{
    unsigned count = 0;

    while (at + count < BLOCK_UNITS && bits_test(words, at + count))
        count++;
    return count;
}

static unsigned before_by_hand(const uint64_t *words, unsigned at)
{
    unsigned count = 0;

    while (count < at && bits_test(words, at - count - 1))
        count++;
    return count;
}

static unsigned find_by_hand(const uint64_t *words, unsigned from, unsigned count)
{
    while (from < BLOCK_UNITS && behind_by_hand(words, from) < count)
        from++;
    return from;
}

static void lengths_before_and_behind_equal_a_loop(void **state)
{
    struct random random;
    uint64_t words[BLOCK_WORDS];

    (void)state;
    random_init(&random, seed_get());
    for (unsigned i = 0; i < ROUNDS / 10; i++) {
        fill(&random, words);
        for (unsigned at = 0; at <= BLOCK_UNITS; at++) {
            assert_int_equal(block_before(words, at), before_by_hand(words, at));
            assert_int_equal(block_behind(words, at), behind_by_hand(words, at));
        }
    }
}

static void the_longest_run_equals_a_loop_whatever_is_known_before(void **state)
{
    struct random random;
    uint64_t words[BLOCK_WORDS];

    (void)state;
    random_init(&random, seed_get());
    for (unsigned i = 0; i < ROUNDS; i++) {
        unsigned longest;

        fill(&random, words);
        longest = longest_by_hand(words);
        assert_int_equal(block_longest(words, 0, BLOCK_UNITS), longest);
        assert_int_equal(block_longest(words, longest, BLOCK_UNITS), longest);
        assert_int_equal(block_longest(words, 0, longest), longest);
        assert_int_equal(
            block_longest(words, (unsigned)random_below(&random, longest + 1),
                          longest + (unsigned)random_below(&random, BLOCK_UNITS - longest + 1)),
            longest);
    }
}

static void a_run_of_each_length_is_found_in_each_place(void **state)
{
    (void)state;
    for (unsigned count = 1; count <= BLOCK_UNITS; count++)
        for (unsigned first = 0; first + count <= BLOCK_UNITS; first += 1 + first % 7) {
            uint64_t words[BLOCK_WORDS] = {0};

            bits_fill(words, first, count, true);
            assert_int_equal(block_longest(words, 0, BLOCK_UNITS), count);
            assert_int_equal(block_find(words, 0, count), first);
            assert_int_equal(block_find(words, first, count), first);
            if (count < BLOCK_UNITS) assert_int_equal(block_find(words, 0, count + 1), BLOCK_UNITS);
        }
}

static void the_first_run_behind_a_place_equals_a_loop(void **state)
{
    struct random random;
    uint64_t words[BLOCK_WORDS];

    (void)state;
    random_init(&random, seed_get());
    for (unsigned i = 0; i < ROUNDS; i++) {
        unsigned from = (unsigned)random_below(&random, BLOCK_UNITS);
        unsigned count = 1 + (unsigned)random_below(&random, i % 2 == 0 ? 8 : BLOCK_UNITS);

        fill(&random, words);
        assert_int_equal(block_find(words, from, count), find_by_hand(words, from, count));
    }
}

/* Places whose first and last units are free, one behind the other, with a gap between. */
static void a_run_behind_many_that_look_like_one_is_found(void **state)
{
    (void)state;
    for (unsigned gap = 2; gap < 12; gap++)
        for (unsigned count = 2; count < 40; count++) {
            uint64_t words[BLOCK_WORDS] = {~UINT64_C(0), ~UINT64_C(0), ~UINT64_C(0), ~UINT64_C(0)};

            for (unsigned at = gap; at < 200; at += gap)
                bits_fill(words, at, 1, false);
            for (unsigned from = 0; from < BLOCK_UNITS; from += 5)
                assert_int_equal(block_find(words, from, count), find_by_hand(words, from, count));
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lengths_before_and_behind_equal_a_loop),
        cmocka_unit_test(the_longest_run_equals_a_loop_whatever_is_known_before),
        cmocka_unit_test(a_run_of_each_length_is_found_in_each_place),
        cmocka_unit_test(the_first_run_behind_a_place_equals_a_loop),
        cmocka_unit_test(a_run_behind_many_that_look_like_one_is_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
