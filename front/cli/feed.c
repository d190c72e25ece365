/*
 * feed.c - puts items that come in any order into trees, as fast as the order allows.
 *
 * A feed is in one of two states. Gathering: items are copied into memory. Streaming: a
 * loader is open, and the items come in order. It begins to stream when enough items have
 * come in order behind the tree's last key, and ends with the first that is out of order.
 */
#include "feed.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bytes_text.h"
#include "failure.h"
#include "gather.h"

enum {
    STREAM_BYTES = 8 << 20, /* so much must have come in order to begin streaming */
    LOADER_MIN = 256,       /* fewer items are put one by one */
    AHEAD = 8               /* items asked for before they are needed */
};

static const uint64_t memory_max = UINT64_C(1) << 30;

struct feed {
    const struct session *session;
    fh_tree *tree;
    size_t key_max;
    size_t memory_bytes; /* how much may be gathered */
    struct gather gather;
    fh_loader *loader;       /* streaming */
    unsigned char *last_key; /* of the loader; room for key_max */
    size_t last_key_bytes;
    unsigned char *name; /* of the present tree, as the input says; room for key_max */
    size_t name_bytes;
    int has_name;
    uint64_t item_count;
};

/* The less of 1 GiB and a quarter of the memory there is. */
static size_t memory_limit(void)
{
    long pages = sysconf(_SC_PHYS_PAGES);
    long page_bytes = sysconf(_SC_PAGESIZE);
    uint64_t bytes = memory_max;

    if (pages > 0 && page_bytes > 0) bytes = (uint64_t)pages * (uint64_t)page_bytes / 4;
    return (size_t)(bytes < memory_max ? bytes : memory_max);
}

enum outcome feed_open(const struct session *session, struct feed **ret_feed)
{
    size_t key_max = fh_key_max(session->db);
    struct feed *feed = calloc(1, sizeof(*feed));

    if (feed == NULL) return failure_memory("load");
    feed->session = session;
    feed->tree = session->tree;
    feed->key_max = key_max;
    feed->memory_bytes = memory_limit();
    feed->last_key = malloc(key_max);
    feed->name = malloc(key_max);
    feed->has_name = session->tree_text == NULL;
    gather_init(&feed->gather);
    if (feed->last_key == NULL || feed->name == NULL) {
        feed_close(feed);
        return failure_memory("load");
    }
    *ret_feed = feed;
    return OUTCOME_DONE;
}

void feed_close(struct feed *feed)
{
    if (feed == NULL) return;
    if (feed->loader != NULL) (void)!fh_loader_finish(feed->loader);
    gather_fini(&feed->gather);
    free(feed->last_key);
    free(feed->name);
    free(feed);
}

const char *feed_refusal(const struct feed *feed, size_t key_bytes, size_t value_bytes)
{
    if (key_bytes == 0) return "an empty key";
    if (key_bytes > feed->key_max) return "the key is longer than the database allows";
    if (value_bytes > FH_VALUE_MAX) return "the value is larger than 4 GiB - 1";
    return NULL;
}

static fh_bytes key_of(const struct item *item)
{
    return (fh_bytes){item->bytes, item->key_bytes};
}

static fh_bytes value_of(const struct item *item)
{
    return (fh_bytes){item->bytes + item->key_bytes, item->value_bytes};
}

static enum outcome end_stream(struct feed *feed)
{
    fh_loader *loader = feed->loader;
    fh_status status;

    feed->loader = NULL;
    if (loader == NULL) return OUTCOME_DONE;
    status = fh_loader_finish(loader);
    return status == FH_OK ? OUTCOME_DONE : failure_status("load", status);
}

static void keep_last_key(struct feed *feed, fh_bytes key)
{
    memcpy(feed->last_key, key.data, key.size);
    feed->last_key_bytes = key.size;
}

/* How many of the gathered items lie at or before the last key of the tree. */
static enum outcome count_before_end(struct feed *feed, size_t *ret_count)
{
    const struct item_entry *entries = feed->gather.entries;
    fh_cursor *cursor = NULL;
    fh_bytes last = {0};
    size_t low = 0;
    size_t high = feed->gather.count;
    fh_status status = fh_cursor_open(feed->session->txn, feed->tree, &cursor);

    if (status == FH_OK) status = fh_cursor_last(cursor, &last, NULL);
    while (status == FH_OK && low < high) {
        size_t middle = low + (high - low) / 2;

        if (bytes_text_compare(key_of(entries[middle].item), last) > 0)
            high = middle;
        else
            low = middle + 1;
    }
    fh_cursor_close(cursor);
    if (status != FH_OK && status != FH_NOT_FOUND) return failure_status("load", status);
    *ret_count = low;
    return OUTCOME_DONE;
}

/* Items lie in the order they came in: the next ones are not in any cache. */
static void ask_ahead(const struct gather *gather, size_t at)
{
    if (at + AHEAD < gather->count) __builtin_prefetch(gather->entries[at + AHEAD].item);
}

static enum outcome put_items(struct feed *feed, size_t end)
{
    const struct item_entry *entries = feed->gather.entries;

    for (size_t i = 0; i < end; i++) {
        fh_status status;

        ask_ahead(&feed->gather, i);
        status = fh_put(feed->session->txn, feed->tree, key_of(entries[i].item),
                        value_of(entries[i].item), 0);
        if (status != FH_OK) return failure_status("load", status);
    }
    return OUTCOME_DONE;
}

static enum outcome load_items(struct feed *feed, size_t begin)
{
    const struct item_entry *entries = feed->gather.entries;
    size_t count = feed->gather.count;
    fh_status status = fh_loader_open(feed->session->txn, feed->tree, &feed->loader);

    for (size_t i = begin; i < count && status == FH_OK; i++) {
        ask_ahead(&feed->gather, i);
        status = fh_loader_add(feed->loader, key_of(entries[i].item), value_of(entries[i].item));
    }
    if (status != FH_OK) return failure_status("load", status);
    keep_last_key(feed, key_of(entries[count - 1].item));
    return OUTCOME_DONE;
}

/* Puts what is gathered into the tree; streams from then on if `may_stream`. */
static enum outcome drain(struct feed *feed, int may_stream)
{
    size_t before = 0;

    if (feed->gather.count == 0) return OUTCOME_DONE;
    PASS(gather_settle(&feed->gather));
    PASS(count_before_end(feed, &before));
    if (!may_stream && feed->gather.count - before < LOADER_MIN) before = feed->gather.count;
    PASS(put_items(feed, before));
    if (before < feed->gather.count) PASS(load_items(feed, before));
    gather_clear(&feed->gather);
    return may_stream ? OUTCOME_DONE : end_stream(feed);
}

static enum outcome stream_item(struct feed *feed, fh_bytes key, fh_bytes value)
{
    fh_status status = fh_loader_add(feed->loader, key, value);

    if (status != FH_OK) return failure_status("load", status);
    keep_last_key(feed, key);
    return OUTCOME_DONE;
}

enum outcome feed_item(struct feed *feed, fh_bytes key, fh_bytes value)
{
    struct gather *gather = &feed->gather;

    feed->item_count++;
    if (feed->loader != NULL) {
        fh_bytes last = {feed->last_key, feed->last_key_bytes};

        if (bytes_text_compare(key, last) > 0) return stream_item(feed, key, value);
        PASS(end_stream(feed));
    }
    PASS(gather_add(gather, key, value));
    if (gather->is_ascending && gather->memory_bytes >= STREAM_BYTES) return drain(feed, 1);
    if (gather->memory_bytes >= feed->memory_bytes) return drain(feed, 0);
    return OUTCOME_DONE;
}

enum outcome feed_finish(struct feed *feed)
{
    PASS(end_stream(feed));
    return drain(feed, 0);
}

/* The input names a tree that is not the present one. */
static enum outcome change_tree(struct feed *feed, fh_bytes name)
{
    fh_status status;

    PASS(feed_finish(feed));
    feed->tree = NULL;
    if (name.size == 0) return OUTCOME_DONE;
    status = fh_tree_open(feed->session->txn, name, FH_TREE_CREATE, &feed->tree);
    return status == FH_OK ? OUTCOME_DONE : failure_status("load", status);
}

enum outcome feed_tree(struct feed *feed, fh_bytes name, const char **ret_reason)
{
    fh_bytes present = {feed->name, feed->name_bytes};
    int is_fixed = feed->session->tree_text != NULL;

    *ret_reason = NULL;
    if (feed->has_name && bytes_text_compare(name, present) == 0) return OUTCOME_DONE;
    if (name.size > feed->key_max) *ret_reason = "the tree's name is longer than a key may be";
    if (feed->has_name && is_fixed) *ret_reason = "a second tree, but --tree takes one";
    if (*ret_reason != NULL) return OUTCOME_DONE;
    if (name.size > 0) memcpy(feed->name, name.data, name.size);
    feed->name_bytes = name.size;
    feed->has_name = 1;
    return is_fixed ? OUTCOME_DONE : change_tree(feed, name);
}

uint64_t feed_item_count(const struct feed *feed)
{
    return feed->item_count;
}

size_t feed_key_max(const struct feed *feed)
{
    return feed->key_max;
}
