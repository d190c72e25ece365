/*
 * same_bytes.c - the same calls over the same machine give the same file, byte for byte.
 *
 * A random life is lived twice on simulated systems and the files are compared. On a
 * machine with other entropy only the uuid differs and what is made of it: checksums of
 * metas and slots, and the uuid's half in slot 0 of header pages. So nothing in a file
 * follows from addresses, from memory that nobody wrote, or from anything else but the calls.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "alloc/slot_format.h"
#include "base/bits.h"
#include "crash/sim_os.h"
#include "kv/db.h"
#include "pager/meta_format.h"
#include "support/history.h"
#include "support/scratch.h"
#include "support/seed.h"
#include "support/unit.h"
#include "support/where.h"

#define PATH      "life.fh"
#define COPY_PATH "copy.fh"

enum { TXNS = 60 };

struct life {
    uint32_t page_bytes;
    const char *policy;
};

static const struct life lives[] = {
    {512, "bitmap"}, {512, "lifo"}, {1024, "bitmap"}, {4096, "lifo"}, {8192, "bitmap"}};

struct bytes {
    unsigned char *data;
    size_t size;
};

static void open_life(struct history *history, struct sim *sim, const struct life *life)
{
    fh_options options = scratch_options(life->page_bytes, 0);

    options.policy = life->policy;
    assert_ok(db_open(sim_os_port(sim), PATH, &options, &history->db));
    history_attach(history, history->db);
}

static void copy(struct history *history)
{
    fh_txn *txn = NULL;

    assert_ok(fh_begin(history->db, FH_READ, &txn));
    assert_ok(fh_copy(txn, COPY_PATH, NULL));
    fh_abort(txn);
}

/* Transactions, snapshots held, checkpoints, a reopening; a copy at the end. */
static void live(struct sim *sim, const struct life *life, uint64_t seed)
{
    const struct history_profile profile = {300, 24, 15, (size_t)life->page_bytes * 30};
    struct history history;

    history_init(&history, &profile, seed);
    open_life(&history, sim, life);
    for (unsigned i = 0; i < TXNS; i++) {
        assert_ok(history_txn(&history));
        if (i % 7 == 0) assert_ok(history_take_snapshot(&history));
        if (i % 11 == 0 && history.snapshot_count > 0) history_end_snapshot(&history, 0);
        if (i % 13 == 0) assert_ok(fh_checkpoint(history.db));
        if (i != TXNS / 2) continue;
        history_drop_snapshots(&history);
        assert_ok(fh_close(history.db));
        open_life(&history, sim, life);
    }
    history_drop_snapshots(&history);
    copy(&history);
    assert_ok(fh_close(history.db));
    history_fini(&history);
}

static struct bytes read_file(struct sim *sim, const char *path)
{
    struct bytes bytes = {.size = (size_t)sim_os_file_size(sim, path)};

    bytes.data = malloc(bytes.size);
    assert_true(bytes.data != NULL && bytes.size > 0);
    assert_int_equal(sim_os_read_file(sim, path, 0, bytes.data, bytes.size), bytes.size);
    return bytes;
}

static bool is_header(const unsigned char *page)
{
    return page[0] == PAGE_HEADER && memcmp(page + 28, "FHDB", 4) == 0;
}

/* Clears what follows from the uuid, and what a log was known by. */
static void forget_entropy(struct bytes *bytes, uint32_t page_bytes)
{
    size_t chunk_bytes = (size_t)page_bytes << meta_chunk_shift((uint8_t)bit_lowest(page_bytes));

    for (unsigned copy_no = 0; copy_no < META_COPY_COUNT; copy_no++) {
        unsigned char *meta = bytes->data + (size_t)(META_FIRST_PAGE + copy_no) * page_bytes;

        memset(meta + 8, 0, 4);
        memset(meta + 32, 0, UUID_BYTES);
        memset(meta + 72, 0, 16); /* salt, wal_id */
    }
    for (size_t at = 0; at < bytes->size; at += chunk_bytes) {
        if (!is_header(bytes->data + at)) continue;
        memset(bytes->data + at + 16, 0, 8);
        for (size_t slot_at = at; slot_at < at + page_bytes; slot_at += SLOT_BYTES)
            memset(bytes->data + slot_at + 24, 0, 4);
    }
}

static void require_equal(const struct bytes *a, const struct bytes *b, const char *path)
{
    assert_int_equal(a->size, b->size);
    for (size_t i = 0; i < a->size; i++)
        if (a->data[i] != b->data[i]) fail_msg("%s: byte %zu differs", path, i);
}

/* `entropies`: what the two machines' random numbers begin with. */
static void compare_lives(const struct life *life, uint64_t seed, const uint64_t entropies[2])
{
    static const char *const paths[] = {PATH, COPY_PATH};
    struct sim *sims[2];

    where_set("pages of %u bytes with %s, seed %" PRIu64, (unsigned)life->page_bytes, life->policy,
              seed);
    for (unsigned i = 0; i < 2; i++) {
        sims[i] = sim_os_new(entropies[i]);
        live(sims[i], life, seed);
    }
    for (unsigned i = 0; i < 2; i++) {
        struct bytes a = read_file(sims[0], paths[i]), b = read_file(sims[1], paths[i]);

        if (entropies[0] != entropies[1]) {
            assert_memory_not_equal(a.data + life->page_bytes + 32, b.data + life->page_bytes + 32,
                                    UUID_BYTES);
            forget_entropy(&a, life->page_bytes);
            forget_entropy(&b, life->page_bytes);
        }
        require_equal(&a, &b, paths[i]);
        free(a.data);
        free(b.data);
    }
    for (unsigned i = 0; i < 2; i++)
        sim_os_delete(sims[i]);
}

static void compare_all(const uint64_t entropies[2])
{
    for (uint64_t round = 0; round < seed_effort(); round++)
        for (size_t i = 0; i < sizeof(lives) / sizeof(lives[0]); i++)
            compare_lives(&lives[i], seed_get() + round, entropies);
    where_done();
}

static void the_same_calls_give_the_same_bytes(void **state)
{
    static const uint64_t entropies[2] = {5, 5};

    (void)state;
    compare_all(entropies);
}

static void other_entropy_gives_other_names_and_nothing_else(void **state)
{
    static const uint64_t entropies[2] = {5, 6};

    (void)state;
    compare_all(entropies);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(the_same_calls_give_the_same_bytes, where_teardown),
        cmocka_unit_test_teardown(other_entropy_gives_other_names_and_nothing_else, where_teardown),
    };

    (void)argc;
    where_init(argv[0]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
