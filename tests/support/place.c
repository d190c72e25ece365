/*
 * place.c - an allocator over either backing, on a simulated system.
 */
#include "support/place.h"

#include "support/unit.h"

enum { PAGE_SHIFT = 9 };

void place_open(struct place *place, enum place_kind kind, const struct alloc_options *options)
{
    const struct os *os;

    *place = (struct place){.sim = sim_os_new(1)};
    os = sim_os_port(place->sim);
    if (kind == PLACE_FILE) {
        assert_ok(os->open(os, "place.fh", OS_OPEN_CREATE, &place->file));
        assert_ok(backing_file_open(place->file, PAGE_SHIFT, &place->backing));
    } else {
        assert_ok(backing_memory_open(os, PAGE_SHIFT, options->page_max, &place->backing));
    }
    assert_ok(alloc_open(place->backing, options, &place->alloc));
}

void place_close(struct place *place)
{
    alloc_close(place->alloc);
    place->backing->ops->close(place->backing);
    if (place->file != NULL) place->file->os->close(place->file);
    sim_os_delete(place->sim);
}

struct run place_take(struct place *place, uint32_t page_count)
{
    struct alloc_request request = {.page_count = page_count,
                                    .slot = {.tag = PAGE_LEAF, .tree_id = 1, .epoch = 1}};
    struct run run = {0, 0};

    assert_ok(alloc_take(place->alloc, &request, &run));
    return run;
}

void place_audit(const struct place *place, uint64_t neither_count)
{
    assert_ok(alloc_audit(place->alloc));
    assert_int_equal((uint64_t)alloc_used_pages(place->alloc) + alloc_free_pages(place->alloc) +
                         neither_count,
                     alloc_page_count(place->alloc));
}
