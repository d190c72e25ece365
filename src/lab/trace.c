/*
 * trace.c - a recorded trace, read from text and checked line by line.
 *
 * Whatever a trace does wrong is found here, so that a replay meets only blocks that are live.
 */
#include "lab/trace.h"

#include <inttypes.h>
#include <string.h>

#include "base/bits.h"
#include "base/check.h"
#include "base/memory.h"
#include "base/note.h"

static fh_status read_line(struct trace *trace, const char *line, size_t size);
static fh_status read_number(const char **at, const char *end, uint64_t *ret_number);
static fh_status check_op(const struct trace *trace, uint64_t id, const struct trace_op *op);
static fh_status make_room(struct trace *trace);
static void add_op(struct trace *trace, struct trace_op op);

/* As told in the note of every failure; the first line is 1. */
static size_t line_no(const struct trace *trace)
{
    return trace->op_count + 1;
}

void trace_init(struct trace *trace)
{
    *trace = (struct trace){.ops = NULL};
}

void trace_fini(struct trace *trace)
{
    memory_give(trace->ops);
    memory_give(trace->asked);
    trace_init(trace);
}

fh_status trace_add(struct trace *trace, const char *text, size_t size)
{
    while (size > 0) {
        const char *newline = memchr(text, '\n', size);
        size_t here = newline != NULL ? (size_t)(newline - text) : size;

        if (here > sizeof(trace->line) - trace->line_bytes)
            return fail(FH_INVALID, "line %zu: too long (is this a trace?)", line_no(trace));
        memcpy(trace->line + trace->line_bytes, text, here);
        trace->line_bytes += here;
        if (newline == NULL) return FH_OK;
        TRY(read_line(trace, trace->line, trace->line_bytes));
        trace->line_bytes = 0;
        text += here + 1;
        size -= here + 1;
    }
    return FH_OK;
}

fh_status trace_end(struct trace *trace)
{
    if (trace->line_bytes > 0) TRY(read_line(trace, trace->line, trace->line_bytes));
    trace->line_bytes = 0;
    if (trace->op_count == 0) return fail(FH_INVALID, "no operations");
    return FH_OK;
}

static fh_status refuse_line(const struct trace *trace)
{
    return fail(FH_INVALID,
                "line %zu: not an operation (a ID SIZE, r ID SIZE, f ID, single blanks between)",
                line_no(trace));
}

/* `size` bytes without the newline. */
static fh_status read_line(struct trace *trace, const char *line, size_t size)
{
    const char *end = line + size;
    const char *at = line + 1;
    struct trace_op op = {.bytes = 0};
    uint64_t id = 0;
    uint64_t align = 1;

    if (size < 2) return refuse_line(trace);
    switch (line[0]) {
    case 'a':
        op.kind = TRACE_ALLOC;
        break;
    case 'r':
        op.kind = TRACE_REALLOC;
        break;
    case 'f':
        op.kind = TRACE_FREE;
        break;
    default:
        return refuse_line(trace);
    }
    if (read_number(&at, end, &id) != FH_OK) return refuse_line(trace);
    if (op.kind != TRACE_FREE && read_number(&at, end, &op.bytes) != FH_OK)
        return refuse_line(trace);
    if (op.kind == TRACE_ALLOC && at < end && read_number(&at, end, &align) != FH_OK)
        return refuse_line(trace);
    if (at != end) return refuse_line(trace);
    if (!is_power_of_two(align) || align >> TRACE_ALIGN_BITS > 1)
        return fail(FH_INVALID, "line %zu: an alignment that is no power of two up to 2^%d",
                    line_no(trace), TRACE_ALIGN_BITS);
    TRY(check_op(trace, id, &op));
    TRY(make_room(trace));
    if (op.kind != TRACE_FREE && op.bytes == 0) op.bytes = 1;
    op.block_no = (uint32_t)id;
    op.align_bits = (uint8_t)bit_highest(align);
    add_op(trace, op);
    return FH_OK;
}

/* A blank and a number; one too large for 64 bits stays at the largest. */
static fh_status read_number(const char **at, const char *end, uint64_t *ret_number)
{
    const char *digit = *at + 1;
    uint64_t number = 0;

    if (*at == end || **at != ' ' || digit == end) return answer(FH_INVALID);
    for (; digit < end && *digit >= '0' && *digit <= '9'; digit++)
        if (!multiply_fits(number, 10, &number) ||
            !add_fits(number, (uint64_t)(*digit - '0'), &number))
            number = UINT64_MAX;
    if (digit == *at + 1) return answer(FH_INVALID);
    *at = digit;
    *ret_number = number;
    return FH_OK;
}

static fh_status check_op(const struct trace *trace, uint64_t id, const struct trace_op *op)
{
    if (op->bytes >> TRACE_SIZE_BITS != 0)
        return fail(FH_INVALID, "line %zu: a size of 2^%d bytes or more", line_no(trace),
                    TRACE_SIZE_BITS);
    if (trace->live_bytes + op->bytes > TRACE_LIVE_BYTES_MAX)
        return fail(FH_INVALID, "line %zu: more than 2^60 bytes live", line_no(trace));
    if (op->kind == TRACE_ALLOC) {
        if (id == trace->block_count && id < UINT32_MAX) return FH_OK;
        return fail(FH_INVALID, "line %zu: a new ID must be %zu, the next number, not %" PRIu64,
                    line_no(trace), trace->block_count, id);
    }
    if (id >= trace->block_count)
        return fail(FH_INVALID, "line %zu: ID %" PRIu64 " was never allocated", line_no(trace), id);
    if (trace->asked[id] == 0)
        return fail(FH_INVALID, "line %zu: ID %" PRIu64 " is free already", line_no(trace), id);
    return FH_OK;
}

/* For one operation and one block more. */
static fh_status make_room(struct trace *trace)
{
    if (trace->op_count == trace->op_capacity) {
        size_t capacity = trace->op_capacity > 0 ? 2 * trace->op_capacity : 1024;
        struct trace_op *ops =
            memory_resize(trace->ops, trace->op_capacity, capacity, sizeof(*ops));

        if (ops == NULL) return fail(FH_NO_MEMORY, "%zu operations of a trace", capacity);
        trace->ops = ops;
        trace->op_capacity = capacity;
    }
    if (trace->block_count == trace->block_capacity) {
        size_t capacity = trace->block_capacity > 0 ? 2 * trace->block_capacity : 1024;
        uint64_t *asked =
            memory_resize(trace->asked, trace->block_capacity, capacity, sizeof(*asked));

        if (asked == NULL) return fail(FH_NO_MEMORY, "%zu blocks of a trace", capacity);
        trace->asked = asked;
        trace->block_capacity = capacity;
    }
    return FH_OK;
}

static void add_op(struct trace *trace, struct trace_op op)
{
    uint64_t *asked = &trace->asked[op.block_no];

    if (op.kind == TRACE_ALLOC) {
        trace->block_count++;
        trace->live_count++;
    } else {
        trace->live_bytes -= *asked;
    }
    *asked = op.bytes;
    trace->live_bytes += op.bytes;
    if (op.kind == TRACE_FREE) trace->live_count--;
    trace->kind_count[op.kind]++;
    trace->ops[trace->op_count++] = op;
    if (trace->live_bytes > trace->peak_bytes) {
        trace->peak_bytes = trace->live_bytes;
        trace->peak_op = trace->op_count;
    }
    if (trace->live_count > trace->peak_blocks) trace->peak_blocks = trace->live_count;
}
