/*
 * crc32c_test.c - the checksum equals the published values, and both ways agree.
 */
#include "base/crc32c.h"

#include <string.h>

#include "base/random.h"
#include "support/seed.h"
#include "support/unit.h"

enum { BUFFER_BYTES = 20000 };

static uint8_t buffer[BUFFER_BYTES];

static int fill_buffer(void **state)
{
    struct random random;

    (void)state;
    random_init(&random, seed_get());
    for (size_t i = 0; i < BUFFER_BYTES; i++)
        buffer[i] = (uint8_t)random_next(&random);
    return 0;
}

/* From RFC 3720, B.4, and the check value of the polynomial. */
static void known_texts_have_their_known_checksums(void **state)
{
    uint8_t bytes[32];

    (void)state;
    assert_int_equal(crc32c(0, "123456789", 9), 0xe3069283);
    memset(bytes, 0, sizeof(bytes));
    assert_int_equal(crc32c(0, bytes, sizeof(bytes)), 0x8a9136aa);
    memset(bytes, 0xff, sizeof(bytes));
    assert_int_equal(crc32c(0, bytes, sizeof(bytes)), 0x62a8ab43);
    for (uint8_t i = 0; i < 32; i++)
        bytes[i] = i;
    assert_int_equal(crc32c(0, bytes, sizeof(bytes)), 0x46dd794e);
    assert_int_equal(crc32c_portable(0, bytes, sizeof(bytes)), 0x46dd794e);
}

static void nothing_leaves_the_seed_as_it_is(void **state)
{
    (void)state;
    assert_int_equal(crc32c(0, buffer, 0), 0);
    assert_int_equal(crc32c(0x12345678, buffer, 0), 0x12345678);
    assert_int_equal(crc32c_portable(0x12345678, buffer, 0), 0x12345678);
}

static void the_instruction_and_the_table_agree_at_every_length_and_place(void **state)
{
    (void)state;
    for (size_t size = 0; size <= 8300; size++)
        assert_int_equal(crc32c((uint32_t)size, buffer + size % 17, size),
                         crc32c_portable((uint32_t)size, buffer + size % 17, size));
    assert_int_equal(crc32c(1, buffer, BUFFER_BYTES), crc32c_portable(1, buffer, BUFFER_BYTES));
}

static void a_checksum_goes_on_where_another_ended(void **state)
{
    uint32_t whole = crc32c(5, buffer, BUFFER_BYTES);

    (void)state;
    for (size_t cut = 0; cut <= BUFFER_BYTES; cut += 97)
        assert_int_equal(crc32c(crc32c(5, buffer, cut), buffer + cut, BUFFER_BYTES - cut), whole);
}

static void each_single_bit_changes_the_checksum_of_a_page(void **state)
{
    uint32_t before = crc32c(0, buffer, 8192);

    (void)state;
    for (size_t bit = 0; bit < 65536; bit += 61) {
        buffer[bit / 8] ^= (uint8_t)(1U << (bit % 8));
        assert_int_not_equal(crc32c(0, buffer, 8192), before);
        buffer[bit / 8] ^= (uint8_t)(1U << (bit % 8));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_texts_have_their_known_checksums),
        cmocka_unit_test(nothing_leaves_the_seed_as_it_is),
        cmocka_unit_test(the_instruction_and_the_table_agree_at_every_length_and_place),
        cmocka_unit_test(a_checksum_goes_on_where_another_ended),
        cmocka_unit_test(each_single_bit_changes_the_checksum_of_a_page),
    };

    return cmocka_run_group_tests(tests, fill_buffer, NULL);
}
