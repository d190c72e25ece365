/*
 * snapshot_test.c - who reads what, as the writer counts it.
 */
#include "pager/snapshot.h"

#include <string.h>

#include "base/memory.h"
#include "support/unit.h"

enum { MANY = 3 * SEATS_PER_BLOCK + 5 };

static int setup(void **state)
{
    static struct snapshots snapshots;

    assert_ok(snapshots_init(&snapshots, os_posix()));
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
    assert_ok(snapshot_pin(*state, NULL, &seat, &seen));
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

static void look_at(struct snapshots *snapshots, struct pin_look *look, uint32_t *capacity)
{
    assert_ok(snapshot_look(snapshots, look, capacity));
}

static void pins_are_told_in_order_each_once(void **state)
{
    static const uint64_t epochs[] = {3, 5, 5, 9};
    struct pin_look look = {.pins = NULL};
    struct descriptor seen;
    struct seat *seats[4];
    uint64_t readers, oldest;
    uint32_t capacity = 0;

    for (int i = 3; i >= 0; i--) {
        publish(*state, epochs[i]);
        assert_ok(snapshot_pin(*state, NULL, &seats[i], &seen));
    }
    look_at(*state, &look, &capacity);
    assert_int_equal(look.pin_count, 3);
    assert_int_equal(look.pins[0], 3);
    assert_int_equal(look.pins[1], 5);
    assert_int_equal(look.pins[2], 9);
    snapshot_readers(*state, &readers, &oldest);
    assert_int_equal(readers, 4);
    assert_int_equal(oldest, 30);
    snapshot_unpin(*state, seats[0]);
    look_at(*state, &look, &capacity);
    assert_int_equal(look.pin_count, 2);
    assert_int_equal(look.pins[0], 5);
    for (int i = 1; i < 4; i++)
        snapshot_unpin(*state, seats[i]);
    snapshot_readers(*state, &readers, &oldest);
    assert_int_equal(readers, 0);
    assert_int_equal(oldest, 0);
    memory_give(look.pins);
}

/* A pin is gone with its last reader, and told once. */
static void what_has_gone_is_told_once(void **state)
{
    struct pin_look look = {.pins = NULL};
    struct descriptor seen;
    struct seat *seats[3];
    uint32_t capacity = 0;

    for (unsigned i = 0; i < 3; i++) {
        publish(*state, 4 + i / 2);
        assert_ok(snapshot_pin(*state, NULL, &seats[i], &seen));
    }
    look_at(*state, &look, &capacity);
    assert_int_equal(look.gone_count, 0);
    snapshot_unpin(*state, seats[0]);
    look_at(*state, &look, &capacity);
    assert_int_equal(look.gone_count, 0);
    snapshot_unpin(*state, seats[1]);
    look_at(*state, &look, &capacity);
    assert_int_equal(look.gone_count, 1);
    assert_int_equal(look.gone[0], 4);
    look_at(*state, &look, &capacity);
    assert_int_equal(look.gone_count, 0);
    assert_int_equal(look.pin_count, 1);
    snapshot_unpin(*state, seats[2]);
    memory_give(look.pins);
}

static void more_that_has_gone_than_is_listed_is_said_to_be(void **state)
{
    static struct seat *seats[PIN_TABLE_GONE_MAX + 1];
    struct pin_look look = {.pins = NULL};
    struct descriptor seen;
    uint32_t capacity = 0;

    for (unsigned i = 0; i <= PIN_TABLE_GONE_MAX; i++) {
        publish(*state, 1 + i);
        assert_ok(snapshot_pin(*state, NULL, &seats[i], &seen));
    }
    for (unsigned i = 0; i <= PIN_TABLE_GONE_MAX; i++)
        snapshot_unpin(*state, seats[i]);
    look_at(*state, &look, &capacity);
    assert_true(look.gone_count > PIN_TABLE_GONE_MAX);
    look_at(*state, &look, &capacity);
    assert_int_equal(look.gone_count, 0);
    memory_give(look.pins);
}

static struct seat_terms terms_of(const char *tag, uint64_t lease_ns, uint64_t lease_pages)
{
    struct seat_terms terms = {.is_leased = lease_ns != 0 || lease_pages != 0,
                               .lease_ns = lease_ns,
                               .lease_pages = lease_pages};

    memcpy(terms.tag, tag, strlen(tag));
    return terms;
}

static void readers_are_described_oldest_first(void **state)
{
    struct seat_terms terms[2] = {terms_of("young", 0, 0), terms_of("old", UINT64_MAX / 2, 0)};
    struct snapshot_reader readers[4] = {{.epoch = 0}};
    struct descriptor seen;
    struct seat *seats[3];
    uint32_t count;

    publish(*state, 8);
    assert_ok(snapshot_pin(*state, &terms[0], &seats[0], &seen));
    assert_ok(snapshot_pin(*state, NULL, &seats[1], &seen));
    publish(*state, 7);
    assert_ok(snapshot_pin(*state, &terms[1], &seats[2], &seen));
    snapshot_list(*state, readers, 4, &count);
    assert_int_equal(count, 3);
    assert_int_equal(readers[0].epoch, 7);
    assert_int_equal(readers[0].txn_id, 70);
    assert_string_equal(readers[0].tag, "old");
    assert_true(readers[0].is_leased);
    assert_int_equal(readers[0].thread_id, os_posix()->thread_id(os_posix()));
    assert_int_equal(readers[1].epoch, 8);
    assert_false(readers[1].is_leased);
    assert_true(readers[1].age_ns >= readers[2].age_ns);
    snapshot_list(*state, readers, 2, &count);
    assert_int_equal(count, 3);
    for (unsigned i = 0; i < 3; i++)
        snapshot_unpin(*state, seats[i]);
}

static uint64_t nine_pages(const void *context, uint64_t epoch)
{
    *(uint64_t *)(uintptr_t)context = epoch;
    return 9;
}

/* By pages: more than the limit, not as many; and never in the middle of a call. */
static void a_lease_is_over_past_its_pages_between_calls(void **state)
{
    struct seat_terms terms[3] = {terms_of("", 0, 8), terms_of("", 0, 9), terms_of("tag", 0, 0)};
    uint64_t asked = 0, readers, oldest;
    struct snapshot_judge judge = {nine_pages, &asked};
    struct descriptor seen;
    struct seat *seats[3];

    publish(*state, 6);
    for (unsigned i = 0; i < 3; i++)
        assert_ok(snapshot_pin(*state, &terms[i], &seats[i], &seen));
    assert_true(snapshot_enter(seats[0]));
    snapshot_expire(*state, &judge);
    assert_int_equal(asked, 6);
    snapshot_readers(*state, &readers, &oldest);
    assert_int_equal(readers, 3);
    snapshot_leave(seats[0]);
    snapshot_expire(*state, &judge);
    snapshot_readers(*state, &readers, &oldest);
    assert_int_equal(readers, 2);
    assert_false(snapshot_enter(seats[0]));
    assert_true(snapshot_enter(seats[1]));
    snapshot_leave(seats[1]);
    for (unsigned i = 0; i < 3; i++)
        snapshot_unpin(*state, seats[i]);
    snapshot_readers(*state, &readers, &oldest);
    assert_int_equal(readers, 0);
}

/* The seat of one whose lease was over is as good as any. */
static void a_seat_of_a_lost_lease_is_used_again(void **state)
{
    struct seat_terms terms = terms_of("", 1, 0);
    struct snapshot_judge judge = {nine_pages, &(uint64_t){0}};
    struct descriptor seen;
    struct seat *seat, *again;
    uint64_t readers, oldest;

    publish(*state, 6);
    assert_ok(snapshot_pin(*state, &terms, &seat, &seen));
    snapshot_readers(*state, &readers, &oldest);
    while (readers != 0) {
        snapshot_expire(*state, &judge);
        snapshot_readers(*state, &readers, &oldest);
    }
    snapshot_unpin(*state, seat);
    assert_ok(snapshot_pin(*state, NULL, &again, &seen));
    assert_ptr_equal(again, seat);
    snapshot_expire(*state, &judge);
    snapshot_readers(*state, &readers, &oldest);
    assert_int_equal(readers, 1);
    snapshot_unpin(*state, again);
}

static void require_readers(struct snapshots *snapshots, uint64_t wanted)
{
    uint64_t readers, oldest;

    snapshot_readers(snapshots, &readers, &oldest);
    assert_int_equal(readers, wanted);
}

static void a_parked_seat_goes_on_with_its_state(void **state)
{
    struct descriptor seen;
    struct seat *seat;

    publish(*state, 6);
    assert_ok(snapshot_pin(*state, NULL, &seat, &seen));
    snapshot_keep(*state, seat);
    assert_false(snapshot_is_parked(seat));
    assert_int_equal(snapshot_claim(*state, seat, 1), SEAT_TAKEN);
    snapshot_park(seat);
    assert_true(snapshot_is_parked(seat));
    assert_int_equal(snapshot_claim(*state, seat, 1), SEAT_CURRENT);
    assert_int_equal(snapshot_claim(*state, seat, 2), SEAT_TAKEN);
    require_readers(*state, 1);
    assert_true(snapshot_is_pinned(*state, 6));
    snapshot_park(seat);
    require_readers(*state, 0);
}

/* Whoever claims it behind a commit sees the commit, and pins no more than that. */
static void a_parked_seat_of_an_older_state_is_renewed(void **state)
{
    struct pin_look look = {.pins = NULL};
    struct descriptor seen;
    uint32_t capacity = 0;
    struct seat *seat;

    publish(*state, 6);
    assert_ok(snapshot_pin(*state, NULL, &seat, &seen));
    snapshot_keep(*state, seat);
    snapshot_park(seat);
    publish(*state, 7);
    assert_int_equal(snapshot_claim(*state, seat, 1), SEAT_STALE);
    snapshot_renew(*state, seat, &seen);
    assert_int_equal(seen.epoch, 7);
    look_at(*state, &look, &capacity);
    assert_int_equal(look.pin_count, 1);
    assert_int_equal(look.pins[0], 7);
    snapshot_park(seat);
    look_at(*state, &look, &capacity);
    assert_int_equal(look.pin_count, 0);
    assert_int_equal(snapshot_claim(*state, seat, 1), SEAT_STALE);
    snapshot_renew(*state, seat, &seen);
    look_at(*state, &look, &capacity);
    assert_int_equal(look.pin_count, 1);
    snapshot_park(seat);
    memory_give(look.pins);
}

/* Nobody waits for a reader that has ended, nor sees one. */
static void whoever_looks_at_pins_takes_those_of_parked_seats(void **state)
{
    struct pin_look look = {.pins = NULL};
    struct snapshot_reader reader;
    struct descriptor seen;
    uint32_t capacity = 0, count;
    struct seat *seat;

    publish(*state, 6);
    assert_ok(snapshot_pin(*state, NULL, &seat, &seen));
    snapshot_keep(*state, seat);
    for (int way = 0; way < 4; way++) {
        snapshot_park(seat);
        switch (way) {
        case 0:
            look_at(*state, &look, &capacity);
            assert_int_equal(look.pin_count, 0);
            break;
        case 1:
            snapshot_meet(*state);
            assert_int_equal(snapshot_newest_pin(*state, UINT64_MAX), 0);
            break;
        case 2:
            assert_false(snapshot_is_pinned(*state, 6));
            break;
        default:
            snapshot_list(*state, &reader, 1, &count);
            assert_int_equal(count, 0);
        }
        assert_int_equal(snapshot_claim(*state, seat, 1), SEAT_STALE);
        snapshot_renew(*state, seat, &seen);
        require_readers(*state, 1);
    }
    memory_give(look.pins);
}

/* Its reader may look at frames that were retired while the seat was parked. */
static void a_parked_seat_keeps_its_time_of_grace(void **state)
{
    struct descriptor seen;
    struct seat *seat;
    uint64_t grace;

    publish(*state, 6);
    assert_ok(snapshot_pin(*state, NULL, &seat, &seen));
    snapshot_keep(*state, seat);
    snapshot_park(seat);
    grace = snapshot_next_grace(*state);
    assert_int_equal(snapshot_claim(*state, seat, 1), SEAT_CURRENT);
    snapshot_meet(*state);
    assert_int_equal(snapshot_newest_pin(*state, grace), 6);
    snapshot_renew(*state, seat, &seen);
    assert_int_equal(snapshot_newest_pin(*state, grace), 0);
    snapshot_park(seat);
}

static void there_are_as_many_seats_as_were_needed_at_once(void **state)
{
    static struct seat *seats[MANY];
    struct descriptor seen;

    publish(*state, 1);
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < MANY; i++)
            assert_ok(snapshot_pin(*state, NULL, &seats[i], &seen));
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
    assert_status(snapshot_pin(*state, NULL, &seat, &seen), FH_NO_MEMORY);
    (void)memory_fail_at(0, 0);
    assert_null(seat);
    assert_ok(snapshot_pin(*state, NULL, &seat, &seen));
    snapshot_unpin(*state, seat);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_pin_sees_the_whole_newest_state),
        TEST(pins_are_told_in_order_each_once),
        TEST(what_has_gone_is_told_once),
        TEST(more_that_has_gone_than_is_listed_is_said_to_be),
        TEST(readers_are_described_oldest_first),
        TEST(a_lease_is_over_past_its_pages_between_calls),
        TEST(a_seat_of_a_lost_lease_is_used_again),
        TEST(a_parked_seat_goes_on_with_its_state),
        TEST(a_parked_seat_of_an_older_state_is_renewed),
        TEST(whoever_looks_at_pins_takes_those_of_parked_seats),
        TEST(a_parked_seat_keeps_its_time_of_grace),
        TEST(there_are_as_many_seats_as_were_needed_at_once),
        TEST(a_reader_without_memory_is_refused_and_others_stay),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
