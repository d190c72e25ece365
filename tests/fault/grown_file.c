/*
 * grown_file.c - a small database file with a past, and which pages each item hangs on.
 */
#include "fault/grown_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "kv/db.h"
#include "support/items.h"
#include "support/scratch.h"
#include "support/seed.h"
#include "support/unit.h"

enum { TREES = 9, COMMITS = 12, RECORD_ROOT = 0, RECORD_ID = 8 };

struct grown_file grown_file;

static void put(fh_txn *txn, fh_tree *tree, unsigned number, unsigned salt, size_t value_bytes)
{
    unsigned char key[ITEMS_KEY_MAX], value[4000];

    items_fill(number * 1000 + salt, value, value_bytes);
    assert_ok(
        fh_put(txn, tree, items_numbered("k", number, key), (fh_bytes){value, value_bytes}, 0));
}

/* Commit number `no`: the unnamed tree everywhere, a few of the others, some items gone. */
static void commit(fh_db *db, unsigned no)
{
    unsigned char from[ITEMS_KEY_MAX], to[ITEMS_KEY_MAX];
    fh_txn *txn;
    fh_tree *tree;

    assert_ok(fh_begin(db, FH_WRITE, &txn));
    for (unsigned i = no; i < 400; i += COMMITS / 2)
        put(txn, NULL, i, no, 20 + (i + no) % 30);
    for (unsigned i = 0; i < TREES; i++) {
        char name[GROWN_NAME_BYTES];

        if ((i + no) % 3 != 0) continue;
        (void)snprintf(name, sizeof(name), "tree %u", i);
        assert_ok(fh_tree_open(txn, text(name), FH_TREE_CREATE, &tree));
        for (unsigned k = 0; k < 4 + 20 * (i % 3 == 1); k++)
            put(txn, tree, k, no, i % 3 == 2 ? 200 + 900 * (k % 4) : 40);
    }
    assert_ok(fh_erase_range(txn, NULL, items_numbered("k", 30 * no, from),
                             items_numbered("k", 30 * no + 9, to), NULL));
    assert_ok(fh_commit(txn));
}

/* ---- The walk ---------------------------------------------------------------------------- */

struct way {
    uint32_t pages[GROWN_WAY_MAX];
    unsigned count;
};

static const unsigned char *page_at(uint32_t page)
{
    assert_true(page < grown_file.page_count);
    return grown_file.bytes + (size_t)page * GROWN_PAGE_BYTES;
}

static void add_way(struct way *way, uint32_t page, enum grown_kind kind)
{
    assert_true(way->count < GROWN_WAY_MAX);
    way->pages[way->count++] = page;
    grown_file.kinds[page] = kind;
}

static unsigned read_varint(const unsigned char **at)
{
    unsigned value = 0;

    for (unsigned shift = 0;; shift += 7) {
        unsigned char byte = *(*at)++;

        value |= (unsigned)(byte & 0x7f) << shift;
        if (byte < 0x80) return value;
    }
}

static unsigned heads_end(unsigned count)
{
    return 32 + (count + 7) / 8 * 32;
}

/* Cell i of a leaf, as docs/format.md 5 has it. */
static void read_cell(const unsigned char *leaf, unsigned i, struct grown_item *item)
{
    unsigned prefix = load16(leaf + 8);
    const unsigned char *at = leaf + load16(leaf + heads_end(load16(leaf + 2)) + 2 * (size_t)i);
    unsigned rest = read_varint(&at), second = read_varint(&at);

    item->key_bytes = prefix + rest;
    assert_true(item->key_bytes <= sizeof(item->key));
    memcpy(item->key, leaf + load16(leaf + 16), prefix);
    memcpy(item->key + prefix, at, rest);
    at += rest;
    item->run_count = 0;
    item->value_bytes = second / 2;
    if (second % 2 == 1) {
        item->value_bytes = load64(at);
        item->run_first = load32(at + 8);
        item->run_count = load32(at + 12);
        at = page_at(item->run_first);
    }
    item->value = malloc(item->value_bytes + 1);
    assert_non_null(item->value);
    memcpy(item->value, at, item->value_bytes);
}

/* One tree being walked. */
struct walk {
    const char *tree;
    uint32_t tree_id;
    bool is_catalog;
    void (*visit)(struct grown_item *item, const struct way *way); /* keeps or frees the value */
    struct way way;
    unsigned next[GROWN_WAY_MAX]; /* the child to visit, for each step of the way */
};

static void enter(struct walk *walk, uint32_t page)
{
    unsigned level = page_at(page)[1];

    walk->next[walk->way.count] = 0;
    add_way(&walk->way, page,
            walk->is_catalog ? GROWN_CATALOG
            : level > 0      ? GROWN_BRANCH
                             : GROWN_LEAF);
}

static void visit_leaf(const struct walk *walk, const unsigned char *leaf)
{
    for (unsigned i = 0; i < load16(leaf + 2); i++) {
        struct grown_item item = {.tree_id = walk->tree_id};

        (void)snprintf(item.tree, sizeof(item.tree), "%s", walk->tree);
        read_cell(leaf, i, &item);
        walk->visit(&item, &walk->way);
    }
}

static void walk_from(struct walk *walk, uint32_t root)
{
    unsigned base = walk->way.count;

    enter(walk, root);
    while (walk->way.count > base) {
        unsigned last = walk->way.count - 1;
        const unsigned char *node = page_at(walk->way.pages[last]);
        unsigned count = load16(node + 2);

        if (node[1] == 0) visit_leaf(walk, node);
        if (node[1] == 0 || walk->next[last] > count)
            walk->way.count--;
        else
            enter(walk, load32(node + heads_end(count) + 4 * (size_t)walk->next[last]++));
    }
}

static void keep_item(struct grown_item *item, const struct way *way)
{
    assert_true(grown_file.item_count < GROWN_ITEMS_MAX);
    memcpy(item->way, way->pages, sizeof(item->way));
    item->way_count = way->count;
    for (uint32_t i = 0; i < item->run_count; i++)
        grown_file.kinds[item->run_first + i] = GROWN_RUN;
    grown_file.items[grown_file.item_count++] = *item;
}

static void walk_tree(struct grown_item *record, const struct way *way)
{
    bool is_main = record->key_bytes == 5 && memcmp(record->key, "\0main", 5) == 0;
    char name[GROWN_NAME_BYTES] = "";

    if (is_main || record->key[0] != 0) {
        if (!is_main) memcpy(name, record->key, record->key_bytes);
        walk_from(&(struct walk){.tree = name,
                                 .tree_id = load32(record->value + RECORD_ID),
                                 .visit = keep_item,
                                 .way = *way},
                  load32(record->value + RECORD_ROOT));
    }
    free(record->value);
}

static void learn(void)
{
    const unsigned char *metas[2] = {page_at(1), page_at(2)};
    const unsigned char *meta = load64(metas[0] + 48) > load64(metas[1] + 48) ? metas[0] : metas[1];

    grown_file.catalog_root = load32(meta + 120);
    assert_int_equal(meta[124], 1);
    walk_from(&(struct walk){.tree = "", .is_catalog = true, .visit = walk_tree},
              grown_file.catalog_root);
    assert_true(grown_file.item_count > 400);
}

int grown_file_make(void **state)
{
    struct sim *sim = sim_os_new(seed_get());
    fh_options options = scratch_options(GROWN_PAGE_BYTES, 0);
    fh_db *db = NULL;

    (void)state;
    assert_ok(db_open(sim_os_port(sim), GROWN_PATH, &options, &db));
    for (unsigned no = 0; no < COMMITS; no++)
        commit(db, no);
    assert_ok(fh_close(db));
    grown_file.size = (size_t)sim_os_file_size(sim, GROWN_PATH);
    grown_file.page_count = (uint32_t)(grown_file.size / GROWN_PAGE_BYTES);
    assert_true(grown_file.page_count <= GROWN_PAGES_MAX);
    grown_file.bytes = malloc(grown_file.size);
    assert_non_null(grown_file.bytes);
    assert_int_equal(sim_os_read_file(sim, GROWN_PATH, 0, grown_file.bytes, grown_file.size),
                     grown_file.size);
    learn();
    sim_os_delete(sim);
    return 0;
}

int grown_file_forget(void **state)
{
    (void)state;
    for (size_t i = 0; i < grown_file.item_count; i++)
        free(grown_file.items[i].value);
    free(grown_file.bytes);
    return 0;
}

bool grown_file_outlasts(const struct grown_item *item, const bool *damaged)
{
    for (unsigned i = 0; i < item->way_count; i++)
        if (damaged[item->way[i]]) return false;
    for (uint32_t i = 0; i < item->run_count; i++)
        if (damaged[item->run_first + i]) return false;
    return true;
}
