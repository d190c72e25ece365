/*
 * course.c - the items of one kind of keys and one size, in every order that a row needs.
 */
#include "course.h"

enum { FILL_SEED = 1, READ_SEED = 2, DRAW_SEED = 3 };

/* As in YCSB. */
#define ZIPF_SKEW 0.99

void course_init(struct course *course, enum key_kind kind, size_t item_count, uint32_t value_size)
{
    struct items made;

    *course = (struct course){.kind = kind, .item_count = item_count, .value_size = value_size};
    items_make(&made, kind, 0, item_count, value_size);
    items_sorted(&course->sorted, &made);
    items_rewritten(&course->rewritten, &course->sorted);
    items_shuffled(&course->mixed, &made, FILL_SEED);
    items_shuffled(&course->reads, &made, READ_SEED);
    items_rewritten(&course->overwrites, &course->reads);
    items_drawn(&course->zipf, &course->overwrites, ZIPF_SKEW, DRAW_SEED);
    items_make(&course->missing, kind, item_count, item_count, value_size);
    items_fini(&made);
}

void course_fini(struct course *course)
{
    items_fini(&course->sorted);
    items_fini(&course->rewritten);
    items_fini(&course->mixed);
    items_fini(&course->reads);
    items_fini(&course->overwrites);
    items_fini(&course->zipf);
    items_fini(&course->missing);
}
