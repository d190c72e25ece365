/*
 * sim_os_test.c - what the simulated system does when it stops, when calls or space fail.
 *
 * That it keeps the laws of the port is proved with the real system in os_test.c.
 */
#include "crash/sim_os.h"

#include <string.h>

#include "base/bytes.h"
#include "crash/sim_place.h"
#include "support/fault.h"
#include "support/unit.h"

/* Create, write, sync, sync of the directory, write, truncate, remove. */
static unsigned live(struct sim_place *place)
{
    unsigned done = 0;

    if (place->os->open(place->os, "f", OS_OPEN_CREATE, &place->file) != FH_OK) return 0;
    done += 1;
    done += sim_place_fill(place, 0, 2, 'a') == FH_OK;
    done += place->os->sync(place->file, OS_SYNC_ALL) == FH_OK;
    done += place->os->sync_directory(place->os, "f") == FH_OK;
    done += sim_place_fill(place, 1, 2, 'b') == FH_OK;
    done += place->os->truncate(place->file, SECTOR) == FH_OK;
    done += place->os->remove(place->os, "f") == FH_OK;
    return done;
}

static void the_machine_stops_in_the_middle_of_any_operation(void **state)
{
    static const struct {
        const char *nothing_pending;
        const char *everything_pending;
    } texts[] = {{"-", ""},     {"-", "aa"}, {"-", "aa"}, {"-", "aa"},
                 {"aa", "abb"}, {"aa", "a"}, {"aa", "-"}};

    (void)state;
    for (unsigned n = 0; n < 7; n++) {
        struct sim_place place = sim_place_new_empty();
        struct sim *sim = place.sim;

        sim_os_stop_after(sim, n);
        assert_int_equal(live(&place), n);
        assert_true(sim_os_has_stopped(sim));
        assert_int_equal(sim_os_operation_count(sim), n + 1);
        sim_place_require_state(sim, SIM_CRASH_NONE, texts[n].nothing_pending);
        sim_place_require_state(sim, SIM_CRASH_ALL, texts[n].everything_pending);
        place.os->close(place.file);
        sim_os_delete(sim);
    }
}

static void a_stopped_machine_can_still_be_read_but_not_changed(void **state)
{
    struct sim_place place = sim_place_new(2);
    struct os_file *file;
    uint8_t byte;

    (void)state;
    sim_os_stop_after(place.sim, 0);
    assert_status(sim_place_fill(&place, 0, 1, 'b'), FH_IO);
    assert_status(place.os->sync(place.file, OS_SYNC_ALL), FH_IO);
    assert_status(place.os->punch(place.file, 0, 1), FH_IO);
    assert_status(place.os->rename(place.os, "f", "g"), FH_IO);
    assert_status(place.os->open(place.os, "g", OS_OPEN_CREATE, &file), FH_IO);
    assert_ok(os_read_all(place.file, 0, &byte, 1));
    assert_int_equal(byte, 'a');
    assert_int_equal(sim_os_operation_count(place.sim), 1);
    sim_place_delete(&place);
}

static void the_trace_tells_every_mutation_in_order(void **state)
{
    static const enum sim_kind kinds[] = {SIM_CREATE,         SIM_WRITE, SIM_SYNC,
                                          SIM_SYNC_DIRECTORY, SIM_WRITE, SIM_TRUNCATE};
    struct sim_place place = sim_place_new_empty();
    struct sim *sim = place.sim;
    struct sim_trace entry;

    (void)state;
    sim_os_stop_after(sim, 5);
    assert_int_equal(live(&place), 5);
    assert_int_equal(sim_os_trace_count(sim), 6);
    for (uint64_t i = 0; i < 6; i++) {
        assert_true(sim_os_trace(sim, i, &entry));
        assert_int_equal(entry.sequence, i);
        assert_int_equal(entry.kind, kinds[i]);
        assert_string_equal(entry.path, "f");
        assert_int_equal(entry.completed, i < 5);
    }
    assert_false(sim_os_trace(sim, 6, &entry));
    assert_true(sim_os_trace(sim, 4, &entry));
    assert_int_equal(entry.at, SECTOR);
    assert_int_equal(entry.bytes, 2 * SECTOR);
    sim_place_delete(&place);
}

static void a_rename_is_one_mutation(void **state)
{
    struct sim_place place = sim_place_new(2);
    struct sim_trace entry;

    (void)state;
    assert_status(place.os->rename(place.os, "none", "g"), FH_NOT_FOUND);
    assert_status(place.os->rename(place.os, "f", "f"), FH_EXISTS);
    assert_int_equal(sim_os_operation_count(place.sim), 0);
    assert_ok(place.os->rename(place.os, "f", "g"));
    assert_int_equal(sim_os_operation_count(place.sim), 1);
    assert_true(sim_os_trace(place.sim, 0, &entry));
    assert_int_equal(entry.kind, SIM_RENAME);
    assert_string_equal(entry.path, "f");
    assert_int_equal(sim_os_pending_count(place.sim), 2);
    assert_ok(place.os->sync_directory(place.os, "g"));
    assert_int_equal(sim_os_pending_count(place.sim), 0);

    sim_os_stop_after(place.sim, 2);
    assert_status(place.os->rename(place.os, "g", "f"), FH_IO);
    assert_true(sim_os_has_stopped(place.sim));
    assert_true(sim_os_trace(place.sim, 2, &entry));
    assert_false(entry.completed);
    assert_true(sim_os_file_exists(place.sim, "g"));
    assert_false(sim_os_file_exists(place.sim, "f"));
    sim_place_require_state(place.sim, SIM_CRASH_NONE, "-");
    sim_place_require_state(place.sim, SIM_CRASH_ALL, "aa");
    sim_place_delete(&place);
}

static void the_call_that_is_to_fail_fails(void **state)
{
    struct sim_place place = sim_place_new(2);
    uint8_t byte;

    (void)state;
    (void)sim_os_fail_at(place.sim, SIM_READ | SIM_SIZE, 2, false, FH_IO);
    assert_ok(os_read_all(place.file, 0, &byte, 1));
    assert_ok(sim_place_fill(&place, 0, 1, 'b'));
    assert_status(os_read_all(place.file, 0, &byte, 1), FH_IO);
    assert_ok(os_read_all(place.file, 0, &byte, 1));
    assert_int_equal(sim_os_fail_at(place.sim, SIM_READ, 1, true, FH_NO_MEMORY), 3);
    assert_status(os_read_all(place.file, 0, &byte, 1), FH_NO_MEMORY);
    assert_status(os_read_all(place.file, 0, &byte, 1), FH_NO_MEMORY);
    assert_int_equal(sim_os_fail_at(place.sim, 0, 0, false, FH_OK), 2);
    assert_ok(os_read_all(place.file, 0, &byte, 1));
    sim_place_delete(&place);
}

static void every_kind_of_call_can_fail(void **state)
{
    (void)state;
    for (struct fault fault = {0}; fault_next(&fault);) {
        struct sim_place place = sim_place_new(2);
        unsigned done = 0;
        const void *view = NULL;
        struct os_file_size size;
        uint8_t bytes[8];
        void *memory = NULL;
        struct os_file *file = NULL;

        (void)sim_os_fail_at(place.sim, SIM_ANY, fault.n, false, FH_IO);
        done += place.os->lock(place.file, true) == FH_OK;
        done += os_read_all(place.file, 0, bytes, 8) == FH_OK;
        done += place.os->size(place.file, &size) == FH_OK;
        done += place.os->map(place.file, SECTOR, &view) == FH_OK;
        done += place.os->reserve(place.os, 5000, &memory) == FH_OK;
        done += place.os->entropy(place.os, bytes, 8) == FH_OK;
        done += place.os->allocate(place.file, 0, 8 * SECTOR) == FH_OK;
        done += place.os->punch(place.file, 0, SECTOR) == FH_OK;
        done += place.os->open(place.os, "f", OS_OPEN_READ, &file) == FH_OK;
        done += place.os->rename(place.os, "f", "g") == FH_OK;
        fault_end(&fault, sim_os_fail_at(place.sim, 0, 0, false, FH_OK));
        assert_int_equal(done, fault.was_met ? 9 : 10);
        assert_ok(sim_os_audit(place.sim));
        place.os->unmap(place.file, view, SECTOR);
        place.os->release(place.os, memory, 5000);
        place.os->close(file);
        sim_place_delete(&place);
    }
}

static void a_failing_write_has_written_some_of_its_first_sectors(void **state)
{
    struct sim_place place = sim_place_new(8);
    unsigned part_count = 0;

    (void)state;
    for (unsigned round = 0; round < 20; round++) {
        const char *text;
        size_t written;

        assert_ok(sim_place_fill(&place, 0, 8, 'a'));
        (void)sim_os_fail_at(place.sim, SIM_WRITE, 1, false, FH_NO_SPACE);
        assert_status(sim_place_fill(&place, 0, 8, 'b'), FH_NO_SPACE);
        text = sim_place_text(place.sim);
        written = strspn(text, "b");
        assert_int_equal(written + strspn(text + written, "a"), 8);
        part_count += written > 0 && written < 8;
    }
    assert_true(part_count > 0);
    assert_ok(sim_os_audit(place.sim));
    sim_place_delete(&place);
}

static void after_a_failed_sync_the_bytes_are_where_the_test_chose(void **state)
{
    static const struct {
        enum sim_failed_sync effect;
        const char *cache;
        const char *medium;
    } cases[] = {{SIM_FAILED_SYNC_LOST, "ba", "aa"},
                 {SIM_FAILED_SYNC_KEPT, "ba", "ba"},
                 {SIM_FAILED_SYNC_REVERTED, "aa", "aa"}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct sim_place place = sim_place_new(2);

        sim_os_set_failed_sync(place.sim, cases[i].effect);
        assert_ok(sim_place_fill(&place, 0, 1, 'b'));
        (void)sim_os_fail_at(place.sim, SIM_SYNC, 1, false, FH_IO);
        assert_status(place.os->sync(place.file, OS_SYNC_ALL), FH_IO);
        assert_ok(place.os->sync(place.file, OS_SYNC_ALL));
        assert_string_equal(sim_place_text(place.sim), cases[i].cache);
        assert_int_equal(sim_crash_count(place.sim), 1);
        sim_place_require_state(place.sim, 0, cases[i].medium);
        assert_ok(sim_os_audit(place.sim));
        sim_place_delete(&place);
    }
}

static void a_full_medium_takes_what_fits_and_no_more(void **state)
{
    struct sim_place place = sim_place_new(8);

    (void)state;
    assert_int_equal(sim_os_allocated_bytes(place.sim), BLOCK);
    sim_os_set_capacity(place.sim, 3 * BLOCK);
    assert_status(place.os->allocate(place.file, 0, 4 * BLOCK), FH_NO_SPACE);
    assert_int_equal(sim_os_file_size(place.sim, "f"), BLOCK);
    assert_status(sim_place_fill(&place, 4, 32, 'b'), FH_NO_SPACE);
    assert_string_equal(sim_place_text(place.sim), "aaaabbbbbbbbbbbbbbbbbbbb");
    assert_int_equal(sim_os_allocated_bytes(place.sim), 3 * BLOCK);
    assert_ok(sim_place_fill(&place, 0, 24, 'c'));
    assert_status(sim_place_fill(&place, 24, 1, 'c'), FH_NO_SPACE);
    assert_ok(place.os->punch(place.file, 0, BLOCK));
    assert_ok(sim_place_fill(&place, 24, 1, 'c'));
    assert_ok(place.os->truncate(place.file, 0));
    assert_int_equal(sim_os_allocated_bytes(place.sim), 0);
    assert_ok(place.os->allocate(place.file, 0, 3 * BLOCK));
    assert_ok(place.os->remove(place.os, "f"));
    assert_int_equal(sim_os_allocated_bytes(place.sim), 3 * BLOCK);
    place.os->close(place.file);
    place.file = NULL;
    assert_int_equal(sim_os_allocated_bytes(place.sim), 3 * BLOCK);
    assert_ok(place.os->sync_directory(place.os, "f"));
    assert_int_equal(sim_os_allocated_bytes(place.sim), 0);
    sim_place_delete(&place);
}

static void no_file_grows_beyond_the_largest(void **state)
{
    struct sim_place place = sim_place_new(1);

    (void)state;
    assert_status(sim_place_fill(&place, SIM_FILE_BYTES_MAX / SECTOR, 1, 'b'), FH_NO_SPACE);
    assert_status(place.os->truncate(place.file, SIM_FILE_BYTES_MAX + 1), FH_NO_SPACE);
    assert_status(place.os->allocate(place.file, SECTOR, SIM_FILE_BYTES_MAX), FH_NO_SPACE);
    assert_ok(sim_place_fill(&place, SIM_FILE_BYTES_MAX / SECTOR - 1, 1, 'b'));
    assert_int_equal(sim_os_file_size(place.sim, "f"), SIM_FILE_BYTES_MAX);
    assert_int_equal(sim_os_allocated_bytes(place.sim), 2 * BLOCK);
    sim_place_delete(&place);
}

static void a_read_only_machine_refuses_to_write_create_remove_and_rename(void **state)
{
    struct sim_place place = sim_place_new(1);
    struct os_file *file;

    (void)state;
    sim_os_set_read_only(place.sim, true);
    assert_status(place.os->open(place.os, "f", OS_OPEN_WRITE, &file), FH_READ_ONLY);
    assert_status(place.os->open(place.os, "g", OS_OPEN_CREATE, &file), FH_READ_ONLY);
    assert_status(place.os->remove(place.os, "f"), FH_READ_ONLY);
    assert_status(place.os->rename(place.os, "f", "g"), FH_READ_ONLY);
    assert_ok(place.os->open(place.os, "f", OS_OPEN_READ, &file));
    place.os->close(file);
    sim_place_delete(&place);
}

static void corruption_is_durable_and_seen_at_once(void **state)
{
    struct sim_place place = sim_place_new(2);

    (void)state;
    sim_os_corrupt(place.sim, "f", SECTOR, SECTOR, 'a' ^ 'x');
    assert_string_equal(sim_place_text(place.sim), "ax");
    sim_place_require_state(place.sim, 0, "ax");
    sim_place_delete(&place);
}

static void a_store_through_a_map_is_found(void **state)
{
    struct sim_place place = sim_place_new(2);
    const void *view;

    (void)state;
    assert_ok(place.os->map(place.file, SECTOR, &view));
    assert_ok(sim_os_audit(place.sim));
    *(uint8_t *)(uintptr_t)view = 'z';
    assert_status(sim_os_audit(place.sim), FH_CORRUPT);
    place.os->unmap(place.file, view, SECTOR);
    sim_place_delete(&place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_machine_stops_in_the_middle_of_any_operation),
        cmocka_unit_test(a_stopped_machine_can_still_be_read_but_not_changed),
        cmocka_unit_test(the_trace_tells_every_mutation_in_order),
        cmocka_unit_test(a_rename_is_one_mutation),
        cmocka_unit_test(the_call_that_is_to_fail_fails),
        cmocka_unit_test(every_kind_of_call_can_fail),
        cmocka_unit_test(a_failing_write_has_written_some_of_its_first_sectors),
        cmocka_unit_test(after_a_failed_sync_the_bytes_are_where_the_test_chose),
        cmocka_unit_test(a_full_medium_takes_what_fits_and_no_more),
        cmocka_unit_test(no_file_grows_beyond_the_largest),
        cmocka_unit_test(a_read_only_machine_refuses_to_write_create_remove_and_rename),
        cmocka_unit_test(corruption_is_durable_and_seen_at_once),
        cmocka_unit_test(a_store_through_a_map_is_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
