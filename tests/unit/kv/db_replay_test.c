/*
 * db_replay_test.c - a log is replayed to its end, however often that takes.
 */
#include <string.h>

#include "crash/sim_os.h"
#include "kv/db.h"
#include "support/items.h"
#include "support/scratch.h"
#include "support/unit.h"

#define PATH "replayed.fh"

enum { PAGE_BYTES = 512, LARGE_BYTES = 20000, SMALL_BYTES = 300, SMALL_COUNT = 60 };
enum { STOPS_LEAST = 10, STOPS_MOST = 1000 };

static unsigned char value[LARGE_BYTES];

static fh_status open_on(struct sim *sim, fh_db **ret_db)
{
    fh_options options = {.size = sizeof(options),
                          .flags = FH_OPEN_CREATE,
                          .page_bytes = PAGE_BYTES,
                          .log_bytes = 1 << 18};

    return db_open(sim_os_port(sim), PATH, &options, ret_db);
}

static fh_txn *begin(fh_db *db)
{
    fh_txn *txn;

    assert_ok(fh_begin(db, FH_WRITE, &txn));
    return txn;
}

/* In one record a tree goes, a large value comes and goes, and another one comes. */
static void drop_and_replace(fh_db *db)
{
    fh_txn *txn = begin(db);
    fh_tree *tree;

    assert_ok(fh_tree_open(txn, text("gone"), 0, &tree));
    assert_ok(fh_tree_drop(txn, tree));
    assert_ok(fh_put(txn, NULL, text("passing"), (fh_bytes){value, sizeof(value)}, 0));
    assert_ok(fh_erase(txn, NULL, text("passing")));
    assert_ok(fh_put(txn, NULL, text("staying"), (fh_bytes){value + 1, sizeof(value) - 1}, 0));
    assert_ok(fh_commit(txn));
}

/* Values that the log has itself, and that take pages when they are replayed. */
static void put_many(fh_db *db)
{
    unsigned char buffer[ITEMS_KEY_MAX];
    fh_txn *txn = begin(db);

    for (unsigned i = 0; i < SMALL_COUNT; i++)
        assert_ok(
            fh_put(txn, NULL, items_numbered("k", i, buffer), (fh_bytes){value, SMALL_BYTES}, 0));
    assert_ok(fh_commit(txn));
}

static struct sim *live_until_the_power_goes(uint64_t *ret_txn_id)
{
    struct sim *sim = sim_os_new(1), *after;
    fh_tree *tree;
    fh_db *db;
    fh_txn *txn;

    items_fill(1, value, sizeof(value));
    assert_ok(open_on(sim, &db));
    txn = begin(db);
    assert_ok(fh_tree_open(txn, text("gone"), FH_TREE_CREATE, &tree));
    assert_ok(fh_put(txn, tree, text("a"), text("tree"), 0));
    assert_ok(fh_commit(txn)); /* the first goes by checkpoint */
    drop_and_replace(db);
    put_many(db);
    txn = begin(db);
    *ret_txn_id = fh_txn_id(txn) - 1;
    fh_abort(txn);
    after = sim_os_crash(sim, SIM_CRASH_NONE);
    assert_ok(fh_close(db));
    sim_os_delete(sim);
    return after;
}

/* F1, F3: what a record says of a run's bytes must hold until a checkpoint has the record. */
static void a_replay_that_is_cut_short_can_be_made_again(void **state)
{
    uint64_t txn_id, stop = 0;
    bool has_stopped = true;

    (void)state;
    for (; has_stopped; stop++) {
        struct sim *sim = live_until_the_power_goes(&txn_id), *after;
        fh_db *db;
        fh_txn *txn;

        assert_true(stop < STOPS_MOST);
        sim_os_stop_after(sim, stop);
        if (open_on(sim, &db) == FH_OK) (void)fh_close(db);
        has_stopped = sim_os_has_stopped(sim);
        after = sim_os_crash(sim, SIM_CRASH_ALL);
        assert_ok(open_on(after, &db));
        assert_ok(fh_begin(db, FH_READ, &txn));
        assert_int_equal(fh_txn_id(txn), txn_id);
        fh_abort(txn);
        scratch_require_clean(db);
        assert_ok(fh_close(db));
        sim_os_delete(after);
        sim_os_delete(sim);
    }
    assert_true(stop > STOPS_LEAST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_replay_that_is_cut_short_can_be_made_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
