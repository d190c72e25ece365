/*
 * meta_format_test.c - a meta comes back as it went, and nothing else is taken for one.
 */
#include "pager/meta_format.h"

#include "base/bytes.h"
#include "base/crc32c.h"
#include "support/unit.h"

enum { CRC_AT = 8, CRC_FROM = 12 };

static struct meta some_meta(uint64_t checkpoint_no)
{
    return (struct meta){
        .major = META_MAJOR,
        .minor = META_MINOR,
        .page_shift = 13,
        .chunk_shift = 8,
        .slot = meta_slot_of(checkpoint_no),
        .flags = META_NO_LOG,
        .ro_compat = 2,
        .compat = 3,
        .uuid = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16},
        .checkpoint_no = checkpoint_no,
        .epoch = 21,
        .lsn = 22,
        .salt = 23,
        .wal_id = 24,
        .wal_bytes = 25,
        .page_count = 4096,
        .directory_page = 27,
        .directory_entries = 28,
        .directory_crc = 29,
        .used_pages = 30,
        .root_page = 31,
        .root_level = 4,
        .catalog_items = 33,
        .incarnation = 34,
        .time_ns = 35,
        .txn_id = 36,
        .settings = 37,
    };
}

static void seal(uint8_t bytes[META_BYTES])
{
    store32(bytes + CRC_AT, crc32c(0, bytes + CRC_FROM, META_BYTES - CRC_FROM));
}

static void every_field_comes_back(void **state)
{
    struct meta meta = some_meta(UINT64_C(1) << 50), back;
    uint8_t bytes[META_BYTES], again[META_BYTES];

    (void)state;
    meta_encode(bytes, &meta);
    assert_ok(meta_decode(bytes, 13, 1, &back));
    meta_encode(again, &back);
    assert_memory_equal(bytes, again, META_BYTES);
    assert_int_equal(back.checkpoint_no, meta.checkpoint_no);
    assert_int_equal(back.settings, meta.settings);
    assert_int_equal(back.root_level, meta.root_level);
    assert_memory_equal(back.uuid, meta.uuid, UUID_BYTES);
}

static void any_changed_bit_is_noticed(void **state)
{
    struct meta meta = some_meta(8), back;
    uint8_t bytes[META_BYTES];

    (void)state;
    meta_encode(bytes, &meta);
    for (unsigned bit = 0; bit < 8 * META_BYTES; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
        assert_status(meta_decode(bytes, 13, 1, &back), FH_CORRUPT);
        bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    assert_ok(meta_decode(bytes, 13, 1, &back));
}

static void a_meta_stands_in_its_slot_or_the_mirror_of_it(void **state)
{
    (void)state;
    for (uint64_t checkpoint_no = 4; checkpoint_no < 6; checkpoint_no++) {
        struct meta meta = some_meta(checkpoint_no), back;
        uint8_t bytes[META_BYTES];

        meta_encode(bytes, &meta);
        for (page_no page = 0; page < 8; page++) {
            bool is_right = page == 1 + checkpoint_no % 2 || page == 3 + checkpoint_no % 2;

            assert_status(meta_decode(bytes, 13, page, &back), is_right ? FH_OK : FH_CORRUPT);
        }
        assert_status(meta_decode(bytes, 12, 1 + meta.slot, &back), FH_CORRUPT);
    }
}

static void newer_formats_are_told_from_damage(void **state)
{
    struct meta meta = some_meta(4), back;
    uint8_t bytes[META_BYTES];

    (void)state;
    meta.major = META_MAJOR + 1;
    meta_encode(bytes, &meta);
    assert_status(meta_decode(bytes, 13, 1, &back), FH_VERSION);
    meta.major = META_MAJOR;
    meta.minor = META_MINOR + 1;
    meta_encode(bytes, &meta);
    assert_ok(meta_decode(bytes, 13, 1, &back));
    meta.incompat = 1;
    meta_encode(bytes, &meta);
    assert_status(meta_decode(bytes, 13, 1, &back), FH_VERSION);
}

/* Proven, but no checkpoint writes such a thing. */
static void what_no_meta_may_hold_is_refused(void **state)
{
    static const struct {
        unsigned at;
        unsigned bytes;
        uint64_t value;
    } wrong[] = {
        {16, 1, 12},
        {17, 1, 3},
        {17, 1, 9},
        {18, 1, 1},
        {96, 4, 15},
        {125, 1, 1},
        {127, 1, 1},
        {168, 1, 1},
        {503, 1, 1},
        {504, 8, 5},
        {56, 8, UINT64_MAX},
        {152, 8, UINT64_MAX},
        {56, 8, UINT64_C(1) << 62},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct meta meta = some_meta(4), back;
        uint8_t bytes[META_BYTES];

        meta_encode(bytes, &meta);
        for (unsigned byte = 0; byte < wrong[i].bytes; byte++)
            bytes[wrong[i].at + byte] = (uint8_t)(wrong[i].value >> 8 * byte);
        seal(bytes);
        assert_status(meta_decode(bytes, 13, 1, &back), FH_CORRUPT);
    }
}

/* The next number would be 0, and older than every other. */
static void a_flag_that_nothing_has_is_refused(void **state)
{
    (void)state;
    for (unsigned bit = 1; bit < 8; bit++) {
        struct meta meta = some_meta(4), back;
        uint8_t bytes[META_BYTES];

        meta.flags = (uint8_t)(META_NO_LOG | 1U << bit);
        meta_encode(bytes, &meta);
        assert_status(meta_decode(bytes, 13, 1, &back), FH_CORRUPT);
    }
}

static void a_checkpoint_number_at_its_end_is_refused(void **state)
{
    struct meta meta = some_meta(UINT64_MAX), back;
    uint8_t bytes[META_BYTES];

    (void)state;
    meta_encode(bytes, &meta);
    assert_status(meta_decode(bytes, 13, 2, &back), FH_CORRUPT);
}

static void a_chunk_has_as_many_pages_as_a_page_has_slots(void **state)
{
    (void)state;
    assert_int_equal(meta_chunk_shift(9), 4);
    assert_int_equal(meta_chunk_shift(10), 5);
    assert_int_equal(meta_chunk_shift(12), 7);
    assert_int_equal(meta_chunk_shift(13), 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_comes_back),
        cmocka_unit_test(any_changed_bit_is_noticed),
        cmocka_unit_test(a_meta_stands_in_its_slot_or_the_mirror_of_it),
        cmocka_unit_test(newer_formats_are_told_from_damage),
        cmocka_unit_test(what_no_meta_may_hold_is_refused),
        cmocka_unit_test(a_flag_that_nothing_has_is_refused),
        cmocka_unit_test(a_checkpoint_number_at_its_end_is_refused),
        cmocka_unit_test(a_chunk_has_as_many_pages_as_a_page_has_slots),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
