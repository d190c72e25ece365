/*
 * trace_replay.c - a trace carried out on a heap, and what the heap came to.
 *
 * The first pass counts. Counting costs little beside it and its time is told when it was long;
 * a short trace is carried out again, and nothing is counted then.
 */
#include "lab/trace_replay.h"

#include <string.h>

#include "base/bits.h"
#include "base/check.h"
#include "base/memory.h"
#include "base/note.h"
#include "os/os.h"

enum {
    PROGRESS_OPS = 1024, /* between two reports, in a pass that counts */
    TIMED_PASSES = 5,
    FULL = 255 /* of a cell */
};

/* A pass that took longer is not repeated. */
#define SHORT_NS UINT64_C(200000000)

/* One pass over the trace. */
struct pass {
    const struct trace *trace;
    const struct replay_setup *setup;
    const struct replay_heap_ops *ops;
    struct replay_heap *heap;
    struct replay_block *blocks; /* by ID */
    uint64_t *charged;           /* by ID */

    /* Counted. */
    bool counts;
    uint64_t live_bytes;
    uint64_t held_bytes;
    uint64_t asked_bytes;
    uint64_t peak_asked_bytes; /* when peak_held_bytes was first reached */
    uint64_t searched_sum;
    fh_replay_info *info;
    uint64_t *asked; /* by ID */
};

static fh_status pass_open(const struct trace *trace, const struct replay_setup *setup,
                           struct pass *ret_pass);
static void pass_close(struct pass *pass);
static fh_status run_op(struct pass *pass, const struct trace_op *op);
static fh_status take(struct pass *pass, const struct trace_op *op, uint64_t charged_bytes);
static fh_status give(struct pass *pass, struct replay_block block, uint64_t charged_bytes,
                      uint64_t asked_bytes);
static void count_peaks(struct pass *pass);
static fh_status sample(struct pass *pass, size_t op_no, fh_replay_picture *picture, size_t column);
static fh_status time_pass(const struct trace *trace, const struct replay_setup *setup,
                           uint64_t *ret_ns);
static double waste_percent(uint64_t whole_bytes, uint64_t needed_bytes);

/* After how many operations a column shows the heap; the last one after all. */
static size_t column_op(const struct trace *trace, const fh_replay_picture *picture, size_t column)
{
    return (size_t)((double)trace->op_count * (double)(column + 1) / (double)picture->column_count);
}

static fh_status run_ops(struct pass *pass, const struct trace_replay_progress *progress,
                         fh_replay_picture *picture)
{
    const struct trace *trace = pass->trace;
    size_t column = 0;

    for (size_t i = 0; i < trace->op_count; i++) {
        TRY(run_op(pass, &trace->ops[i]));
        count_peaks(pass);
        while (picture != NULL && column < picture->column_count &&
               (i + 1 == trace->op_count || column_op(trace, picture, column) <= i + 1))
            TRY(sample(pass, i + 1, picture, column++));
        if (progress->report != NULL && (i + 1) % PROGRESS_OPS == 0)
            progress->report(progress->context, i + 1, trace->op_count);
    }
    return FH_OK;
}

static void finish_info(const struct pass *pass)
{
    fh_replay_info *info = pass->info;

    info->op_count = pass->trace->op_count;
    info->peak_heap_bytes = pass->ops->heap_bytes(pass->heap);
    info->external_waste_percent = waste_percent(info->peak_heap_bytes, info->peak_live_bytes);
    info->internal_waste_percent = waste_percent(info->peak_held_bytes, pass->peak_asked_bytes);
    if (info->take_count > 0)
        info->searched_mean = (double)pass->searched_sum / (double)info->take_count;
}

fh_status trace_replay_run(const struct trace *trace, const struct replay_setup *setup,
                           const struct trace_replay_progress *progress, fh_replay_picture *picture,
                           fh_replay_info *ret_info)
{
    const struct os *os = os_posix();
    fh_replay_info info = {.size = sizeof(info)};
    struct pass pass;
    uint64_t begin;
    uint64_t least_ns;
    fh_status status;

    TRY(pass_open(trace, setup, &pass));
    pass.counts = true;
    pass.info = &info;
    begin = os->monotonic_ns(os);
    status = run_ops(&pass, progress, picture);
    least_ns = os->monotonic_ns(os) - begin;
    if (status == FH_OK) finish_info(&pass);
    pass_close(&pass);
    TRY(status);
    for (unsigned i = 0; picture == NULL && i < TIMED_PASSES && least_ns < SHORT_NS; i++) {
        uint64_t ns;

        TRY(time_pass(trace, setup, &ns));
        if (ns < least_ns) least_ns = ns;
    }
    if (picture == NULL) info.ns_per_op = (double)least_ns / (double)trace->op_count;
    *ret_info = info;
    return FH_OK;
}

/* Carries the trace out and does nothing else. */
static fh_status time_pass(const struct trace *trace, const struct replay_setup *setup,
                           uint64_t *ret_ns)
{
    const struct os *os = os_posix();
    struct pass pass;
    fh_status status = FH_OK;
    uint64_t begin;

    TRY(pass_open(trace, setup, &pass));
    begin = os->monotonic_ns(os);
    for (size_t i = 0; status == FH_OK && i < trace->op_count; i++)
        status = run_op(&pass, &trace->ops[i]);
    *ret_ns = os->monotonic_ns(os) - begin;
    pass_close(&pass);
    return status;
}

static fh_status pass_open(const struct trace *trace, const struct replay_setup *setup,
                           struct pass *ret_pass)
{
    struct pass pass = {
        .trace = trace,
        .setup = setup,
        .ops = setup->simulates ? &replay_simulator_ops : &replay_space_ops,
    };
    fh_status status = pass.ops->open(setup, &pass.heap);

    if (status == FH_OK) {
        pass.blocks = memory_take(trace->block_count, sizeof(*pass.blocks));
        pass.charged = memory_take(trace->block_count, sizeof(*pass.charged));
        pass.asked = memory_take(trace->block_count, sizeof(*pass.asked));
        if (pass.blocks == NULL || pass.charged == NULL || pass.asked == NULL)
            status = fail(FH_NO_MEMORY, "%zu blocks of a replay", trace->block_count);
    }
    if (status != FH_OK) {
        pass_close(&pass);
        return status;
    }
    *ret_pass = pass;
    return FH_OK;
}

static void pass_close(struct pass *pass)
{
    pass->ops->close(pass->heap);
    memory_give(pass->blocks);
    memory_give(pass->charged);
    memory_give(pass->asked);
}

static fh_status run_op(struct pass *pass, const struct trace_op *op)
{
    const struct replay_setup *setup = pass->setup;
    struct replay_block old = pass->blocks[op->block_no];
    uint64_t old_charged = pass->charged[op->block_no];
    uint64_t old_asked = pass->asked[op->block_no];
    uint64_t charged = replay_round_up(op->bytes, setup->align_bytes) + setup->header_bytes;

    switch ((enum trace_kind)op->kind) {
    case TRACE_ALLOC:
        return take(pass, op, charged);
    case TRACE_REALLOC:
        if (charged == old_charged) {
            pass->asked_bytes += op->bytes - old_asked;
            pass->asked[op->block_no] = op->bytes;
            return FH_OK;
        }
        TRY(take(pass, op, charged));
        break;
    case TRACE_FREE:
        break;
    }
    return give(pass, old, old_charged, old_asked);
}

static fh_status take(struct pass *pass, const struct trace_op *op, uint64_t charged_bytes)
{
    struct replay_block *block = &pass->blocks[op->block_no];
    uint64_t heap_bytes = pass->ops->heap_bytes(pass->heap);
    uint64_t searched = 0;

    TRY(pass->ops->take(pass->heap, charged_bytes, UINT64_C(1) << op->align_bits, block,
                        pass->counts ? &searched : NULL));
    pass->charged[op->block_no] = charged_bytes;
    pass->asked[op->block_no] = op->bytes;
    if (!pass->counts) return FH_OK;
    pass->live_bytes += charged_bytes;
    pass->held_bytes += block->held_bytes;
    pass->asked_bytes += op->bytes;
    pass->searched_sum += searched;
    pass->info->take_count++;
    pass->info->grow_count += pass->ops->heap_bytes(pass->heap) != heap_bytes;
    if (searched > pass->info->searched_max) pass->info->searched_max = searched;
    return FH_OK;
}

static fh_status give(struct pass *pass, struct replay_block block, uint64_t charged_bytes,
                      uint64_t asked_bytes)
{
    TRY(pass->ops->give(pass->heap, block));
    pass->live_bytes -= charged_bytes;
    pass->held_bytes -= block.held_bytes;
    pass->asked_bytes -= asked_bytes;
    return FH_OK;
}

static void count_peaks(struct pass *pass)
{
    fh_replay_info *info = pass->info;

    if (pass->live_bytes > info->peak_live_bytes) info->peak_live_bytes = pass->live_bytes;
    if (pass->held_bytes <= info->peak_held_bytes) return;
    info->peak_held_bytes = pass->held_bytes;
    pass->peak_asked_bytes = pass->asked_bytes;
}

/* Where a free run goes: a column of the picture, in which cells hold so many bytes. */
struct brush {
    const fh_replay_picture *picture;
    size_t column;
    uint64_t cell_bytes;
    uint64_t *free_bytes; /* of each row */
};

static void add_free_run(void *context, uint64_t start, uint64_t bytes)
{
    const struct brush *brush = context;

    while (bytes > 0 && start < brush->picture->top_address) {
        uint64_t row = start / brush->cell_bytes;
        uint64_t here = (row + 1) * brush->cell_bytes - start;

        if (here > bytes) here = bytes;
        brush->free_bytes[row] += here;
        start += here;
        bytes -= here;
    }
}

/* What is in the heap and not free is held. */
static fh_status fill_column(struct pass *pass, fh_replay_picture *picture, size_t column)
{
    const uint64_t heap_bytes = pass->ops->heap_bytes(pass->heap);
    struct brush brush = {
        .picture = picture,
        .column = column,
        .cell_bytes = picture->top_address / picture->row_count,
        .free_bytes = memory_take(picture->row_count, sizeof(uint64_t)),
    };
    fh_status status;

    if (brush.free_bytes == NULL) return fail(FH_NO_MEMORY, "a column of a picture");
    status = pass->ops->walk(pass->heap, add_free_run, &brush);
    for (size_t row = 0; status == FH_OK && row < picture->row_count; row++) {
        uint64_t begin = row * brush.cell_bytes;
        uint64_t inside = heap_bytes > begin ? heap_bytes - begin : 0;
        double held;

        if (inside > brush.cell_bytes) inside = brush.cell_bytes;
        held = (double)(inside - brush.free_bytes[row]) / (double)brush.cell_bytes;
        picture->cells[row * picture->column_count + column] = (unsigned char)(held * FULL + 0.5);
    }
    memory_give(brush.free_bytes);
    return status;
}

static fh_status sample(struct pass *pass, size_t op_no, fh_replay_picture *picture, size_t column)
{
    picture->samples[column] = (fh_replay_sample){
        .op_no = op_no,
        .heap_bytes = pass->ops->heap_bytes(pass->heap),
        .live_bytes = pass->live_bytes,
        .peak_live_bytes = pass->info->peak_live_bytes,
        .free_count = pass->ops->free_count(pass->heap),
    };
    return picture->row_count > 0 ? fill_column(pass, picture, column) : FH_OK;
}

static double waste_percent(uint64_t whole_bytes, uint64_t needed_bytes)
{
    if (needed_bytes == 0) return 0.0;
    return 100.0 * ((double)whole_bytes / (double)needed_bytes - 1.0);
}
