/*
 * trace.h - what a program once asked of malloc: sizes and order, nothing else.
 *
 * Text, an operation a line: `a ID SIZE [ALIGN]` allocates, `r ID SIZE` reallocates, `f ID`
 * frees. IDs count up from 0 and are never used again, so they are places in an array.
 */
#ifndef FREEHOLD_LAB_TRACE_H
#define FREEHOLD_LAB_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "freehold/status.h"

enum {
    TRACE_LINE_BYTES = 80, /* the longest line that can be right is shorter */
    TRACE_SIZE_BITS = 47,  /* a size is smaller than 2^47: an address space */
    TRACE_ALIGN_BITS = 30, /* an alignment is at most 2^30 */
};

/* More is never live, so that sums with headers fit 64 bits. */
#define TRACE_LIVE_BYTES_MAX (UINT64_C(1) << 60)

enum trace_kind { TRACE_ALLOC, TRACE_REALLOC, TRACE_FREE };

struct trace_op {
    uint64_t bytes;    /* asked for; at least 1: a program that asks for none gets an address too */
    uint32_t block_no; /* its ID */
    uint8_t kind;      /* enum trace_kind */
    uint8_t align_bits; /* the block begins at a multiple of 2^align_bits; 0: anywhere */
};

struct trace {
    struct trace_op *ops;
    size_t op_count;
    size_t op_capacity;

    /* Of each block that was ever allocated: the bytes asked for; 0 once it is free. */
    uint64_t *asked;
    size_t block_count;
    size_t block_capacity;

    size_t kind_count[3];
    uint64_t live_bytes;
    uint64_t live_count;
    uint64_t peak_bytes;  /* the most that were live at once */
    size_t peak_op;       /* the number of the operation, from 1, that first made it so many */
    uint64_t peak_blocks; /* the most blocks that were live at once */

    /* The line that is not complete yet. */
    char line[TRACE_LINE_BYTES];
    size_t line_bytes;
};

void trace_init(struct trace *trace);
void trace_fini(struct trace *trace);

/*
 * Takes more of the text, which may be cut anywhere. FH_INVALID: a line that cannot be, and the
 * note begins with its number; FH_NO_MEMORY. After a failure only trace_fini may follow.
 */
fh_status trace_add(struct trace *trace, const char *text, size_t size) MUST_CHECK;

/* The text is complete; its last line may lack the newline. FH_INVALID also: no line at all. */
fh_status trace_end(struct trace *trace) MUST_CHECK;

#endif
