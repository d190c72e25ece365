/*
 * lab.h - the policy laboratory: the textbook's heap, simulated; policies on recorded traces;
 * scripts of free lists.
 *
 * A lab is an interval of addresses with a free list and a policy. Nothing is stored anywhere:
 * headers and blocks are counted only, so a heap of any size costs as much memory as it has
 * blocks. It follows the simulator of "Operating Systems: Three Easy Pieces" (chapter 17), and
 * next fit and binary buddies beside it, to the letter, so that its exercises can be done here.
 * It is there to look at policies; to manage something real, do not use it.
 *
 * Functions that return fh_status can also return FH_INVALID: a NULL where none may be. On
 * failure the output arguments are untouched and the lab is as it was before the call, unless
 * the contract says otherwise. fh_note() tells the story; FH_NO_SPACE and FH_NOT_FOUND are
 * expected answers here, and leave it as it was.
 *
 * A trace is what a program once asked of malloc. A replay asks a policy the same, in a heap that
 * grows when it must, and tells what the heap came to: of the policies of freehold/space.h, or
 * of the textbook's. The question is that of M. S. Johnstone and P. R. Wilson, "The Memory
 * Fragmentation Problem: Solved?" (1998).
 *
 * Threads: a lab may be used by one thread at a time, and so may a trace while it is read; then
 * any number may replay it. Nothing else is shared.
 */
#ifndef FH_LAB_H
#define FH_LAB_H

#include <stddef.h>
#include <stdint.h>

#include "freehold/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct fh_lab fh_lab;

/* Zero means the default in every member but `size`, `policy` and `heap_bytes`. */
typedef struct fh_lab_options {
    size_t size;              /* sizeof(fh_lab_options) */
    const char *policy;       /* "best", "worst", "first", "next" or "buddy" */
    const char *order;        /* of the free list: "addr" (default), "size+", "size-", "front",
                                 "back"; buddy: "addr" */
    int coalesces;            /* neighbours in the free list are joined at each free; buddies are
                                 always joined */
    uint64_t heap_bytes;      /* buddy: a power of two */
    uint64_t base_address;    /* the heap is [base_address, base_address + heap_bytes) */
    uint64_t header_bytes;    /* added to each request, after it was rounded */
    uint64_t align_bytes;     /* sizes are rounded up to a multiple of it, addresses are not */
    uint64_t min_block_bytes; /* buddy: the smallest block, a power of two; default 1 */
} fh_lab_options;

/*
 * Makes a lab whose heap is one free run. The caller owns *ret_lab until fh_lab_delete.
 * Errors: FH_INVALID options that cannot be, sizes and addresses above 2^62 among them;
 * FH_NO_MEMORY.
 */
FH_API fh_status fh_lab_new(const fh_lab_options *options, fh_lab **ret_lab) FH_MUST_CHECK;

/* Ends a lab, whatever is still allocated in it. `lab` may be NULL. */
FH_API void fh_lab_delete(fh_lab *lab);

/*
 * Allocates `bytes`. *ret_address is just behind the block's header. *ret_searched tells how
 * many free runs were looked at (buddy: how many sizes); it may be NULL. Errors: FH_NO_SPACE no
 * free run is large enough, and *ret_searched is set then too; FH_INVALID no bytes;
 * FH_NO_MEMORY. O(free runs), buddy O(log heap).
 */
FH_API fh_status fh_lab_alloc(fh_lab *lab, uint64_t bytes, uint64_t *ret_address,
                              uint64_t *ret_searched) FH_MUST_CHECK;

/*
 * Frees what fh_lab_alloc gave at `address`, header included. Needs no memory. Errors:
 * FH_NOT_FOUND nothing that is allocated has this address. O(free runs), if the list is sorted
 * by size more.
 */
FH_API fh_status fh_lab_free(fh_lab *lab, uint64_t address) FH_MUST_CHECK;

/* A free run. */
typedef struct fh_lab_run {
    uint64_t address;
    uint64_t bytes;
} fh_lab_run;

/*
 * The free list in its order (buddy: by address) into `runs`, which may be NULL with a capacity
 * of 0; *ret_count: how many there are, also when they are more than fit.
 */
FH_API fh_status fh_lab_walk(const fh_lab *lab, fh_lab_run *runs, size_t capacity,
                             size_t *ret_count) FH_MUST_CHECK;

/* heap_bytes = free_bytes + live_bytes. External fragmentation: free, but not in one run. */
typedef struct fh_lab_stat_info {
    size_t size; /* sizeof(fh_lab_stat_info), set by the caller */
    uint64_t heap_bytes;
    uint64_t free_bytes;
    uint64_t free_count; /* of free runs */
    uint64_t largest_free_bytes;
    uint64_t live_bytes;  /* allocated, headers and rounding included */
    uint64_t live_count;  /* of allocated blocks */
    uint64_t asked_bytes; /* of live_bytes, what was asked for: the rest is internal waste */
} fh_lab_stat_info;

/* The figures as they are now. O(free runs). */
FH_API fh_status fh_lab_stat(const fh_lab *lab, fh_lab_stat_info *ret_stat) FH_MUST_CHECK;

/* ---- Traces ---------------------------------------------------------------------------- */

typedef struct fh_trace fh_trace;

/* Makes a trace of nothing. The caller owns *ret_trace until fh_trace_delete. FH_NO_MEMORY. */
FH_API fh_status fh_trace_new(fh_trace **ret_trace) FH_MUST_CHECK;

/* `trace` may be NULL. */
FH_API void fh_trace_delete(fh_trace *trace);

/*
 * Adds `size` bytes of the text, which may be cut anywhere. A line is an operation:
 *   a ID SIZE [ALIGN]   allocates SIZE bytes; IDs are 0, 1, 2 ... and never used again; the
 *                       block begins at a multiple of ALIGN, a power of two up to 2^30
 *   r ID SIZE           the block has SIZE bytes from now on, and may move
 *   f ID                frees the block
 * with single blanks and a newline. A SIZE of 0 counts as 1. Blocks may be live at the end.
 * Errors: FH_INVALID a line that is none of these, an ID that is not the next, was never
 * allocated or is free already, a size of 2^47 or more, more than 2^60 bytes live: the note
 * begins with "line N: "; FH_ENDED after fh_trace_end; FH_NO_MEMORY. After an error the trace
 * can only be deleted: every call returns FH_ENDED.
 */
FH_API fh_status fh_trace_add(fh_trace *trace, const void *text, size_t size) FH_MUST_CHECK;

/* The text is complete. Errors: as of fh_trace_add for a last line without a newline;
 * FH_INVALID there was no operation. */
FH_API fh_status fh_trace_end(fh_trace *trace) FH_MUST_CHECK;

typedef struct fh_trace_info {
    size_t size; /* sizeof(fh_trace_info), set by the caller */
    uint64_t op_count;
    uint64_t alloc_count;
    uint64_t realloc_count;
    uint64_t free_count;
    uint64_t live_count;       /* of blocks, at the end */
    uint64_t peak_asked_bytes; /* the most bytes asked for that were live at once */
    uint64_t peak_op;          /* the operation, from 1, after which they first were */
    uint64_t peak_live_count;  /* the most blocks that were live at once */
} fh_trace_info;

/* What is in the trace. FH_INVALID: it is not ended. */
FH_API fh_status fh_trace_stat(const fh_trace *trace, fh_trace_info *ret_info) FH_MUST_CHECK;

/* ---- Replay ---------------------------------------------------------------------------- */

/* Zero means the default in every member but `size` and `policy`. */
typedef struct fh_replay_options {
    size_t size;           /* sizeof(fh_replay_options) */
    const char *policy;    /* of fh_space_policy; with `simulates` of fh_lab_options */
    int simulates;         /* the textbook's heap, to the letter but that it grows */
    int coalesces;         /* simulates: as in fh_lab_options */
    const char *order;     /* simulates: as in fh_lab_options */
    uint64_t header_bytes; /* added to each request, after it was rounded */
    uint64_t align_bytes;  /* sizes are rounded up to a multiple of it; default 16 */
    uint64_t grow_bytes;   /* the heap grows by multiples of it; default 1: what is missing */

    /* Called now and then with the operations done and all there are; may be NULL. */
    void (*progress)(void *context, uint64_t done, uint64_t total);
    void *progress_context;
} fh_replay_options;

/*
 * Bytes are counted between operations. A block is charged what was asked for, rounded up, and
 * the header: that is the same for every policy. It holds what nobody else can have: for
 * "buddy" a power of two, for all others what it is charged.
 */
typedef struct fh_replay_info {
    size_t size; /* sizeof(fh_replay_info), set by the caller */
    uint64_t op_count;
    uint64_t take_count;      /* of searches: allocations, and reallocations that move */
    uint64_t grow_count;      /* how often the heap became larger */
    uint64_t peak_heap_bytes; /* it never becomes smaller */
    uint64_t peak_live_bytes; /* the most that was charged for live blocks */
    uint64_t peak_held_bytes; /* the most that live blocks held */

    /* peak_heap_bytes / peak_live_bytes - 1: what the heap has beyond the least that any
     * policy needs. For "buddy" that includes its rounding. */
    double external_waste_percent;

    /* Of the live blocks when they held most: held / asked for - 1. Rounding and headers. */
    double internal_waste_percent;

    /* Nodes that a search looked at, up to its first answer: also the one after which the heap
     * grows. The textbook's runs (buddy: sizes); of the other policies the nodes of their own
     * structure, as src/space/README.md lists. */
    double searched_mean;
    uint64_t searched_max;

    /* Wall time of the replay for each operation; the least of several where one is short. */
    double ns_per_op;
} fh_replay_info;

/* The heap at one moment of a replay. */
typedef struct fh_replay_sample {
    uint64_t op_no; /* after so many operations */
    uint64_t heap_bytes;
    uint64_t live_bytes;      /* charged for live blocks */
    uint64_t peak_live_bytes; /* the most that was until now */
    uint64_t free_count;      /* of free runs */
} fh_replay_sample;

/*
 * A replay as a picture: columns are moments, the last one the end of the trace, and rows are
 * parts of the addresses, the lowest first. cells[row * column_count + column] tells how much
 * of the part was held: 255 all, 0 nothing, or the heap did not reach it.
 */
typedef struct fh_replay_picture {
    size_t column_count;
    fh_replay_sample *samples; /* column_count of them, the caller's */
    size_t row_count;          /* 0: no cells */
    uint64_t top_address;      /* where the last row ends; a multiple of row_count */
    unsigned char *cells;      /* row_count * column_count of them, the caller's */
} fh_replay_picture;

/*
 * Replays a trace that is ended. A reallocation that changes what is charged allocates the new
 * block, then frees the old one; else it does nothing. When no free run is large enough the heap
 * grows at its end, by as much as a free run there is too short, rounded up to grow_bytes; it
 * begins with nothing. `picture` may be NULL; with one nothing is timed, and ns_per_op is 0.
 * `ret_info` may be NULL. Errors: FH_INVALID options that cannot be; FH_TOO_LARGE a heap of more
 * units than the policy counts, which is 2^32 of align_bytes and less with odd headers;
 * FH_NO_MEMORY.
 */
FH_API fh_status fh_trace_replay(const fh_trace *trace, const fh_replay_options *options,
                                 fh_replay_picture *picture,
                                 fh_replay_info *ret_info) FH_MUST_CHECK;

/* ---- Free lists, by script -------------------------------------------------------------- */

/*
 * Scripts say what is done to the free list of a page file, step by step, and what must come of
 * it. They run over the store's own parts: which run is taken is chosen by a policy of
 * freehold/space.h, and when a freed page may be used again is decided by the code that
 * decides it in a database. The language: freehold(1), "Scripts of free lists". The idea: the
 * cases with which bbolt's free list is tested.
 */
typedef struct fh_lab_cases fh_lab_cases;

/*
 * Reads `text_bytes` bytes of script; the text is copied. The caller owns *ret_cases until
 * fh_lab_cases_close. Errors: FH_INVALID it is no script: the note begins "line L, column C: "
 * (from 1; not if there is no case at all) and says why; FH_NO_MEMORY.
 */
FH_API fh_status fh_lab_cases_open(const char *text, size_t text_bytes,
                                   fh_lab_cases **ret_cases) FH_MUST_CHECK;

/* `cases` may be NULL. */
FH_API void fh_lab_cases_close(fh_lab_cases *cases);

/* How many cases there are, numbered from 0 in the script's order. 0 when `cases` is NULL. */
FH_API size_t fh_lab_cases_count(const fh_lab_cases *cases);

/* The n-th policy that cases run with: "array", "by-size"; NULL behind the last. Static. */
FH_API const char *fh_lab_cases_policy(unsigned n);

/* What became of a case. The texts live until the next run, or the end of the cases. */
typedef struct fh_lab_verdict {
    size_t size; /* sizeof(fh_lab_verdict), set by the caller */
    const char *name;
    const char *policy;
    int is_passed;

    /* Of the step that failed, on which the case ended; 0 and NULL when it passed. */
    uint64_t line; /* of the script, from 1 */
    uint64_t column;
    const char *step;
    const char *expected; /* "done" of a step that answers nothing */
    const char *got;      /* begins "refused: " when it was; then comes why */
} fh_lab_verdict;

/*
 * Runs a case with a policy. That it fails is a verdict, not an error. After each step the free
 * list audits itself, and after one that was refused it must be as before; else the step has
 * failed. Errors: FH_NOT_FOUND the case is not for this policy; FH_INVALID no such policy, no
 * such case; FH_NO_MEMORY.
 */
FH_API fh_status fh_lab_cases_run(fh_lab_cases *cases, size_t case_no, const char *policy,
                                  fh_lab_verdict *ret_verdict) FH_MUST_CHECK;

#ifdef __cplusplus
}
#endif

#endif
