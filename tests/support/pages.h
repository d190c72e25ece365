/*
 * pages.h - a pager on a simulated system, and pages filled with one byte.
 */
#ifndef FREEHOLD_TESTS_SUPPORT_PAGES_H
#define FREEHOLD_TESTS_SUPPORT_PAGES_H

#include "crash/sim_os.h"
#include "pager/pager.h"
#include "pager/txn.h"

struct pages {
    struct sim *sim;
    struct pager *pager; /* NULL: closed */
    struct pager_options options;
};

/* A new, empty one; closing audits it. */
void pages_open(struct pages *pages, uint32_t page_bytes, uint64_t frame_bytes);
void pages_close(struct pages *pages);

/* Fixtures for cmocka with 512-byte pages; `*state` is a struct pages. Teardown audits. */
int pages_setup(void **state);
int pages_teardown(void **state);

/* Closes and opens, `frame_bytes` being the new budget. */
void pages_reopen(struct pages *pages, uint64_t frame_bytes);

struct txn *pages_begin(struct pages *pages);
void pages_commit(struct txn *txn);

/* A new leaf whose bytes are all `byte`; the same for a page that may have to move. */
page_no pages_add(struct txn *txn, uint8_t byte);
page_no pages_change(struct txn *txn, page_no page, uint8_t byte);

/* A value's run, all its bytes `byte`. */
struct run pages_add_run(struct txn *txn, uint32_t page_count, uint8_t byte);

/* Fails the test unless the page, as looked at now, is full of `byte`. */
void pages_require(const struct pages *pages, page_no page, uint8_t byte);

/* How many pages are in a state now. Nothing is released by looking. */
uint32_t pages_count(const struct pages *pages, enum page_state state);

#endif
