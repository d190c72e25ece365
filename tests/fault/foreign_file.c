/*
 * foreign_file.c - files that are no databases, cut ones, newer ones, and forbidden ones.
 *
 * Each must be refused by the right status and left as it was, also when the caller asked
 * for a database to be made.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/crc32c.h"
#include "fault/valid_file.h"
#include "support/scratch.h"
#include "support/seed.h"
#include "support/unit.h"
#include "support/where.h"

enum { NOBODY = 65534 };

static void a_truncated_file_is_refused(void **state)
{
    size_t end = (size_t)valid_file.page_count * VALID_PAGE_BYTES;
    size_t step = seed_effort() == 1 ? 61 : 1;

    (void)state;
    for (size_t size = 0; size < end; size += step) {
        struct sim *sim = valid_file_place(valid_file.bytes, size);
        fh_status status;

        where_set("cut at %zu", size);
        status = valid_file_look(sim, 0).open;
        assert_true(status == FH_CORRUPT || status == FH_NOT_DATABASE);
        status = valid_file_look(sim, FH_OPEN_READ_ONLY).open;
        assert_true(status == FH_CORRUPT || status == FH_NOT_DATABASE);
        sim_os_delete(sim);
    }
    where_done();
}

static void a_longer_file_than_needed_opens(void **state)
{
    unsigned char *bytes = calloc(1, valid_file.size + 100000);
    struct sim *sim;

    (void)state;
    assert_non_null(bytes);
    memcpy(bytes, valid_file.bytes, valid_file.size);
    sim = valid_file_place(bytes, valid_file.size + 100000);
    assert_true(valid_file_look(sim, FH_OPEN_READ_ONLY).is_right);
    assert_true(valid_file_look(sim, 0).is_right);
    sim_os_delete(sim);
    free(bytes);
}

/* Adds to the byte at `at` in all four metas and makes their checksums right again. */
static struct sim *sim_with_metas(size_t at, uint8_t value)
{
    struct sim *sim;
    unsigned char *bytes = malloc(valid_file.size);

    assert_non_null(bytes);
    memcpy(bytes, valid_file.bytes, valid_file.size);
    for (size_t page = VALID_META_FIRST; page < VALID_META_END; page++) {
        unsigned char *meta = bytes + page * VALID_PAGE_BYTES;

        meta[at] = (unsigned char)(meta[at] + value);
        store32(meta + 8, crc32c(0, meta + 12, 500));
    }
    sim = valid_file_place(bytes, valid_file.size);
    free(bytes);
    return sim;
}

static void a_newer_format_is_refused_by_name(void **state)
{
    struct sim *sim = sim_with_metas(0, 0);

    (void)state;
    assert_status(valid_file_look(sim, FH_OPEN_READ_ONLY).open, FH_OK);
    sim_os_delete(sim);
    sim = sim_with_metas(12, 1); /* major */
    assert_status(valid_file_look(sim, FH_OPEN_READ_ONLY).open, FH_VERSION);
    assert_status(valid_file_look(sim, FH_OPEN_CREATE).open, FH_VERSION);
    sim_os_delete(sim);
    sim = sim_with_metas(23, 0x40); /* a bit of incompat */
    assert_status(valid_file_look(sim, FH_OPEN_READ_ONLY).open, FH_VERSION);
    assert_status(valid_file_look(sim, 0).open, FH_VERSION);
    sim_os_delete(sim);
}

static void require_foreign(const char *what, const void *bytes, size_t size)
{
    static const unsigned flags[] = {0, FH_OPEN_READ_ONLY, FH_OPEN_CREATE};
    unsigned char *after = malloc(size);

    where_set("%s", what);
    assert_non_null(after);
    for (size_t i = 0; i < 3; i++) {
        struct sim *sim = valid_file_place(bytes, size);

        assert_status(valid_file_look(sim, flags[i]).open, FH_NOT_DATABASE);
        assert_int_equal(sim_os_file_size(sim, VALID_PATH), size);
        assert_int_equal(sim_os_read_file(sim, VALID_PATH, 0, after, size), size);
        assert_memory_equal(after, bytes, size);
        sim_os_delete(sim);
    }
    free(after);
    where_done();
}

static void a_foreign_file_is_refused_and_left_alone(void **state)
{
    static const char prose[] = "This is a letter, and not a database at all.\n";
    static unsigned char bytes[200000];

    (void)state;
    require_foreign("a short text", prose, sizeof(prose) - 1);
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (unsigned char)prose[i % (sizeof(prose) - 1)];
    require_foreign("a long text", bytes, sizeof(bytes));
    items_fill(seed_get(), bytes, sizeof(bytes));
    require_foreign("chance", bytes, sizeof(bytes));
    memset(bytes, 0xff, sizeof(bytes));
    require_foreign("ones", bytes, sizeof(bytes));
}

static void a_program_is_refused_and_left_alone(void **state)
{
    size_t size = 0;
    unsigned char *bytes = scratch_read_file("/proc/self/exe", &size);

    (void)state;
    require_foreign("this program", bytes, size < 300000 ? size : 300000);
    free(bytes);
}

static void zeros_are_not_a_database(void **state)
{
    static const unsigned char zeros[150000];

    (void)state;
    for (size_t size = 0; size <= sizeof(zeros); size += 50000) {
        struct sim *sim = valid_file_place(zeros, size);

        assert_status(valid_file_look(sim, 0).open, FH_NOT_DATABASE);
        assert_status(valid_file_look(sim, FH_OPEN_READ_ONLY).open, FH_NOT_DATABASE);
        sim_os_delete(sim);
    }
}

static void a_missing_file_and_a_directory_are_told_apart(void **state)
{
    struct scratch *scratch = *state;
    fh_options options = scratch_options(0, 0);
    fh_db *db = NULL;

    assert_status(fh_open(scratch->path, NULL, &db), FH_NOT_FOUND);
    assert_status(fh_open(scratch->directory, NULL, &db), FH_IO);
    assert_status(fh_open(scratch->directory, &options, &db), FH_IO);
    assert_int_not_equal(fh_open(scratch_path(scratch, "no/such/folder"), &options, &db), FH_OK);
    assert_null(db);
}

/* Without root's rights; as root the rights are put down for the moment. */
static void a_file_that_may_not_be_written_opens_for_reading_only(void **state)
{
    struct scratch *scratch = *state;
    fh_options options = {.size = sizeof(options), .flags = FH_OPEN_READ_ONLY};
    uid_t user = geteuid();
    fh_status writing;
    fh_status reading;
    fh_db *db = NULL;

    scratch_write_file(scratch->path, valid_file.bytes, valid_file.size);
    assert_int_equal(chmod(scratch->path, 0444), 0);
    assert_int_equal(chmod(scratch->directory, 0755), 0);
    if (user == 0 && seteuid(NOBODY) != 0) {
        print_message("skipped: root may write everything\n");
        skip();
    }
    writing = fh_open(scratch->path, NULL, &db);
    reading = fh_open(scratch->path, &options, &db);
    assert_int_equal(seteuid(user), 0);

    assert_status(writing, FH_READ_ONLY);
    assert_status(reading, FH_OK);
    scratch_require_value(db, text("last"), text("the newest commit"));
    assert_ok(fh_close(db));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_truncated_file_is_refused, where_teardown),
        cmocka_unit_test(a_longer_file_than_needed_opens),
        cmocka_unit_test(a_newer_format_is_refused_by_name),
        cmocka_unit_test_teardown(a_foreign_file_is_refused_and_left_alone, where_teardown),
        cmocka_unit_test_teardown(a_program_is_refused_and_left_alone, where_teardown),
        cmocka_unit_test(zeros_are_not_a_database),
        cmocka_unit_test_setup_teardown(a_missing_file_and_a_directory_are_told_apart,
                                        scratch_setup_empty, scratch_teardown),
        cmocka_unit_test_setup_teardown(a_file_that_may_not_be_written_opens_for_reading_only,
                                        scratch_setup_empty, scratch_teardown),
    };

    (void)argc;
    where_init(argv[0]);
    return cmocka_run_group_tests(tests, valid_file_make, valid_file_forget);
}
