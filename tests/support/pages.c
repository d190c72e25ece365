/*
 * pages.c - a pager on a simulated system, and pages filled with one byte.
 */
#include "support/pages.h"

#include <stdlib.h>

#include "support/unit.h"

#define PATH "pages.fh"

static void open_pager(struct pages *pages)
{
    assert_ok(pager_open(sim_os_port(pages->sim), PATH, &pages->options, &pages->pager));
}

void pages_open(struct pages *pages, uint32_t page_bytes, uint64_t frame_bytes)
{
    *pages = (struct pages){.sim = sim_os_new(1)};
    pages->options = (struct pager_options){
        .policy = "bitmap", .frame_bytes = frame_bytes, .page_bytes = page_bytes, .create = true};
    open_pager(pages);
}

void pages_close(struct pages *pages)
{
    if (pages->pager != NULL) {
        assert_ok(pager_audit(pages->pager));
        assert_ok(pager_close(pages->pager));
    }
    sim_os_delete(pages->sim);
}

int pages_setup(void **state)
{
    struct pages *pages = calloc(1, sizeof(*pages));

    assert_non_null(pages);
    pages_open(pages, 512, 1 << 20);
    *state = pages;
    return 0;
}

int pages_teardown(void **state)
{
    struct pages *pages = *state;

    pages_close(pages);
    free(pages);
    return 0;
}

void pages_reopen(struct pages *pages, uint64_t frame_bytes)
{
    if (pages->pager != NULL) assert_ok(pager_close(pages->pager));
    pages->options.frame_bytes = frame_bytes;
    open_pager(pages);
}

struct txn *pages_begin(struct pages *pages)
{
    struct txn *txn = NULL;

    assert_ok(txn_begin(pages->pager, true, &txn));
    return txn;
}

void pages_commit(struct txn *txn)
{
    struct descriptor root = *txn_base(txn);

    assert_ok(txn_commit(txn, &root));
}

static const struct slot leaf = {.tag = PAGE_LEAF, .tree_id = 1};

page_no pages_add(struct txn *txn, uint8_t byte)
{
    page_no page = 0;
    uint8_t *body = NULL;

    assert_ok(txn_new(txn, &leaf, 0, &page, &body));
    memset(body, byte, 512);
    return page;
}

page_no pages_change(struct txn *txn, page_no page, uint8_t byte)
{
    page_no now = 0;
    uint8_t *body = NULL;

    assert_ok(txn_edit(txn, page, &leaf, &now, &body));
    memset(body, byte, 512);
    return now;
}

struct run pages_add_run(struct txn *txn, uint32_t page_count, uint8_t byte)
{
    size_t size = (size_t)page_count * 512;
    uint8_t *bytes = malloc(size);
    struct run run = {0, 0};

    assert_non_null(bytes);
    memset(bytes, byte, size);
    assert_ok(txn_run_take(txn, &(struct slot){.tag = PAGE_RUN_HEAD, .tree_id = 1}, page_count,
                           span_of(bytes, size), &run));
    free(bytes);
    return run;
}

void pages_require(const struct pages *pages, page_no page, uint8_t byte)
{
    const uint8_t *body = overlay_page(pager_overlay(pages->pager), page);

    assert_non_null(body);
    for (unsigned i = 0; i < 512; i++)
        assert_int_equal(body[i], byte);
}

uint32_t pages_count(const struct pages *pages, enum page_state state)
{
    uint32_t count = 0;

    for (page_no page = 0; overlay_page(pager_overlay(pages->pager), page) != NULL; page++)
        count += pager_page_state(pages->pager, page) == state;
    return count;
}
