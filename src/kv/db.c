/*
 * db.c - open and close.
 */
#include "kv/db.h"

#include "base/check.h"
#include "base/memory.h"
#include "base/note.h"
#include "kv/db_internal.h"
#include "kv/kv_kept.h"

enum { CLOSE_MS = 1000 };
#define NS_PER_MS UINT64_C(1000000)

static fh_status set_quota(struct fh_db *db, uint64_t bytes);

fh_status fh_open(const char *path, const fh_options *options, fh_db **ret_db)
{
    return db_open(os_posix(), path, options, ret_db);
}

fh_status db_copy_struct(void *to, size_t to_bytes, const void *from, size_t from_bytes)
{
    if (from_bytes < sizeof(size_t) || from_bytes > 4096)
        return fail(FH_INVALID, "a struct of %zu bytes: set its size member", from_bytes);
    memset(to, 0, to_bytes);
    memcpy(to, from, size_min(to_bytes, from_bytes));
    return FH_OK;
}

static fh_status read_options(const fh_options *options, fh_options *ret_options)
{
    const unsigned known = FH_OPEN_CREATE | FH_OPEN_NEW | FH_OPEN_READ_ONLY | FH_OPEN_WITHOUT_LOG |
                           FH_OPEN_VERIFY | FH_OPEN_WITHOUT_RELOCATION;
    const unsigned makes = FH_OPEN_CREATE | FH_OPEN_NEW;

    *ret_options = (fh_options){.size = sizeof(*ret_options)};
    if (options != NULL)
        TRY(db_copy_struct(ret_options, sizeof(*ret_options), options, options->size));
    if ((ret_options->flags & ~known) != 0)
        return fail(FH_INVALID, "unknown open flags %#x", ret_options->flags);
    if (ret_options->durability > FH_NONE)
        return fail(FH_INVALID, "there is no durability %u", ret_options->durability);
    if ((ret_options->flags & FH_OPEN_READ_ONLY) != 0 && (ret_options->flags & makes) != 0)
        return fail(FH_INVALID, "a database cannot be made and be read-only");
    if (ret_options->policy != NULL && !alloc_knows_policy(ret_options->policy))
        return fail(FH_INVALID, "there is no policy \"%s\"", ret_options->policy);
    return FH_OK;
}

void db_catalog(const struct fh_db *db, const struct descriptor *state, struct txn *txn,
                struct tree *ret_catalog)
{
    struct tree_state catalog = {
        .root = state->root,
        .level = state->root_level,
        .tree_id = CATALOG_TREE_ID,
        .items = state->catalog_items,
    };

    tree_init(ret_catalog, &catalog, db->pager, txn);
}

/* Whole pages, and never none: 0 would be no limit. */
static uint64_t quota_pages(const struct fh_db *db)
{
    uint64_t pages = db->quota_bytes / pager_page_bytes(db->pager);

    return pages == 0 ? 1 : pages;
}

/*
 * The quota of a database that exists already is in its catalog. Where the unnamed tree begins
 * is there too, and is what is looked at next as a rule.
 */
static fh_status load_quota(struct fh_db *db)
{
    struct tree_state unnamed;
    struct reader reader;
    struct tree catalog;
    fh_status status;

    TRY(pager_read_begin(db->pager, &reader));
    overlay_want(pager_overlay(db->pager), reader.state.root);
    db_catalog(db, &reader.state, NULL, &catalog);
    status = catalog_quota(&catalog, &db->quota_bytes);
    if (catalog_get(&catalog, span_of(NULL, 0), &unnamed) == FH_OK)
        overlay_want(pager_overlay(db->pager), unnamed.root);
    pager_read_end(db->pager, &reader);
    if (status == FH_OK && db->quota_bytes != 0) pager_set_quota(db->pager, quota_pages(db));
    /* A damaged catalog must not keep what can still be read or checked from being reached. */
    return status == FH_CORRUPT ? FH_OK : status;
}

fh_status db_open(const struct os *os, const char *path, const fh_options *options, fh_db **ret_db)
{
    fh_options given;
    struct pager_options pager;
    struct fh_db *db;
    fh_status status;

    if (path == NULL || path[0] == 0 || ret_db == NULL)
        return fail(FH_INVALID, "a path and a place for the database are needed");
    TRY(read_options(options, &given));
    pager = (struct pager_options){
        .policy = given.policy,
        .frame_bytes = given.frame_bytes,
        .ring_bytes = given.log_bytes,
        .lazy_ms = given.lazy_ms,
        .helper = given.helper != 0,
        .verifies = (given.flags & FH_OPEN_VERIFY) != 0,
        .without_log = (given.flags & FH_OPEN_WITHOUT_LOG) != 0,
        .page_bytes = given.page_bytes,
        .create = (given.flags & (FH_OPEN_CREATE | FH_OPEN_NEW)) != 0,
        .only_new = (given.flags & FH_OPEN_NEW) != 0,
        .read_only = (given.flags & FH_OPEN_READ_ONLY) != 0,
    };
    db = memory_take(1, sizeof(*db));
    if (db == NULL) return fail(FH_NO_MEMORY, "no memory for a database");
    db->os = os;
    db->close_ns = (given.close_ms == 0 ? CLOSE_MS : given.close_ms) * NS_PER_MS;
    db->relocation.is_off = (given.flags & FH_OPEN_WITHOUT_RELOCATION) != 0;
    db->durability = given.durability == 0 ? FH_DURABLE : (fh_durability)given.durability;
    status = kv_totals_init(&db->totals);
    if (status != FH_OK) {
        memory_give(db);
        return status;
    }
    status = pager_open(os, path, &pager, &db->pager);
    if (status != FH_OK) {
        kv_totals_fini(&db->totals);
        memory_give(db);
        return note_context(status, "%s", path);
    }
    status = pager_must_replay(db->pager) ? db_replay(db) : FH_OK;
    if (status == FH_OK)
        status = given.quota_bytes != 0 && pager_is_new(db->pager)
                     ? set_quota(db, given.quota_bytes)
                     : load_quota(db);
    if (status != FH_OK) {
        bool is_new = pager_is_new(db->pager);

        (void)pager_close(db->pager);           /* the failure before is the one to tell */
        if (is_new) (void)os->remove(os, path); /* likewise */
        kv_totals_fini(&db->totals);
        memory_give(atomic_load(&db->spare));
        memory_give(db);
        return status;
    }
    *ret_db = db;
    return FH_OK;
}

static fh_status set_quota(struct fh_db *db, uint64_t bytes)
{
    struct descriptor root;
    struct tree catalog;
    struct txn *txn;
    fh_status status;

    TRY(txn_begin(db->pager, false, &txn));
    root = *txn_base(txn);
    db_catalog(db, &root, txn, &catalog);
    status = catalog_set_quota(&catalog, bytes);
    if (status != FH_OK) {
        txn_abort(txn);
        return status;
    }
    root.root = catalog.state.root;
    root.root_level = catalog.state.level;
    root.catalog_items = catalog.state.items;
    TRY(txn_commit(txn, &root));
    db->quota_bytes = bytes;
    pager_set_quota(db->pager, quota_pages(db));
    return FH_OK;
}

fh_status fh_close(fh_db *db)
{
    unsigned open_count;
    fh_status status;

    if (db == NULL) return FH_OK;
    open_count = atomic_load(&db->txn_count) + kv_kept_count(db);
    if (open_count != 0)
        return fail(FH_BUSY, "%u transactions are open: end them first", open_count);
    /* What is not gained is no loss: whatever it says, closing goes on. */
    if (!pager_is_read_only(db->pager)) {
        pager_make_tight(db->pager, true);
        (void)kv_compact_within(db, db->close_ns);
    }
    kv_kept_give(db);
    status = pager_close(db->pager);
    memory_give(atomic_load(&db->spare));
    kv_totals_fini(&db->totals);
    memory_give(db);
    return status;
}

uint32_t fh_key_max(const fh_db *db)
{
    return db == NULL ? 0 : pager_page_bytes(db->pager) / 8;
}

fh_status fh_checkpoint(fh_db *db)
{
    if (db == NULL) return fail(FH_INVALID, "no database");
    if (pager_is_read_only(db->pager))
        return fail(FH_READ_ONLY, "the database was opened for reading only");
    TRY(pager_checkpoint(db->pager));
    return kv_compact_within(db, UINT64_MAX / 2);
}

fh_status fh_poll(fh_db *db)
{
    if (db == NULL) return fail(FH_INVALID, "no database");
    if (pager_is_read_only(db->pager))
        return fail(FH_READ_ONLY, "the database was opened for reading only");
    return pager_poll(db->pager);
}

fh_status fh_wait(fh_db *db, uint64_t ticket)
{
    if (db == NULL) return fail(FH_INVALID, "no database");
    return ticket == 0 ? FH_OK : pager_wait(db->pager, ticket);
}

fh_status db_audit(fh_db *db)
{
    return pager_audit(db->pager);
}
