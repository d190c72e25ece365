/*
 * node_search_test.c - heads counted at once and by halves, against a walk over them.
 */
#include "tree/node_search.h"

#include <stdlib.h>

#include "base/random.h"
#include "support/seed.h"
#include "support/unit.h"

enum { PAGE_BYTES = 8192, COUNT_MAX = 1300, LOOKS = 200, SHARED = 40 };

static int compare_numbers(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;

    return (left > right) - (left < right);
}

/* Any number, or one of few that many share, or one of both ends. */
static uint32_t some_head(struct random *random)
{
    uint64_t any = random_next(random);

    if (any % 4 == 0) return (uint32_t)(any >> 8) % SHARED;
    if (any % 4 == 1) return UINT32_MAX - (uint32_t)(any >> 8) % SHARED;
    return (uint32_t)(any >> 32);
}

static void as_many_heads_are_less_as_a_walk_finds(void **state)
{
    uint8_t *node = malloc(PAGE_BYTES);
    static uint32_t heads[COUNT_MAX];
    struct random random;

    (void)state;
    assert_non_null(node);
    random_init(&random, seed_get());
    for (unsigned count = 0; count < COUNT_MAX; count += 1 + count / 16) {
        for (size_t i = 0; i < PAGE_BYTES; i++)
            node[i] = (uint8_t)random_next(&random);
        for (unsigned i = 0; i < count; i++)
            heads[i] = some_head(&random);
        qsort(heads, count, sizeof(*heads), compare_numbers);
        for (unsigned i = 0; i < count; i++)
            store32(node + NODE_HEADS_AT + (size_t)i * HEAD_BYTES, heads[i]);
        for (unsigned look = 0; look < LOOKS; look++) {
            uint32_t head = look % 2 == 0 && count > 0 ? heads[random_below(&random, count)]
                                                       : some_head(&random);
            unsigned less = 0;

            while (less < count && heads[less] < head)
                less++;
            assert_int_equal(node_search_heads(node, count, head), less);
        }
    }
    free(node);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_many_heads_are_less_as_a_walk_finds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
