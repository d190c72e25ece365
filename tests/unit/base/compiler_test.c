/*
 * compiler_test.c - what a processor does at once is what the plain way says.
 */
#include "base/compiler.h"

#include "base/bytes.h"
#include "base/random.h"
#include "support/unit.h"

enum { LANES = 16, ROUNDS = 5000 };

/* Numbers at both ends and in the middle, and any. */
static uint32_t some_number(struct random *random)
{
    static const uint32_t edges[] = {0,         1, INT32_MAX, UINT32_C(1) << 31, UINT32_MAX - 1,
                                     UINT32_MAX};
    uint64_t any = random_next(random);

    return any % 2 == 0 ? edges[(any >> 8) % 6] : (uint32_t)(any >> 32);
}

static void sixteen_numbers_are_compared_as_numbers_without_a_sign(void **state)
{
    uint8_t bytes[LANES * 4 + 1];
    struct random random;

    (void)state;
    random_init(&random, 1);
    for (unsigned round = 0; round < ROUNDS; round++) {
        uint8_t *at = bytes + round % 2;
        uint32_t limit = some_number(&random);
        unsigned wanted = 0;

        for (unsigned i = 0; i < LANES; i++) {
            uint32_t number = some_number(&random);

            store32(at + (size_t)i * 4, number);
            wanted |= (unsigned)(number > limit) << i;
        }
        assert_int_equal(CPU_GREATER_16(at, limit), wanted);
        assert_int_equal(compiler_greater_16_plain(at, limit), wanted);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sixteen_numbers_are_compared_as_numbers_without_a_sign),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
