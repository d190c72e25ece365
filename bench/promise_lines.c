/*
 * promise_lines.c - the table of promises.
 *
 * A figure below 0 could not be taken: the engine does not tell what it needs, or the run was
 * cut. Of Freehold, that is a promise not kept.
 */
#include "promise_lines.h"

#include <inttypes.h>
#include <string.h>

enum { HELD_FIRST = 1, HELD_LAST = 3, RELEASED_LAST = 6 };

/* What is taken off before files are compared with what is live. */
enum { LOG = 1, CHECKPOINT = 2 };

static const double slack_bytes = 4 << 20;

enum bound_kind {
    AT_MOST,
    AT_LEAST,
    AT_MOST_LMDBS, /* times what LMDB has in the same run */
    NO_BOUND       /* worth seeing, and promised by nobody */
};

enum {
    TIMED = 1,   /* another machine gives another figure */
    AT_SCALE = 2 /* is judged from PROMISE_SCALE_BYTES of payload on */
};

struct line {
    enum promise_run_no run;
    enum bound_kind kind;
    const char *words;
    double bound;
    double (*figure)(const struct promise_results *results, enum promise_run_no run, unsigned who);
    unsigned flags;
};

static const struct ageing_course *course_of(const struct promise_results *results,
                                             enum promise_run_no run, unsigned who)
{
    return &results->set[run].course[who];
}

static double share(double part, double whole)
{
    return part > 0 && whole > 0 ? part / whole : -1;
}

/* What lies beyond the live bytes' share is at least nothing. */
static double beyond(double bytes, double allowed_bytes, double live_bytes)
{
    if (!(live_bytes > 0)) return -1;
    return bytes > allowed_bytes ? (bytes - allowed_bytes) / live_bytes : 0;
}

static const struct ageing_round *last_round(const struct ageing_course *course)
{
    return course->round_count > 0 ? &course->round[course->round_count - 1] : NULL;
}

/*
 * How much a round's files are beyond what may be beside live bytes: two chunks of slack, the log,
 * and, where they are taken off, the pages that only the durable checkpoint holds.
 */
static double round_to_live(const struct ageing_round *round, unsigned taken_off)
{
    const struct condition *condition = &round->condition;
    double allowed_bytes = slack_bytes;

    if ((taken_off & LOG) != 0) allowed_bytes += (double)condition->log_bytes;
    if ((taken_off & CHECKPOINT) != 0) allowed_bytes += (double)condition->checkpoint_bytes;
    return beyond((double)round->allocated_bytes, allowed_bytes, (double)condition->live_bytes);
}

/* Of the rounds from `first` to `last`; all must have been done. */
static double worst_to_live(const struct ageing_course *course, unsigned first, unsigned last,
                            unsigned taken_off)
{
    double worst = -1;

    if (course->round_count <= last) return -1;
    for (unsigned i = first; i <= last; i++) {
        double ratio = round_to_live(&course->round[i], taken_off);

        if (ratio > worst) worst = ratio;
    }
    return worst;
}

/* ---- Churn ---- */

static double online_to_live(const struct promise_results *results, enum promise_run_no run,
                             unsigned who)
{
    const struct ageing_course *course = course_of(results, run, who);

    return course->round_count > 0 ? worst_to_live(course, 0, course->round_count - 1, LOG) : -1;
}

static double online_file_to_live(const struct promise_results *results, enum promise_run_no run,
                                  unsigned who)
{
    const struct ageing_course *course = course_of(results, run, who);

    if (course->round_count == 0) return -1;
    return worst_to_live(course, 0, course->round_count - 1, LOG | CHECKPOINT);
}

static double settled_to_live(const struct promise_results *results, enum promise_run_no run,
                              unsigned who)
{
    const struct ageing_course *course = course_of(results, run, who);

    return beyond((double)course->settled_bytes, slack_bytes + (double)course->settled.log_bytes,
                  (double)course->settled.live_bytes);
}

static double files_to_payload(const struct promise_results *results, enum promise_run_no run,
                               unsigned who)
{
    const struct ageing_round *round = last_round(course_of(results, run, who));

    return round == NULL ? -1 : share((double)round->allocated_bytes, (double)round->payload_bytes);
}

static double settled_to_payload(const struct promise_results *results, enum promise_run_no run,
                                 unsigned who)
{
    const struct ageing_course *course = course_of(results, run, who);
    const struct ageing_round *round = last_round(course);

    return round == NULL ? -1 : share((double)course->settled_bytes, (double)round->payload_bytes);
}

static double peak_to_payload(const struct promise_results *results, enum promise_run_no run,
                              unsigned who)
{
    const struct ageing_course *course = course_of(results, run, who);
    const struct ageing_round *round = last_round(course);
    uint64_t peak_bytes = 0;

    if (round == NULL) return -1;
    for (unsigned i = 0; i < course->round_count; i++)
        if (course->round[i].peak_bytes > peak_bytes) peak_bytes = course->round[i].peak_bytes;
    return share((double)peak_bytes, (double)round->payload_bytes);
}

/* The rounds from the second to the last: the first fills. */
static double wall_last_to_second(const struct promise_results *results, enum promise_run_no run,
                                  unsigned who)
{
    const struct ageing_course *course = course_of(results, run, who);
    const struct ageing_round *last = last_round(course);
    const struct ageing_round *second = &course->round[1];

    if (course->round_count < 3) return -1;
    return share((double)last->op_count * (double)second->busy_ns,
                 (double)second->op_count * (double)last->busy_ns);
}

static double cpu_last_to_second(const struct promise_results *results, enum promise_run_no run,
                                 unsigned who)
{
    const struct ageing_course *course = course_of(results, run, who);
    const struct ageing_round *last = last_round(course);
    const struct ageing_round *second = &course->round[1];

    if (course->round_count < 3) return -1;
    return share((double)last->op_count * (double)second->cpu_ns,
                 (double)second->op_count * (double)last->cpu_ns);
}

static double scan_to_fresh(const struct promise_results *results, enum promise_run_no run,
                            unsigned who)
{
    const struct ageing_course *course = course_of(results, run, who);
    const struct ageing_round *round = last_round(course);

    return round == NULL ? -1 : share(round->scan_megabytes, course->fresh_scan_megabytes);
}

static double p99_ms(const struct promise_results *results, enum promise_run_no run, unsigned who)
{
    const struct ageing_round *round = last_round(course_of(results, run, who));

    return round == NULL ? -1 : (double)round->txns.p99_ns / 1e6;
}

static double written_to_still(const struct promise_results *results, enum promise_run_no run,
                               unsigned who)
{
    enum promise_run_no still = run == RUN_CHURN ? RUN_CHURN_STILL : RUN_WORKED_ON_STILL;
    const struct ageing_course *moving = course_of(results, run, who);
    const struct ageing_course *course = course_of(results, still, who);

    if (who > 0 || moving->was_cut || course->was_cut) return -1;
    return share((double)moving->written_bytes, (double)course->written_bytes);
}

static double moved_megabytes(const struct promise_results *results, enum promise_run_no run,
                              unsigned who)
{
    const struct ageing_course *course = course_of(results, run, who);

    return course->settled.live_bytes > 0 ? (double)course->settled.moved_bytes / 1e6 : -1;
}

/* ---- A reader ---- */

static double held_to_live(const struct promise_results *results, enum promise_run_no run,
                           unsigned who)
{
    return worst_to_live(course_of(results, run, who), HELD_FIRST, HELD_LAST, LOG);
}

static double held_file_to_live(const struct promise_results *results, enum promise_run_no run,
                                unsigned who)
{
    return worst_to_live(course_of(results, run, who), HELD_FIRST, HELD_LAST, CHECKPOINT);
}

static double held_to_payload(const struct promise_results *results, enum promise_run_no run,
                              unsigned who)
{
    const struct ageing_course *course = course_of(results, run, who);
    const struct ageing_round *round = &course->round[HELD_LAST];

    if (course->round_count <= HELD_LAST) return -1;
    return share((double)round->allocated_bytes, (double)round->payload_bytes);
}

static double released_to_live(const struct promise_results *results, enum promise_run_no run,
                               unsigned who)
{
    return worst_to_live(course_of(results, run, who), RELEASED_LAST, RELEASED_LAST, LOG);
}

static double released_file_to_live(const struct promise_results *results, enum promise_run_no run,
                                    unsigned who)
{
    return worst_to_live(course_of(results, run, who), RELEASED_LAST, RELEASED_LAST,
                         LOG | CHECKPOINT);
}

/* ---- A mass delete ---- */

static double small_to_live(const struct promise_results *results, enum promise_run_no run,
                            unsigned who)
{
    return worst_to_live(course_of(results, run, who), ROUND_SMALL, ROUND_SMALL, 0);
}

/* The same without what small commits hold while they go on. */
static double small_file_to_live(const struct promise_results *results, enum promise_run_no run,
                                 unsigned who)
{
    return worst_to_live(course_of(results, run, who), ROUND_SMALL, ROUND_SMALL, LOG | CHECKPOINT);
}

static double small_to_payload(const struct promise_results *results, enum promise_run_no run,
                               unsigned who)
{
    const struct ageing_course *course = course_of(results, run, who);
    const struct ageing_round *round = &course->round[ROUND_SMALL];

    if (course->round_count <= ROUND_SMALL) return -1;
    return share((double)round->allocated_bytes, (double)round->payload_bytes);
}

static double seconds(const struct promise_results *results, enum promise_run_no run, unsigned who)
{
    const struct ageing_course *course = course_of(results, run, who);

    return course->round_count > ROUND_SMALL ? course->extra[EXTRA_SECONDS] : -1;
}

static double longest_ms(const struct promise_results *results, enum promise_run_no run,
                         unsigned who)
{
    const struct ageing_course *course = course_of(results, run, who);

    if (course->round_count <= ROUND_SMALL) return -1;
    return (double)course->round[ROUND_SMALL].txn_cpu_max_ns / 1e6;
}

static double extra_ratio(const struct promise_results *results, enum promise_run_no run,
                          unsigned who, enum promise_extra part, enum promise_extra whole)
{
    const double *extra = course_of(results, run, who)->extra;

    return share(extra[part], extra[whole]);
}

static double small_beside(const struct promise_results *results, enum promise_run_no run,
                           unsigned who)
{
    return extra_ratio(results, run, who, EXTRA_SMALL_BESIDE, EXTRA_SMALL_BEFORE);
}

static double large_beside(const struct promise_results *results, enum promise_run_no run,
                           unsigned who)
{
    return extra_ratio(results, run, who, EXTRA_LARGE_BESIDE, EXTRA_LARGE_BEFORE);
}

static double small_after(const struct promise_results *results, enum promise_run_no run,
                          unsigned who)
{
    return extra_ratio(results, run, who, EXTRA_SMALL_AFTER, EXTRA_SMALL_BEFORE);
}

static double large_after(const struct promise_results *results, enum promise_run_no run,
                          unsigned who)
{
    return extra_ratio(results, run, who, EXTRA_LARGE_AFTER, EXTRA_LARGE_BEFORE);
}

static double compact_to_live(const struct promise_results *results, enum promise_run_no run,
                              unsigned who)
{
    const double *extra = course_of(results, run, who)->extra;

    return beyond(extra[EXTRA_COMPACT_BYTES], slack_bytes, extra[EXTRA_COMPACT_LIVE]);
}

static double compact_file_to_live(const struct promise_results *results, enum promise_run_no run,
                                   unsigned who)
{
    const double *extra = course_of(results, run, who)->extra;

    return beyond(extra[EXTRA_COMPACT_BYTES], slack_bytes + extra[EXTRA_COMPACT_LOG],
                  extra[EXTRA_COMPACT_LIVE]);
}

static double compact_to_payload(const struct promise_results *results, enum promise_run_no run,
                                 unsigned who)
{
    const struct ageing_course *course = course_of(results, run, who);
    const struct ageing_round *round = last_round(course);

    if (round == NULL) return -1;
    return share(course->extra[EXTRA_COMPACT_BYTES], (double)round->payload_bytes);
}

static double compact_seconds(const struct promise_results *results, enum promise_run_no run,
                              unsigned who)
{
    const double *extra = course_of(results, run, who)->extra;

    return extra[EXTRA_COMPACT_BYTES] > 0 ? extra[EXTRA_SECONDS] : -1;
}

/* ---- Free pages ---- */

static double free_runs(const struct promise_results *results, enum promise_run_no run,
                        unsigned who)
{
    (void)run;
    (void)who;
    return (double)results->beside_many.free_runs;
}

static double usual_bytes(const struct promise_results *results, enum promise_run_no run,
                          unsigned who)
{
    (void)run;
    (void)who;
    return share((double)results->beside_many.usual_bytes,
                 (double)results->beside_none.usual_bytes);
}

static double all_bytes(const struct promise_results *results, enum promise_run_no run,
                        unsigned who)
{
    (void)run;
    (void)who;
    return share((double)results->beside_many.all_bytes, (double)results->beside_none.all_bytes);
}

static double all_syncs(const struct promise_results *results, enum promise_run_no run,
                        unsigned who)
{
    (void)run;
    (void)who;
    return share((double)results->beside_many.all_syncs, (double)results->beside_none.all_syncs);
}

/* ---- The table ---- */

/* While one writes: what is live, as much that the durable checkpoint holds, and a quarter. */
#define WORK 2.5

static const struct line lines[] = {
    {RUN_CHURN, AT_MOST, "files less 4 MiB, log / live, worst round", WORK, online_to_live, 0},
    {RUN_CHURN, AT_MOST, "files less 4 MiB, log, checkpoint / live, worst round", 1.15,
     online_file_to_live, AT_SCALE},
    {RUN_CHURN, AT_MOST, "files less 4 MiB, log / live, after a checkpoint", 1.15, settled_to_live,
     0},
    {RUN_CHURN, AT_MOST, "files / payload, last round", 1.29, files_to_payload, AT_SCALE},
    {RUN_CHURN, AT_MOST, "files / payload, after a checkpoint", 1.29, settled_to_payload, AT_SCALE},
    {RUN_CHURN, NO_BOUND, "files / payload, at the peak", 0, peak_to_payload, 0},
    {RUN_CHURN, AT_LEAST, "operations a second, last round / second", 0.9, wall_last_to_second,
     TIMED},
    {RUN_CHURN, AT_LEAST, "the same, a second of CPU", 0.9, cpu_last_to_second, TIMED},
    {RUN_CHURN, AT_LEAST, "speed of a scan / after a fresh load", 0.9, scan_to_fresh, TIMED},
    {RUN_CHURN, AT_MOST_LMDBS, "a transaction, p99, ms", 1, p99_ms, TIMED},
    {RUN_CHURN, AT_MOST, "bytes written / without relocation", 1.3, written_to_still, 0},
    {RUN_READER, AT_MOST, "held: files less 4 MiB, log / live", WORK + 1, held_to_live, 0},
    {RUN_READER, AT_MOST, "held: files less 4 MiB, checkpoint / live", 2.5, held_file_to_live,
     AT_SCALE},
    {RUN_READER, NO_BOUND, "held: files / payload", 0, held_to_payload, 0},
    {RUN_READER, AT_MOST, "released: files less 4 MiB, log / live", WORK, released_to_live, 0},
    {RUN_READER, AT_MOST, "released: files less 4 MiB, log, checkpoint / live", 1.25,
     released_file_to_live, AT_SCALE},
    {RUN_READER, NO_BOUND, "released: files / payload", 0, files_to_payload, 0},
    {RUN_READER, AT_MOST, "files less 4 MiB, log / live, after a checkpoint", 1.25, settled_to_live,
     0},
    {RUN_EMPTIED, AT_MOST, "files less 4 MiB, log, checkpoint / live", 1.3, small_file_to_live, 0},
    {RUN_EMPTIED, AT_MOST, "files less 4 MiB / live", 1.3, small_to_live, AT_SCALE},
    {RUN_EMPTIED, AT_MOST, "files / payload", 1.5, small_to_payload, AT_SCALE},
    {RUN_EMPTIED, AT_MOST, "after so many seconds of commits", 10, seconds, TIMED},
    {RUN_EMPTIED, AT_MOST, "CPU of a small commit, while pages move / before", 3, small_beside,
     TIMED},
    {RUN_EMPTIED, AT_MOST, "CPU of one of 64 KiB, while pages move / before", 3, large_beside,
     TIMED},
    {RUN_EMPTIED, AT_MOST, "CPU of a small commit, at rest / before", 1.05, small_after, TIMED},
    {RUN_EMPTIED, AT_MOST, "CPU of one of 64 KiB, at rest / before", 1.05, large_after, TIMED},
    {RUN_EMPTIED, AT_MOST, "CPU of the longest commit, ms", 10, longest_ms, TIMED},
    {RUN_PRUNED, AT_MOST, "files less 4 MiB, log, checkpoint / live", 1.3, small_file_to_live, 0},
    {RUN_PRUNED, AT_MOST, "files less 4 MiB / live", 1.3, small_to_live, AT_SCALE},
    {RUN_PRUNED, AT_MOST, "files / payload", 1.5, small_to_payload, AT_SCALE},
    {RUN_PRUNED, AT_MOST, "after so many seconds of commits", 10, seconds, TIMED},
    {RUN_COMPACTED, AT_MOST, "files less 4 MiB, log / live", 1.3, compact_file_to_live, 0},
    {RUN_COMPACTED, AT_MOST, "files less 4 MiB / live", 1.3, compact_to_live, AT_SCALE},
    {RUN_COMPACTED, AT_MOST, "files / payload", 1.5, compact_to_payload, AT_SCALE},
    {RUN_COMPACTED, NO_BOUND, "seconds that took", 0, compact_seconds, TIMED},
    {RUN_WORKED_ON, NO_BOUND, "MB moved", 0, moved_megabytes, 0},
    {RUN_WORKED_ON, AT_MOST, "bytes written / without relocation", 1.3, written_to_still, 0},
    {RUN_BESIDE, NO_BOUND, "free runs beside them", 0, free_runs, 0},
    {RUN_BESIDE, AT_MOST, "bytes that the middle one writes / with none free", 1, usual_bytes, 0},
    {RUN_BESIDE, AT_MOST, "bytes that all write / with none free", 1, all_bytes, 0},
    {RUN_BESIDE, AT_MOST, "syncs of all / with none free", 1, all_syncs, 0},
};

enum { LINE_COUNT = sizeof(lines) / sizeof(lines[0]) };

/* ---- Judged, printed ---- */

static bool is_wanted(const struct promise_options *options, const struct line *line)
{
    if (!options->wants[line->run]) return false;
    if (line->figure != written_to_still) return true;
    return options->wants[line->run == RUN_CHURN ? RUN_CHURN_STILL : RUN_WORKED_ON_STILL];
}

/* LMDB's figure in the same run, where it is one; -1. */
static double lmdbs(const struct promise_results *results, const struct line *line)
{
    const struct aging_set *set = &results->set[line->run];

    for (unsigned who = 0; who < set->engine_count; who++)
        if (strcmp(set->driver[who]->name, "lmdb") == 0)
            return line->figure(results, line->run, who);
    return -1;
}

static bool is_bound(const struct promise_options *options, const struct promise_results *results,
                     const struct line *line, double *ret_bound)
{
    *ret_bound = line->bound;
    if (line->kind == NO_BOUND) return false;
    if ((line->flags & AT_SCALE) != 0 && options->payload_bytes < PROMISE_SCALE_BYTES) return false;
    if (line->kind != AT_MOST_LMDBS) return true;
    *ret_bound = line->bound * lmdbs(results, line);
    return *ret_bound > 0;
}

static bool is_kept(const struct line *line, double bound, double figure)
{
    if (figure < 0) return false;
    return line->kind == AT_LEAST ? figure >= bound : figure <= bound;
}

static void print_line(const struct promise_options *options, const struct promise_results *results,
                       const struct line *line, struct promise_verdict *verdict, FILE *file)
{
    const struct aging_set *set = &results->set[line->run];
    double bound;

    (void)fprintf(file, "  %-54s", line->words);
    if (is_bound(options, results, line, &bound)) {
        bool kept = is_kept(line, bound, line->figure(results, line->run, 0));

        (void)fprintf(file, " %s %8.4g %-6s", line->kind == AT_LEAST ? ">=" : "<=", bound,
                      kept ? "kept" : "BROKEN");
        verdict->kept_count += kept;
        verdict->broken_count += !kept;
    } else {
        (void)fprintf(file, " %18s", "");
    }
    for (unsigned who = 0; who < set->engine_count; who++) {
        double figure = line->figure(results, line->run, who);

        if (figure < 0)
            (void)fprintf(file, " %9s ", "-");
        else
            (void)fprintf(file, " %9.4g%c", figure, set->course[who].was_cut ? 'c' : ' ');
    }
    (void)fputc('\n', file);
}

static void print_head(const struct promise_results *results, enum promise_run_no run, FILE *file)
{
    const struct aging_set *set = &results->set[run];

    (void)fprintf(file, "%s: %s\n  %-73s", promise_run_name(run), promise_run_words(run), "");
    for (unsigned who = 0; who < set->engine_count; who++)
        (void)fprintf(file, " %10s", set->driver[who]->name);
    (void)fputc('\n', file);
}

struct promise_verdict promise_lines_print(const struct promise_options *options,
                                           const struct promise_results *results, bool with_times,
                                           FILE *file)
{
    struct promise_verdict verdict = {0, 0};
    unsigned run = RUN_COUNT;

    for (unsigned i = 0; i < LINE_COUNT; i++) {
        if (!is_wanted(options, &lines[i])) continue;
        if (!with_times && (lines[i].flags & TIMED) != 0) continue;
        if (lines[i].run != run) {
            run = lines[i].run;
            print_head(results, lines[i].run, file);
        }
        print_line(options, results, &lines[i], &verdict, file);
    }
    (void)fprintf(file, "%u kept, %u broken\n", verdict.kept_count, verdict.broken_count);
    return verdict;
}

void promise_lines_json(const struct promise_options *options,
                        const struct promise_results *results, FILE *file)
{
    for (unsigned i = 0; i < LINE_COUNT; i++) {
        const struct aging_set *set = &results->set[lines[i].run];
        double bound;

        if (!is_wanted(options, &lines[i])) continue;
        for (unsigned who = 0; who < set->engine_count; who++) {
            (void)fprintf(file,
                          "{\"bench\":\"promise\",\"run\":\"%s\",\"line\":\"%s\",\"engine\":\"%s\""
                          ",\"figure\":%.6g",
                          promise_run_name(lines[i].run), lines[i].words, set->driver[who]->name,
                          lines[i].figure(results, lines[i].run, who));
            if (is_bound(options, results, &lines[i], &bound))
                (void)fprintf(file, ",\"bound\":%.6g,\"is_least\":%s", bound,
                              lines[i].kind == AT_LEAST ? "true" : "false");
            (void)fputs("}\n", file);
        }
    }
    (void)fflush(file);
}
