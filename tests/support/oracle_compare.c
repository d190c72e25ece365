/*
 * oracle_compare.c - does a transaction see what the oracle says?
 *
 * Every way of reading is tried: the walk over tree names, cursors forward and backward,
 * gets, and the tree's own figures.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "support/oracle.h"
#include "support/oracle_hash.h"

enum { GETS_PER_TREE = 64 };

static _Thread_local char sentence[512];

static const char *say(const char *format, ...) __attribute__((format(printf, 1, 2)));
static const char *names_difference(const struct oracle *oracle, fh_txn *txn);
static const char *tree_difference(const struct oracle *oracle, fh_txn *txn, fh_bytes name);
static const char *scan_difference(const struct oracle *oracle, fh_bytes name, fh_cursor *cursor,
                                   int is_forward);
static const char *get_difference(const struct oracle *oracle, fh_txn *txn, fh_tree *tree,
                                  fh_bytes name);
static const char *figures_difference(const struct oracle *oracle, fh_txn *txn, fh_tree *tree,
                                      fh_bytes name);
static fh_status hash_tree(fh_txn *txn, fh_bytes name, uint64_t *hash);
static int same(fh_bytes a, fh_bytes b);

const char *oracle_difference(const struct oracle *oracle, fh_txn *txn)
{
    const char *difference = names_difference(oracle, txn);

    for (size_t i = 0; difference == NULL && i < oracle_tree_count(oracle); i++)
        difference = tree_difference(oracle, txn, oracle_tree_name(oracle, i));
    return difference;
}

fh_status oracle_hash_txn(fh_txn *txn, uint64_t *ret_hash)
{
    uint64_t hash = ORACLE_HASH_START;
    fh_cursor *walk = NULL;
    fh_bytes name;
    fh_status status = fh_tree_walk(txn, &walk);

    if (status != FH_OK) return status;
    for (status = fh_cursor_first(walk, &name, NULL); status == FH_OK;
         status = fh_cursor_next(walk, &name, NULL)) {
        hash = oracle_hash_mix(hash, name);
        status = hash_tree(txn, name, &hash);
        if (status != FH_OK) break;
    }
    fh_cursor_close(walk);
    if (status != FH_NOT_FOUND) return status;
    *ret_hash = hash;
    return FH_OK;
}

static fh_status hash_tree(fh_txn *txn, fh_bytes name, uint64_t *hash)
{
    uint64_t count = 0;
    fh_tree *tree = NULL;
    fh_cursor *cursor = NULL;
    fh_bytes key;
    fh_bytes value;
    fh_status status = fh_tree_open(txn, name, 0, &tree);

    if (status == FH_OK) status = fh_cursor_open(txn, tree, &cursor);
    /* A name that the walk shows must open: not found would end the caller's walk. */
    if (status != FH_OK) return status == FH_NOT_FOUND ? FH_ENDED : status;
    for (status = fh_cursor_first(cursor, &key, &value); status == FH_OK;
         status = fh_cursor_next(cursor, &key, &value)) {
        *hash = oracle_hash_mix(*hash, key);
        *hash = oracle_hash_mix(*hash, value);
        count++;
    }
    fh_cursor_close(cursor);
    if (status != FH_NOT_FOUND) return status;
    *hash = oracle_hash_number(*hash, count);
    return FH_OK;
}

static const char *names_difference(const struct oracle *oracle, fh_txn *txn)
{
    fh_cursor *walk = NULL;
    fh_bytes name;
    size_t tree_no = 0;
    const char *difference = NULL;
    fh_status status = fh_tree_walk(txn, &walk);

    if (status != FH_OK) return say("tree walk: %s", fh_note());
    if (oracle_item_count(oracle, (fh_bytes){NULL, 0}) == 0) tree_no = 1;
    status = fh_cursor_first(walk, &name, NULL);
    while (status == FH_OK && difference == NULL) {
        if (tree_no == oracle_tree_count(oracle))
            difference = say("the walk shows a tree too many");
        else if (!same(name, oracle_tree_name(oracle, tree_no)))
            difference = say("the walk shows another name as tree %zu", tree_no);
        tree_no++;
        status = fh_cursor_next(walk, &name, NULL);
    }
    fh_cursor_close(walk);
    if (difference == NULL && status != FH_NOT_FOUND)
        difference = say("tree walk: %s: %s", fh_status_name(status), fh_note());
    if (difference == NULL && tree_no != oracle_tree_count(oracle))
        difference = say("the walk shows %zu trees, not %zu", tree_no, oracle_tree_count(oracle));
    return difference;
}

static const char *tree_difference(const struct oracle *oracle, fh_txn *txn, fh_bytes name)
{
    fh_tree *tree = NULL;
    fh_cursor *cursor = NULL;
    const char *difference;

    if (fh_tree_open(txn, name, 0, &tree) != FH_OK)
        return say("a tree of %zu name bytes does not open: %s", name.size, fh_note());
    if (fh_cursor_open(txn, tree, &cursor) != FH_OK) return say("no cursor: %s", fh_note());
    difference = scan_difference(oracle, name, cursor, 1);
    if (difference == NULL) difference = scan_difference(oracle, name, cursor, 0);
    fh_cursor_close(cursor);
    if (difference == NULL) difference = get_difference(oracle, txn, tree, name);
    if (difference == NULL) difference = figures_difference(oracle, txn, tree, name);
    return difference;
}

static const char *scan_difference(const struct oracle *oracle, fh_bytes name, fh_cursor *cursor,
                                   int is_forward)
{
    const char *way = is_forward ? "forward" : "backward";
    size_t count = oracle_item_count(oracle, name);
    size_t seen = 0;
    fh_bytes key;
    fh_bytes value;
    fh_status status =
        is_forward ? fh_cursor_first(cursor, &key, &value) : fh_cursor_last(cursor, &key, &value);

    while (status == FH_OK && seen < count) {
        size_t item_no = is_forward ? seen : count - 1 - seen;

        if (!same(key, oracle_key(oracle, name, item_no)))
            return say("%s: item %zu of %zu has another key", way, item_no, count);
        if (!same(value, oracle_value(oracle, name, item_no)))
            return say("%s: item %zu of %zu has another value: %zu bytes, not %zu", way, item_no,
                       count, value.size, oracle_value(oracle, name, item_no).size);
        seen++;
        status = is_forward ? fh_cursor_next(cursor, &key, &value)
                            : fh_cursor_prev(cursor, &key, &value);
    }
    if (status == FH_OK) return say("%s: more than %zu items", way, count);
    if (status != FH_NOT_FOUND)
        return say("%s: item %zu: %s: %s", way, seen, fh_status_name(status), fh_note());
    if (seen != count) return say("%s: %zu items, not %zu", way, seen, count);
    return NULL;
}

static const char *get_difference(const struct oracle *oracle, fh_txn *txn, fh_tree *tree,
                                  fh_bytes name)
{
    size_t count = oracle_item_count(oracle, name);
    size_t stride = count / GETS_PER_TREE + 1;

    for (size_t i = 0; i < count; i += stride) {
        fh_bytes value;
        fh_status status = fh_get(txn, tree, oracle_key(oracle, name, i), &value);

        if (status != FH_OK)
            return say("get of item %zu: %s: %s", i, fh_status_name(status), fh_note());
        if (!same(value, oracle_value(oracle, name, i)))
            return say("get of item %zu gives another value", i);
    }
    return NULL;
}

static const char *figures_difference(const struct oracle *oracle, fh_txn *txn, fh_tree *tree,
                                      fh_bytes name)
{
    fh_tree_stat stat;
    size_t count = oracle_item_count(oracle, name);
    uint64_t payload_bytes = 0;

    for (size_t i = 0; i < count; i++)
        payload_bytes += oracle_key(oracle, name, i).size + oracle_value(oracle, name, i).size;
    if (fh_tree_describe(txn, tree, &stat) != FH_OK) return say("no figures: %s", fh_note());
    if (stat.item_count != count)
        return say("the tree counts %" PRIu64 " items, not %zu", stat.item_count, count);
    if (stat.payload_bytes != payload_bytes)
        return say("the tree counts %" PRIu64 " payload bytes, not %" PRIu64, stat.payload_bytes,
                   payload_bytes);
    if ((stat.depth == 0) != (count == 0))
        return say("%zu items in %u levels", count, (unsigned)stat.depth);
    return NULL;
}

static int same(fh_bytes a, fh_bytes b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

static const char *say(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(sentence, sizeof(sentence), format, arguments);
    va_end(arguments);
    return sentence;
}
