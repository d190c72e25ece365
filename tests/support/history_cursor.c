/*
 * history_cursor.c - the cursor of a history, and where it must stand.
 *
 * It stays open while its tree changes: the law is that it keeps its place in the order of
 * keys, so that the oracle can say at any time what its next and its previous item are.
 */
#include <stdio.h>
#include <string.h>

#include "support/history_internal.h"
#include "support/unit.h"

/* The item a move must reach; `item_no` == item_count: none. */
struct target {
    size_t item_no;
    enum history_place miss; /* where it stands when there is none */
};

enum move { MOVE_FIRST, MOVE_LAST, MOVE_SEEK, MOVE_NEXT, MOVE_PREV, MOVE_COUNT };

static fh_status open_cursor(struct history *history);
static fh_status erase_here(struct history *history, fh_bytes name);
static fh_status move(struct history *history, fh_bytes name, enum move kind);
static fh_status run_move(struct history_cursor *cursor, enum move kind, fh_bytes sought,
                          fh_bytes *ret_key, fh_bytes *ret_value);
static struct target aim(const struct history *history, fh_bytes name, enum move kind,
                         fh_bytes sought);
static struct target aim_next(const struct history *history, fh_bytes name);
static struct target aim_prev(const struct history *history, fh_bytes name);
static void stand_on(struct history_cursor *cursor, fh_bytes key);

fh_status history_cursor_step(struct history *history)
{
    unsigned char buffer[ITEMS_KEY_MAX];
    struct history_cursor *cursor = &history->cursor;
    uint64_t kind = random_below(&history->random, 10);
    fh_status status = FH_OK;
    fh_bytes name;

    if (cursor->cursor == NULL) return open_cursor(history);
    name = history_tree_name(history, cursor->tree_no, buffer);
    if (kind == 0) {
        history_cursor_close(history);
        return FH_OK;
    }
    if (kind <= 2) return erase_here(history, name);
    if (kind <= 5) return move(history, name, (enum move)random_below(&history->random, MOVE_NEXT));
    for (uint64_t i = 0; status == FH_OK && i < kind; i++)
        status = move(history, name, kind % 2 == 0 ? MOVE_NEXT : MOVE_PREV);
    return status;
}

void history_cursor_close(struct history *history)
{
    fh_cursor_close(history->cursor.cursor);
    history->cursor.cursor = NULL;
}

void history_cursor_note_erased(struct history *history, unsigned tree_no, fh_bytes from,
                                fh_bytes to)
{
    struct history_cursor *cursor = &history->cursor;
    bool is_all = from.size == 0 && to.size == 0;

    if (cursor->cursor == NULL || cursor->tree_no != tree_no) return;
    if (is_all ||
        (from.size == cursor->key_size && memcmp(from.data, cursor->key, cursor->key_size) == 0))
        cursor->was_erased = true;
}

static fh_status open_cursor(struct history *history)
{
    struct history_cursor *cursor = &history->cursor;
    fh_tree *tree = NULL;
    fh_status status = history_pick_tree(history, &cursor->tree_no, &tree);

    if (status != FH_OK) return status;
    status =
        history_expect(fh_cursor_open(history->txn, tree, &cursor->cursor), FH_OK, "open a cursor");
    if (status != FH_OK) cursor->cursor = NULL;
    cursor->place = PLACE_NEVER;
    cursor->was_erased = false;
    return status;
}

/* After its item went and came back either answer is right; the oracle follows. */
static fh_status erase_here(struct history *history, fh_bytes name)
{
    struct history_cursor *cursor = &history->cursor;
    fh_bytes key = {cursor->key, cursor->key_size};
    bool is_there = cursor->place == PLACE_ON && oracle_get(history->working, name, key, NULL);
    fh_status expected = is_there ? FH_OK : FH_NOT_FOUND;
    fh_status status;

    if (cursor->place == PLACE_UNKNOWN) return FH_OK;
    status = fh_cursor_erase(cursor->cursor);
    if (is_there && cursor->was_erased && status == FH_NOT_FOUND) expected = FH_NOT_FOUND;
    status = history_expect(status, expected, "erase under the cursor");
    if (status == FH_OK && expected == FH_OK) {
        oracle_erase(history->working, name, key);
        cursor->was_erased = true;
    }
    return status;
}

static fh_status move(struct history *history, fh_bytes name, enum move kind)
{
    unsigned char buffer[ITEMS_KEY_MAX];
    struct history_cursor *cursor = &history->cursor;
    fh_bytes sought = history_random_key(history, buffer);
    struct target target;
    fh_bytes key = nothing();
    fh_bytes value = nothing();
    fh_bytes expected;
    bool is_there;
    fh_status status;

    if (cursor->place == PLACE_UNKNOWN && (kind == MOVE_NEXT || kind == MOVE_PREV))
        kind = MOVE_SEEK;
    target = aim(history, name, kind, sought);
    is_there = target.item_no < oracle_item_count(history->working, name);
    status = history_expect(run_move(cursor, kind, sought, &key, &value),
                            is_there ? FH_OK : FH_NOT_FOUND, "move a cursor");
    if (status != FH_OK) {
        cursor->place = PLACE_UNKNOWN;
        return status;
    }
    cursor->place = target.miss;
    if (!is_there) return FH_OK;
    expected = oracle_key(history->working, name, target.item_no);
    assert_int_equal(key.size, expected.size);
    assert_memory_equal(key.data, expected.data, key.size);
    stand_on(cursor, key);
    expected = oracle_value(history->working, name, target.item_no);
    assert_int_equal(value.size, expected.size);
    if (value.size > 0) assert_memory_equal(value.data, expected.data, value.size);
    return FH_OK;
}

static fh_status run_move(struct history_cursor *cursor, enum move kind, fh_bytes sought,
                          fh_bytes *ret_key, fh_bytes *ret_value)
{
    switch (kind) {
    case MOVE_FIRST:
        return fh_cursor_first(cursor->cursor, ret_key, ret_value);
    case MOVE_LAST:
        return fh_cursor_last(cursor->cursor, ret_key, ret_value);
    case MOVE_NEXT:
        return fh_cursor_next(cursor->cursor, ret_key, ret_value);
    case MOVE_PREV:
        return fh_cursor_prev(cursor->cursor, ret_key, ret_value);
    case MOVE_SEEK:
    case MOVE_COUNT:
    default:
        return fh_cursor_seek(cursor->cursor, sought, ret_key, ret_value);
    }
}

static struct target aim(const struct history *history, fh_bytes name, enum move kind,
                         fh_bytes sought)
{
    size_t count = oracle_item_count(history->working, name);

    switch (kind) {
    case MOVE_FIRST:
        return (struct target){0, PLACE_UNKNOWN};
    case MOVE_LAST:
        return (struct target){count == 0 ? 0 : count - 1, PLACE_UNKNOWN};
    case MOVE_NEXT:
        return aim_next(history, name);
    case MOVE_PREV:
        return aim_prev(history, name);
    case MOVE_SEEK:
    case MOVE_COUNT:
    default:
        return (struct target){oracle_seek(history->working, name, sought), PLACE_BEHIND};
    }
}

static struct target aim_next(const struct history *history, fh_bytes name)
{
    const struct history_cursor *cursor = &history->cursor;
    fh_bytes key = {cursor->key, cursor->key_size};
    size_t count = oracle_item_count(history->working, name);
    size_t item_no = 0;

    if (cursor->place == PLACE_BEHIND) item_no = count;
    if (cursor->place == PLACE_ON) {
        item_no = oracle_seek(history->working, name, key);
        item_no += oracle_get(history->working, name, key, NULL);
    }
    return (struct target){item_no, PLACE_BEHIND};
}

static struct target aim_prev(const struct history *history, fh_bytes name)
{
    const struct history_cursor *cursor = &history->cursor;
    fh_bytes key = {cursor->key, cursor->key_size};
    size_t count = oracle_item_count(history->working, name);
    size_t end = count;

    if (cursor->place == PLACE_BEFORE) end = 0;
    if (cursor->place == PLACE_ON) end = oracle_seek(history->working, name, key);
    return (struct target){end == 0 ? count : end - 1, PLACE_BEFORE};
}

static void stand_on(struct history_cursor *cursor, fh_bytes key)
{
    memcpy(cursor->key, key.data, key.size);
    cursor->key_size = key.size;
    cursor->place = PLACE_ON;
    cursor->was_erased = false;
}
