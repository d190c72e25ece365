/*
 * sim_crash_test.c - which machines may come up after the power was cut.
 */
#include "crash/sim_os.h"

#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "crash/sim_place.h"
#include "support/unit.h"

/* How many of the states leave "f" as `text`; "*" counts them all. */
static unsigned count_states(struct sim *sim, const char *text)
{
    uint64_t count = sim_crash_count(sim);
    unsigned found = 0;

    for (uint64_t i = 0; i < count; i++) {
        struct sim *after;

        sim_crash_state(sim, i, &after);
        found += strcmp(text, "*") == 0 || strcmp(sim_place_text(after), text) == 0;
        sim_os_delete(after);
    }
    return found;
}

static void what_was_synced_survives_every_crash(void **state)
{
    struct sim_place place = sim_place_new(3);

    (void)state;
    assert_ok(sim_place_fill(&place, 1, 1, 'b'));
    assert_ok(place.os->sync(place.file, OS_SYNC_DATA));
    assert_int_equal(sim_os_pending_count(place.sim), 0);
    assert_int_equal(sim_crash_count(place.sim), 1);
    sim_place_require_state(place.sim, 0, "aba");
    sim_place_delete(&place);
}

static void what_was_not_synced_is_there_or_not(void **state)
{
    struct sim_place place = sim_place_new(3);

    (void)state;
    assert_ok(sim_place_fill(&place, 1, 1, 'b'));
    assert_string_equal(sim_place_text(place.sim), "aba");
    sim_place_require_state(place.sim, SIM_CRASH_NONE, "aaa");
    sim_place_require_state(place.sim, SIM_CRASH_ALL, "aba");
    assert_int_equal(count_states(place.sim, "aaa") + count_states(place.sim, "aba"),
                     sim_crash_count(place.sim));
    assert_string_equal(sim_place_text(place.sim), "aba");
    assert_ok(sim_os_audit(place.sim));
    sim_place_delete(&place);
}

static void of_three_writes_every_part_may_be_there(void **state)
{
    static const char *const texts[] = {"aaa", "baa", "aca", "aad", "bca", "bad", "acd", "bcd"};
    struct sim_place place = sim_place_new(3);
    unsigned sum = 0;

    (void)state;
    assert_ok(sim_place_fill(&place, 0, 1, 'b'));
    assert_ok(sim_place_fill(&place, 1, 1, 'c'));
    assert_ok(sim_place_fill(&place, 2, 1, 'd'));
    for (size_t i = 0; i < 8; i++) {
        unsigned found = count_states(place.sim, texts[i]);

        assert_true(found > 0);
        sum += found;
    }
    assert_int_equal(sum, sim_crash_count(place.sim));
    assert_int_equal(sum, 3 + 3 + 3 + 2 + 0 + 32 + 32);
    sim_place_delete(&place);
}

static void a_write_of_many_sectors_is_torn_between_them(void **state)
{
    struct sim_place place = sim_place_new(8);

    (void)state;
    assert_ok(sim_place_fill(&place, 0, 8, 'b'));
    assert_true(count_states(place.sim, "bbbaaaaa") > 0);
    assert_true(count_states(place.sim, "bbbbbbba") > 0);
    assert_true(count_states(place.sim, "aaaaaaaa") > 0);
    for (uint64_t i = 0; i < sim_crash_count(place.sim); i++) {
        struct sim *after;

        sim_crash_state(place.sim, i, &after);
        assert_null(strchr(sim_place_text(after), '?'));
        sim_os_delete(after);
    }
    sim_place_delete(&place);
}

static void a_sector_with_a_later_write_holds_the_earlier_one_too(void **state)
{
    struct sim_place place = sim_place_new(1);
    struct span first = span_of("1", 1);
    struct span second = span_of("2", 1);

    (void)state;
    assert_ok(place.os->write(place.file, 10, &first, 1));
    assert_ok(place.os->write(place.file, 20, &second, 1));
    for (uint64_t i = 0; i < sim_crash_count(place.sim); i++) {
        struct sim *after;
        uint8_t bytes[SECTOR];

        sim_crash_state(place.sim, i, &after);
        assert_int_equal(sim_os_read_file(after, "f", 0, bytes, SECTOR), SECTOR);
        assert_false(bytes[20] == '2' && bytes[10] != '1');
        sim_os_delete(after);
    }
    sim_place_delete(&place);
}

static void a_new_length_may_be_lost_or_come_without_its_bytes(void **state)
{
    struct sim_place place = sim_place_new(1);

    (void)state;
    assert_ok(sim_place_fill(&place, 1, 1, 'b'));
    assert_true(count_states(place.sim, "a") > 0);
    assert_true(count_states(place.sim, "ab") > 0);
    assert_true(count_states(place.sim, "a0") > 0);
    assert_int_equal(count_states(place.sim, "a") + count_states(place.sim, "ab") +
                         count_states(place.sim, "a0"),
                     sim_crash_count(place.sim));
    sim_place_require_state(place.sim, 2, "a0");
    sim_place_delete(&place);
}

/* In one state: a file that has the old length is made longer again. */
static void require_zeros_behind_a_lost_length(struct sim *sim, uint64_t state_no)
{
    struct sim_place after;

    sim_crash_state(sim, state_no, &after.sim);
    after.os = sim_os_port(after.sim);
    assert_ok(after.os->open(after.os, "f", OS_OPEN_WRITE, &after.file));
    if (sim_os_file_size(after.sim, "f") == SECTOR) {
        assert_ok(after.os->truncate(after.file, 2 * SECTOR));
        assert_string_equal(sim_place_text(after.sim), "a0");
    }
    sim_place_delete(&after);
}

static void bytes_behind_a_lost_length_do_not_come_back_when_the_file_grows(void **state)
{
    struct sim_place place = sim_place_new(1);

    (void)state;
    assert_ok(sim_place_fill(&place, 1, 1, 'b'));
    for (uint64_t i = 0; i < sim_crash_count(place.sim); i++)
        require_zeros_behind_a_lost_length(place.sim, i);
    sim_place_delete(&place);
}

static void an_allocation_may_be_lost(void **state)
{
    struct sim_place place = sim_place_new(1);

    (void)state;
    assert_ok(place.os->allocate(place.file, 0, 3 * SECTOR));
    assert_true(count_states(place.sim, "a") > 0);
    assert_true(count_states(place.sim, "a00") > 0);
    assert_ok(place.os->sync(place.file, OS_SYNC_DATA));
    sim_place_require_state(place.sim, 0, "a00");
    sim_place_delete(&place);
}

static void a_cut_is_durable_after_a_full_sync_only(void **state)
{
    struct sim_place place = sim_place_new(3);

    (void)state;
    assert_ok(place.os->truncate(place.file, SECTOR));
    assert_true(count_states(place.sim, "a") > 0);
    assert_true(count_states(place.sim, "aaa") > 0);
    assert_ok(place.os->sync(place.file, OS_SYNC_DATA));
    assert_true(count_states(place.sim, "aaa") > 0);
    assert_ok(place.os->sync(place.file, OS_SYNC_ALL));
    assert_int_equal(sim_crash_count(place.sim), 1);
    sim_place_require_state(place.sim, 0, "a");
    assert_ok(sim_os_audit(place.sim));
    sim_place_delete(&place);
}

static void what_was_cut_off_does_not_come_back_into_a_sector_written_since(void **state)
{
    struct sim_place place = sim_place_new(3);
    struct span part = span_of("b", 1);

    (void)state;
    assert_ok(place.os->truncate(place.file, SECTOR));
    assert_ok(place.os->write(place.file, 2 * SECTOR, &part, 1));
    for (uint64_t i = 0; i < sim_crash_count(place.sim); i++) {
        struct sim *after;
        uint8_t bytes[2];

        sim_crash_state(place.sim, i, &after);
        if (sim_os_read_file(after, "f", 2 * SECTOR, bytes, 2) == 2 && bytes[0] == 'b')
            assert_int_equal(bytes[1], 0);
        sim_os_delete(after);
    }
    sim_place_delete(&place);
}

static void a_punched_range_may_be_as_before(void **state)
{
    struct sim_place place = sim_place_new(16);

    (void)state;
    assert_ok(place.os->punch(place.file, 0, BLOCK));
    assert_true(count_states(place.sim, "00000000aaaaaaaa") > 0);
    assert_true(count_states(place.sim, "aaaaaaaaaaaaaaaa") > 0);
    sim_place_delete(&place);
}

static void a_new_name_lasts_once_its_directory_is_synced(void **state)
{
    struct sim_place place = sim_place_new_empty();
    struct sim *sim = place.sim;
    const struct os *os = place.os;

    (void)state;
    assert_ok(os->open(os, "f", OS_OPEN_CREATE, &place.file));
    assert_ok(sim_place_fill(&place, 0, 1, 'a'));
    assert_ok(os->sync(place.file, OS_SYNC_ALL));
    assert_true(count_states(sim, "-") > 0);
    assert_true(count_states(sim, "a") > 0);
    assert_ok(os->sync_directory(os, "elsewhere/f"));
    assert_true(count_states(sim, "-") > 0);
    assert_ok(os->sync_directory(os, "f"));
    assert_int_equal(count_states(sim, "a"), 1);
    sim_place_delete(&place);
}

static void a_removed_name_may_come_back_until_its_directory_is_synced(void **state)
{
    struct sim_place place = sim_place_new(2);

    (void)state;
    assert_ok(place.os->remove(place.os, "f"));
    assert_true(count_states(place.sim, "-") > 0);
    assert_true(count_states(place.sim, "aa") > 0);
    assert_ok(place.os->sync_directory(place.os, "f"));
    assert_int_equal(count_states(place.sim, "-"), 1);
    sim_place_delete(&place);
}

static void a_name_used_again_means_the_old_file_none_or_the_new_one(void **state)
{
    struct sim_place place = sim_place_new(2);

    (void)state;
    place.os->close(place.file);
    assert_ok(place.os->remove(place.os, "f"));
    assert_ok(place.os->open(place.os, "f", OS_OPEN_CREATE, &place.file));
    assert_true(count_states(place.sim, "aa") > 0);
    assert_true(count_states(place.sim, "-") > 0);
    assert_true(count_states(place.sim, "") > 0);
    assert_ok(place.os->sync_directory(place.os, "f"));
    assert_int_equal(count_states(place.sim, ""), 1);
    sim_place_delete(&place);
}

static void a_renamed_file_has_either_name_both_or_none(void **state)
{
    struct sim_place place = sim_place_new(2);
    unsigned counts[4] = {0};

    (void)state;
    assert_ok(place.os->rename(place.os, "f", "g"));
    for (uint64_t i = 0; i < sim_crash_count(place.sim); i++) {
        struct sim *after;
        bool is_old;
        bool is_new;

        sim_crash_state(place.sim, i, &after);
        is_old = sim_os_file_exists(after, "f");
        is_new = sim_os_file_exists(after, "g");
        assert_int_equal(sim_os_file_size(after, "f"), is_old ? 2 * SECTOR : 0);
        assert_int_equal(sim_os_file_size(after, "g"), is_new ? 2 * SECTOR : 0);
        counts[2 * is_old + is_new]++;
        sim_os_delete(after);
    }
    for (size_t i = 0; i < 4; i++)
        assert_true(counts[i] > 0);
    assert_ok(place.os->sync_directory(place.os, "f"));
    assert_int_equal(sim_crash_count(place.sim), 1);
    sim_place_require_state(place.sim, 0, "-");
    assert_ok(sim_os_audit(place.sim));
    sim_place_delete(&place);
}

static void two_names_that_a_rename_left_mean_one_file(void **state)
{
    struct sim_place place = sim_place_new(1);
    struct sim_place after = {.sim = NULL};
    struct os_file *file;

    (void)state;
    assert_ok(place.os->rename(place.os, "f", "g"));
    for (uint64_t i = 0; i < sim_crash_count(place.sim) && after.sim == NULL; i++) {
        sim_crash_state(place.sim, i, &after.sim);
        if (sim_os_file_exists(after.sim, "f") && sim_os_file_exists(after.sim, "g")) break;
        sim_os_delete(after.sim);
        after.sim = NULL;
    }
    assert_non_null(after.sim);
    after.os = sim_os_port(after.sim);
    assert_ok(after.os->open(after.os, "g", OS_OPEN_WRITE, &after.file));
    assert_ok(sim_place_fill(&after, 0, 1, 'b'));
    assert_string_equal(sim_place_text(after.sim), "b");
    assert_ok(after.os->lock(after.file, true));
    assert_ok(after.os->open(after.os, "f", OS_OPEN_WRITE, &file));
    assert_status(after.os->lock(file, true), FH_BUSY);
    after.os->close(file);
    sim_place_delete(&after);
    sim_place_delete(&place);
}

static void a_file_that_was_synced_under_another_name_is_whole_or_not_there(void **state)
{
    struct sim_place place = sim_place_new_empty();
    const struct os *os = place.os;

    (void)state;
    assert_ok(os->open(os, "new", OS_OPEN_CREATE, &place.file));
    assert_ok(sim_place_fill(&place, 0, 2, 'a'));
    assert_ok(os->sync(place.file, OS_SYNC_ALL));
    assert_ok(os->rename(os, "new", "f"));
    assert_true(count_states(place.sim, "-") > 0);
    assert_true(count_states(place.sim, "aa") > 0);
    assert_int_equal(count_states(place.sim, "-") + count_states(place.sim, "aa"),
                     sim_crash_count(place.sim));
    assert_ok(os->sync_directory(os, "f"));
    assert_int_equal(count_states(place.sim, "aa"), 1);
    sim_place_delete(&place);
}

static void garbage_stands_in_sectors_of_the_last_write_only(void **state)
{
    struct sim_place place = sim_place_new(4);
    unsigned garbled_count = 0;

    (void)state;
    assert_ok(sim_place_fill(&place, 0, 1, 'b'));
    assert_ok(sim_place_fill(&place, 2, 2, 'c'));
    assert_int_equal(count_states(place.sim, "*"), 3 + 2 + 2 + 1 + 1 + 32 + 32);
    sim_os_set_garbling(place.sim, true);
    assert_int_equal(count_states(place.sim, "*"), 3 + 2 + 2 + 1 + 1 + 32 + 32 + 16);
    for (uint64_t i = 0; i < sim_crash_count(place.sim); i++) {
        struct sim *after;
        const char *text;

        sim_crash_state(place.sim, i, &after);
        text = sim_place_text(after);
        assert_true(text[0] != '?' && text[1] == 'a');
        garbled_count += text[2] == '?' || text[3] == '?';
        sim_os_delete(after);
    }
    assert_true(garbled_count > 4);
    sim_place_delete(&place);
}

static void the_same_calls_give_the_same_states(void **state)
{
    struct sim_place a = sim_place_new(8);
    struct sim_place b = sim_place_new(8);

    (void)state;
    for (size_t i = 0; i < 5; i++) {
        assert_ok(sim_place_fill(&a, i, 3, (char)('b' + i)));
        assert_ok(sim_place_fill(&b, i, 3, (char)('b' + i)));
    }
    assert_int_equal(sim_crash_count(a.sim), sim_crash_count(b.sim));
    for (uint64_t i = 0; i < sim_crash_count(a.sim); i++) {
        struct sim *after;
        char text[20];

        sim_crash_state(a.sim, i, &after);
        (void)snprintf(text, sizeof(text), "%s", sim_place_text(after));
        sim_os_delete(after);
        sim_place_require_state(b.sim, i, text);
        assert_string_equal(sim_crash_name(a.sim, i), sim_crash_name(b.sim, i));
    }
    sim_place_delete(&a);
    sim_place_delete(&b);
}

static void a_machine_that_came_up_crashes_again(void **state)
{
    struct sim_place place = sim_place_new(2);
    struct sim_place second = {.sim = NULL};
    uint64_t before_ns = place.os->monotonic_ns(place.os);

    (void)state;
    assert_ok(sim_place_fill(&place, 0, 1, 'b'));
    second.sim = sim_os_crash(place.sim, SIM_CRASH_ALL);
    second.os = sim_os_port(second.sim);
    assert_true(second.os->monotonic_ns(second.os) > before_ns);
    assert_ok(second.os->open(second.os, "f", OS_OPEN_WRITE, &second.file));
    assert_ok(sim_place_fill(&second, 1, 1, 'c'));
    sim_place_require_state(second.sim, SIM_CRASH_NONE, "ba");
    sim_place_require_state(second.sim, SIM_CRASH_ALL, "bc");
    sim_place_delete(&second);
    sim_place_delete(&place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_synced_survives_every_crash),
        cmocka_unit_test(what_was_not_synced_is_there_or_not),
        cmocka_unit_test(of_three_writes_every_part_may_be_there),
        cmocka_unit_test(a_write_of_many_sectors_is_torn_between_them),
        cmocka_unit_test(a_sector_with_a_later_write_holds_the_earlier_one_too),
        cmocka_unit_test(a_new_length_may_be_lost_or_come_without_its_bytes),
        cmocka_unit_test(bytes_behind_a_lost_length_do_not_come_back_when_the_file_grows),
        cmocka_unit_test(an_allocation_may_be_lost),
        cmocka_unit_test(a_cut_is_durable_after_a_full_sync_only),
        cmocka_unit_test(what_was_cut_off_does_not_come_back_into_a_sector_written_since),
        cmocka_unit_test(a_punched_range_may_be_as_before),
        cmocka_unit_test(a_new_name_lasts_once_its_directory_is_synced),
        cmocka_unit_test(a_removed_name_may_come_back_until_its_directory_is_synced),
        cmocka_unit_test(a_name_used_again_means_the_old_file_none_or_the_new_one),
        cmocka_unit_test(a_renamed_file_has_either_name_both_or_none),
        cmocka_unit_test(two_names_that_a_rename_left_mean_one_file),
        cmocka_unit_test(a_file_that_was_synced_under_another_name_is_whole_or_not_there),
        cmocka_unit_test(garbage_stands_in_sectors_of_the_last_write_only),
        cmocka_unit_test(the_same_calls_give_the_same_states),
        cmocka_unit_test(a_machine_that_came_up_crashes_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
