/*
 * snapshot_test.c - who reads what, as the writer counts it.
 */
#include "pager/snapshot.h"

#include "base/memory.h"
#include "support/unit.h"

enum { MANY = 3 * SEATS_PER_BLOCK + 5 };

static int setup(void **state)
{
    static struct snapshots snapshots;

    assert_ok(snapshots_init(&snapshots));
    *state = &snapshots;
    return 0;
}

static int teardown(void **state)
{
    snapshots_fini(*state);
    return 0;
}

static void publish(struct snapshots *snapshots, uint64_t epoch)
{
    snapshot_publish(snapshots, &(struct descriptor){.epoch = epoch, .txn_id = epoch * 10});
}

static void a_pin_sees_the_whole_newest_state(void **state)
{
    struct descriptor published = {.epoch = UINT64_C(1) << 40,
                                   .txn_id = 12,
                                   .lsn_end = 13,
                                   .catalog_items = 14,
                                   .page_count = UINT32_MAX,
                                   .root = UINT32_MAX - 1,
                                   .root_level = 23};
    struct descriptor seen, newest;
    struct seat *seat;

    snapshot_publish(*state, &published);
    assert_ok(snapshot_pin(*state, &seat, &seen));
    snapshot_newest(*state, &newest);
    assert_memory_equal(&seen.epoch, &published.epoch, sizeof(uint64_t) * 4);
    assert_int_equal(seen.page_count, published.page_count);
    assert_int_equal(seen.root, published.root);
    assert_int_equal(seen.root_level, published.root_level);
    assert_int_equal(newest.epoch, published.epoch);
    publish(*state, 7);
    assert_int_equal(seen.epoch, published.epoch);
    snapshot_unpin(*state, seat);
}

static void pins_are_told_in_order_with_repeats(void **state)
{
    static const uint64_t epochs[] = {3, 5, 5, 9};
    uint64_t pins[8] = {0}, ids[8] = {0}, readers, oldest;
    struct descriptor seen;
    struct seat *seats[4];
    uint32_t count;

    for (int i = 3; i >= 0; i--) {
        publish(*state, epochs[i]);
        assert_ok(snapshot_pin(*state, &seats[i], &seen));
    }
    snapshot_pins(*state, pins, ids, 8, &count);
    assert_int_equal(count, 4);
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(pins[i], epochs[i]);
        assert_int_equal(ids[i], epochs[i] * 10);
    }
    snapshot_readers(*state, &readers, &oldest);
    assert_int_equal(readers, 4);
    assert_int_equal(oldest, 30);
    snapshot_unpin(*state, seats[0]);
    snapshot_pins(*state, pins, NULL, 8, &count);
    assert_int_equal(count, 3);
    assert_int_equal(pins[0], 5);
    for (int i = 1; i < 4; i++)
        snapshot_unpin(*state, seats[i]);
    snapshot_readers(*state, &readers, &oldest);
    assert_int_equal(readers, 0);
    assert_int_equal(oldest, 0);
}

static void more_pins_than_room_are_counted(void **state)
{
    uint64_t pins[2];
    struct descriptor seen;
    struct seat *seats[5];
    uint32_t count;

    publish(*state, 1);
    for (int i = 0; i < 5; i++)
        assert_ok(snapshot_pin(*state, &seats[i], &seen));
    snapshot_pins(*state, pins, NULL, 2, &count);
    assert_int_equal(count, 5);
    for (int i = 0; i < 5; i++)
        snapshot_unpin(*state, seats[i]);
}

static void there_are_as_many_seats_as_were_needed_at_once(void **state)
{
    static struct seat *seats[MANY];
    struct descriptor seen;

    publish(*state, 1);
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < MANY; i++)
            assert_ok(snapshot_pin(*state, &seats[i], &seen));
        assert_int_equal(snapshot_seat_count(*state), 4 * SEATS_PER_BLOCK);
        for (int i = 0; i < MANY; i++)
            snapshot_unpin(*state, seats[i]);
    }
}

static void a_reader_without_memory_is_refused_and_others_stay(void **state)
{
    struct seat *seat = NULL;
    struct descriptor seen;

    publish(*state, 1);
    (void)memory_fail_at(1, 1);
    assert_status(snapshot_pin(*state, &seat, &seen), FH_NO_MEMORY);
    (void)memory_fail_at(0, 0);
    assert_null(seat);
    assert_ok(snapshot_pin(*state, &seat, &seen));
    snapshot_unpin(*state, seat);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_pin_sees_the_whole_newest_state),
        TEST(pins_are_told_in_order_with_repeats),
        TEST(more_pins_than_room_are_counted),
        TEST(there_are_as_many_seats_as_were_needed_at_once),
        TEST(a_reader_without_memory_is_refused_and_others_stay),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
