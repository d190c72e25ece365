/*
 * rival_freehold.c - a policy, through the public interface with all its checks.
 */
#include "freehold/space.h"
#include "rival.h"
#include "stop.h"

static void must(fh_status status)
{
    if (status != FH_OK) stop("freehold: %s", fh_note());
}

static void *freehold_open(const struct rival *rival, const struct layout *layout,
                           struct piece *live)
{
    fh_space *space;

    (void)live;
    must(fh_space_open(rival->name, layout->unit_count, &space));
    must(fh_space_reserve(space, 0, layout->free_count));
    for (size_t i = 0; i < layout->free_count; i++)
        must(fh_space_give(space, (fh_unit_run){layout->free[i].first, layout->free[i].count}));
    return space;
}

static void freehold_close(void *allocator)
{
    fh_space_close(allocator);
}

static bool freehold_take(void *allocator, uint32_t count, struct piece *ret_piece)
{
    fh_unit_run run;
    fh_status status = fh_space_take(allocator, count, NULL, &run);

    if (status == FH_NO_SPACE) return false;
    must(status);
    *ret_piece = (struct piece){.first = run.first, .count = (uint32_t)run.count};
    return true;
}

static void freehold_give(void *allocator, const struct piece *piece)
{
    must(fh_space_give(allocator, (fh_unit_run){piece->first, piece->count}));
}

static struct totals freehold_count(void *allocator)
{
    fh_space_info info;

    must(fh_space_stat(allocator, &info));
    return (struct totals){.free_runs = info.free_runs, .free_units = info.free_units};
}

struct rival rival_freehold(const char *policy, const char *idea)
{
    return (struct rival){
        .name = policy,
        .words = idea,
        .open = freehold_open,
        .close = freehold_close,
        .take = freehold_take,
        .give = freehold_give,
        .count = freehold_count,
    };
}
