/*
 * promise_work.h - the workloads behind the table of promises, and what they measure besides.
 */
#ifndef FREEHOLD_BENCH_PROMISE_WORK_H
#define FREEHOLD_BENCH_PROMISE_WORK_H

#include "ageing.h"

/* From that payload on, 95 % less is so much that the files can be judged by the payload. */
#define PROMISE_SCALE_BYTES UINT64_C(400000000)

/* Places in ageing_course.extra; 0: not measured. */
enum promise_extra {
    EXTRA_SMALL_BEFORE,  /* CPU ns of a commit of one item before most was deleted */
    EXTRA_LARGE_BEFORE,  /* of one of 64 KiB */
    EXTRA_SMALL_BESIDE,  /* right after: relocation works */
    EXTRA_LARGE_BESIDE,  /* likewise */
    EXTRA_SMALL_AFTER,   /* when all has settled */
    EXTRA_LARGE_AFTER,   /* likewise */
    EXTRA_SECONDS,       /* until the file was small, or of all the patience there was */
    EXTRA_COMPACT_BYTES, /* allocated after a compaction */
    EXTRA_COMPACT_LIVE,  /* live bytes then */
    EXTRA_COMPACT_LOG    /* of the log then */
};

/* The rounds of promise_emptied and promise_pruned. */
enum { ROUND_FULL, ROUND_DELETED, ROUND_SMALL, ROUND_SETTLED };

/*
 * 95 % go, anywhere or from the head; then small commits until the files are as small as
 * promised, for ten seconds at most.
 */
void promise_emptied(struct ageing *ageing, unsigned round_count);
void promise_pruned(struct ageing *ageing, unsigned round_count);

/* The same up to the delete, then compacted at once. */
void promise_compacted(struct ageing *ageing, unsigned round_count);

/* The same, and a fixed number of small commits, so that what is written can be compared. */
void promise_worked_on(struct ageing *ageing, unsigned round_count);

/* Six megabytes, overwritten three times beside a reader and three times without. */
void promise_reader(struct ageing *ageing, unsigned round_count);

/* What a commit of one item asks of the system, durable. */
struct promise_commit {
    uint64_t free_pages; /* beside it */
    uint64_t free_runs;
    uint64_t usual_bytes; /* of the commit in the middle */
    uint64_t usual_syncs;
    uint64_t all_bytes; /* of a thousand, checkpoints on the way */
    uint64_t all_syncs;
};

/*
 * In the folder, which is empty. The free pages are single ones, each between two of the live
 * ones, which are as many or more.
 */
void promise_commit_beside(const char *folder, uint64_t live_pages, uint64_t free_pages,
                           struct promise_commit *ret_commit);

#endif
