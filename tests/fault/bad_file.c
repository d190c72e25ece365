/*
 * bad_file.c - a database file with wrong bytes in it.
 *
 * Every byte of a small valid file is changed, its pages are exchanged, its metas
 * destroyed. Opening, reading everything and checking must end in the right data, an error,
 * or reported faults: no crash, no hang, nothing wrong unnoticed where a checksum covers
 * it. FREEHOLD_EFFORT tries nine changes a byte instead of one.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fault/valid_file.h"
#include "kv/db.h"
#include "support/scratch.h"
#include "support/seed.h"
#include "support/unit.h"
#include "support/where.h"

enum { SLOT_BYTES = 32 };

/* The valid file with one byte changed, looked at without writing. */
static struct valid_look look_at_flip(struct sim *sim, size_t at, uint8_t pattern)
{
    struct valid_look look;

    where_set("byte %zu of page %zu xor 0x%02x", at % VALID_PAGE_BYTES, at / VALID_PAGE_BYTES,
              (unsigned)pattern);
    sim_os_corrupt(sim, VALID_PATH, at, 1, pattern);
    look = valid_file_look(sim, FH_OPEN_READ_ONLY);
    sim_os_corrupt(sim, VALID_PATH, at, 1, pattern);
    return look;
}

static size_t patterns_of(size_t at, uint8_t patterns[9])
{
    for (unsigned i = 0; i < 8; i++)
        patterns[i + 1] = (uint8_t)(1U << i);
    patterns[0] = (uint8_t)(at % 2 == 0 ? 0xffU : 1U << (at / 2 % 8));
    if (seed_effort() == 1) return 1;
    patterns[0] = 0xff;
    return 9;
}

/* Flips every byte of the pages that `is_meant` and lets `judge` say what must hold. */
static void flip_pages(bool (*is_meant)(uint32_t page),
                       void (*judge)(size_t at, struct valid_look look))
{
    struct sim *sim = valid_file_place(valid_file.bytes, valid_file.size);
    uint8_t patterns[9];
    size_t flip_count = 0;

    for (uint32_t page = 0; page < valid_file.page_count; page++) {
        for (size_t at = (size_t)page * VALID_PAGE_BYTES;
             is_meant(page) && at < (size_t)(page + 1) * VALID_PAGE_BYTES; at++) {
            size_t count = patterns_of(at, patterns);

            for (size_t i = 0; i < count; i++, flip_count++)
                judge(at, look_at_flip(sim, at, patterns[i]));
        }
    }
    sim_os_delete(sim);
    assert_true(flip_count > 0);
    where_done();
}

static bool is_meta(uint32_t page)
{
    return page >= VALID_META_FIRST && page < VALID_META_END;
}

static bool is_header(uint32_t page)
{
    return valid_file.kinds[page] == FH_PAGE_HEADER;
}

static bool is_map(uint32_t page)
{
    return valid_file.is_used[page] &&
           (valid_file.kinds[page] == FH_PAGE_MAP || valid_file.kinds[page] == FH_PAGE_DIRECTORY);
}

static bool is_data(uint32_t page)
{
    return valid_file.is_used[page] &&
           (valid_file.kinds[page] == FH_PAGE_LEAF || valid_file.kinds[page] == FH_PAGE_BRANCH ||
            valid_file.kinds[page] == FH_PAGE_RUN_HEAD ||
            valid_file.kinds[page] == FH_PAGE_RUN_BODY);
}

static bool is_free(uint32_t page)
{
    return !valid_file.is_used[page];
}

static void judge_meta(size_t at, struct valid_look look)
{
    (void)at;
    assert_status(look.open, FH_OK);
    assert_true(look.is_right);
    assert_true(valid_file_is_noticed(look));
}

/* Slot 0 and the slots of used pages are judged; the others describe nothing. */
static void judge_header(size_t at, struct valid_look look)
{
    size_t page = at / VALID_PAGE_BYTES + at % VALID_PAGE_BYTES / SLOT_BYTES;

    assert_status(look.open, FH_OK);
    assert_true(look.is_right);
    if (page < valid_file.page_count && valid_file.is_used[page] && !is_header((uint32_t)page) &&
        !is_meta((uint32_t)page))
        assert_true(valid_file_is_noticed(look));
}

static void judge_map(size_t at, struct valid_look look)
{
    (void)at;
    if (look.open == FH_OK && look.read == FH_OK) assert_true(look.is_right);
    assert_true(valid_file_is_noticed(look));
}

static void judge_data(size_t at, struct valid_look look)
{
    (void)at;
    assert_true(valid_file_is_noticed(look));
}

static void judge_free(size_t at, struct valid_look look)
{
    (void)at;
    assert_true(look.is_right);
    assert_false(valid_file_is_noticed(look));
}

static void a_changed_byte_of_a_meta_is_noticed_and_loses_nothing(void **state)
{
    (void)state;
    flip_pages(is_meta, judge_meta);
}

static void a_changed_byte_of_a_header_page_is_noticed_and_loses_nothing(void **state)
{
    (void)state;
    flip_pages(is_header, judge_header);
}

static void a_changed_byte_of_map_or_directory_is_noticed(void **state)
{
    (void)state;
    flip_pages(is_map, judge_map);
}

static void a_changed_byte_of_a_node_or_a_value_is_found_by_the_check(void **state)
{
    (void)state;
    flip_pages(is_data, judge_data);
}

static void a_changed_byte_of_a_free_page_is_nothing(void **state)
{
    (void)state;
    flip_pages(is_free, judge_free);
}

/* A commit after which all is as before. It may be refused. */
static void write_nothing_new(fh_db *db)
{
    fh_txn *txn = NULL;

    if (fh_begin(db, FH_WRITE, &txn) != FH_OK) return;
    if (fh_put(txn, NULL, text("one more"), text("value"), 0) != FH_OK ||
        fh_erase(txn, NULL, text("one more")) != FH_OK)
        fh_abort(txn);
    else
        (void)(fh_commit(txn) == FH_OK);
}

/* Opened for writing and written to: wrong bytes may be refused, never made worse. */
static void writing_to_a_damaged_file_loses_nothing_unnoticed(void **state)
{
    fh_options options = {.size = sizeof(options)};
    size_t step = seed_effort() == 1 ? 7 : 1;

    (void)state;
    for (size_t at = 0; at < (size_t)valid_file.page_count * VALID_PAGE_BYTES; at += step) {
        uint32_t page = (uint32_t)(at / VALID_PAGE_BYTES);
        struct sim *sim;
        fh_db *db = NULL;
        uint64_t hash = 0;

        if (is_data(page)) continue;
        where_set("writing with byte %zu of page %u changed", at % VALID_PAGE_BYTES,
                  (unsigned)page);
        sim = valid_file_place(valid_file.bytes, valid_file.size);
        sim_os_corrupt(sim, VALID_PATH, at, 1, 0xff);
        if (db_open(sim_os_port(sim), VALID_PATH, &options, &db) == FH_OK) {
            write_nothing_new(db);
            if (valid_file_read(db, &hash) == FH_OK) assert_int_equal(hash, valid_file.hash);
            (void)fh_close(db);
            assert_true(valid_file_look(sim, 0).is_right || !is_meta(page));
        }
        sim_os_delete(sim);
    }
    where_done();
}

static void without_both_copies_of_a_meta_only_a_committed_state_opens(void **state)
{
    (void)state;
    for (uint32_t first = 1; first <= 2; first++) {
        struct sim *sim = valid_file_place(valid_file.bytes, valid_file.size);
        struct valid_look look;

        sim_os_corrupt(sim, VALID_PATH, (uint64_t)first * VALID_PAGE_BYTES, VALID_PAGE_BYTES, 0x5a);
        sim_os_corrupt(sim, VALID_PATH, (uint64_t)(first + 2) * VALID_PAGE_BYTES, VALID_PAGE_BYTES,
                       0x5a);
        look = valid_file_look(sim, FH_OPEN_READ_ONLY);
        if (look.open == FH_OK && look.read == FH_OK) assert_true(look.is_right || look.is_earlier);
        sim_os_delete(sim);
    }
}

static void without_any_meta_nothing_opens_and_nothing_is_made_anew(void **state)
{
    struct sim *sim = valid_file_place(valid_file.bytes, valid_file.size);
    unsigned char *after = malloc(valid_file.size);
    struct valid_look look;

    (void)state;
    sim_os_corrupt(sim, VALID_PATH, VALID_PAGE_BYTES, 4 * (size_t)VALID_PAGE_BYTES, 0x5a);
    look = valid_file_look(sim, FH_OPEN_CREATE);
    assert_true(look.open == FH_CORRUPT || look.open == FH_NOT_DATABASE);
    assert_int_equal(sim_os_file_size(sim, VALID_PATH), valid_file.size);
    sim_os_corrupt(sim, VALID_PATH, VALID_PAGE_BYTES, 4 * (size_t)VALID_PAGE_BYTES, 0x5a);
    assert_int_equal(sim_os_read_file(sim, VALID_PATH, 0, after, valid_file.size), valid_file.size);
    assert_memory_equal(after, valid_file.bytes, valid_file.size);
    free(after);
    sim_os_delete(sim);
}

static void a_page_written_to_another_place_is_found(void **state)
{
    (void)state;
    for (uint32_t to = VALID_META_END; to < valid_file.page_count; to++) {
        uint32_t from = to + 1 + (uint32_t)(seed_get() % 3);
        struct sim *sim;
        unsigned char *bytes;

        if (from >= valid_file.page_count || !is_data(to) ||
            memcmp(valid_file.bytes + (size_t)from * VALID_PAGE_BYTES,
                   valid_file.bytes + (size_t)to * VALID_PAGE_BYTES, VALID_PAGE_BYTES) == 0)
            continue;
        where_set("page %u written over page %u", (unsigned)from, (unsigned)to);
        bytes = malloc(valid_file.size);
        assert_non_null(bytes);
        memcpy(bytes, valid_file.bytes, valid_file.size);
        memcpy(bytes + (size_t)to * VALID_PAGE_BYTES,
               valid_file.bytes + (size_t)from * VALID_PAGE_BYTES, VALID_PAGE_BYTES);
        sim = valid_file_place(bytes, valid_file.size);
        assert_true(valid_file_is_noticed(valid_file_look(sim, FH_OPEN_READ_ONLY)));
        sim_os_delete(sim);
        free(bytes);
    }
    where_done();
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_changed_byte_of_a_meta_is_noticed_and_loses_nothing,
                                  where_teardown),
        cmocka_unit_test_teardown(a_changed_byte_of_a_header_page_is_noticed_and_loses_nothing,
                                  where_teardown),
        cmocka_unit_test_teardown(a_changed_byte_of_map_or_directory_is_noticed, where_teardown),
        cmocka_unit_test_teardown(a_changed_byte_of_a_node_or_a_value_is_found_by_the_check,
                                  where_teardown),
        cmocka_unit_test_teardown(a_changed_byte_of_a_free_page_is_nothing, where_teardown),
        cmocka_unit_test_teardown(writing_to_a_damaged_file_loses_nothing_unnoticed,
                                  where_teardown),
        cmocka_unit_test(without_both_copies_of_a_meta_only_a_committed_state_opens),
        cmocka_unit_test(without_any_meta_nothing_opens_and_nothing_is_made_anew),
        cmocka_unit_test_teardown(a_page_written_to_another_place_is_found, where_teardown),
    };

    (void)argc;
    where_init(argv[0]);
    return cmocka_run_group_tests(tests, valid_file_make, valid_file_forget);
}
