/*
 * full_disk.c - what happens when the space is gone, and when it is back.
 *
 * On the simulated system at every capacity in reach, and on a small file system in memory
 * where the test may mount one. FH_NO_SPACE comes at the call that needed the space; nothing
 * committed is lost, deleting still works, and everything works again when there is room.
 */
#include <inttypes.h>
#include <stdio.h>
#include <sys/mount.h>

#include "crash/sim_os.h"
#include "kv/db.h"
#include "support/history.h"
#include "support/scratch.h"
#include "support/seed.h"
#include "support/unit.h"
#include "support/where.h"

enum { VALUE_BYTES = 700, COMMITS_MAX = 20000, TMPFS_BYTES = 4 << 20, LOG_BYTES = 8192 };

static const struct history_profile profile = {
    .key_count = 100, .step_count = 10, .abort_percent = 10, .value_max = 4000};

/* Puts one item after the other, a commit each, until there is no space. */
static unsigned fill_up(struct history *history)
{
    unsigned char buffer[ITEMS_KEY_MAX];
    unsigned char value[VALUE_BYTES];
    unsigned count = 0;
    fh_status status = FH_OK;

    for (; status == FH_OK; count++) {
        fh_bytes key = items_numbered("full", count, buffer);
        fh_bytes bytes = {value, sizeof(value)};

        assert_true(count < COMMITS_MAX);
        items_fill(count, value, sizeof(value));
        assert_ok(history_begin(history));
        status = fh_put(history->txn, NULL, key, bytes, 0);
        if (status == FH_OK) {
            oracle_put(history->working, nothing(), key, bytes);
            status = history_commit(history);
        } else {
            history_abort(history);
        }
    }
    assert_status(status, FH_NO_SPACE);
    return count - 1;
}

/* Erases the first items that fill_up put, a commit each. */
static void erase_some(struct history *history, unsigned count)
{
    unsigned char buffer[ITEMS_KEY_MAX];

    for (unsigned i = 0; i < count; i++) {
        fh_bytes key = items_numbered("full", i, buffer);

        assert_ok(history_begin(history));
        assert_ok(fh_erase(history->txn, NULL, key));
        (void)oracle_erase(history->working, nothing(), key);
        assert_ok(history_commit(history));
    }
}

/* Full, still deleting, refilled, and still the same after opening again. */
static void live_on_a_full_disk(const struct os *os, const char *path, uint32_t page_bytes,
                                uint64_t log_bytes)
{
    fh_options options = {.size = sizeof(options),
                          .flags = FH_OPEN_CREATE,
                          .page_bytes = page_bytes,
                          .log_bytes = log_bytes};
    struct history history;
    unsigned count;
    fh_db *db = NULL;

    history_init(&history, &profile, seed_get());
    history.mixes_durability = log_bytes == LOG_BYTES;
    assert_ok(db_open(os, path, &options, &db));
    history_attach(&history, db);
    count = fill_up(&history);
    history_verify(&history);
    scratch_require_clean(db);
    assert_true(count > 4);

    erase_some(&history, count);
    history_verify(&history);
    scratch_require_clean(db);
    assert_true(fill_up(&history) > count / 2);
    history_verify(&history);
    assert_ok(fh_close(db));
    history_acknowledge_all(&history);

    assert_ok(db_open(os, path, NULL, &db));
    history_attach(&history, db);
    history_verify(&history);
    scratch_require_at_rest(db);
    assert_ok(fh_close(db));
    history_fini(&history);
}

/* With a log that finds no room, and with one that does. */
static void a_full_disk_refuses_puts_takes_deletes_and_recovers(void **state)
{
    static const uint32_t page_sizes[] = {512, 1024, 4096, 8192};

    (void)state;
    for (size_t i = 0; i < 8; i++) {
        uint32_t page_bytes = page_sizes[i / 2];
        struct sim *sim = sim_os_new(seed_get());

        where_set("page size %u, %s log", (unsigned)page_bytes, i % 2 == 0 ? "no" : "a");
        sim_os_set_capacity(sim, UINT64_C(144) * 1024 + 100 * (uint64_t)page_bytes);
        live_on_a_full_disk(sim_os_port(sim), "full.fh", page_bytes, i % 2 == 0 ? 0 : LOG_BYTES);
        sim_os_delete(sim);
    }
    where_done();
}

/* Made as soon as there is space for it, if not at first. */
static void make_on_a_small_disk(struct sim *sim)
{
    fh_options options = scratch_options(512, 0);
    fh_db *db = NULL;
    fh_status status = db_open(sim_os_port(sim), "small.fh", &options, &db);

    if (status != FH_OK) {
        assert_status(status, FH_NO_SPACE);
        assert_null(db);
        sim_os_set_capacity(sim, UINT64_MAX);
        assert_ok(db_open(sim_os_port(sim), "small.fh", &options, &db));
    }
    scratch_require_clean(db);
    assert_ok(fh_close(db));
}

static void a_disk_too_small_for_a_database_leaves_no_database(void **state)
{
    (void)state;
    for (uint64_t blocks = 0; blocks < 32; blocks++) {
        struct sim *sim = sim_os_new(seed_get());

        where_set("%" PRIu64 " blocks", blocks);
        sim_os_set_capacity(sim, blocks * SIM_BLOCK_BYTES);
        make_on_a_small_disk(sim);
        sim_os_delete(sim);
    }
    where_done();
}

/* Random lives at every capacity: any call may be the one that finds no space. */
static void a_random_life_on_a_disk_of_any_size_loses_nothing(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 40 * seed_effort(); i++) {
        fh_options options = scratch_options(512, 0);
        struct sim *sim = sim_os_new(i);
        struct history history;
        fh_db *db = NULL;

        where_set("capacity number %" PRIu64, i);
        sim_os_set_capacity(sim, (32 + i % 40) * SIM_BLOCK_BYTES);
        history_init(&history, &profile, seed_get() * 1000 + i);
        history.mixes_durability = i % 4 > 0;
        options.log_bytes = i % 2 == 0 ? 0 : LOG_BYTES;
        assert_ok(db_open(sim_os_port(sim), "life.fh", &options, &db));
        history_attach(&history, db);
        for (unsigned k = 0; k < 40; k++) {
            fh_status status = history_txn(&history);

            assert_true(status == FH_OK || status == FH_NO_SPACE);
        }
        history_verify(&history);
        scratch_require_at_rest(db);
        sim_os_set_capacity(sim, UINT64_MAX);
        assert_ok(history_txn(&history));
        assert_ok(fh_close(db));
        history_acknowledge_all(&history);
        assert_ok(db_open(sim_os_port(sim), "life.fh", NULL, &db));
        history_attach(&history, db);
        history_verify(&history);
        assert_ok(fh_close(db));
        history_fini(&history);
        sim_os_delete(sim);
    }
    where_done();
}

static void a_full_file_system_is_survived(void **state)
{
    struct scratch *scratch = *state;
    char size[32];

    (void)snprintf(size, sizeof(size), "size=%d", TMPFS_BYTES);
    if (mount("none", scratch->directory, "tmpfs", 0, size) != 0) {
        print_message("skipped: a small file system cannot be mounted here\n");
        skip();
    }
    live_on_a_full_disk(os_posix(), scratch->path, 4096, 1 << 18);
    assert_int_equal(umount(scratch->directory), 0);
}

static int unmount(void **state)
{
    const struct scratch *scratch = *state;

    (void)umount2(scratch->directory, MNT_DETACH);
    (void)where_teardown(state);
    return scratch_teardown(state);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_full_disk_refuses_puts_takes_deletes_and_recovers,
                                  where_teardown),
        cmocka_unit_test_teardown(a_disk_too_small_for_a_database_leaves_no_database,
                                  where_teardown),
        cmocka_unit_test_teardown(a_random_life_on_a_disk_of_any_size_loses_nothing,
                                  where_teardown),
        cmocka_unit_test_setup_teardown(a_full_file_system_is_survived, scratch_setup_empty,
                                        unmount),
    };

    (void)argc;
    where_init(argv[0]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
