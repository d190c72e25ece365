/*
 * kv_txn_test.c - transactions and savepoints: what is seen, kept, forgotten, refused.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#include "freehold/kv.h"
#include "support/scratch.h"
#include "support/unit.h"

enum { MANY_READERS = 300, SAVEPOINTS_MAX = 64 };

static void a_snapshot_never_changes(void **state)
{
    struct scratch *scratch = *state;
    fh_txn *snapshot;
    fh_bytes early;
    fh_bytes value;

    scratch_put(scratch->db, text("key"), text("old"));
    assert_ok(fh_begin(scratch->db, FH_READ, &snapshot));
    assert_ok(fh_get(snapshot, NULL, text("key"), &early));
    scratch_put(scratch->db, text("key"), text("new"));
    for (unsigned i = 0; i < 40; i++)
        scratch_fill(scratch->db, 0, 20, 30 + i);
    scratch_erase(scratch->db, text("key"));

    scratch_require_same(early, text("old"));
    assert_ok(fh_get(snapshot, NULL, text("key"), &value));
    scratch_require_same(value, text("old"));
    assert_status(fh_get(snapshot, NULL, text("k00000001"), &value), FH_NOT_FOUND);
    fh_abort(snapshot);
    scratch_require_absent(scratch->db, text("key"));
}

static void a_commit_is_seen_by_who_begins_later_and_not_before(void **state)
{
    struct scratch *scratch = *state;
    fh_txn *writer;

    assert_ok(fh_begin(scratch->db, FH_WRITE, &writer));
    assert_ok(fh_put(writer, NULL, text("key"), text("value"), 0));
    scratch_require_absent(scratch->db, text("key"));
    assert_ok(fh_commit(writer));
    scratch_require_value(scratch->db, text("key"), text("value"));
    scratch_reopen(scratch);
    scratch_require_value(scratch->db, text("key"), text("value"));
}

static void a_writer_sees_its_own_changes(void **state)
{
    struct scratch *scratch = *state;
    fh_txn *writer;
    fh_bytes value;

    assert_ok(fh_begin(scratch->db, FH_WRITE, &writer));
    assert_ok(fh_put(writer, NULL, text("key"), text("value"), 0));
    assert_ok(fh_get(writer, NULL, text("key"), &value));
    scratch_require_same(value, text("value"));
    assert_ok(fh_erase(writer, NULL, text("key")));
    assert_status(fh_get(writer, NULL, text("key"), &value), FH_NOT_FOUND);
    assert_ok(fh_commit(writer));
}

static void an_abort_forgets_everything(void **state)
{
    struct scratch *scratch = *state;
    fh_stat_info before = {.size = sizeof(before)};
    fh_stat_info after = {.size = sizeof(after)};
    unsigned char buffer[ITEMS_KEY_MAX];
    fh_txn *writer;
    fh_tree *tree;

    scratch_fill(scratch->db, 0, 100, 40);
    assert_ok(fh_stat(scratch->db, &before));
    assert_ok(fh_begin(scratch->db, FH_WRITE, &writer));
    assert_ok(fh_tree_open(writer, text("new tree"), FH_TREE_CREATE, &tree));
    for (unsigned i = 0; i < 200; i++)
        assert_ok(fh_put(writer, i % 2 == 0 ? tree : NULL, items_numbered("k", i, buffer),
                         text("other"), 0));
    assert_ok(fh_erase_range(writer, NULL, text("k00000050"), nothing(), NULL));
    fh_abort(writer);

    assert_ok(fh_stat(scratch->db, &after));
    assert_int_equal(after.item_count, before.item_count);
    assert_int_equal(after.tree_count, before.tree_count);
    assert_int_equal(after.live_pages, before.live_pages);
    assert_int_equal(after.pending_pages, before.pending_pages);
    assert_int_equal(after.txn_id, before.txn_id);
    scratch_require_clean(scratch->db);
}

static void aborting_nothing_is_fine(void **state)
{
    (void)state;
    fh_abort(NULL);
}

static void a_commit_of_a_snapshot_just_ends_it(void **state)
{
    struct scratch *scratch = *state;
    fh_txn *snapshot;

    assert_ok(fh_begin(scratch->db, FH_READ, &snapshot));
    assert_ok(fh_commit(snapshot));
}

static void there_is_one_writer_and_trying_does_not_wait(void **state)
{
    struct scratch *scratch = *state;
    fh_txn *first;
    fh_txn *second = NULL;

    assert_ok(fh_begin(scratch->db, FH_TRY_WRITE, &first));
    assert_status(fh_begin(scratch->db, FH_TRY_WRITE, &second), FH_BUSY);
    assert_null(second);
    fh_abort(first);
    assert_ok(fh_begin(scratch->db, FH_TRY_WRITE, &second));
    assert_ok(fh_commit(second));
    assert_ok(fh_begin(scratch->db, FH_WRITE, &first));
    fh_abort(first);
}

struct waiter {
    fh_db *db;
    _Atomic bool is_there;
    fh_status status;
    bool saw_the_first;
};

static void *wait_for_the_turn(void *context)
{
    struct waiter *waiter = context;
    fh_txn *txn = NULL;
    fh_bytes value;

    waiter->status = fh_begin(waiter->db, FH_WRITE, &txn);
    atomic_store(&waiter->is_there, true);
    if (waiter->status != FH_OK) return NULL;
    waiter->saw_the_first = fh_get(txn, NULL, text("first"), &value) == FH_OK;
    waiter->status = fh_commit(txn);
    return NULL;
}

static void a_second_writer_waits_for_the_first_to_end(void **state)
{
    struct scratch *scratch = *state;
    struct waiter waiter = {.db = scratch->db};
    fh_txn *first;
    pthread_t thread;

    assert_ok(fh_begin(scratch->db, FH_WRITE, &first));
    assert_int_equal(pthread_create(&thread, NULL, wait_for_the_turn, &waiter), 0);
    assert_ok(fh_put(first, NULL, text("first"), text("value"), 0));
    assert_false(atomic_load(&waiter.is_there));
    assert_ok(fh_commit(first));
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_ok(waiter.status);
    assert_true(waiter.saw_the_first);
}

static void numbers_only_grow_also_over_reopening(void **state)
{
    struct scratch *scratch = *state;
    uint64_t last = 0;

    for (unsigned i = 0; i < 12; i++) {
        fh_txn *writer;
        fh_txn *reader;

        assert_ok(fh_begin(scratch->db, FH_WRITE, &writer));
        assert_true(fh_txn_id(writer) > last);
        last = fh_txn_id(writer);
        assert_ok(fh_put(writer, NULL, text("key"), text("value"), 0));
        assert_ok(fh_commit(writer));
        assert_ok(fh_begin(scratch->db, FH_READ, &reader));
        assert_int_equal(fh_txn_id(reader), last);
        fh_abort(reader);
        if (i % 4 == 3) scratch_reopen(scratch);
    }
    scratch_reopen(scratch);
    scratch_reopen(scratch);
    for (unsigned i = 0; i < 2; i++) {
        fh_txn *txn;

        assert_ok(fh_begin(scratch->db, i == 0 ? FH_READ : FH_WRITE, &txn));
        assert_true(fh_txn_id(txn) >= last + i);
        fh_abort(txn);
    }
}

static void hundreds_may_read_at_once(void **state)
{
    struct scratch *scratch = *state;
    static fh_txn *readers[MANY_READERS];
    unsigned char buffer[ITEMS_KEY_MAX];
    fh_bytes value;

    for (unsigned i = 0; i < MANY_READERS; i++) {
        if (i % 30 == 0) scratch_put(scratch->db, items_numbered("r", i, buffer), text("value"));
        assert_ok(fh_begin(scratch->db, FH_READ, &readers[i]));
    }
    for (unsigned i = 0; i < MANY_READERS; i++) {
        unsigned own = i - i % 30;

        assert_ok(fh_get(readers[i], NULL, items_numbered("r", own, buffer), &value));
        assert_status(fh_get(readers[i], NULL, items_numbered("r", own + 30, buffer), &value),
                      FH_NOT_FOUND);
        fh_abort(readers[i]);
    }
}

static void a_snapshot_keeps_its_pages_until_it_ends(void **state)
{
    struct scratch *scratch = *state;
    fh_stat_info held = {.size = sizeof(held)};
    fh_stat_info free_again = {.size = sizeof(free_again)};
    fh_txn *snapshot;
    fh_txn *writer;

    scratch_fill(scratch->db, 0, 400, 60);
    assert_ok(fh_begin(scratch->db, FH_READ, &snapshot));
    assert_ok(fh_begin(scratch->db, FH_WRITE, &writer));
    assert_ok(fh_erase_range(writer, NULL, nothing(), nothing(), NULL));
    assert_ok(fh_commit(writer));
    scratch_put(scratch->db, text("a"), text("1"));
    scratch_put(scratch->db, text("a"), text("2"));
    assert_ok(fh_stat(scratch->db, &held));
    assert_true(held.pinned_pages > 40);
    assert_int_equal(held.reader_count, 1);
    assert_int_equal(held.oldest_reader_txn_id, fh_txn_id(snapshot));

    fh_abort(snapshot);
    assert_ok(fh_stat(scratch->db, &free_again));
    assert_int_equal(free_again.pinned_pages, 0);
    assert_int_equal(free_again.reader_count, 0);
    assert_ok(fh_checkpoint(scratch->db)); /* the one before holds pages too */
    assert_ok(fh_stat(scratch->db, &free_again));
    /* They are free, or the file is smaller by them. */
    assert_true(free_again.free_pages + held.file_pages >=
                held.free_pages + held.pinned_pages + free_again.file_pages - 10);
}

/* The exact rule: only pages that a snapshot can see wait for it. */
static void pages_between_two_snapshots_come_back(void **state)
{
    struct scratch *scratch = *state;
    fh_stat_info first = {.size = sizeof(first)};
    fh_stat_info last = {.size = sizeof(last)};
    fh_txn *snapshot;

    scratch_fill(scratch->db, 0, 200, 60);
    assert_ok(fh_begin(scratch->db, FH_READ, &snapshot));
    for (unsigned i = 0; i < 10; i++)
        scratch_fill(scratch->db, 0, 200, 60);
    assert_ok(fh_stat(scratch->db, &first));
    for (unsigned i = 0; i < 50; i++)
        scratch_fill(scratch->db, 0, 200, 60);
    assert_ok(fh_stat(scratch->db, &last));
    assert_true(last.file_pages <= first.file_pages + first.file_pages / 8);
    assert_true(last.pinned_pages <= first.pinned_pages + 8);
    fh_abort(snapshot);
}

static void wrong_ways_to_begin_are_refused(void **state)
{
    struct scratch *scratch = *state;
    fh_txn *txn = NULL;

    assert_status(fh_begin(NULL, FH_READ, &txn), FH_INVALID);
    assert_status(fh_begin(scratch->db, FH_READ, NULL), FH_INVALID);
    assert_status(fh_begin(scratch->db, 2, &txn), FH_INVALID);
    assert_status(fh_begin(scratch->db, 8, &txn), FH_INVALID);
    assert_status(fh_commit(NULL), FH_INVALID);
    assert_null(txn);
}

static void a_snapshot_refuses_every_change(void **state)
{
    struct scratch *scratch = *state;
    fh_txn *txn;
    fh_tree *tree = NULL;
    fh_loader *loader = NULL;
    fh_cursor *cursor;
    fh_bytes value = text("value");
    uint64_t count = 7;

    scratch_put(scratch->db, text("key"), text("value"));
    assert_ok(fh_begin(scratch->db, FH_READ, &txn));
    assert_status(fh_put(txn, NULL, text("key"), text("other"), 0), FH_READ_ONLY);
    assert_status(fh_put_if(txn, NULL, text("key"), &value, &value), FH_READ_ONLY);
    assert_status(fh_erase(txn, NULL, text("key")), FH_READ_ONLY);
    assert_status(fh_erase_range(txn, NULL, nothing(), nothing(), &count), FH_READ_ONLY);
    assert_status(fh_tree_open(txn, text("tree"), FH_TREE_CREATE, &tree), FH_READ_ONLY);
    assert_status(fh_tree_drop(txn, NULL), FH_READ_ONLY);
    assert_status(fh_loader_open(txn, NULL, &loader), FH_READ_ONLY);
    assert_int_not_equal(fh_savepoint(txn, &count), FH_OK);
    assert_ok(fh_cursor_open(txn, NULL, &cursor));
    assert_ok(fh_cursor_first(cursor, NULL, NULL));
    assert_status(fh_cursor_erase(cursor), FH_READ_ONLY);
    fh_cursor_close(cursor);
    assert_null(tree);
    assert_null(loader);
    assert_int_equal(count, 7);
    fh_abort(txn);
}

static void a_rollback_undoes_and_its_savepoint_stays(void **state)
{
    struct scratch *scratch = *state;
    uint64_t savepoint = 0;
    fh_txn *txn;
    fh_tree *tree;
    fh_bytes value;

    scratch_fill(scratch->db, 0, 50, 40);
    assert_ok(fh_begin(scratch->db, FH_WRITE, &txn));
    assert_ok(fh_put(txn, NULL, text("kept"), text("value"), 0));
    assert_ok(fh_savepoint(txn, &savepoint));
    for (unsigned i = 0; i < 3; i++) {
        assert_ok(fh_put(txn, NULL, text("lost"), text("value"), 0));
        assert_ok(fh_put(txn, NULL, text("kept"), text("changed"), 0));
        assert_ok(fh_erase_range(txn, NULL, text("k"), text("kept"), NULL));
        assert_ok(fh_tree_open(txn, text("lost"), FH_TREE_CREATE, &tree));
        assert_ok(fh_rollback(txn, savepoint));
        assert_status(fh_get(txn, NULL, text("lost"), &value), FH_NOT_FOUND);
        assert_ok(fh_get(txn, NULL, text("kept"), &value));
        scratch_require_same(value, text("value"));
        assert_ok(fh_get(txn, NULL, text("k00000007"), &value));
        assert_status(fh_tree_open(txn, text("lost"), 0, &tree), FH_NOT_FOUND);
    }
    assert_ok(fh_commit(txn));
    scratch_require_value(scratch->db, text("kept"), text("value"));
    scratch_require_absent(scratch->db, text("lost"));
}

static void a_rollback_forgets_newer_savepoints(void **state)
{
    struct scratch *scratch = *state;
    uint64_t savepoints[3];
    fh_txn *txn;

    assert_ok(fh_begin(scratch->db, FH_WRITE, &txn));
    for (unsigned i = 0; i < 3; i++) {
        assert_ok(fh_savepoint(txn, &savepoints[i]));
        assert_ok(fh_put(txn, NULL, text("key"), text("value"), 0));
    }
    assert_ok(fh_rollback(txn, savepoints[1]));
    assert_status(fh_rollback(txn, savepoints[2]), FH_ENDED);
    assert_status(fh_release(txn, savepoints[2]), FH_ENDED);
    assert_ok(fh_rollback(txn, savepoints[1]));
    assert_ok(fh_rollback(txn, savepoints[0]));
    assert_status(fh_rollback(txn, savepoints[1]), FH_ENDED);
    assert_status(fh_rollback(txn, 987654321), FH_ENDED);
    fh_abort(txn);
}

static void a_release_keeps_the_changes_and_forgets_the_place(void **state)
{
    struct scratch *scratch = *state;
    uint64_t outer = 0;
    uint64_t inner = 0;
    fh_txn *txn;
    fh_bytes value;

    assert_ok(fh_begin(scratch->db, FH_WRITE, &txn));
    assert_ok(fh_savepoint(txn, &outer));
    assert_ok(fh_put(txn, NULL, text("a"), text("1"), 0));
    assert_ok(fh_savepoint(txn, &inner));
    assert_ok(fh_put(txn, NULL, text("b"), text("2"), 0));
    assert_ok(fh_release(txn, inner));
    assert_status(fh_rollback(txn, inner), FH_ENDED);
    assert_ok(fh_get(txn, NULL, text("b"), &value));
    assert_ok(fh_rollback(txn, outer));
    assert_status(fh_get(txn, NULL, text("a"), &value), FH_NOT_FOUND);
    assert_ok(fh_put(txn, NULL, text("c"), text("3"), 0));
    assert_ok(fh_release(txn, outer));
    assert_ok(fh_commit(txn));
    scratch_require_value(scratch->db, text("c"), text("3"));
    scratch_require_absent(scratch->db, text("b"));
}

static void sixty_four_savepoints_nest_and_no_more(void **state)
{
    struct scratch *scratch = *state;
    uint64_t savepoints[SAVEPOINTS_MAX];
    uint64_t more = 0;
    unsigned char buffer[ITEMS_KEY_MAX];
    fh_txn *txn;
    fh_bytes value;

    assert_ok(fh_begin(scratch->db, FH_WRITE, &txn));
    for (unsigned i = 0; i < SAVEPOINTS_MAX; i++) {
        assert_ok(fh_savepoint(txn, &savepoints[i]));
        assert_ok(fh_put(txn, NULL, items_numbered("s", i, buffer), text("value"), 0));
    }
    assert_status(fh_savepoint(txn, &more), FH_TOO_LARGE);
    assert_int_equal(more, 0);
    for (unsigned i = SAVEPOINTS_MAX; i > 20; i--) {
        assert_ok(fh_rollback(txn, savepoints[i - 1]));
        assert_status(fh_get(txn, NULL, items_numbered("s", i - 1, buffer), &value), FH_NOT_FOUND);
        assert_ok(fh_get(txn, NULL, items_numbered("s", i - 2, buffer), &value));
    }
    assert_ok(fh_release(txn, savepoints[5]));
    assert_ok(fh_commit(txn));
    scratch_require_value(scratch->db, items_numbered("s", 19, buffer), text("value"));
    scratch_require_absent(scratch->db, items_numbered("s", 20, buffer));
}

static void a_rollback_beside_a_cursor_or_a_loader_is_busy(void **state)
{
    struct scratch *scratch = *state;
    uint64_t savepoint = 0;
    fh_txn *txn;
    fh_cursor *cursor;
    fh_loader *loader;

    assert_ok(fh_begin(scratch->db, FH_WRITE, &txn));
    assert_ok(fh_put(txn, NULL, text("key"), text("value"), 0));
    assert_ok(fh_savepoint(txn, &savepoint));
    assert_ok(fh_cursor_open(txn, NULL, &cursor));
    assert_status(fh_rollback(txn, savepoint), FH_BUSY);
    fh_cursor_close(cursor);
    assert_ok(fh_loader_open(txn, NULL, &loader));
    assert_status(fh_rollback(txn, savepoint), FH_BUSY);
    assert_ok(fh_loader_finish(loader));
    assert_ok(fh_rollback(txn, savepoint));
    fh_abort(txn);
}

static void a_dropped_tree_comes_back_with_a_rollback(void **state)
{
    struct scratch *scratch = *state;
    uint64_t savepoint = 0;
    fh_txn *txn;
    fh_tree *tree;
    fh_bytes value;

    assert_ok(fh_begin(scratch->db, FH_WRITE, &txn));
    assert_ok(fh_tree_open(txn, text("tree"), FH_TREE_CREATE, &tree));
    assert_ok(fh_put(txn, tree, text("key"), text("value"), 0));
    assert_ok(fh_commit(txn));

    assert_ok(fh_begin(scratch->db, FH_WRITE, &txn));
    assert_ok(fh_savepoint(txn, &savepoint));
    assert_ok(fh_tree_open(txn, text("tree"), 0, &tree));
    assert_ok(fh_tree_drop(txn, tree));
    assert_status(fh_tree_open(txn, text("tree"), 0, &tree), FH_NOT_FOUND);
    assert_ok(fh_rollback(txn, savepoint));
    assert_ok(fh_tree_open(txn, text("tree"), 0, &tree));
    assert_ok(fh_get(txn, tree, text("key"), &value));
    scratch_require_same(value, text("value"));
    assert_ok(fh_commit(txn));
}

#define WITH_SMALL_PAGES(test) \
    cmocka_unit_test_setup_teardown(test, scratch_setup_small, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SMALL_PAGES(a_snapshot_never_changes),
        WITH_SMALL_PAGES(a_commit_is_seen_by_who_begins_later_and_not_before),
        WITH_SMALL_PAGES(a_writer_sees_its_own_changes),
        WITH_SMALL_PAGES(an_abort_forgets_everything),
        cmocka_unit_test(aborting_nothing_is_fine),
        WITH_SMALL_PAGES(a_commit_of_a_snapshot_just_ends_it),
        WITH_SMALL_PAGES(there_is_one_writer_and_trying_does_not_wait),
        WITH_SMALL_PAGES(a_second_writer_waits_for_the_first_to_end),
        WITH_SMALL_PAGES(numbers_only_grow_also_over_reopening),
        WITH_SMALL_PAGES(hundreds_may_read_at_once),
        WITH_SMALL_PAGES(a_snapshot_keeps_its_pages_until_it_ends),
        WITH_SMALL_PAGES(pages_between_two_snapshots_come_back),
        WITH_SMALL_PAGES(wrong_ways_to_begin_are_refused),
        WITH_SMALL_PAGES(a_snapshot_refuses_every_change),
        WITH_SMALL_PAGES(a_rollback_undoes_and_its_savepoint_stays),
        WITH_SMALL_PAGES(a_rollback_forgets_newer_savepoints),
        WITH_SMALL_PAGES(a_release_keeps_the_changes_and_forgets_the_place),
        WITH_SMALL_PAGES(sixty_four_savepoints_nest_and_no_more),
        WITH_SMALL_PAGES(a_rollback_beside_a_cursor_or_a_loader_is_busy),
        WITH_SMALL_PAGES(a_dropped_tree_comes_back_with_a_rollback),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
