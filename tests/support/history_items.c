/*
 * history_items.c - the steps of a history that change items and trees.
 *
 * Each does the same to the database and to the oracle, and expects the answer that the
 * oracle gives.
 */
#include <stdio.h>
#include <string.h>

#include "support/history_internal.h"
#include "support/unit.h"

static fh_status put(struct history *history);
static fh_status put_if(struct history *history);
static fh_status get(struct history *history);
static fh_status erase(struct history *history);
static fh_status erase_range(struct history *history);
static fh_status make_tree(struct history *history);
static fh_status drop_tree(struct history *history);
static fh_status load(struct history *history);
static fh_status load_items(struct history *history, fh_loader *loader, fh_bytes name,
                            struct oracle *loaded);
static fh_bytes loaded_key(unsigned number, unsigned char first, unsigned char *buffer);

static const struct {
    unsigned weight;
    fh_status (*run)(struct history *history);
} steps[] = {{44, put},        {8, put_if},    {10, get},      {22, erase},
             {4, erase_range}, {5, make_tree}, {2, drop_tree}, {5, load}};

fh_status history_item_step(struct history *history)
{
    uint64_t at = random_below(&history->random, 100);
    size_t i = 0;

    while (at >= steps[i].weight)
        at -= steps[i++].weight;
    return steps[i].run(history);
}

fh_status history_pick_tree(struct history *history, unsigned *ret_tree_no, fh_tree **ret_tree)
{
    unsigned char buffer[ITEMS_KEY_MAX];
    unsigned tree_no = (unsigned)random_below(&history->random, HISTORY_TREES);
    fh_bytes name = history_tree_name(history, tree_no, buffer);
    fh_status expected = oracle_has_tree(history->working, name) ? FH_OK : FH_NOT_FOUND;
    fh_tree *tree = NULL;
    fh_status status =
        history_expect(fh_tree_open(history->txn, name, 0, &tree), expected, "open a tree");

    if (status != FH_OK) return status;
    if (expected != FH_OK) tree_no = 0;
    if (tree_no == 0 && random_below(&history->random, 2) == 0) tree = NULL;
    *ret_tree_no = tree_no;
    *ret_tree = tree;
    return FH_OK;
}

fh_bytes history_random_key(struct history *history, unsigned char *buffer)
{
    unsigned key_no = (unsigned)random_below(&history->random, history->profile.key_count);

    return items_key(key_no, history->key_max, buffer);
}

fh_bytes history_random_value(struct history *history)
{
    struct random *random = &history->random;
    size_t page = (size_t)history->page_bytes;
    size_t size = 0;

    switch (random_below(random, 14)) {
    case 0:
        break;
    case 1:
        size = 1;
        break;
    case 2:
    case 3:
        size = page / 4 - 40 + random_below(random, 80);
        break;
    case 4:
        size = page - 16 + random_below(random, 32);
        break;
    case 5:
        size = random_below(random, 4 * page);
        break;
    case 6:
        if (random_below(random, 6) == 0)
            size = random_below(random, history->profile.value_max + 1);
        break;
    default:
        size = random_below(random, 64);
        break;
    }
    if (size > history->profile.value_max) size = history->profile.value_max;
    items_fill(random_next(random), history->value, size);
    return (fh_bytes){history->value, size};
}

static fh_status put(struct history *history)
{
    unsigned char name_buffer[ITEMS_KEY_MAX];
    unsigned char key_buffer[ITEMS_KEY_MAX];
    unsigned tree_no = 0;
    fh_tree *tree = NULL;
    fh_status status = history_pick_tree(history, &tree_no, &tree);
    fh_bytes name = history_tree_name(history, tree_no, name_buffer);
    fh_bytes key = history_random_key(history, key_buffer);
    fh_bytes value = history_random_value(history);
    unsigned flags = random_below(&history->random, 8) == 0 ? FH_NO_OVERWRITE : 0;
    bool is_refused;

    if (status != FH_OK) return status;
    is_refused = flags != 0 && oracle_get(history->working, name, key, NULL);
    status = history_expect(fh_put(history->txn, tree, key, value, flags),
                            is_refused ? FH_EXISTS : FH_OK, "put");
    if (status == FH_OK && !is_refused) oracle_put(history->working, name, key, value);
    return status;
}

/* Expects the value that is there, or another; stores or erases. */
static fh_status put_if(struct history *history)
{
    unsigned char name_buffer[ITEMS_KEY_MAX];
    unsigned char key_buffer[ITEMS_KEY_MAX];
    unsigned tree_no = 0;
    fh_tree *tree = NULL;
    fh_status status = history_pick_tree(history, &tree_no, &tree);
    fh_bytes name = history_tree_name(history, tree_no, name_buffer);
    fh_bytes key = history_random_key(history, key_buffer);
    fh_bytes value = history_random_value(history);
    fh_bytes present = nothing();
    fh_bytes wrong = text("not this");
    bool is_there;
    bool is_right = random_below(&history->random, 3) > 0;
    bool is_erase;
    const fh_bytes *expected;

    if (status != FH_OK) return status;
    is_there = oracle_get(history->working, name, key, &present);
    is_erase = is_there && random_below(&history->random, 3) == 0;
    expected = is_there == is_right ? &present : NULL;
    if (is_right && !is_there) expected = NULL;
    if (!is_right && !is_there) expected = &wrong;
    status = history_expect(fh_put_if(history->txn, tree, key, expected, is_erase ? NULL : &value),
                            is_right ? FH_OK : FH_MISMATCH, "put if");
    if (status != FH_OK || !is_right) return status;
    if (!is_erase) {
        oracle_put(history->working, name, key, value);
        return FH_OK;
    }
    oracle_erase(history->working, name, key);
    history_cursor_note_erased(history, tree_no, key, key);
    return FH_OK;
}

static fh_status get(struct history *history)
{
    unsigned char name_buffer[ITEMS_KEY_MAX];
    unsigned char key_buffer[ITEMS_KEY_MAX];
    unsigned tree_no = 0;
    fh_tree *tree = NULL;
    fh_status status = history_pick_tree(history, &tree_no, &tree);
    fh_bytes name = history_tree_name(history, tree_no, name_buffer);
    fh_bytes key = history_random_key(history, key_buffer);
    fh_bytes expected = nothing();
    fh_bytes value = nothing();
    bool is_there;

    if (status != FH_OK) return status;
    is_there = oracle_get(history->working, name, key, &expected);
    status = history_expect(fh_get(history->txn, tree, key, &value),
                            is_there ? FH_OK : FH_NOT_FOUND, "get");
    if (status != FH_OK || !is_there) return status;
    assert_int_equal(value.size, expected.size);
    if (value.size > 0) assert_memory_equal(value.data, expected.data, value.size);
    return FH_OK;
}

static fh_status erase(struct history *history)
{
    unsigned char name_buffer[ITEMS_KEY_MAX];
    unsigned char key_buffer[ITEMS_KEY_MAX];
    unsigned tree_no = 0;
    fh_tree *tree = NULL;
    fh_status status = history_pick_tree(history, &tree_no, &tree);
    fh_bytes name = history_tree_name(history, tree_no, name_buffer);
    fh_bytes key = history_random_key(history, key_buffer);
    bool is_there;

    if (status != FH_OK) return status;
    is_there = oracle_get(history->working, name, key, NULL);
    status =
        history_expect(fh_erase(history->txn, tree, key), is_there ? FH_OK : FH_NOT_FOUND, "erase");
    if (status != FH_OK || !is_there) return status;
    oracle_erase(history->working, name, key);
    history_cursor_note_erased(history, tree_no, key, key);
    return FH_OK;
}

static fh_status erase_range(struct history *history)
{
    unsigned char name_buffer[ITEMS_KEY_MAX];
    unsigned char from_buffer[ITEMS_KEY_MAX];
    unsigned char to_buffer[ITEMS_KEY_MAX];
    unsigned tree_no = 0;
    uint64_t count = 0;
    fh_tree *tree = NULL;
    fh_status status = history_pick_tree(history, &tree_no, &tree);
    fh_bytes name = history_tree_name(history, tree_no, name_buffer);
    fh_bytes from = history_random_key(history, from_buffer);
    fh_bytes to = history_random_key(history, to_buffer);

    if (status != FH_OK) return status;
    if (random_below(&history->random, 6) == 0) to = nothing();
    if (random_below(&history->random, 12) == 0) from = nothing();
    history->is_torn = true;
    status = history_expect(fh_erase_range(history->txn, tree, from, to, &count), FH_OK,
                            "erase a range");
    if (status != FH_OK) return status;
    history->is_torn = false;
    assert_int_equal(count, oracle_erase_range(history->working, name, from, to));
    history_cursor_note_erased(history, tree_no, nothing(), nothing());
    return FH_OK;
}

static fh_status make_tree(struct history *history)
{
    unsigned char buffer[ITEMS_KEY_MAX];
    unsigned tree_no = (unsigned)random_below(&history->random, HISTORY_TREES);
    fh_bytes name = history_tree_name(history, tree_no, buffer);
    fh_tree *tree = NULL;
    fh_tree *again = NULL;
    fh_status status = history_expect(fh_tree_open(history->txn, name, FH_TREE_CREATE, &tree),
                                      FH_OK, "make a tree");

    if (status != FH_OK) return status;
    oracle_make_tree(history->working, name);
    status = history_expect(fh_tree_open(history->txn, name, 0, &again), FH_OK, "open it again");
    if (status == FH_OK) assert_ptr_equal(tree, again);
    return status;
}

static fh_status drop_tree(struct history *history)
{
    unsigned char buffer[ITEMS_KEY_MAX];
    unsigned tree_no = 0;
    fh_tree *tree = NULL;
    fh_status status = history_pick_tree(history, &tree_no, &tree);

    if (status != FH_OK) return status;
    if (history->cursor.cursor != NULL && history->cursor.tree_no == tree_no) {
        status = history_expect(fh_tree_drop(history->txn, tree), FH_BUSY, "drop beside a cursor");
        history_cursor_close(history);
        if (status != FH_OK) return status;
    }
    history->is_torn = true;
    status = history_expect(fh_tree_drop(history->txn, tree), FH_OK, "drop a tree");
    if (status != FH_OK) return status;
    history->is_torn = false;
    oracle_drop_tree(history->working, history_tree_name(history, tree_no, buffer));
    return FH_OK;
}

/* Adds some items behind the last one. */
static fh_status load(struct history *history)
{
    unsigned char name_buffer[ITEMS_KEY_MAX];
    unsigned tree_no = 0;
    fh_tree *tree = NULL;
    fh_loader *loader = NULL;
    struct oracle *loaded;
    fh_status status = history_pick_tree(history, &tree_no, &tree);
    fh_status finished;
    fh_bytes name = history_tree_name(history, tree_no, name_buffer);

    if (status != FH_OK) return status;
    if (history->cursor.cursor != NULL && history->cursor.tree_no == tree_no) {
        status = history_expect(fh_loader_open(history->txn, tree, &loader), FH_BUSY,
                                "load beside a cursor");
        history_cursor_close(history);
        if (status != FH_OK) return status;
    }
    status = history_expect(fh_loader_open(history->txn, tree, &loader), FH_OK, "open a loader");
    if (status != FH_OK) return status;
    history->is_torn = true;
    loaded = oracle_clone(history->working);
    status = load_items(history, loader, name, loaded);
    finished = history_expect(fh_loader_finish(loader), FH_OK, "finish a loader");
    if (status == FH_OK) status = finished;
    if (status != FH_OK) {
        oracle_close(loaded);
        return status;
    }
    history->is_torn = false;
    oracle_close(history->working);
    history->working = loaded;
    return FH_OK;
}

static fh_status load_items(struct history *history, fh_loader *loader, fh_bytes name,
                            struct oracle *loaded)
{
    unsigned char buffer[ITEMS_KEY_MAX];
    size_t count = oracle_item_count(loaded, name);
    unsigned item_count = (unsigned)random_below(&history->random, 60);
    unsigned char first = 1;
    fh_status status = FH_OK;

    if (count > 0) first = *(const unsigned char *)oracle_key(loaded, name, count - 1).data;
    if (first == 0xff)
        return history_expect(fh_loader_add(loader, text("\xfe"), nothing()), FH_ORDER,
                              "load a key that is too small");
    first++;
    for (unsigned i = 0; status == FH_OK && i < item_count; i++) {
        fh_bytes key = loaded_key(i, first, buffer);
        fh_bytes value = history_random_value(history);

        status = history_expect(fh_loader_add(loader, key, value), FH_OK, "load");
        if (status == FH_OK) oracle_put(loaded, name, key, value);
    }
    if (status == FH_OK && item_count > 0)
        status = history_expect(
            fh_loader_add(loader, loaded_key(item_count - 1, first, buffer), nothing()), FH_ORDER,
            "load a key twice");
    return status;
}

static fh_bytes loaded_key(unsigned number, unsigned char first, unsigned char *buffer)
{
    fh_bytes key = items_numbered("_load", number, buffer);

    buffer[0] = first;
    return key;
}
