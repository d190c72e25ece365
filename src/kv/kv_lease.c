/*
 * kv_lease.c - tags and leases of readers, and the calls that copy.
 */
#include "kv/kv_lease.h"

#include "base/check.h"
#include "base/memory.h"
#include "base/note.h"
#include "kv/db_internal.h"

#define NS_PER_MS UINT64_C(1000000)

static uint64_t lease_pages(const struct fh_db *db, uint64_t bytes)
{
    uint64_t pages = bytes / pager_page_bytes(db->pager);

    return bytes != 0 && pages == 0 ? 1 : pages;
}

fh_status kv_lease_terms(const struct fh_db *db, const fh_begin_options *options,
                         struct seat_terms **ret_terms)
{
    bool is_leased = options->lease_ms != 0 || options->lease_bytes != 0;
    size_t tag_bytes = options->tag == NULL ? 0 : strlen(options->tag);
    struct seat_terms *terms;

    if (is_leased && options->flags != FH_READ)
        return fail(FH_INVALID, "a lease is for read transactions");
    if (tag_bytes > SEAT_TAG_MAX)
        return fail(FH_TOO_LARGE, "a tag of %zu bytes: %d are the most", tag_bytes, SEAT_TAG_MAX);
    *ret_terms = NULL;
    if (options->flags != FH_READ || (!is_leased && tag_bytes == 0)) return FH_OK;
    terms = memory_take(1, sizeof(*terms));
    if (terms == NULL) return fail(FH_NO_MEMORY, "no memory for a transaction");
    terms->is_leased = is_leased;
    terms->lease_ns = options->lease_ms * NS_PER_MS;
    terms->lease_pages = lease_pages(db, options->lease_bytes);
    if (tag_bytes > 0) memcpy(terms->tag, options->tag, tag_bytes);
    *ret_terms = terms;
    return FH_OK;
}

fh_status kv_lease_enter(struct fh_txn *txn)
{
    if (!txn->is_leased || snapshot_enter(txn->reader.seat)) return FH_OK;
    return fail(FH_SNAPSHOT_TOO_OLD, "the lease of snapshot %llu is over: begin another one",
                (unsigned long long)txn->reader.state.txn_id);
}

void kv_lease_leave(struct fh_txn *txn)
{
    if (!txn->is_leased) return;
    tree_buffer_give_all(&txn->buffers); /* what was gathered has been copied */
    snapshot_leave(txn->reader.seat);
}

fh_status kv_lease_refuse(void)
{
    return fail(FH_INVALID, "a transaction with a lease reads with fh_get_copy and cursors only");
}

fh_status kv_lease_tree(struct fh_txn *txn, struct fh_tree *tree, struct fh_tree **ret_tree)
{
    if (!txn->is_leased) return kv_txn_tree(txn, tree, ret_tree);
    if (tree == NULL) return kv_txn_open_tree(txn, span_of(NULL, 0), false, ret_tree);
    if (tree->txn != txn) return fail(FH_INVALID, "the tree belongs to another transaction");
    *ret_tree = tree;
    return FH_OK;
}

static fh_status copy_value(struct fh_txn *txn, struct fh_tree *tree, fh_bytes key, void *buffer,
                            size_t capacity, size_t *ret_size)
{
    struct span value;

    TRY(kv_lease_tree(txn, tree, &tree));
    TRY(tree_get(&tree->tree, kv_span(key), &value));
    *ret_size = value.size;
    if (value.size > capacity)
        return fail(FH_TOO_LARGE, "a value of %zu bytes, and room for %zu", value.size, capacity);
    if (value.size > 0) memcpy(buffer, value.data, value.size);
    return FH_OK;
}

fh_status fh_get_copy(fh_txn *txn, fh_tree *tree, fh_bytes key, void *buffer, size_t capacity,
                      size_t *ret_size)
{
    fh_status status;

    if (txn == NULL || ret_size == NULL || (buffer == NULL && capacity > 0))
        return fail(FH_INVALID, "fh_get_copy: a NULL argument");
    TRY(kv_check_key(txn, key));
    TRY(kv_lease_enter(txn));
    status = copy_value(txn, tree, key, buffer, capacity, ret_size);
    kv_lease_leave(txn);
    return status;
}

fh_status kv_lease_keep(struct fh_cursor *cursor, struct cursor_item *item)
{
    size_t bytes = item->key.size + item->value.size;
    uint8_t *kept = cursor->kept;

    if (kept == NULL || bytes > cursor->kept_capacity) {
        kept = memory_take(1, bytes + 1);
        if (kept == NULL) return fail(FH_NO_MEMORY, "no memory for an item of %zu bytes", bytes);
        memory_give(cursor->kept);
        cursor->kept = kept;
        cursor->kept_capacity = bytes;
    }
    if (item->key.size > 0) memcpy(kept, item->key.data, item->key.size);
    if (item->value.size > 0) memcpy(kept + item->key.size, item->value.data, item->value.size);
    item->key.data = kept;
    item->value.data = kept + item->key.size;
    return FH_OK;
}
