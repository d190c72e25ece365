/*
 * repair_file.c - a database damaged in every page, saved, and compared with what was left.
 *
 * For each damage it is known which items hang on damaged pages. What a repair makes must
 * pass the check and hold all other items and no more, each lost item must lie in a range
 * that the repair has named, and the damaged file must be what it was.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "fault/grown_file.h"
#include "kv/db.h"
#include "kv/kv_repair.h"
#include "support/fault.h"
#include "support/scratch.h"
#include "support/seed.h"
#include "support/unit.h"
#include "support/where.h"

#define SAVED_PATH "saved.fh"

enum { RANGES_MAX = 4096, RANGE_BYTES = 66, META_END = 5 };

/* A finding that names lost keys, kept. */
struct range {
    fh_finding_kind kind;
    char tree[GROWN_NAME_BYTES];
    unsigned char from[RANGE_BYTES];
    unsigned char to[RANGE_BYTES];
    size_t from_bytes;
    size_t to_bytes;
};

/* One damaged file, what was done to it, and what the repair said. */
struct trial {
    struct sim *sim;
    unsigned char *bytes;
    size_t size;
    bool damaged[GROWN_PAGES_MAX]; /* nodes and values whose bytes have changed */
    bool all_is_well;              /* there must be no loss at all */
    unsigned flags;
    fh_status status;
    fh_repair_info info;
    struct range ranges[RANGES_MAX];
    size_t range_count;
    uint64_t said_losses;
};

static void keep_bytes(unsigned char *to, size_t *to_bytes, fh_bytes from)
{
    assert_true(from.size <= RANGE_BYTES);
    if (from.size > 0) memcpy(to, from.data, from.size);
    *to_bytes = from.size;
}

static void keep_finding(void *context, const fh_finding *finding)
{
    struct trial *trial = context;
    struct range *range = &trial->ranges[trial->range_count];

    assert_true(strlen(finding->text) > 10 && strchr(finding->text, '\n') == NULL);
    trial->said_losses += finding->kind != FH_FINDING_NOTE && finding->kind != FH_FINDING_OFFER;
    if (finding->kind != FH_FINDING_ITEMS && finding->kind != FH_FINDING_TREES) return;
    assert_true(trial->range_count < RANGES_MAX);
    *range = (struct range){.kind = finding->kind};
    assert_true(finding->tree.size < sizeof(range->tree));
    if (finding->tree.size > 0) memcpy(range->tree, finding->tree.data, finding->tree.size);
    keep_bytes(range->from, &range->from_bytes, finding->from);
    keep_bytes(range->to, &range->to_bytes, finding->to);
    trial->range_count++;
}

static void begin(struct trial *trial)
{
    *trial = (struct trial){.sim = sim_os_new(seed_get()), .size = grown_file.size};
    trial->bytes = malloc(trial->size);
    assert_non_null(trial->bytes);
    memcpy(trial->bytes, grown_file.bytes, trial->size);
}

static void end(struct trial *trial)
{
    free(trial->bytes);
    sim_os_delete(trial->sim);
}

static void damage(struct trial *trial, uint32_t page, int value)
{
    memset(trial->bytes + (size_t)page * GROWN_PAGE_BYTES, value, GROWN_PAGE_BYTES);
    trial->damaged[page] = true;
}

static void require_source_unchanged(struct trial *trial)
{
    unsigned char *after = malloc(trial->size + 1);

    assert_non_null(after);
    assert_int_equal(sim_os_file_size(trial->sim, GROWN_PATH), trial->size);
    assert_int_equal(sim_os_read_file(trial->sim, GROWN_PATH, 0, after, trial->size), trial->size);
    assert_memory_equal(after, trial->bytes, trial->size);
    free(after);
    for (uint64_t i = 0; i < sim_os_trace_count(trial->sim); i++) {
        struct sim_trace entry;

        assert_true(sim_os_trace(trial->sim, i, &entry));
        assert_string_not_equal(entry.path, GROWN_PATH);
    }
}

static void repair(struct trial *trial)
{
    fh_repair_options options = {
        .size = sizeof(options), .flags = trial->flags, .report = keep_finding, .context = trial};

    trial->info = (fh_repair_info){.size = sizeof(trial->info)};
    trial->range_count = 0;
    trial->said_losses = 0;
    trial->status =
        kv_repair(sim_os_port(trial->sim), GROWN_PATH, SAVED_PATH, &options, &trial->info);
}

static int compare(const void *left, size_t left_bytes, const void *right, size_t right_bytes)
{
    size_t common = left_bytes < right_bytes ? left_bytes : right_bytes;
    int order = common == 0 ? 0 : memcmp(left, right, common);

    return order != 0 ? order : (left_bytes > right_bytes) - (left_bytes < right_bytes);
}

static bool is_inside(const struct range *range, const void *key, size_t key_bytes)
{
    return compare(key, key_bytes, range->from, range->from_bytes) >= 0 &&
           (range->to_bytes == 0 || compare(key, key_bytes, range->to, range->to_bytes) < 0);
}

/* Some finding says that this item is lost. */
static bool is_named(const struct trial *trial, const struct grown_item *item)
{
    const char *name = item->tree[0] == 0 ? "\0main" : item->tree;
    size_t name_bytes = item->tree[0] == 0 ? 5 : strlen(item->tree);

    for (size_t i = 0; i < trial->range_count; i++) {
        const struct range *range = &trial->ranges[i];

        if (range->kind == FH_FINDING_TREES ? is_inside(range, name, name_bytes)
                                            : strcmp(range->tree, item->tree) == 0 &&
                                                  is_inside(range, item->key, item->key_bytes))
            return true;
    }
    return false;
}

static bool has_item(fh_txn *txn, const char *name, const struct grown_item *item)
{
    fh_bytes value;
    fh_tree *tree;
    fh_status status = fh_tree_open(txn, text(name), 0, &tree);

    if (status == FH_OK) status = fh_get(txn, tree, (fh_bytes){item->key, item->key_bytes}, &value);
    assert_true(status == FH_OK || status == FH_NOT_FOUND);
    if (status != FH_OK) return false;
    assert_int_equal(value.size, item->value_bytes);
    assert_memory_equal(value.data, item->value, value.size);
    return true;
}

static void open_saved(struct trial *trial, fh_db **ret_db, fh_txn **ret_txn)
{
    fh_options options = {.size = sizeof(options), .flags = FH_OPEN_READ_ONLY};

    assert_ok(db_open(sim_os_port(trial->sim), SAVED_PATH, &options, ret_db));
    scratch_require_clean(*ret_db);
    assert_ok(fh_begin(*ret_db, FH_READ, ret_txn));
}

/* The new file holds what it should, and the findings name the rest. */
static void require_saved(struct trial *trial)
{
    uint64_t expected = 0;
    fh_db *db = NULL;
    fh_txn *txn;

    assert_status(trial->status, FH_OK);
    assert_int_equal(trial->said_losses, trial->info.loss_count);
    open_saved(trial, &db, &txn);
    for (size_t i = 0; i < grown_file.item_count; i++) {
        const struct grown_item *item = &grown_file.items[i];
        bool outlasts = grown_file_outlasts(item, trial->damaged);

        if (has_item(txn, item->tree, item) != outlasts)
            fail_msg("%.*s of tree \"%s\" is %s", (int)item->key_bytes, item->key, item->tree,
                     outlasts ? "missing" : "there");
        if (!outlasts && !is_named(trial, item))
            fail_msg("%.*s of tree \"%s\" is lost and not named", (int)item->key_bytes, item->key,
                     item->tree);
        expected += outlasts;
    }
    assert_int_equal(trial->info.item_count, expected);
    assert_true(trial->info.loss_count > 0 || expected == grown_file.item_count);
    if (trial->all_is_well) {
        assert_int_equal(trial->info.loss_count, 0);
        assert_int_equal(expected, grown_file.item_count);
    }
    fh_abort(txn);
    assert_ok(fh_close(db));
}

/* Without its root the catalog is an older one: all that it has was true once. */
static void require_older(struct trial *trial)
{
    fh_db *db = NULL;
    fh_txn *txn;

    assert_status(trial->status, FH_OK);
    assert_true(trial->info.loss_count > 0);
    open_saved(trial, &db, &txn);
    fh_abort(txn);
    assert_ok(fh_close(db));
}

static void run(struct trial *trial)
{
    sim_os_put_file(trial->sim, GROWN_PATH, trial->bytes, trial->size);
    repair(trial);
    require_source_unchanged(trial);
    assert_ok(sim_os_audit(trial->sim));
    if (trial->damaged[grown_file.catalog_root])
        require_older(trial);
    else
        require_saved(trial);
}

/* ---- The damages ------------------------------------------------------------------------- */

static void a_whole_file_is_saved_whole(void **state)
{
    struct trial trial;

    (void)state;
    begin(&trial);
    trial.all_is_well = true;
    trial.flags = FH_REPAIR_ORPHANS;
    run(&trial);
    assert_int_equal(trial.info.note_count, 0);
    assert_int_equal(trial.info.orphan_leaf_count, 0);
    assert_int_equal(trial.info.unproven_pages, 0);
    assert_int_equal(trial.info.tree_count, 10);
    end(&trial);
}

static bool is_data(uint32_t page)
{
    return grown_file.kinds[page] != GROWN_NOTHING;
}

static void any_page_may_be_zeros_or_ones(void **state)
{
    struct trial trial;

    (void)state;
    for (uint32_t page = 0; page < grown_file.page_count; page++) {
        where_set("page %u overwritten", (unsigned)page);
        begin(&trial);
        damage(&trial, page, page % 3 == 0 ? 0xff : 0);
        trial.all_is_well = !is_data(page);
        run(&trial);
        end(&trial);
    }
    where_done();
}

/* Every byte of a header page, a meta and a node: one flipped bit each. */
static void any_byte_may_be_wrong(void **state)
{
    size_t step = seed_effort() == 1 ? 11 : 1;
    struct trial trial;

    (void)state;
    for (size_t at = 0; at < grown_file.size; at += step) {
        uint32_t page = (uint32_t)(at / GROWN_PAGE_BYTES);

        if (page >= META_END && !is_data(page) && page % GROWN_CHUNK_PAGES != 0) continue;
        where_set("byte %zu of page %u", at % GROWN_PAGE_BYTES, (unsigned)page);
        begin(&trial);
        trial.bytes[at] ^= (unsigned char)(1U << at % 8);
        trial.damaged[page] = true;
        trial.all_is_well = !is_data(page);
        run(&trial);
        end(&trial);
    }
    where_done();
}

static void any_two_pages_may_have_changed_places(void **state)
{
    unsigned char room[GROWN_PAGE_BYTES];
    struct trial trial;

    (void)state;
    for (uint32_t a = 0; a + 1 < grown_file.page_count; a++) {
        uint32_t b = a + 1 + (a * 7) % (grown_file.page_count - a - 1);
        unsigned char *at_a, *at_b;

        /* A run whose header page is gone cannot be proven. */
        if ((a % GROWN_CHUNK_PAGES == 0 && grown_file.kinds[b] == GROWN_RUN) ||
            (b % GROWN_CHUNK_PAGES == 0 && grown_file.kinds[a] == GROWN_RUN) ||
            (a < META_END && b < META_END))
            continue;
        where_set("pages %u and %u exchanged", (unsigned)a, (unsigned)b);
        begin(&trial);
        at_a = trial.bytes + (size_t)a * GROWN_PAGE_BYTES;
        at_b = trial.bytes + (size_t)b * GROWN_PAGE_BYTES;
        memcpy(room, at_a, sizeof(room));
        memcpy(at_a, at_b, sizeof(room));
        memcpy(at_b, room, sizeof(room));
        trial.damaged[a] = trial.damaged[b] = memcmp(at_a, at_b, sizeof(room)) != 0;
        run(&trial);
        end(&trial);
    }
    where_done();
}

static void a_file_may_end_anywhere(void **state)
{
    struct trial trial;

    (void)state;
    for (uint32_t pages = 0; pages < grown_file.page_count; pages++) {
        where_set("cut to %u pages", (unsigned)pages);
        begin(&trial);
        trial.size = (size_t)pages * GROWN_PAGE_BYTES + (pages > 0 && pages % 2 == 0 ? 100 : 0);
        for (uint32_t page = pages; page < grown_file.page_count; page++)
            trial.damaged[page] = true;
        if (pages > 0) {
            run(&trial);
        } else {
            sim_os_put_file(trial.sim, GROWN_PATH, trial.bytes, 0);
            repair(&trial);
            assert_status(trial.status, FH_NOT_DATABASE);
            assert_false(sim_os_file_exists(trial.sim, SAVED_PATH));
        }
        end(&trial);
    }
    where_done();
}

/* Each set of the pages 0 to 4: header page and metas. All the items are there to be had. */
static void the_first_pages_may_be_gone(void **state)
{
    struct trial trial;

    (void)state;
    for (unsigned set = 1; set < 1U << META_END; set++) {
        bool has_all_metas = true;

        where_set("pages of the set %#x gone", set);
        begin(&trial);
        for (uint32_t page = 0; page < META_END; page++)
            if ((set >> page & 1) != 0) damage(&trial, page, 0);
        has_all_metas = (set >> 1 & 5) != 5 && (set >> 1 & 10) != 10;
        trial.all_is_well = has_all_metas;
        run(&trial);
        assert_int_equal(trial.info.item_count, grown_file.item_count);
        end(&trial);
    }
    where_done();
}

static void every_header_page_may_be_gone(void **state)
{
    struct trial trial;

    (void)state;
    begin(&trial);
    for (uint32_t page = 0; page < grown_file.page_count; page += GROWN_CHUNK_PAGES)
        damage(&trial, page, 0);
    trial.all_is_well = true;
    run(&trial);
    assert_true(trial.info.unproven_pages > 100);
    assert_true(trial.info.note_count > 5);
    end(&trial);
}

/* ---- Orphans ----------------------------------------------------------------------------- */

/* Cut off by a branch, the leaves below it are whole: all of them come back, nothing else. */
static void what_a_branch_has_lost_is_found(void **state)
{
    struct trial trial;
    unsigned branch_count = 0;

    (void)state;
    for (uint32_t page = 0; page < grown_file.page_count; page++) {
        uint64_t lost = 0;
        fh_db *db = NULL;
        fh_txn *txn;

        if (grown_file.kinds[page] != GROWN_BRANCH) continue;
        where_set("branch %u gone, orphans saved", (unsigned)page);
        begin(&trial);
        damage(&trial, page, 0);
        trial.flags = FH_REPAIR_ORPHANS;
        run(&trial);
        open_saved(&trial, &db, &txn);
        for (size_t i = 0; i < grown_file.item_count; i++) {
            const struct grown_item *item = &grown_file.items[i];
            char name[32];

            if (grown_file_outlasts(item, trial.damaged)) continue;
            (void)snprintf(name, sizeof(name), "lost+found/%u", item->tree_id);
            assert_true(has_item(txn, name, item));
            lost++;
        }
        assert_int_equal(trial.info.orphan_item_count, lost);
        fh_abort(txn);
        assert_ok(fh_close(db));
        end(&trial);
        branch_count++;
    }
    assert_true(branch_count > 3);
    where_done();
}

/* Without --orphans nothing is made of them, but they are counted. */
static void orphans_are_offered(void **state)
{
    struct trial trial;

    (void)state;
    begin(&trial);
    for (uint32_t page = 0; page < grown_file.page_count; page++)
        if (grown_file.kinds[page] == GROWN_BRANCH) damage(&trial, page, 0);
    run(&trial);
    assert_true(trial.info.orphan_leaf_count > 10);
    assert_int_equal(trial.info.orphan_item_count, 0);
    end(&trial);
}

/* With every page of the catalog gone the trees come back by their numbers. */
static void without_a_catalog_leaves_are_all_there_is(void **state)
{
    struct trial trial;
    fh_db *db = NULL;
    fh_txn *txn;

    (void)state;
    begin(&trial);
    for (uint32_t page = META_END; page < grown_file.page_count; page++) {
        const unsigned char *node = trial.bytes + (size_t)page * GROWN_PAGE_BYTES;

        if ((node[0] == 5 || node[0] == 6) && memcmp(node + 4, "\0\0\0\0", 4) == 0)
            damage(&trial, page, 0);
    }
    trial.flags = FH_REPAIR_ORPHANS;
    run(&trial);
    assert_int_equal(trial.info.item_count, 0);
    open_saved(&trial, &db, &txn);
    for (size_t i = 0; i < grown_file.item_count; i++) {
        char name[32];

        (void)snprintf(name, sizeof(name), "lost+found/%u", grown_file.items[i].tree_id);
        assert_true(has_item(txn, name, &grown_file.items[i]));
    }
    assert_int_equal(trial.info.orphan_item_count, grown_file.item_count);
    fh_abort(txn);
    assert_ok(fh_close(db));
    end(&trial);
}

/* ---- What fails --------------------------------------------------------------------------- */

static const struct failing {
    const char *name;
    unsigned mask; /* 0: memory */
    fh_status status;
} failing[] = {
    {"memory", 0, FH_NO_MEMORY},
    {"write", SIM_WRITE, FH_NO_SPACE},
    {"sync", SIM_SYNC, FH_IO},
    {"growth", SIM_ALLOCATE, FH_NO_SPACE},
    {"names", SIM_CREATE | SIM_REMOVE | SIM_RENAME | SIM_SYNC_DIRECTORY, FH_IO},
    {"open, lock, size", SIM_OPEN | SIM_LOCK | SIM_SIZE, FH_IO},
    {"maps", SIM_MAP, FH_IO},
    {"read", SIM_READ, FH_IO},
};

static void try_failing(const struct failing *kind, const struct fault *fault, struct fault *ended)
{
    uint64_t block_count = memory_block_count();
    struct trial trial;

    begin(&trial);
    damage(&trial, grown_file.items[0].way[grown_file.items[0].way_count - 1], 0);
    trial.flags = FH_REPAIR_ORPHANS;
    sim_os_put_file(trial.sim, GROWN_PATH, trial.bytes, trial.size);
    if (kind->mask == 0)
        fault_memory_begin(fault, FAULT_ONCE);
    else
        (void)sim_os_fail_at(trial.sim, kind->mask, fault->n, false, kind->status);
    repair(&trial);
    if (kind->mask == 0)
        fault_memory_end(ended);
    else
        fault_end(ended, sim_os_fail_at(trial.sim, 0, 0, false, FH_OK));
    require_source_unchanged(&trial);
    if (trial.status != FH_OK) {
        assert_true(trial.status == kind->status || trial.status == FH_POISONED);
        assert_false(sim_os_file_exists(trial.sim, SAVED_PATH) &&
                     (kind->mask & (SIM_RENAME | SIM_SYNC | SIM_WRITE)) == 0);
        sim_os_delete(trial.sim);
        trial.sim = sim_os_new(seed_get());
        run(&trial);
    } else if (kind->mask != SIM_READ) {
        require_saved(&trial); /* what failed was not needed */
    }
    end(&trial);
    assert_int_equal(memory_block_count(), block_count);
}

static void whatever_fails_the_source_stays_and_nothing_leaks(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(failing) / sizeof(failing[0]); i++)
        for (struct fault fault = {0}; fault_next(&fault);) {
            where_set("%s %u fails", failing[i].name, (unsigned)fault.n);
            try_failing(&failing[i], &fault, &fault);
        }
    where_done();
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_whole_file_is_saved_whole, where_teardown),
        cmocka_unit_test_teardown(any_page_may_be_zeros_or_ones, where_teardown),
        cmocka_unit_test_teardown(any_byte_may_be_wrong, where_teardown),
        cmocka_unit_test_teardown(any_two_pages_may_have_changed_places, where_teardown),
        cmocka_unit_test_teardown(a_file_may_end_anywhere, where_teardown),
        cmocka_unit_test_teardown(the_first_pages_may_be_gone, where_teardown),
        cmocka_unit_test_teardown(every_header_page_may_be_gone, where_teardown),
        cmocka_unit_test_teardown(what_a_branch_has_lost_is_found, where_teardown),
        cmocka_unit_test_teardown(orphans_are_offered, where_teardown),
        cmocka_unit_test_teardown(without_a_catalog_leaves_are_all_there_is, where_teardown),
        cmocka_unit_test_teardown(whatever_fails_the_source_stays_and_nothing_leaks,
                                  where_teardown),
    };

    (void)argc;
    where_init(argv[0]);
    return cmocka_run_group_tests(tests, grown_file_make, grown_file_forget);
}
