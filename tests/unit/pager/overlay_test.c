/*
 * overlay_test.c - a page is in its frame while it has one, else in the file; budgets; lies.
 */
#include "pager/overlay.h"

#include <string.h>

#include "base/memory.h"
#include "crash/sim_os.h"
#include "support/unit.h"

enum { SHIFT = 9, PAGE_BYTES = 1 << SHIFT, CHUNK_SHIFT = 4, PAGES = 2000, BUDGET = 64, MORE = 512 };

struct fixture {
    struct sim *sim;
    struct os_file *file;
    struct overlay overlay;
    uint64_t block_count;
};

static fh_status open_overlay(struct fixture *fixture, bool is_writable)
{
    return overlay_init(&fixture->overlay, fixture->file,
                        &(struct overlay_options){.page_shift = SHIFT,
                                                  .chunk_shift = CHUNK_SHIFT,
                                                  .frame_bytes = (uint64_t)BUDGET * PAGE_BYTES,
                                                  .is_writable = is_writable});
}

/* A file whose page p is full of the byte p mod 251. */
static int setup(void **state)
{
    static struct fixture fixture;
    const struct os *os;

    fixture = (struct fixture){.sim = sim_os_new(1), .block_count = memory_block_count()};
    os = sim_os_port(fixture.sim);
    assert_ok(os->open(os, "f", OS_OPEN_CREATE, &fixture.file));
    for (unsigned page = 0; page < PAGES; page++) {
        uint8_t body[PAGE_BYTES];
        struct span part = {body, sizeof(body)};

        memset(body, (int)(page % 251), sizeof(body));
        assert_ok(os->write(fixture.file, (uint64_t)page * PAGE_BYTES, &part, 1));
    }
    assert_ok(open_overlay(&fixture, true));
    assert_ok(overlay_extend(&fixture.overlay, PAGES));
    *state = &fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    assert_ok(overlay_audit(&fixture->overlay));
    overlay_fini(&fixture->overlay);
    fixture->file->os->close(fixture->file);
    sim_os_delete(fixture->sim);
    assert_int_equal(memory_block_count(), fixture->block_count);
    return 0;
}

/* Adds a frame full of `byte`. */
static frame_no add(struct fixture *fixture, page_no page, uint8_t byte)
{
    frame_no frame = 0;

    assert_ok(overlay_add(&fixture->overlay, page, 7, &frame));
    assert_int_not_equal(frame, 0);
    memset(overlay_body(&fixture->overlay, frame), byte, PAGE_BYTES);
    return frame;
}

static void require_byte(const struct fixture *fixture, page_no page, unsigned byte)
{
    const uint8_t *body = overlay_page(&fixture->overlay, page);

    assert_non_null(body);
    assert_int_equal(body[0], byte);
    assert_int_equal(body[PAGE_BYTES - 1], byte);
}

static void a_page_without_a_frame_is_what_the_file_holds(void **state)
{
    struct fixture *fixture = *state;

    for (page_no page = 0; page < PAGES; page++) {
        require_byte(fixture, page, page % 251);
        assert_int_equal(overlay_find(&fixture->overlay, page), 0);
        assert_false(overlay_holds(&fixture->overlay, overlay_page(&fixture->overlay, page)));
    }
}

static void a_page_beyond_the_end_is_no_page(void **state)
{
    struct fixture *fixture = *state;

    assert_null(overlay_page(&fixture->overlay, PAGES));
    assert_null(overlay_page(&fixture->overlay, UINT32_MAX));
    assert_ok(overlay_extend(&fixture->overlay, PAGES - 1));
    require_byte(fixture, PAGES - 1, (PAGES - 1) % 251);
}

static void a_frame_hides_the_file_until_it_is_dropped(void **state)
{
    struct fixture *fixture = *state;
    frame_no frame = add(fixture, 100, 255);

    require_byte(fixture, 100, 255);
    require_byte(fixture, 99, 99);
    require_byte(fixture, 101, 101);
    assert_int_equal(overlay_mapped(&fixture->overlay, 100)[0], 100);
    assert_int_equal(overlay_find(&fixture->overlay, 100), frame);
    assert_true(overlay_holds(&fixture->overlay, overlay_page(&fixture->overlay, 100)));
    assert_int_equal(fixture->overlay.frames[frame].epoch, 7);

    overlay_drop(&fixture->overlay, frame);
    require_byte(fixture, 100, 100);
    assert_int_equal(overlay_find(&fixture->overlay, 100), 0);
}

static void frames_go_in_any_order(void **state)
{
    static const page_no pages[] = {5, 6, 21, 700, 7};
    static const unsigned order[] = {2, 0, 4, 3, 1};
    struct fixture *fixture = *state;
    frame_no frames[5];

    for (unsigned i = 0; i < 5; i++)
        frames[i] = add(fixture, pages[i], (uint8_t)(200 + i));
    for (unsigned i = 0; i < 5; i++) {
        overlay_drop(&fixture->overlay, frames[order[i]]);
        assert_ok(overlay_audit(&fixture->overlay));
        assert_int_equal(fixture->overlay.frame_count, 4 - i);
        for (unsigned k = i + 1; k < 5; k++)
            require_byte(fixture, pages[order[k]], 200 + order[k]);
    }
}

static void a_dropped_frame_is_used_again_before_a_new_one(void **state)
{
    struct fixture *fixture = *state;
    frame_no first = add(fixture, 1, 1), second = add(fixture, 2, 2);

    overlay_drop(&fixture->overlay, first);
    assert_int_equal(add(fixture, 3, 3), first);
    overlay_drop(&fixture->overlay, second);
    overlay_drop(&fixture->overlay, first);
    assert_int_equal(fixture->overlay.frame_count, 0);
    assert_int_equal(add(fixture, 4, 4), first);
    assert_int_equal(add(fixture, 5, 5), second);
}

/* The budget is a wish; behind it are as many for retired ones and one more step, then none. */
static void beyond_the_budget_there_are_as_many_frames_and_then_none(void **state)
{
    struct fixture *fixture = *state;
    frame_no frame = 0, none = 0;

    for (page_no page = 0; page < 2 * BUDGET + MORE; page++) {
        assert_int_equal(overlay_is_short(&fixture->overlay), page >= BUDGET);
        assert_ok(overlay_add(&fixture->overlay, page, 7, &frame));
    }
    assert_status(overlay_add(&fixture->overlay, 1500, 7, &none), FH_NO_MEMORY);
    assert_int_equal(none, 0);
    assert_int_equal(overlay_find(&fixture->overlay, 1500), 0);
    assert_ok(overlay_audit(&fixture->overlay));
    overlay_drop(&fixture->overlay, frame);
    assert_ok(overlay_add(&fixture->overlay, 1500, 7, &frame));
}

static void without_memory_no_frame_is_added(void **state)
{
    struct fixture *fixture = *state;
    frame_no frame = 0;

    (void)memory_fail_at(1, 0);
    assert_status(overlay_add(&fixture->overlay, 50, 7, &frame), FH_NO_MEMORY);
    (void)memory_fail_at(0, 0);
    assert_int_equal(fixture->overlay.frame_count, 0);
    require_byte(fixture, 50, 50);
    require_byte(fixture, add(fixture, 50, 9) == 0 ? 0 : 50, 9);
}

static void the_system_may_refuse_every_reservation(void **state)
{
    struct fixture *fixture = *state;
    fh_status status = FH_NO_MEMORY;

    overlay_fini(&fixture->overlay);
    for (uint64_t n = 1; status != FH_OK; n++) {
        (void)sim_os_fail_at(fixture->sim, SIM_RESERVE, n, false, FH_NO_MEMORY);
        status = open_overlay(fixture, true);
        assert_true(status == FH_OK || status == FH_NO_MEMORY);
        assert_true(n <= 5);
    }
    assert_true(sim_os_fail_at(fixture->sim, 0, 0, false, FH_OK) >= 4);
}

static void a_failed_mapping_leaves_the_old_end(void **state)
{
    struct fixture *fixture = *state;

    (void)sim_os_fail_at(fixture->sim, SIM_MAP, 1, false, FH_NO_MEMORY);
    assert_status(overlay_extend(&fixture->overlay, 3 << 20), FH_NO_MEMORY);
    (void)sim_os_fail_at(fixture->sim, 0, 0, false, FH_OK);
    assert_null(overlay_page(&fixture->overlay, PAGES));
    require_byte(fixture, 77, 77);
}

/* Readers may still look at bytes of the older view. */
static void a_longer_file_is_mapped_anew_and_the_old_view_stays(void **state)
{
    struct fixture *fixture = *state;
    const uint8_t *before = overlay_page(&fixture->overlay, 77);

    assert_ok(overlay_extend(&fixture->overlay, 3 << 20));
    assert_int_equal(fixture->overlay.map_count, 2);
    require_byte(fixture, 77, 77);
    assert_int_equal(before[0], 77);
}

static void an_overlay_for_reading_has_no_frames(void **state)
{
    struct fixture *fixture = *state;

    overlay_fini(&fixture->overlay);
    assert_ok(open_overlay(fixture, false));
    assert_ok(overlay_extend(&fixture->overlay, PAGES));
    require_byte(fixture, 77, 77);
    assert_null(fixture->overlay.frames);
    assert_false(overlay_holds(&fixture->overlay, overlay_page(&fixture->overlay, 77)));
}

static void the_audit_finds_what_is_not_true_of_the_frames(void **state)
{
    struct fixture *fixture = *state;
    struct overlay *overlay = &fixture->overlay;
    frame_no first = add(fixture, 1, 1), second = add(fixture, 2, 2);

    overlay->frame_count++;
    assert_status(overlay_audit(overlay), FH_CORRUPT);
    overlay->frame_count--;
    overlay->frames[first].page = 3;
    assert_status(overlay_audit(overlay), FH_CORRUPT);
    overlay->frames[first].page = 1;
    overlay->frames[first].newer = 0;
    assert_status(overlay_audit(overlay), FH_CORRUPT);
    overlay->frames[first].newer = second;
    overlay->frames[first].older = second;
    assert_status(overlay_audit(overlay), FH_CORRUPT);
    overlay->frames[first].older = 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_page_without_a_frame_is_what_the_file_holds),
        TEST(a_page_beyond_the_end_is_no_page),
        TEST(a_frame_hides_the_file_until_it_is_dropped),
        TEST(frames_go_in_any_order),
        TEST(a_dropped_frame_is_used_again_before_a_new_one),
        TEST(beyond_the_budget_there_are_as_many_frames_and_then_none),
        TEST(without_memory_no_frame_is_added),
        TEST(the_system_may_refuse_every_reservation),
        TEST(a_failed_mapping_leaves_the_old_end),
        TEST(a_longer_file_is_mapped_anew_and_the_old_view_stays),
        TEST(an_overlay_for_reading_has_no_frames),
        TEST(the_audit_finds_what_is_not_true_of_the_frames),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
