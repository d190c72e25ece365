/*
 * ageing_table.c - the workloads of the aging bench.
 *
 * Sizes are shares of the payload that was asked for, so that each can be run at any size.
 * The complaints behind them: TTL and queues (LMDB), rewriting all (LMDB), pruned heads and
 * long readers (libmdbx), mass deletes (bbolt, LMDB), values of many pages in a file whose
 * free space is scattered (LMDB).
 */
#include "ageing_table.h"

#include <string.h>

enum { SMALL_COMMITS = 100, LARGE_COMMITS = 10, LIFE_TICKS = 60 };

/* ---- Steps that workloads share ---- */

static size_t items_for(const struct ageing *ageing, uint64_t share, uint64_t mean_bytes)
{
    return (size_t)(ageing->payload_bytes / share / mean_bytes) + 100;
}

/* Adds items in transactions of `batch` until there are `count`. */
static void fill_to(struct ageing *ageing, size_t count, size_t batch)
{
    while (living_count(&ageing->living) < count && ageing_may_go_on(ageing)) {
        ageing_begin(ageing);
        for (size_t i = 0; i < batch && living_count(&ageing->living) < count; i++)
            ageing_add(ageing, 0);
        ageing_commit(ageing);
    }
}

/* The oldest go, until `count` are left. */
static void expire_to(struct ageing *ageing, size_t count, size_t batch)
{
    while (living_count(&ageing->living) > count && ageing_may_go_on(ageing)) {
        ageing_begin(ageing);
        for (size_t i = 0; i < batch && living_count(&ageing->living) > count; i++)
            ageing_erase(ageing, ageing->living.first);
        ageing_commit(ageing);
    }
}

/* Each item is put once more, in the order of the list, which is none of keys. */
static void renew_all(struct ageing *ageing, size_t batch)
{
    size_t place = ageing->living.first;

    while (place < ageing->living.end && ageing_may_go_on(ageing)) {
        ageing_begin(ageing);
        for (size_t i = 0; i < batch && place < ageing->living.end; i++)
            ageing_renew(ageing, place++);
        ageing_commit(ageing);
    }
}

/* Ordinary small work, one put a transaction: a chance to give space back. */
static void commit_small(struct ageing *ageing)
{
    for (int i = 0; i < SMALL_COMMITS && ageing_may_go_on(ageing); i++) {
        ageing_begin(ageing);
        ageing_renew(ageing, ageing_draw(ageing));
        ageing_commit(ageing);
    }
}

/* ---- The workloads ---- */

static void churn(struct ageing *ageing, unsigned round_count)
{
    size_t count = items_for(ageing, 1, 7900);

    ageing->living.value_min = 16;
    ageing->living.value_max = 64 << 10;
    if (!ageing_begin_round(ageing)) return;
    fill_to(ageing, count, 10);
    ageing_end_round(ageing);
    for (unsigned round = 0; round < round_count && ageing_begin_round(ageing); round++) {
        for (size_t done = 0; done < count * 3 / 10 && ageing_may_go_on(ageing); done += 10) {
            ageing_begin(ageing);
            for (int i = 0; i < 10; i++)
                ageing_erase(ageing, ageing_draw(ageing));
            for (int i = 0; i < 10; i++)
                ageing_add(ageing, 0);
            ageing_commit(ageing);
        }
        ageing_end_round(ageing);
    }
}

/* A clock of LIFE_TICKS ticks a round, which is how long an item lives. */
static void live_and_let_die(struct ageing *ageing, unsigned round_count)
{
    size_t count = items_for(ageing, 1, 216);

    ageing->living.value_min = ageing->living.value_max = 200;
    for (unsigned round = 0; round <= round_count && ageing_begin_round(ageing); round++) {
        for (size_t tick = 1; tick <= LIFE_TICKS && ageing_may_go_on(ageing); tick++) {
            fill_to(ageing, living_count(&ageing->living) + count / LIFE_TICKS, 100);
            expire_to(ageing, count, 100);
        }
        ageing_end_round(ageing);
    }
}

static void rewrite(struct ageing *ageing, unsigned round_count)
{
    ageing->living.value_min = 100;
    ageing->living.value_max = 2000;
    if (!ageing_begin_round(ageing)) return;
    fill_to(ageing, items_for(ageing, 1, 640), 100);
    ageing_end_round(ageing);
    for (unsigned round = 0; round < round_count && ageing_begin_round(ageing); round++) {
        renew_all(ageing, 100);
        ageing_end_round(ageing);
    }
}

static void queue(struct ageing *ageing, unsigned round_count)
{
    size_t count = items_for(ageing, 1, 1016);

    ageing->living.is_ascending = true;
    ageing->living.value_min = ageing->living.value_max = 1000;
    if (!ageing_begin_round(ageing)) return;
    fill_to(ageing, count, 20);
    ageing_end_round(ageing);
    for (unsigned round = 0; round < round_count && ageing_begin_round(ageing); round++) {
        for (size_t done = 0; done < count && ageing_may_go_on(ageing); done += 20) {
            ageing_begin(ageing);
            for (int i = 0; i < 20; i++) {
                ageing_add(ageing, 0);
                ageing_erase(ageing, ageing->living.first);
            }
            ageing_commit(ageing);
        }
        ageing_end_round(ageing);
    }
}

static void prune_head(struct ageing *ageing, unsigned round_count)
{
    size_t count = items_for(ageing, 1, 516);

    ageing->living.is_ascending = true;
    ageing->living.value_min = ageing->living.value_max = 500;
    for (unsigned round = 0; round < (round_count + 1) / 2 && ageing_begin_round(ageing); round++) {
        fill_to(ageing, count, 1000);
        expire_to(ageing, count / 10, 1000);
        commit_small(ageing);
        ageing_end_round(ageing);
    }
}

/* Half of the rounds with a reader that keeps its snapshot, then as many without. */
static void pinned_reader(struct ageing *ageing, unsigned round_count)
{
    unsigned held_count = round_count < 6 ? round_count / 2 : 3;

    ageing->living.value_min = ageing->living.value_max = 100;
    if (!ageing_begin_round(ageing)) return;
    fill_to(ageing, items_for(ageing, 8, 116), 1000);
    ageing_end_round(ageing);
    ageing_pin(ageing);
    for (unsigned round = 0; round < 2 * held_count && ageing_begin_round(ageing); round++) {
        if (round == held_count) ageing_unpin(ageing);
        renew_all(ageing, 20);
        ageing_end_round(ageing);
    }
}

/* Round 1 fills, round 2 deletes 95 %, the others work on in small commits, and large ones. */
static void mass_delete(struct ageing *ageing, unsigned round_count)
{
    size_t count = items_for(ageing, 1, 1016);

    ageing->living.value_min = ageing->living.value_max = 1000;
    if (!ageing_begin_round(ageing)) return;
    fill_to(ageing, count, 1000);
    ageing_end_round(ageing);
    if (!ageing_begin_round(ageing)) return;
    while (living_count(&ageing->living) > count / 20 && ageing_may_go_on(ageing)) {
        ageing_begin(ageing);
        for (int i = 0; i < 1000 && living_count(&ageing->living) > count / 20; i++)
            ageing_erase(ageing, ageing_draw(ageing));
        ageing_commit(ageing);
    }
    ageing_end_round(ageing);
    for (unsigned round = 0; round < round_count && ageing_begin_round(ageing); round++) {
        commit_small(ageing);
        for (int i = 0; i < LARGE_COMMITS && ageing_may_go_on(ageing); i++) {
            ageing_begin(ageing);
            ageing_add(ageing, 64 << 10);
            ageing_commit(ageing);
            ageing_begin(ageing);
            ageing_erase(ageing, ageing->living.end - 1);
            ageing_commit(ageing);
        }
        ageing_end_round(ageing);
    }
}

/*
 * Round 1 fills, round 2 deletes two of every four neighbours: half of the file is free, in
 * small pieces. The others put values of 56 KiB there, an eighth of the file a round.
 */
static void scattered(struct ageing *ageing, unsigned round_count)
{
    size_t count = items_for(ageing, 1, 1916);
    uint64_t round_bytes = ageing->payload_bytes / 8;

    ageing->living.is_ascending = true;
    ageing->living.value_min = ageing->living.value_max = 1900;
    if (!ageing_begin_round(ageing)) return;
    fill_to(ageing, count, 100);
    ageing_end_round(ageing);
    if (!ageing_begin_round(ageing)) return;
    /* From the end, where what takes an erased item's place has been looked at already. */
    for (size_t group = count / 4; group > 0 && ageing_may_go_on(ageing); group--) {
        ageing_begin(ageing);
        ageing_erase(ageing, ageing->living.first + group * 4 - 2);
        ageing_erase(ageing, ageing->living.first + group * 4 - 3);
        ageing_commit(ageing);
    }
    ageing_end_round(ageing);
    if (round_count > 4) round_count = 4;
    for (unsigned round = 0; round < round_count && ageing_begin_round(ageing); round++) {
        for (uint64_t done = 0; done < round_bytes && ageing_may_go_on(ageing); done += 56 << 10) {
            ageing_begin(ageing);
            ageing_add(ageing, 56 << 10);
            ageing_commit(ageing);
        }
        ageing_end_round(ageing);
    }
}

/* All goes and all comes back in one transaction. */
static void reload(struct ageing *ageing, unsigned round_count)
{
    size_t count = items_for(ageing, 1, 216);

    ageing->living.value_min = ageing->living.value_max = 200;
    for (unsigned round = 0; round <= round_count && ageing_begin_round(ageing); round++) {
        ageing_begin(ageing);
        if (round > 0) ageing_erase_all(ageing);
        while (living_count(&ageing->living) < count)
            ageing_add(ageing, 0);
        ageing_commit(ageing);
        ageing_end_round(ageing);
    }
}

/* Fills, drops all in one transaction, and works on with few items in small commits. */
static void drop(struct ageing *ageing, unsigned round_count)
{
    size_t count = items_for(ageing, 1, 516);

    ageing->living.value_min = ageing->living.value_max = 500;
    for (unsigned round = 0; round < (round_count + 1) / 2; round++) {
        if (!ageing_begin_round(ageing)) return;
        fill_to(ageing, count, 1000);
        ageing_end_round(ageing);
        if (!ageing_begin_round(ageing)) return;
        ageing_begin(ageing);
        ageing_erase_all(ageing);
        ageing_commit(ageing);
        fill_to(ageing, 100, 10);
        commit_small(ageing);
        ageing_end_round(ageing);
    }
}

const struct ageing_workload ageing_table[] = {
    {"churn", "30 % of the items go and as many come a round; values of 16 B to 64 KiB", churn},
    {"ttl", "items live for 60 ticks, a round; random keys, values of 200 B", live_and_let_die},
    {"rewrite", "every item anew in each round; values of 100 to 2000 B", rewrite},
    {"queue", "added behind the last key, erased at the first; values of 1000 B", queue},
    {"prune-head", "filled in order, then the lowest 90 % erased, each round; 500 B", prune_head},
    {"pinned",
     "all overwritten, 20 a transaction; a reader holds a snapshot for the first half "
     "of the rounds after the fill",
     pinned_reader},
    {"mass-delete", "round 2 erases 95 %, then 100 small commits and 10 of 64 KiB a round; 1000 B",
     mass_delete},
    {"scattered", "round 2 erases half in small pieces, then values of 56 KiB come", scattered},
    {"reload", "everything erased and put again in one transaction, each round; 200 B", reload},
    {"drop", "filled in odd rounds; in even ones dropped at once, then 100 small commits; 500 B",
     drop},
    {.name = NULL},
};

const struct ageing_workload *ageing_named(const char *name)
{
    for (const struct ageing_workload *row = ageing_table; row->name != NULL; row++)
        if (strcmp(row->name, name) == 0) return row;
    return NULL;
}
