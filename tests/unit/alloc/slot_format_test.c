/*
 * slot_format_test.c - a slot proves itself, for one page of one database.
 */
#include "alloc/slot_format.h"

#include "support/unit.h"

static const uint8_t uuid[UUID_BYTES] = {9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 1, 2, 3, 4, 5, 6};

static struct slot some_slot(uint8_t tag)
{
    return (struct slot){.tag = tag,
                         .level = 3,
                         .tree_id = 0x89abcdef,
                         .epoch = UINT64_C(0x0123456789abcdef),
                         .run_pages = 7,
                         .body_crc = 0xfedcba98};
}

static void every_field_comes_back(void **state)
{
    uint32_t seed = slot_uuid_seed(uuid);

    (void)state;
    for (unsigned tag = 0; tag < PAGE_TAG_COUNT; tag++) {
        struct slot slot = some_slot((uint8_t)tag), back;
        uint8_t bytes[SLOT_BYTES], again[SLOT_BYTES];

        slot_encode(bytes, &slot, 77, seed);
        assert_true(slot_decode(bytes, 77, seed, &back));
        slot_encode(again, &back, 77, seed);
        assert_memory_equal(bytes, again, SLOT_BYTES);
        assert_int_equal(back.epoch, slot.epoch);
        assert_int_equal(back.run_pages, slot.run_pages);
    }
}

static void any_changed_bit_is_noticed(void **state)
{
    uint32_t seed = slot_uuid_seed(uuid);
    struct slot slot = some_slot(PAGE_LEAF), back;
    uint8_t bytes[SLOT_BYTES];

    (void)state;
    slot_encode(bytes, &slot, 77, seed);
    for (unsigned bit = 0; bit < 8 * SLOT_BYTES; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
        assert_false(slot_decode(bytes, 77, seed, &back));
        bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
}

static void a_slot_proves_nothing_for_another_page_or_database(void **state)
{
    uint32_t seed = slot_uuid_seed(uuid);
    struct slot slot = some_slot(PAGE_LEAF), back;
    uint8_t bytes[SLOT_BYTES];

    (void)state;
    slot_encode(bytes, &slot, 77, seed);
    assert_false(slot_decode(bytes, 78, seed, &back));
    assert_false(slot_decode(bytes, 77 + 256, seed, &back));
    assert_false(slot_decode(bytes, 77, seed + 1, &back));
}

static void zeros_and_unknown_tags_prove_nothing(void **state)
{
    uint32_t seed = slot_uuid_seed(uuid);
    struct slot slot = some_slot(PAGE_TAG_COUNT), back;
    uint8_t bytes[SLOT_BYTES] = {0};

    (void)state;
    assert_false(slot_decode(bytes, 77, seed, &back));
    slot_encode(bytes, &slot, 77, seed);
    assert_false(slot_decode(bytes, 77, seed, &back));
}

static void a_flag_that_nothing_has_proves_nothing(void **state)
{
    uint32_t seed = slot_uuid_seed(uuid);

    (void)state;
    for (unsigned bit = 0; bit < 16; bit++) {
        struct slot slot = some_slot(PAGE_LEAF), back;
        uint8_t bytes[SLOT_BYTES];

        slot.flags = (uint16_t)(1U << bit);
        slot_encode(bytes, &slot, 77, seed);
        assert_false(slot_decode(bytes, 77, seed, &back));
    }
}

static void slot_0_describes_the_header_page(void **state)
{
    struct header_slot slot = {.page_shift = 13,
                               .chunk_shift = 8,
                               .chunk_no = 0x01020304,
                               .checkpoint_no = UINT64_C(1) << 40,
                               .uuid_low = UINT64_C(0x1122334455667788)};
    struct header_slot back;
    uint32_t seed = slot_uuid_seed(uuid);
    uint8_t bytes[SLOT_BYTES], page_shift = 0, chunk_shift = 0;
    struct slot other;

    (void)state;
    slot_encode_header(bytes, &slot, 512, seed);
    assert_true(slot_decode_header(bytes, 512, seed, &back));
    assert_memory_equal(&back.chunk_no, &slot.chunk_no, sizeof(slot.chunk_no));
    assert_int_equal(back.checkpoint_no, slot.checkpoint_no);
    assert_int_equal(back.uuid_low, slot.uuid_low);
    assert_false(slot_decode_header(bytes, 513, seed, &back));
    assert_false(slot_decode(bytes, 512, seed, &other));
    assert_true(slot_peek_sizes(bytes, &page_shift, &chunk_shift));
    assert_int_equal(page_shift, 13);
    assert_int_equal(chunk_shift, 8);
    for (unsigned bit = 0; bit < 8 * SLOT_BYTES; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
        assert_false(slot_decode_header(bytes, 512, seed, &back));
        bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
}

static void what_is_no_header_page_claims_no_sizes(void **state)
{
    uint8_t bytes[SLOT_BYTES] = {0}, page_shift, chunk_shift;
    struct slot slot = some_slot(PAGE_LEAF);

    (void)state;
    assert_false(slot_peek_sizes(bytes, &page_shift, &chunk_shift));
    slot_encode(bytes, &slot, 0, 0);
    assert_false(slot_peek_sizes(bytes, &page_shift, &chunk_shift));
}

static void a_body_checksum_holds_for_one_place(void **state)
{
    static const uint8_t body[512] = {1, 2, 3};

    (void)state;
    assert_int_not_equal(slot_body_crc(1, body, 512), slot_body_crc(2, body, 512));
    assert_int_not_equal(slot_body_crc(1, body, 512), slot_body_crc(1, body, 511));
    assert_int_equal(slot_body_crc(1, body, 512), slot_body_crc(1, body, 512));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_comes_back),
        cmocka_unit_test(any_changed_bit_is_noticed),
        cmocka_unit_test(a_slot_proves_nothing_for_another_page_or_database),
        cmocka_unit_test(zeros_and_unknown_tags_prove_nothing),
        cmocka_unit_test(a_flag_that_nothing_has_proves_nothing),
        cmocka_unit_test(slot_0_describes_the_header_page),
        cmocka_unit_test(what_is_no_header_page_claims_no_sizes),
        cmocka_unit_test(a_body_checksum_holds_for_one_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
