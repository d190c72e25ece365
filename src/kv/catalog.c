/*
 * catalog.c - the tree of trees.
 */
#include "kv/catalog.h"

#include "base/check.h"
#include "base/note.h"

static const uint8_t unnamed_key[] = {0, 'm', 'a', 'i', 'n'};
static const uint8_t ids_key[] = {0, 'i', 'd', 's'};
static const uint8_t runs_key[] = {0, 'r', 'u', 'n', 's'};
static const uint8_t quota_key[] = {0, 'q', 'u', 'o', 't', 'a'};

struct span catalog_key(struct span name)
{
    return name.size == 0 ? span_of(unnamed_key, sizeof(unnamed_key)) : name;
}

bool catalog_name(struct span key, struct span *ret_name)
{
    if (span_equals(key, span_of(unnamed_key, sizeof(unnamed_key))))
        *ret_name = span_of(NULL, 0);
    else if (key.size > 0 && key.data[0] != 0)
        *ret_name = key;
    else
        return false;
    return true;
}

struct span catalog_runs_key(void)
{
    return span_of(runs_key, sizeof(runs_key));
}

struct span catalog_quota_key(void)
{
    return span_of(quota_key, sizeof(quota_key));
}

void catalog_encode(uint8_t record[CATALOG_RECORD_BYTES], struct span name,
                    const struct tree_state *state)
{
    bool is_runs = span_equals(name, catalog_runs_key());

    memset(record, 0, CATALOG_RECORD_BYTES);
    store32(record, state->root);
    record[4] = state->level;
    record[5] = is_runs ? CATALOG_RUNS : CATALOG_MAP;
    store32(record + 8, state->tree_id);
    store64(record + 16, state->items);
    store64(record + 24, state->branch_pages);
    store64(record + 32, state->leaf_pages);
    store64(record + 40, state->run_pages);
    store64(record + 48, state->payload_bytes);
}

fh_status catalog_decode(struct span record, struct tree_state *ret_state)
{
    if (record.size != CATALOG_RECORD_BYTES)
        return fail(FH_CORRUPT, "a catalog record of %zu bytes", record.size);
    if (record.data[5] != CATALOG_MAP && record.data[5] != CATALOG_RUNS)
        return fail(FH_VERSION, "a tree of kind %u: a newer Freehold made it", record.data[5]);
    if (load16(record.data + 6) != 0 || load32(record.data + 12) != 0)
        return fail(FH_CORRUPT, "a catalog record holds what none may");
    *ret_state = (struct tree_state){
        .root = load32(record.data),
        .level = record.data[4],
        .tree_id = load32(record.data + 8),
        .items = load64(record.data + 16),
        .branch_pages = load64(record.data + 24),
        .leaf_pages = load64(record.data + 32),
        .run_pages = load64(record.data + 40),
        .payload_bytes = load64(record.data + 48),
    };
    return FH_OK;
}

fh_status catalog_get(const struct tree *catalog, struct span name, struct tree_state *ret_state)
{
    struct span record;

    TRY(tree_get(catalog, catalog_key(name), &record));
    return catalog_decode(record, ret_state);
}

fh_status catalog_put(struct tree *catalog, struct span name, const struct tree_state *state)
{
    uint8_t record[CATALOG_RECORD_BYTES];

    catalog_encode(record, name, state);
    return tree_put(catalog, catalog_key(name), span_of(record, sizeof(record)), TREE_PUT_ANY);
}

fh_status catalog_erase(struct tree *catalog, struct span name)
{
    return tree_erase(catalog, catalog_key(name));
}

/* A number among the system's items; 0 when it is not there. */
static fh_status get_number(const struct tree *catalog, struct span key, uint64_t *ret_number)
{
    struct span value;
    fh_status status = tree_get(catalog, key, &value);

    *ret_number = 0;
    if (status == FH_NOT_FOUND) return FH_OK;
    TRY(status);
    if (value.size != sizeof(*ret_number))
        return fail(FH_CORRUPT, "a system item of %zu bytes", value.size);
    *ret_number = load64(value.data);
    return FH_OK;
}

static fh_status put_number(struct tree *catalog, struct span key, uint64_t number)
{
    uint8_t bytes[8];

    store64(bytes, number);
    return tree_put(catalog, key, span_of(bytes, sizeof(bytes)), TREE_PUT_ANY);
}

fh_status catalog_new_id(struct tree *catalog, uint32_t *ret_id)
{
    struct span key = span_of(ids_key, sizeof(ids_key));
    uint64_t last;

    TRY(get_number(catalog, key, &last));
    if (last >= UINT32_MAX - 1)
        return fail(FH_TOO_LARGE, "all tree ids are used up: copy the database");
    TRY(put_number(catalog, key, last + 1));
    *ret_id = (uint32_t)last + 1;
    return FH_OK;
}

fh_status catalog_use_id(struct tree *catalog, uint32_t id)
{
    struct span key = span_of(ids_key, sizeof(ids_key));
    uint64_t last;

    TRY(get_number(catalog, key, &last));
    return last >= id ? FH_OK : put_number(catalog, key, id);
}

fh_status catalog_quota(const struct tree *catalog, uint64_t *ret_bytes)
{
    return get_number(catalog, catalog_quota_key(), ret_bytes);
}

fh_status catalog_set_quota(struct tree *catalog, uint64_t bytes)
{
    return put_number(catalog, catalog_quota_key(), bytes);
}
