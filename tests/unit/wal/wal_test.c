/*
 * wal_test.c - records go round the ring, come back in order, and end where they end.
 */
#include "wal/wal.h"

#include "base/bytes.h"
#include "base/crc32c.h"
#include "base/memory.h"
#include "crash/sim_os.h"
#include "support/unit.h"
#include "wal/wal_reader.h"

enum { RING_BYTES = 1 << 14, SALT = 77 };

struct fixture {
    struct sim *sim;
    struct os_file *data;
    struct wal wal;
    struct redo redo;
    uint64_t told; /* by on_durable */
};

static void on_durable(void *context, uint64_t lsn)
{
    struct fixture *fixture = context;

    fixture->told = lsn;
}

static struct wal_ring make_ring(struct fixture *fixture, uint64_t ring_bytes, unsigned name)
{
    struct wal_ring ring = {.ring_bytes = ring_bytes, .wal_id = 5};
    bool is_full = false;
    char *path;

    assert_ok(wal_ring_path("db", name, &path));
    assert_ok(wal_ring_create(&ring, sim_os_port(fixture->sim), path));
    while (!is_full)
        assert_ok(wal_ring_fill(&ring, 5000, &is_full));
    assert_ok(wal_ring_seal(&ring));
    return ring;
}

static int setup(void **state)
{
    static struct fixture fixture;
    struct wal_ring ring;

    fixture = (struct fixture){.sim = sim_os_new(1)};
    assert_ok(sim_os_port(fixture.sim)
                  ->open(sim_os_port(fixture.sim), "db", OS_OPEN_CREATE, &fixture.data));
    assert_ok(wal_init(&fixture.wal, fixture.data, on_durable, &fixture));
    ring = make_ring(&fixture, RING_BYTES, 0);
    wal_start(&fixture.wal, &ring, SALT, 512);
    *state = &fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    assert_ok(wal_audit(&fixture->wal));
    wal_fini(&fixture->wal);
    redo_fini(&fixture->redo);
    fixture->data->os->close(fixture->data);
    sim_os_delete(fixture->sim);
    return 0;
}

/* A record with one put of so many bytes; the lsn behind it. */
static uint64_t append_as(struct fixture *fixture, uint64_t txn_id, size_t bytes, bool is_owed)
{
    static uint8_t value[RING_BYTES];

    redo_begin(&fixture->redo, RING_BYTES);
    memset(value, (int)txn_id, bytes);
    redo_put(&fixture->redo, span_of("k", 1), span_of(value, bytes));
    assert_ok(wal_prepare(&fixture->wal, &fixture->redo));
    return wal_append(&fixture->wal, &fixture->redo, txn_id, is_owed);
}

static uint64_t append(struct fixture *fixture, uint64_t txn_id, size_t bytes)
{
    return append_as(fixture, txn_id, bytes, true);
}

/* The transactions that a reader finds from `lsn` on, in order from `first`; how many. */
static uint64_t count_from(struct fixture *fixture, uint64_t lsn, uint64_t first)
{
    struct wal_reader reader;
    struct wal_record record;
    struct span ops;
    uint64_t count = 0;
    fh_status status;

    wal_reader_init(&reader, &fixture->wal.ring, SALT, lsn);
    while ((status = wal_reader_next(&reader, &record, &ops)) == FH_OK)
        assert_int_equal(record.txn_id, first + count++);
    assert_int_equal(status, FH_NOT_FOUND);
    assert_ok(wal_reader_judge_end(&reader, reader.lsn));
    wal_reader_fini(&reader);
    return count;
}

static void waiting_makes_durable_and_tells(void **state)
{
    struct fixture *fixture = *state;
    uint64_t end = append(fixture, 1, 100);

    assert_int_equal(wal_durable(&fixture->wal), 512);
    assert_ok(wal_wait(&fixture->wal, end));
    assert_true(wal_durable(&fixture->wal) >= end && fixture->told >= end);
    assert_int_equal(wal_durable(&fixture->wal) % WAL_BLOCK_BYTES, 0);
    assert_int_equal(count_from(fixture, 512, 1), 1);
}

/* Several laps, records of every length, groups of every size; the tail follows. */
static void records_go_round_the_ring(void **state)
{
    struct fixture *fixture = *state;
    uint64_t tail = 512, tail_txn = 1;

    for (uint64_t txn = 1; txn < 400; txn++) {
        uint64_t end = append(fixture, txn, txn * 37 % 2000);

        if (txn % 3 == 0) assert_ok(wal_wait(&fixture->wal, end));
        if (txn % 5 != 0) continue;
        assert_ok(wal_wait(&fixture->wal, end));
        assert_int_equal(count_from(fixture, tail, tail_txn), txn + 1 - tail_txn);
        tail = end;
        tail_txn = txn + 1;
        wal_pass(&fixture->wal, tail);
    }
    assert_true(wal_head(&fixture->wal) > UINT64_C(8) * RING_BYTES);
}

static void a_full_ring_is_busy_until_the_tail_moves(void **state)
{
    struct fixture *fixture = *state;
    uint64_t txn = 1;
    fh_status status = FH_OK;

    redo_begin(&fixture->redo, RING_BYTES);
    redo_put(&fixture->redo, span_of("k", 1), span_of("v", 1));
    while ((status = wal_prepare(&fixture->wal, &fixture->redo)) == FH_OK)
        (void)wal_append(&fixture->wal, &fixture->redo, txn++, true);
    assert_int_equal(status, FH_BUSY);
    wal_pass(&fixture->wal, wal_head(&fixture->wal));
    assert_ok(wal_prepare(&fixture->wal, &fixture->redo));
}

static void a_wrong_byte_before_the_end_is_corrupt_at_the_end_it_is_the_end(void **state)
{
    struct fixture *fixture = *state;
    struct wal_reader reader;
    struct wal_record record;
    struct span ops;

    for (uint64_t txn = 1; txn <= 3; txn++)
        assert_ok(wal_wait(&fixture->wal, append(fixture, txn, 50)));
    sim_os_corrupt(fixture->sim, "db-wal", WAL_HEADER_BYTES + 3 * 512 + 60, 1, 1);
    assert_int_equal(count_from(fixture, 512, 1), 2);
    sim_os_corrupt(fixture->sim, "db-wal", WAL_HEADER_BYTES + 3 * 512 + 60, 1, 1);
    sim_os_corrupt(fixture->sim, "db-wal", WAL_HEADER_BYTES + 512 + 60, 1, 1);
    wal_reader_init(&reader, &fixture->wal.ring, SALT, 512);
    assert_status(wal_reader_next(&reader, &record, &ops), FH_NOT_FOUND);
    assert_status(wal_reader_judge_end(&reader, reader.lsn), FH_CORRUPT);
    wal_reader_fini(&reader);
}

static void a_failed_sync_breaks_it(void **state)
{
    struct fixture *fixture = *state;
    uint64_t end = append(fixture, 1, 10);

    (void)sim_os_fail_at(fixture->sim, SIM_SYNC, 1, false, FH_IO);
    assert_status(wal_wait(&fixture->wal, end), FH_POISONED);
    (void)sim_os_fail_at(fixture->sim, 0, 0, false, FH_OK);
    assert_status(wal_wait(&fixture->wal, end), FH_POISONED);
    assert_status(wal_prepare(&fixture->wal, &fixture->redo), FH_POISONED);
}

static void a_larger_ring_has_the_records_at_their_places(void **state)
{
    struct fixture *fixture = *state;
    struct wal_ring ring;
    uint64_t tail = 512;

    for (uint64_t txn = 1; txn <= 60; txn++) {
        uint64_t end = append(fixture, txn, 400);

        if (txn == 50) wal_pass(&fixture->wal, tail = end);
        if (txn < 50) wal_pass(&fixture->wal, end);
    }
    ring = make_ring(fixture, UINT64_C(4) * RING_BYTES, 1);
    assert_ok(wal_change_begin(&fixture->wal, &ring));
    wal_change_end(&fixture->wal, &ring, true);
    assert_ok(wal_ring_remove(&ring));
    assert_false(sim_os_file_exists(fixture->sim, "db-wal"));
    assert_int_equal(count_from(fixture, tail, 51), 10);
    assert_ok(wal_wait(&fixture->wal, append(fixture, 61, 400)));
    assert_int_equal(count_from(fixture, tail, 51), 11);
}

/* With a border of the smaller ring among the records there is no place for them in it. */
static void a_smaller_ring_has_records_between_two_of_its_ends(void **state)
{
    struct fixture *fixture = *state;
    uint64_t smaller_bytes = RING_BYTES / 4, tail = 0;
    struct wal_ring ring;

    for (uint64_t txn = 1; txn <= 12; txn++) {
        uint64_t end = append(fixture, txn, 400);

        if (txn == 10) tail = end;
    }
    assert_ok(wal_wait(&fixture->wal, wal_head(&fixture->wal)));
    assert_false(wal_fits(&fixture->wal, smaller_bytes));
    wal_pass(&fixture->wal, tail);
    assert_true(wal_fits(&fixture->wal, smaller_bytes));

    ring = make_ring(fixture, smaller_bytes, 1);
    assert_ok(wal_change_begin(&fixture->wal, &ring));
    wal_change_end(&fixture->wal, &ring, true);
    assert_ok(wal_ring_remove(&ring));
    assert_int_equal(count_from(fixture, tail, 11), 2);
    for (uint64_t txn = 13; txn <= 40; txn++) {
        wal_pass(&fixture->wal, tail);
        tail = append(fixture, txn, 400);
        assert_ok(wal_wait(&fixture->wal, tail));
    }
    wal_pass(&fixture->wal, tail);
    assert_ok(wal_wait(&fixture->wal, append(fixture, 41, 400)));
    assert_int_equal(count_from(fixture, tail, 41), 1);
}

/* It would be an end, and what lies behind it lost, if it were taken for no record. */
static void a_record_with_a_flag_that_nothing_has_is_corrupt(void **state)
{
    struct fixture *fixture = *state;

    for (unsigned bit = 1; bit < 16; bit++) {
        struct wal_record record = {.bytes = WAL_RECORD_BYTES,
                                    .lsn = 512,
                                    .txn_id = 1,
                                    .kind = WAL_TXN,
                                    .flags = (uint16_t)(1U << bit)};
        uint8_t bytes[WAL_RECORD_BYTES];
        struct wal_reader reader;
        struct span ops;

        wal_record_encode(bytes, &record, SALT);
        assert_ok(wal_ring_write(&fixture->wal.ring, record.lsn, bytes, sizeof(bytes)));
        wal_reader_init(&reader, &fixture->wal.ring, SALT, record.lsn);
        assert_status(wal_reader_next(&reader, &record, &ops), FH_CORRUPT);
        wal_reader_fini(&reader);
    }
}

/* Records that nobody is owed, until they may be left out; the first is left out. How many. */
static uint64_t append_until_left_out(struct fixture *fixture, uint64_t txn_id)
{
    uint64_t count = 0;

    while (!wal_may_skip(&fixture->wal))
        (void)append_as(fixture, txn_id + count++, 400, false);
    (void)wal_skip(&fixture->wal, 400);
    return count;
}

/* G10: behind them no record until the tail has moved, and no sync makes them durable. */
static void what_nobody_is_owed_is_left_out_after_a_while(void **state)
{
    struct fixture *fixture = *state;
    uint64_t owed = append(fixture, 1, 400), end;

    assert_false(wal_may_skip(&fixture->wal)); /* it is in the buffer, and somebody's */
    assert_true(append_until_left_out(fixture, 2) > 1);
    end = wal_skip(&fixture->wal, UINT64_C(3) * RING_BYTES);
    assert_true(wal_may_skip(&fixture->wal));
    assert_ok(wal_audit(&fixture->wal));
    assert_ok(wal_wait(&fixture->wal, owed));
    assert_true(fixture->told < end && wal_durable(&fixture->wal) < end);
    assert_status(wal_wait(&fixture->wal, end), FH_BUSY);
    assert_status(wal_prepare(&fixture->wal, &fixture->redo), FH_BUSY);

    wal_pass(&fixture->wal, end - WAL_BLOCK_BYTES); /* a checkpoint that has some of them */
    assert_status(wal_prepare(&fixture->wal, &fixture->redo), FH_BUSY);
    wal_pass(&fixture->wal, end);
    assert_ok(wal_wait(&fixture->wal, end));
    assert_ok(wal_wait(&fixture->wal, append(fixture, 9, 400)));
    assert_int_equal(count_from(fixture, end, 9), 1);
}

/* Who syncs now and then does not pay a checkpoint each time. */
static void the_log_is_more_patient_when_somebody_was_owed_after_all(void **state)
{
    struct fixture *fixture = *state;
    uint64_t first = append_until_left_out(fixture, 1), second;

    assert_status(wal_prepare(&fixture->wal, &fixture->redo), FH_BUSY);
    wal_pass(&fixture->wal, wal_head(&fixture->wal));
    second = append_until_left_out(fixture, 100);
    assert_true(second >= 2 * first);

    /* Nobody asked before a checkpoint was made anyway. */
    wal_pass(&fixture->wal, wal_head(&fixture->wal) - WAL_BLOCK_BYTES);
    (void)wal_skip(&fixture->wal, 400);
    assert_status(wal_prepare(&fixture->wal, &fixture->redo), FH_BUSY);
    wal_pass(&fixture->wal, wal_head(&fixture->wal));
    assert_int_equal(append_until_left_out(fixture, 200), first);
    wal_pass(&fixture->wal, wal_head(&fixture->wal));
}

static void a_first_page_with_what_none_has_is_none(void **state)
{
    struct wal_header header = {.wal_id = 5, .ring_bytes = RING_BYTES}, back;
    uint8_t page[WAL_HEADER_BYTES];

    (void)state;
    wal_header_encode(page, &header);
    assert_true(wal_header_decode(page, &back));
    for (unsigned bit = 0; bit < 32; bit++) {
        store32(page + 12, UINT32_C(1) << bit);
        store32(page + 8, crc32c(0, page + 12, 64 - 12));
        assert_false(wal_header_decode(page, &back));
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(waiting_makes_durable_and_tells),
        TEST(records_go_round_the_ring),
        TEST(a_full_ring_is_busy_until_the_tail_moves),
        TEST(a_wrong_byte_before_the_end_is_corrupt_at_the_end_it_is_the_end),
        TEST(a_failed_sync_breaks_it),
        TEST(a_larger_ring_has_the_records_at_their_places),
        TEST(a_smaller_ring_has_records_between_two_of_its_ends),
        TEST(a_record_with_a_flag_that_nothing_has_is_corrupt),
        TEST(what_nobody_is_owed_is_left_out_after_a_while),
        TEST(the_log_is_more_patient_when_somebody_was_owed_after_all),
        TEST(a_first_page_with_what_none_has_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
