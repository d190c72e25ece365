/*
 * grove.h - one tree in a transaction, and a sorted table that knows what it holds.
 *
 * The keys are made once, of a kind that some part of a node finds hard; the table says
 * which are there and with what value. Whatever is done to the tree is done to both.
 */
#ifndef FREEHOLD_TESTS_SUPPORT_GROVE_H
#define FREEHOLD_TESTS_SUPPORT_GROVE_H

#include "base/random.h"
#include "support/pages.h"
#include "tree/tree.h"

enum grove_kind {
    GROVE_NUMBERED, /* short, in the order of numbers */
    GROVE_LENGTHS,  /* every length from 1 to the most */
    GROVE_PREFIXED, /* as long as can be, the end alone differs */
    GROVE_HEADS,    /* the same first four bytes */
    GROVE_ZEROS,    /* little but zeros: each the start of others */
    GROVE_RANDOM,
    GROVE_KINDS
};

struct grove_item {
    const uint8_t *key;
    uint32_t key_bytes;
    uint32_t value_bytes;
    uint8_t seed; /* of the value */
    bool is_there;
};

struct grove {
    struct pages pages;
    struct txn *txn;
    struct tree tree;
    struct random random;
    struct grove_item *items; /* by key, ascending, no key twice */
    unsigned item_count;
    unsigned there_count;
    uint8_t *key_bytes;
    uint8_t *value; /* a place to make values in */
};

/* An empty tree with a transaction; fails the test on any error. */
void grove_open(struct grove *grove, uint32_t page_bytes, enum grove_kind kind, unsigned item_count,
                uint64_t seed);
void grove_close(struct grove *grove);

struct span grove_key(const struct grove *grove, unsigned i);

/* The value that item `i` has to have: borrowed until the next call. */
struct span grove_value(struct grove *grove, unsigned i);

/* A value size: most are small, some near what fits a leaf, few in a run of their own. */
uint32_t grove_value_bytes(struct grove *grove);

void grove_put(struct grove *grove, unsigned i, uint32_t value_bytes);
void grove_erase(struct grove *grove, unsigned i);

/* Marks an item as put with its value; for whoever puts it another way. */
void grove_note(struct grove *grove, unsigned i, uint32_t value_bytes);
void grove_note_gone(struct grove *grove, unsigned i);

/* Gets of all keys, cursors both ways: exactly what the table says. */
void grove_compare(struct grove *grove);

/* Commits, audits, compares, begins anew. */
void grove_commit(struct grove *grove);

#endif
