/*
 * wal.c - the buffer, the leader, the ring's two ends.
 */
#include "wal/wal.h"

#include "base/bits.h"
#include "base/check.h"
#include "base/memory.h"
#include "base/note.h"

enum {
    REDO_BYTES_MAX = 8 << 20,
    BUFFER_BYTES_MAX = 1 << 19,
    BUFFER_BYTES_LEAST = 1 << 16,
    COPY_BYTES = 1 << 20,
    PATIENCE_TIMES = 2
};

static fh_status lead(struct wal *wal, bool with_sync);

fh_status wal_init(struct wal *wal, struct os_file *data_file,
                   void (*on_durable)(void *context, uint64_t lsn), void *context)
{
    *wal = (struct wal){.data_file = data_file, .on_durable = on_durable, .context = context};
    TRY(mutex_init(&wal->lock, WAL_LOCK));
    TRY(condition_init(&wal->round_ended[0]));
    return condition_init(&wal->round_ended[1]);
}

void wal_fini(struct wal *wal)
{
    wal_ring_close(&wal->ring);
    memory_give(wal->buffer);
    memory_give(wal->spare);
    condition_fini(&wal->round_ended[0]);
    condition_fini(&wal->round_ended[1]);
    mutex_fini(&wal->lock);
}

/* What is gathered before it is written. */
static uint64_t buffer_most(const struct wal *wal)
{
    uint64_t most = wal->ring.ring_bytes / 4;

    return most < BUFFER_BYTES_MAX ? most : BUFFER_BYTES_MAX;
}

void wal_start(struct wal *wal, struct wal_ring *ring, uint64_t salt, uint64_t lsn)
{
    REQUIRE(lsn % WAL_BLOCK_BYTES == 0);
    mutex_lock(&wal->lock);
    wal->ring = *ring;
    *ring = (struct wal_ring){.file = NULL};
    wal->salt = salt;
    wal->tail = wal->head = wal->written = wal->durable = wal->owed = lsn;
    wal->skipped_from = wal->skipped_to = lsn;
    wal->patience = buffer_most(wal);
    wal->names_runs = false;
    mutex_unlock(&wal->lock);
}

size_t wal_redo_limit(const struct wal *wal)
{
    return size_min(REDO_BYTES_MAX, (size_t)wal->ring.ring_bytes / 4);
}

/* What a record can take at most: itself, what fills a block and what fills the ring's end. */
static uint64_t worst_bytes(const struct redo *redo)
{
    uint64_t bytes = round_up(WAL_RECORD_BYTES + redo->size, WAL_ALIGN);

    return 2 * bytes + UINT64_C(3) * WAL_BLOCK_BYTES;
}

static size_t buffered(const struct wal *wal)
{
    return (size_t)(wal->head - wal->written);
}

static fh_status widen(uint8_t **buffer, size_t *capacity, size_t wanted)
{
    size_t wider = *capacity < BUFFER_BYTES_LEAST ? BUFFER_BYTES_LEAST : *capacity;
    uint8_t *bytes;

    if (wanted <= *capacity) return FH_OK;
    while (wider < wanted)
        wider *= 2;
    bytes = memory_resize(*buffer, *capacity, wider, 1);
    if (bytes == NULL) return fail(FH_NO_MEMORY, "no memory for %zu bytes of log", wanted);
    *buffer = bytes;
    *capacity = wider;
    return FH_OK;
}

static fh_status broken(void)
{
    return fail(FH_POISONED, "the log could not be written or synced: close and open again");
}

/*
 * Somebody is owed what was left out: only a checkpoint can do that. Next time the log is patient
 * for twice as long, unless so much was left out that a checkpoint came in between anyway.
 */
static fh_status left_out(struct wal *wal)
{
    if (wal->owed < wal->skipped_to) {
        wal->patience = wal->tail > wal->skipped_from ? buffer_most(wal)
                                                      : (wal->head - wal->owed) * PATIENCE_TIMES;
        wal->owed = wal->head;
    }
    return answer(FH_BUSY);
}

static fh_status prepare(struct wal *wal, uint64_t worst)
{
    if (wal->is_broken) return broken();
    if (wal_is_skipping(wal)) return left_out(wal); /* G10 */
    if (wal->head + worst > wal->tail + wal->ring.ring_bytes) return answer(FH_BUSY);
    while (buffered(wal) > 0 && buffered(wal) + worst > buffer_most(wal)) {
        TRY(lead(wal, false)); /* G8 */
        if (wal->is_broken) return broken();
    }
    return widen(&wal->buffer, &wal->buffer_capacity, buffered(wal) + (size_t)worst);
}

fh_status wal_prepare(struct wal *wal, const struct redo *redo)
{
    fh_status status;

    mutex_lock(&wal->lock);
    status = prepare(wal, worst_bytes(redo));
    mutex_unlock(&wal->lock);
    return status;
}

/* So many bytes that mean nothing, behind what the buffer holds. */
static void add_pad(struct wal *wal, uint64_t bytes)
{
    struct wal_record pad = {
        .bytes = (uint32_t)bytes, .lsn = wal->head, .durable_lsn = wal->durable, .kind = WAL_PAD};
    uint8_t *at = wal->buffer + buffered(wal);

    memset(at, 0, bytes);
    if (bytes >= WAL_RECORD_BYTES) wal_record_encode(at, &pad, wal->salt);
    wal->head += bytes;
}

static void add_record(struct wal *wal, const struct redo *redo, uint64_t txn_id)
{
    struct wal_record record = {
        .bytes = (uint32_t)(WAL_RECORD_BYTES + redo->size),
        .txn_id = txn_id,
        .durable_lsn = wal->durable,
        .op_count = redo->op_count,
        .kind = WAL_TXN,
        .flags = redo->names_runs ? WAL_NAMES_RUNS : 0,
    };
    uint64_t bytes = round_up(record.bytes, WAL_ALIGN);
    uint64_t to_end;
    uint8_t *at;

    add_pad(wal, wal_next_start(wal->head) - wal->head);
    to_end = wal->ring.ring_bytes - (wal->head & (wal->ring.ring_bytes - 1));
    if (to_end < bytes) add_pad(wal, to_end);
    record.lsn = wal->head;
    at = wal->buffer + buffered(wal);
    if (redo->size > 0) memcpy(at + WAL_RECORD_BYTES, redo->bytes, redo->size);
    memset(at + record.bytes, 0, bytes - record.bytes);
    wal_record_encode(at, &record, wal->salt);
    wal->head += bytes;
    wal->names_runs |= redo->names_runs;
}

uint64_t wal_append(struct wal *wal, const struct redo *redo, uint64_t txn_id, bool is_owed)
{
    uint64_t end;

    mutex_lock(&wal->lock);
    REQUIRE(!wal_is_skipping(wal));
    add_record(wal, redo, txn_id);
    end = wal->head;
    if (is_owed) wal->owed = end;
    mutex_unlock(&wal->lock);
    return end;
}

bool wal_may_skip(struct wal *wal)
{
    bool may_skip;

    mutex_lock(&wal->lock);
    may_skip =
        !wal->is_broken && (wal_is_skipping(wal) ||
                            (wal->owed <= wal->written && wal->head - wal->owed >= wal->patience));
    mutex_unlock(&wal->lock);
    return may_skip;
}

/* What the buffer holds goes too: nobody is owed it. */
uint64_t wal_skip(struct wal *wal, uint64_t bytes)
{
    uint64_t end;

    mutex_lock(&wal->lock);
    REQUIRE(wal->owed <= wal->written);
    if (!wal_is_skipping(wal)) wal->skipped_from = wal->written;
    wal->head = round_up(wal->head + bytes, WAL_BLOCK_BYTES);
    wal->skipped_to = wal->written = end = wal->head;
    wal->names_runs = false;
    mutex_unlock(&wal->lock);
    return end;
}

static fh_status carry(struct wal *wal, uint64_t from, const uint8_t *bytes, size_t size,
                       bool names_runs, bool with_sync)
{
    const struct os *os = wal->ring.file->os;

    if (names_runs) TRY(os->sync(wal->data_file, OS_SYNC_DATA));
    if (size > 0) TRY(wal_ring_write(&wal->ring, from, bytes, size));
    return with_sync ? os->sync(wal->ring.file, OS_SYNC_DATA) : FH_OK;
}

static void wake_all(struct wal *wal)
{
    condition_wake_all(&wal->round_ended[0]);
    condition_wake_all(&wal->round_ended[1]);
}

/* Until somebody else's round has ended; with the lock held at first and at the end. */
static void await_round(struct wal *wal, unsigned round)
{
    condition_wait(&wal->round_ended[round % 2], &wal->lock);
}

/* Those whose records it carried go on; of those who wait for the next one, who will lead it. */
static void end_round(struct wal *wal)
{
    wal->is_led = false;
    condition_wake_all(&wal->round_ended[wal->round % 2]);
    condition_wake_one(&wal->round_ended[(wal->round + 1) % 2]);
}

/* One round: with the lock held at first and at the end, and not between. */
static fh_status lead(struct wal *wal, bool with_sync)
{
    uint64_t from = wal->written, to, durable;
    uint8_t *bytes = wal->buffer;
    size_t capacity = wal->buffer_capacity;
    bool names_runs = wal->names_runs;
    fh_status status;

    if (wal->is_led) {
        await_round(wal, wal->round);
        return FH_OK; /* the caller looks again */
    }
    if (buffered(wal) > 0) add_pad(wal, round_up(wal->head, WAL_BLOCK_BYTES) - wal->head);
    to = wal->head;
    durable = wal_is_skipping(wal) ? wal->skipped_from : to;
    wal->is_led = true;
    wal->round++;
    wal->buffer = wal->spare;
    wal->buffer_capacity = wal->spare_capacity;
    wal->spare = NULL;
    wal->spare_capacity = 0;
    wal->names_runs = false;
    wal->written = to;
    mutex_unlock(&wal->lock);
    status = carry(wal, from, bytes, (size_t)(to - from), names_runs, with_sync);
    if (status == FH_OK && with_sync) wal->on_durable(wal->context, durable);
    mutex_lock(&wal->lock);
    wal->spare = bytes;
    wal->spare_capacity = capacity;
    wal->sync_count += with_sync;
    if (status == FH_OK && with_sync && durable > wal->durable) wal->durable = durable;
    end_round(wal);
    if (status == FH_OK) return FH_OK;
    wal->is_broken = true; /* G4 */
    wake_all(wal);
    return broken();
}

fh_status wal_wait(struct wal *wal, uint64_t lsn)
{
    fh_status status = FH_OK;

    mutex_lock(&wal->lock);
    while (status == FH_OK && wal->durable < lsn && wal_is_on(wal)) {
        if (wal_is_skipping(wal) && lsn > wal->skipped_from)
            status = wal->is_broken ? broken() : left_out(wal);
        else if (wal->is_led && lsn > wal->written)
            await_round(wal, wal->round + 1);
        else
            status = wal->is_broken ? broken() : lead(wal, true);
    }
    mutex_unlock(&wal->lock);
    return status;
}

fh_status wal_flush(struct wal *wal)
{
    fh_status status = FH_OK;

    mutex_lock(&wal->lock);
    while (status == FH_OK && buffered(wal) > 0)
        status = wal->is_broken ? broken() : lead(wal, false);
    mutex_unlock(&wal->lock);
    return status;
}

void wal_pass(struct wal *wal, uint64_t lsn)
{
    if (!wal_is_on(wal)) return;
    mutex_lock(&wal->lock);
    if (lsn > wal->tail) wal->tail = lsn;
    if (lsn > wal->durable) wal->durable = lsn; /* by the checkpoint */
    wake_all(wal);
    mutex_unlock(&wal->lock);
}

uint64_t wal_fill(struct wal *wal)
{
    uint64_t bytes;

    mutex_lock(&wal->lock);
    bytes = wal->head - wal->tail;
    mutex_unlock(&wal->lock);
    return bytes;
}

void wal_extent(struct wal *wal, uint64_t *ret_bytes, uint64_t *ret_ring_bytes)
{
    mutex_lock(&wal->lock);
    *ret_bytes = (wal_is_skipping(wal) ? wal->skipped_from : wal->head) - wal->tail;
    if (wal_is_skipping(wal) && wal->skipped_from < wal->tail) *ret_bytes = 0;
    *ret_ring_bytes = wal->ring.ring_bytes;
    mutex_unlock(&wal->lock);
}

/* A counter, at a moment when nobody changes it. */
static uint64_t look_at(struct wal *wal, const uint64_t *counter)
{
    uint64_t value;

    mutex_lock(&wal->lock);
    value = *counter;
    mutex_unlock(&wal->lock);
    return value;
}

uint64_t wal_durable(struct wal *wal)
{
    return look_at(wal, &wal->durable);
}

uint64_t wal_sync_count(struct wal *wal)
{
    return look_at(wal, &wal->sync_count);
}

uint64_t wal_head(struct wal *wal)
{
    return look_at(wal, &wal->head);
}

bool wal_fits(struct wal *wal, uint64_t ring_bytes)
{
    bool fits;

    mutex_lock(&wal->lock);
    fits = wal->tail / ring_bytes == wal->head / ring_bytes;
    mutex_unlock(&wal->lock);
    return fits;
}

/* The records that are needed, at their lsn: a larger ring has no end where a smaller has none. */
static fh_status copy_records(struct wal *wal, struct wal_ring *ring)
{
    uint8_t *bytes = memory_take(COPY_BYTES, 1);
    fh_status status = FH_OK;

    if (bytes == NULL) return fail(FH_NO_MEMORY, "no memory to copy the log");
    for (uint64_t lsn = wal->tail; lsn < wal->written && status == FH_OK; lsn += COPY_BYTES) {
        size_t here = size_min(COPY_BYTES, (size_t)(wal->written - lsn));

        status = wal_ring_read(&wal->ring, lsn, bytes, here);
        if (status == FH_OK) status = wal_ring_write(ring, lsn, bytes, here);
    }
    memory_give(bytes);
    return status == FH_OK ? ring->file->os->sync(ring->file, OS_SYNC_DATA) : status;
}

fh_status wal_change_begin(struct wal *wal, struct wal_ring *ring)
{
    REQUIRE(ring->ring_bytes >= wal->ring.ring_bytes || wal_fits(wal, ring->ring_bytes));
    TRY(wal_wait(wal, wal_head(wal)));
    mutex_lock(&wal->lock);
    while (wal->is_led)
        await_round(wal, wal->round);
    wal->is_led = true;
    mutex_unlock(&wal->lock);
    return copy_records(wal, ring);
}

void wal_change_end(struct wal *wal, struct wal_ring *ring, bool adopt)
{
    struct wal_ring old = wal->ring;

    mutex_lock(&wal->lock);
    if (adopt) {
        wal->ring = *ring;
        *ring = old;
    }
    wal->is_led = false;
    wake_all(wal);
    mutex_unlock(&wal->lock);
}

fh_status wal_audit(struct wal *wal)
{
    fh_status status = FH_OK;

    mutex_lock(&wal->lock);
    if (wal->durable > wal->head || wal->tail > wal->head || buffered(wal) > wal->buffer_capacity ||
        (wal_is_on(wal) && !wal_is_skipping(wal) && wal->head - wal->tail > wal->ring.ring_bytes) ||
        (wal_is_skipping(wal) && (buffered(wal) > 0 || wal->skipped_to != wal->head)))
        status = fail(FH_CORRUPT, "I9: the log from %llu to %llu in a ring of %llu",
                      (unsigned long long)wal->tail, (unsigned long long)wal->head,
                      (unsigned long long)wal->ring.ring_bytes);
    mutex_unlock(&wal->lock);
    return status;
}
