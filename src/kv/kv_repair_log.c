/*
 * kv_repair_log.c - the commits that a log holds, done again in the new database.
 *
 * A record is looked at whole before any of it is done. A value in a run that is damaged is
 * lost with its item, if the record was on the medium once; else the log ends there.
 */
#include "base/check.h"
#include "base/memory.h"
#include "base/note.h"
#include "kv/db_internal.h"
#include "kv/kv_repair.h"
#include "wal/redo.h"

struct replay {
    struct kv_repair *repair;
    struct salvage_log log;
    uint64_t txn_id; /* done last */
    fh_tree *tree;   /* that operations are about; NULL: none yet */
    struct span name;
    uint8_t name_room[TREE_KEY_MAX];
    uint8_t *value;
    size_t value_capacity;
};

/* FH_CORRUPT: the value's runs are not what the record means. */
static fh_status read_value(struct replay *replay, const struct redo_op *op)
{
    struct salvage *source = replay->repair->source;
    uint64_t bytes = 0, at = 0;

    for (uint32_t i = 0; i < op->extent_count; i++)
        bytes += (uint64_t)redo_extent(op, i).page_count << source->page_shift;
    if (op->value_bytes > bytes || op->value_bytes > FH_VALUE_MAX ||
        bytes > (uint64_t)source->page_count << source->page_shift)
        return fail(FH_CORRUPT, "a value of %llu bytes in runs of %llu",
                    (unsigned long long)op->value_bytes, (unsigned long long)bytes);
    if (bytes > replay->value_capacity) {
        memory_give(replay->value);
        replay->value_capacity = 0;
        replay->value = memory_take(1, (size_t)bytes);
        if (replay->value == NULL)
            return fail(FH_NO_MEMORY, "no memory for a value of %llu bytes",
                        (unsigned long long)bytes);
        replay->value_capacity = (size_t)bytes;
    }
    for (uint32_t i = 0; i < op->extent_count; i++) {
        struct redo_extent extent = redo_extent(op, i);
        struct run run = {extent.page, extent.page_count};
        size_t size = (size_t)(run.count << source->page_shift);

        if (!salvage_can_hold(source, run))
            return fail(FH_CORRUPT, "page %u can hold no value", extent.page);
        TRY(salvage_read(source, run, replay->value + at));
        if (slot_body_crc(extent.page, replay->value + at, size) != extent.crc)
            return fail(FH_CORRUPT, "page %u: the checksum is wrong", extent.page);
        at += size;
    }
    return FH_OK;
}

static bool is_name(const struct replay *replay, struct span name)
{
    return name.size == 0 ||
           (name.size <= replay->repair->source->page_bytes / 8 && name.data[0] != 0);
}

static bool is_key(const struct replay *replay, struct span key, bool may_be_empty)
{
    return key.size <= replay->repair->source->page_bytes / 8 && (key.size > 0 || may_be_empty);
}

/* FH_CORRUPT: the record makes no sense. *ret_is_whole: its values are all there. */
static fh_status look_at_record(struct replay *replay, uint32_t op_count, struct span ops,
                                bool *ret_is_whole)
{
    bool has_tree = replay->tree != NULL, is_whole = true;

    for (uint32_t i = 0; i < op_count; i++) {
        struct redo_op op;
        bool is_range, is_tree;
        fh_status status = FH_OK;

        TRY(redo_next(&ops, &op));
        is_range = op.kind == REDO_ERASE_RANGE;
        is_tree = op.kind == REDO_TREE;
        has_tree |= is_tree;
        if (!has_tree || (is_tree && !is_name(replay, op.name)) ||
            (!is_tree && !is_key(replay, op.key, is_range || op.kind == REDO_TREE_DROP)) ||
            (is_range && !is_key(replay, op.to, true)))
            return fail(FH_CORRUPT, "operation %u makes no sense", i);
        if (op.kind == REDO_TREE_DROP) has_tree = false;
        if (op.kind == REDO_PUT_RUNS) status = read_value(replay, &op);
        if (status != FH_OK && status != FH_CORRUPT) return status;
        is_whole &= status == FH_OK;
    }
    *ret_is_whole = is_whole;
    return FH_OK;
}

static fh_status open_tree(struct replay *replay, struct span name)
{
    if (name.size > 0) memcpy(replay->name_room, name.data, name.size);
    replay->name = span_of(replay->name_room, name.size);
    return fh_tree_open(replay->repair->to, (fh_bytes){name.data, name.size}, FH_TREE_CREATE,
                        &replay->tree);
}

static fh_status forgive(fh_status status)
{
    return status == FH_NOT_FOUND ? FH_OK : status; /* it is among what is lost */
}

static fh_status put_runs(struct replay *replay, const struct redo_op *op, fh_bytes key)
{
    fh_txn *to = replay->repair->to;
    uint8_t end[TREE_KEY_MAX + 1] = {0};
    fh_status status = read_value(replay, op);

    if (status == FH_OK)
        return fh_put(to, replay->tree, key, (fh_bytes){replay->value, (size_t)op->value_bytes}, 0);
    if (status != FH_CORRUPT) return status;
    memcpy(end, op->key.data, op->key.size);
    kv_repair_lost(replay->repair, FH_FINDING_ITEMS, replay->name,
                   &(struct tree_salvage_loss){.page = redo_extent(op, 0).page,
                                               .from = op->key,
                                               .to = span_of(end, op->key.size + 1),
                                               .is_item = true});
    return forgive(fh_erase(to, replay->tree, key)); /* the value before is no longer true */
}

static fh_status replay_op(struct replay *replay, const struct redo_op *op)
{
    fh_txn *to = replay->repair->to;
    fh_bytes key = {op->key.data, op->key.size};
    fh_status status;

    switch (op->kind) {
    case REDO_TREE:
        return open_tree(replay, op->name);
    case REDO_PUT:
        return fh_put(to, replay->tree, key, (fh_bytes){op->value.data, op->value.size}, 0);
    case REDO_PUT_RUNS:
        return put_runs(replay, op, key);
    case REDO_ERASE:
        return forgive(fh_erase(to, replay->tree, key));
    case REDO_ERASE_RANGE:
        return fh_erase_range(to, replay->tree, key, (fh_bytes){op->to.data, op->to.size}, NULL);
    case REDO_TREE_DROP:
        status = fh_tree_drop(to, replay->tree);
        replay->tree = NULL;
        return status;
    }
    return FH_OK;
}

static fh_status replay_record(struct replay *replay, const struct wal_record *record,
                               struct span ops)
{
    kv_repair_progress(replay->repair);
    for (uint32_t i = 0; i < record->op_count; i++) {
        struct redo_op op;

        TRY(redo_next(&ops, &op));
        TRY(replay_op(replay, &op));
    }
    replay->txn_id = record->txn_id;
    replay->repair->info.commit_count++;
    replay->tree = NULL; /* each record names its trees */
    return FH_OK;
}

/* The log does not go on at `lsn`: is that its end? */
static fh_status judge_end(struct replay *replay, uint64_t lsn)
{
    uint64_t newest;
    bool is_rot;

    TRY(salvage_log_behind(&replay->log, lsn, &newest, &is_rot));
    if (is_rot)
        kv_repair_say(replay->repair, FH_FINDING_COMMITS, 0,
                      "the log is damaged at %llu: the commits behind transaction %llu are lost%s",
                      (unsigned long long)lsn, (unsigned long long)replay->txn_id,
                      newest > replay->txn_id ? "" : ", if there were any");
    return FH_OK;
}

/* The next record, whose values may be lost in part if it was on the medium once. */
static fh_status next_record(struct replay *replay, struct wal_record *record, struct span *ops)
{
    uint64_t lsn = replay->log.lsn, newest;
    bool is_whole = false, is_rot;
    fh_status status = salvage_log_next(&replay->log, record, ops);

    if (status == FH_OK && record->txn_id != replay->txn_id + 1)
        status = fail(FH_CORRUPT, "the log goes from transaction %llu to %llu",
                      (unsigned long long)replay->txn_id, (unsigned long long)record->txn_id);
    if (status == FH_OK) status = look_at_record(replay, record->op_count, *ops, &is_whole);
    if (status == FH_CORRUPT) {
        kv_repair_say(replay->repair, FH_FINDING_COMMITS, 0,
                      "the log makes no sense at %llu: the commits behind transaction %llu are "
                      "lost: %s",
                      (unsigned long long)lsn, (unsigned long long)replay->txn_id, note_text());
        return answer(FH_NOT_FOUND);
    }
    if (status == FH_NOT_FOUND) {
        TRY(judge_end(replay, replay->log.lsn));
        return answer(FH_NOT_FOUND);
    }
    if (status != FH_OK || is_whole) return status;
    TRY(salvage_log_behind(&replay->log, record->lsn, &newest, &is_rot));
    if (!is_rot) return answer(FH_NOT_FOUND);
    replay->log.lsn = lsn; /* the search has used the record's place */
    return salvage_log_next(&replay->log, record, ops);
}

static fh_status replay_all(struct replay *replay)
{
    struct wal_record record;
    struct span ops;
    fh_status status;

    while ((status = next_record(replay, &record, &ops)) == FH_OK)
        TRY(replay_record(replay, &record, ops));
    return status == FH_NOT_FOUND ? FH_OK : status;
}

static fh_status replay_state(struct kv_repair *repair, const struct meta *state)
{
    struct replay *replay;
    fh_status status;

    if ((state->flags & META_NO_LOG) != 0) return FH_OK;
    replay = memory_take(1, sizeof(*replay));
    if (replay == NULL) return fail(FH_NO_MEMORY, "no memory to read a log");
    replay->repair = repair;
    replay->txn_id = state->txn_id;
    status = salvage_log_open(&replay->log, repair->source, state);
    if (status == FH_LOG_MISSING) {
        kv_repair_say(repair, FH_FINDING_COMMITS, 0,
                      "the log is not there: the commits behind transaction %llu are lost",
                      (unsigned long long)replay->txn_id);
        status = FH_OK;
    } else if (status == FH_OK) {
        status = replay_all(replay);
    }
    salvage_log_close(&replay->log);
    memory_give(replay->value);
    memory_give(replay);
    return status;
}

fh_status kv_repair_log(struct kv_repair *repair)
{
    const struct meta *newest = &repair->source->states[0];

    if (repair->logged == NULL) return FH_OK;
    TRY(replay_state(repair, repair->logged));
    /* From the older state's place the log may be overwritten; what it says since is true still. */
    if (repair->logged == newest || repair->info.commit_count > 0) return FH_OK;
    return replay_state(repair, newest);
}
