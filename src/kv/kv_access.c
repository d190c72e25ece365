/*
 * kv_access.c - get, put, erase.
 */
#include "base/check.h"
#include "base/memory.h"
#include "base/note.h"
#include "kv/db_internal.h"
#include "kv/kv_late.h"

/* The first get of a transaction; or something is wrong. */
static APART fh_status get(struct fh_txn *txn, struct fh_tree *tree, fh_bytes key,
                           fh_bytes *ret_value)
{
    struct span value;

    TRY(kv_txn_tree(txn, tree, &tree));
    TRY(kv_check_key(txn, key));
    if (ret_value == NULL) return fail(FH_INVALID, "no place for the value");
    TRY(tree_get(&tree->tree, kv_span(key), &value));
    *ret_value = kv_bytes(value);
    return FH_OK;
}

fh_status fh_get(fh_txn *txn, fh_tree *tree, fh_bytes key, fh_bytes *ret_value)
{
    struct fh_tree *ready = kv_txn_tree_at_once(txn, tree, key);
    struct span value;

    if (UNLIKELY(ready == NULL || ret_value == NULL)) return get(txn, tree, key, ret_value);
    TRY(tree_get(&ready->tree, kv_span(key), &value));
    *ret_value = kv_bytes(value);
    return FH_OK;
}

/* The next keys of fh_get_many. */
static fh_status get_group(const struct fh_tree *tree, const fh_bytes *keys, unsigned count,
                           fh_bytes *ret_values, size_t *found_count)
{
    struct span spans[TREE_GROUP_MAX] = {{NULL, 0}}, values[TREE_GROUP_MAX];
    unsigned found;

    for (unsigned i = 0; i < count; i++)
        spans[i] = kv_span(keys[i]);
    TRY(tree_get_group(&tree->tree, spans, count, values, &found));
    for (unsigned i = 0; i < count; i++)
        ret_values[i] = kv_bytes(values[i]);
    *found_count += found;
    return FH_OK;
}

fh_status fh_get_many(fh_txn *txn, fh_tree *tree, const fh_bytes *keys, size_t count,
                      fh_bytes *ret_values, size_t *ret_found)
{
    size_t found_count = 0;

    TRY(kv_txn_tree(txn, tree, &tree));
    if (count > 0 && (keys == NULL || ret_values == NULL))
        return fail(FH_INVALID, "fh_get_many: no keys, or no place for the values");
    for (size_t i = 0; i < count; i++)
        TRY(kv_check_key(txn, keys[i]));
    for (size_t i = 0; i < count; i += TREE_GROUP_MAX)
        TRY(get_group(tree, keys + i, (unsigned)size_min(count - i, TREE_GROUP_MAX), ret_values + i,
                      &found_count));
    if (ret_found != NULL) *ret_found = found_count;
    return FH_OK;
}

/* A borrowed value may be what a put is given; in a frame it would change under its feet. */
struct own_bytes {
    struct span span;
    void *memory; /* NULL: it stands where it stood */
};

static inline bool is_borrowed(const struct fh_txn *txn, fh_bytes bytes)
{
    return overlay_holds(pager_overlay(txn->db->pager), bytes.data);
}

static fh_status own(const struct fh_txn *txn, fh_bytes bytes, struct own_bytes *ret_own)
{
    *ret_own = (struct own_bytes){.span = kv_span(bytes)};
    if (LIKELY(!is_borrowed(txn, bytes))) return FH_OK;
    ret_own->memory = memory_take(1, bytes.size == 0 ? 1 : bytes.size);
    if (ret_own->memory == NULL)
        return fail(FH_NO_MEMORY, "no memory for a copy of %zu bytes", bytes.size);
    if (bytes.size > 0) memcpy(ret_own->memory, bytes.data, bytes.size);
    ret_own->span.data = ret_own->memory;
    return FH_OK;
}

/* A large value is in the file already: the log says where. */
static APART void log_run(const struct txn *txn, struct redo *redo, struct span key,
                          size_t value_bytes)
{
    const struct txn_extents *extents = txn_run_written(txn);
    struct redo_extent places[TXN_EXTENTS_MAX];

    for (uint32_t i = 0; i < extents->count; i++)
        places[i] =
            (struct redo_extent){(uint32_t)extents->runs[i].first, (uint32_t)extents->runs[i].count,
                                 txn_run_crc(txn, extents->runs[i])};
    redo_put_runs(redo, key, value_bytes, places, extents->count);
}

static inline void log_put(struct fh_tree *tree, struct span key, struct span value)
{
    struct redo *redo = kv_txn_redo(tree);

    if (redo->is_lost)
        redo_leave_out(redo, key.size + value.size);
    else if (UNLIKELY(tree_keeps_apart(&tree->tree, key.size, value.size)))
        log_run(tree->txn->txn, redo, key, value.size);
    else
        redo_put(redo, key, value);
}

static fh_status put(struct fh_tree *tree, struct span key, struct span value, unsigned flags)
{
    bool must_be_new = flags == FH_NO_OVERWRITE;

    TRY(kv_txn_identify(tree));
    if (kv_late_put(tree, key, value, must_be_new)) return FH_OK;
    txn_use_reserve(tree->txn->txn, false);
    TRY(tree_put(&tree->tree, key, value, must_be_new ? TREE_PUT_NEW : TREE_PUT_ANY));
    log_put(tree, key, value);
    return FH_OK;
}

static APART fh_status put_borrowed(struct fh_tree *tree, fh_bytes key, fh_bytes value,
                                    unsigned flags)
{
    struct own_bytes own_key, own_value = {.memory = NULL};
    fh_status status;

    TRY(own(tree->txn, key, &own_key));
    status = own(tree->txn, value, &own_value);
    if (status == FH_OK) status = put(tree, own_key.span, own_value.span, flags);
    memory_give(own_key.memory);
    memory_give(own_value.memory);
    return status;
}

fh_status kv_put(struct fh_txn *txn, struct fh_tree *tree, fh_bytes key, fh_bytes value,
                 unsigned flags)
{
    if (UNLIKELY(is_borrowed(txn, key) || is_borrowed(txn, value)))
        return put_borrowed(tree, key, value, flags);
    return put(tree, kv_span(key), kv_span(value), flags);
}

static inline fh_status check_value(fh_bytes value)
{
    if (UNLIKELY(value.size > 0 && value.data == NULL))
        return fail(FH_INVALID, "a value of %zu bytes without bytes", value.size);
    if (UNLIKELY(value.size > FH_VALUE_MAX))
        return fail(FH_TOO_LARGE, "a value of %zu bytes: %u are the most", value.size,
                    FH_VALUE_MAX);
    return FH_OK;
}

fh_status fh_put(fh_txn *txn, fh_tree *tree, fh_bytes key, fh_bytes value, unsigned flags)
{
    struct fh_tree *ready = kv_txn_tree_at_once(txn, tree, key);

    if (UNLIKELY(ready == NULL || !kv_txn_is_ready(txn))) {
        TRY(kv_txn_writable(txn, tree, &ready));
        TRY(kv_check_key(txn, key));
    }
    TRY(check_value(value));
    if (UNLIKELY((flags & ~(unsigned)FH_NO_OVERWRITE) != 0))
        return fail(FH_INVALID, "unknown put flags %#x", flags);
    return kv_put(txn, ready, key, value, flags);
}

static fh_status erase(struct fh_txn *txn, struct fh_tree *tree, fh_bytes key)
{
    struct own_bytes own_key;
    fh_status status;

    TRY(own(txn, key, &own_key));
    txn_use_reserve(txn->txn, true);
    status = tree_erase(&tree->tree, own_key.span);
    if (status == FH_OK) redo_erase(kv_txn_redo(tree), own_key.span);
    memory_give(own_key.memory);
    return status;
}

fh_status fh_put_if(fh_txn *txn, fh_tree *tree, fh_bytes key, const fh_bytes *expected,
                    const fh_bytes *value)
{
    struct span present;
    fh_status status;

    TRY(kv_txn_writable(txn, tree, &tree));
    TRY(kv_check_key(txn, key));
    if (value != NULL) TRY(check_value(*value));
    if (expected != NULL) TRY(check_value(*expected));
    status = tree_get(&tree->tree, kv_span(key), &present);
    if (status != FH_OK && status != FH_NOT_FOUND) return status;
    if ((expected == NULL) != (status == FH_NOT_FOUND) ||
        (expected != NULL && !span_equals(present, kv_span(*expected))))
        return answer(FH_MISMATCH);
    if (value != NULL) return kv_put(txn, tree, key, *value, 0);
    return expected == NULL ? FH_OK : erase(txn, tree, key);
}

fh_status fh_erase(fh_txn *txn, fh_tree *tree, fh_bytes key)
{
    TRY(kv_txn_writable(txn, tree, &tree));
    TRY(kv_check_key(txn, key));
    return erase(txn, tree, key);
}

fh_status fh_erase_range(fh_txn *txn, fh_tree *tree, fh_bytes from, fh_bytes to,
                         uint64_t *ret_count)
{
    struct own_bytes own_from, own_to = {.memory = NULL};
    uint64_t count = 0;
    fh_status status;

    TRY(kv_txn_writable(txn, tree, &tree));
    if (from.size > 0) TRY(kv_check_key(txn, from));
    if (to.size > 0) TRY(kv_check_key(txn, to));
    TRY(own(txn, from, &own_from));
    status = own(txn, to, &own_to);
    if (status == FH_OK) {
        txn_use_reserve(txn->txn, true);
        status = tree_erase_range(&tree->tree, own_from.span, own_to.span, &count);
        if (status != FH_OK)
            redo_lose(txn_redo(txn->txn)); /* some may be gone, and the log could not say which */
        else if (count > 0)
            redo_erase_range(kv_txn_redo(tree), own_from.span, own_to.span);
    }
    memory_give(own_from.memory);
    memory_give(own_to.memory);
    if (ret_count != NULL && status == FH_OK) *ret_count = count;
    return status;
}
