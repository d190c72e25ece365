/*
 * space_map_test.c - maps and directory as bytes, and how many of them.
 */
#include "pager/space_map.h"

#include <string.h>

#include "support/unit.h"

static void an_entry_comes_back(void **state)
{
    struct directory_entry entry = {.map_page = 0x01020304,
                                    .map_crc = 0x05060708,
                                    .free_pages = 0x090a0b0c,
                                    .longest_run = 0x0d0e,
                                    .flags = 0x0f10};
    struct directory_entry back;
    uint8_t bytes[DIRECTORY_ENTRY_BYTES], again[DIRECTORY_ENTRY_BYTES];

    (void)state;
    for (unsigned i = 0; i < DIRECTORY_COVERED_BYTES; i++)
        entry.covered[i] = (uint8_t)(i * 7);
    space_map_encode_entry(bytes, &entry);
    space_map_decode_entry(bytes, &back);
    space_map_encode_entry(again, &back);
    assert_memory_equal(bytes, again, sizeof(bytes));
    assert_memory_equal(back.covered, entry.covered, sizeof(entry.covered));
    assert_int_equal(back.map_page, entry.map_page);
    assert_int_equal(back.flags, entry.flags);
    assert_int_equal(bytes[0], 4);
}

static void bit_p_of_a_map_is_page_p(void **state)
{
    uint64_t words[64] = {0}, back[64];
    uint8_t body[512];

    (void)state;
    for (unsigned page = 0; page < 4096; page += 37)
        words[page / 64] |= UINT64_C(1) << page % 64;
    space_map_encode(body, words, 4096);
    for (unsigned page = 0; page < 4096; page++)
        assert_int_equal(body[page / 8] >> page % 8 & 1, page % 37 == 0);
    space_map_decode(back, body, 4096);
    assert_memory_equal(words, back, sizeof(words));
}

static void groups_and_directory_are_as_large_as_needed(void **state)
{
    (void)state;
    assert_int_equal(space_map_groups(1, 256), 1);
    assert_int_equal(space_map_groups(65536, 256), 1);
    assert_int_equal(space_map_groups(65537, 256), 2);
    assert_int_equal(space_map_groups(UINT32_MAX, 256), 65536);
    assert_int_equal(space_map_directory_pages(1, 512), 1);
    assert_int_equal(space_map_directory_pages(10, 512), 1);
    assert_int_equal(space_map_directory_pages(11, 512), 2);
    assert_int_equal(space_map_directory_pages(65536, 8192), 384);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_entry_comes_back),
        cmocka_unit_test(bit_p_of_a_map_is_page_p),
        cmocka_unit_test(groups_and_directory_are_as_large_as_needed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
