/*
 * snapshot.c - the seqlock around the newest descriptor, and the readers' seats.
 *
 * Memory order. The reader stores its pin, then loads the sequence; the writer stores the
 * sequence, then loads the pins: both sequentially consistent, so at least one of them
 * sees the other's store. If the reader missed a publication, the writer sees its pin; if
 * it saw one, it begins again. The words are stored with release and loaded with acquire,
 * so that none of them moves out of the two looks at the sequence.
 */
#include "pager/snapshot.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/memory.h"
#include "base/note.h"
#include "os/lock_rank.h"

fh_status snapshots_init(struct snapshots *snapshots)
{
    *snapshots = (struct snapshots){.free_seats = NULL};
    return mutex_init(&snapshots->lock, LOCK_RANK_PAGER);
}

void snapshots_fini(struct snapshots *snapshots)
{
    for (uint32_t i = 0; i < atomic_load(&snapshots->block_count); i++)
        memory_give(snapshots->blocks[i]);
    mutex_fini(&snapshots->lock);
}

static fh_status add_block(struct snapshots *snapshots)
{
    uint32_t count = atomic_load_explicit(&snapshots->block_count, memory_order_relaxed);
    struct seat *seats;

    if (count == SEAT_BLOCKS_MAX)
        return fail(FH_TOO_LARGE, "%d readers at a time are the most",
                    SEAT_BLOCKS_MAX * SEATS_PER_BLOCK);
    seats = memory_take_lines(SEATS_PER_BLOCK, sizeof(*seats));
    if (seats == NULL) return fail(FH_NO_MEMORY, "no memory for readers");
    for (int i = SEATS_PER_BLOCK - 1; i >= 0; i--) {
        seats[i].next_free = snapshots->free_seats;
        snapshots->free_seats = &seats[i];
    }
    snapshots->blocks[count] = seats;
    atomic_store_explicit(&snapshots->block_count, count + 1, memory_order_seq_cst);
    return FH_OK;
}

static void load_words(struct snapshots *snapshots, struct descriptor *state)
{
    uint64_t words[DESCRIPTOR_WORDS];

    for (int i = 0; i < DESCRIPTOR_WORDS; i++)
        words[i] = atomic_load_explicit(&snapshots->words[i], memory_order_acquire);
    *state = (struct descriptor){
        .epoch = words[0],
        .txn_id = words[1],
        .lsn_end = words[2],
        .catalog_items = words[3],
        .page_count = (uint32_t)words[4],
        .root_level = (uint8_t)(words[4] >> 32),
        .root = (page_no)words[5],
    };
}

fh_status snapshot_pin(struct snapshots *snapshots, struct seat **ret_seat,
                       struct descriptor *ret_state)
{
    fh_status status = FH_OK;
    struct seat *seat;
    uint64_t before;

    mutex_lock(&snapshots->lock);
    if (snapshots->free_seats == NULL) status = add_block(snapshots);
    seat = snapshots->free_seats;
    if (status == FH_OK) snapshots->free_seats = seat->next_free;
    mutex_unlock(&snapshots->lock);
    TRY(status);
    for (;;) {
        before = atomic_load_explicit(&snapshots->sequence, memory_order_seq_cst);
        if (UNLIKELY((before & 1) != 0)) {
            thread_yield(); /* the publisher may wait for this very processor */
            continue;
        }
        load_words(snapshots, ret_state);
        atomic_store_explicit(&seat->grace,
                              atomic_load_explicit(&snapshots->grace, memory_order_seq_cst),
                              memory_order_relaxed);
        atomic_store_explicit(&seat->txn_id, ret_state->txn_id, memory_order_relaxed);
        atomic_store_explicit(&seat->pin, ret_state->epoch, memory_order_seq_cst);
        if (atomic_load_explicit(&snapshots->sequence, memory_order_seq_cst) == before) break;
        atomic_store_explicit(&seat->pin, 0, memory_order_release);
    }
    *ret_seat = seat;
    return FH_OK;
}

void snapshot_unpin(struct snapshots *snapshots, struct seat *seat)
{
    atomic_store_explicit(&seat->pin, 0, memory_order_release);
    mutex_lock(&snapshots->lock);
    seat->next_free = snapshots->free_seats;
    snapshots->free_seats = seat;
    mutex_unlock(&snapshots->lock);
}

void snapshot_publish(struct snapshots *snapshots, const struct descriptor *state)
{
    uint64_t words[DESCRIPTOR_WORDS] = {
        state->epoch,
        state->txn_id,
        state->lsn_end,
        state->catalog_items,
        state->page_count | (uint64_t)state->root_level << 32,
        state->root,
    };
    uint64_t sequence = atomic_load_explicit(&snapshots->sequence, memory_order_relaxed);

    atomic_store_explicit(&snapshots->sequence, sequence + 1, memory_order_seq_cst);
    for (int i = 0; i < DESCRIPTOR_WORDS; i++)
        atomic_store_explicit(&snapshots->words[i], words[i], memory_order_release);
    atomic_store_explicit(&snapshots->sequence, sequence + 2, memory_order_seq_cst);
}

void snapshot_newest(struct snapshots *snapshots, struct descriptor *ret_state)
{
    uint64_t before;

    for (;;) {
        before = atomic_load_explicit(&snapshots->sequence, memory_order_seq_cst);
        load_words(snapshots, ret_state);
        if ((before & 1) == 0 &&
            atomic_load_explicit(&snapshots->sequence, memory_order_seq_cst) == before)
            return;
        thread_yield();
    }
}

uint64_t snapshot_next_grace(struct snapshots *snapshots)
{
    return atomic_fetch_add_explicit(&snapshots->grace, 1, memory_order_seq_cst);
}

uint64_t snapshot_newest_pin(const struct snapshots *snapshots, uint64_t grace)
{
    uint32_t seats = snapshot_seat_count(snapshots);
    uint64_t newest = 0;

    for (uint32_t i = 0; i < seats; i++) {
        const struct seat *seat = &snapshots->blocks[i / SEATS_PER_BLOCK][i % SEATS_PER_BLOCK];
        uint64_t pin = atomic_load_explicit(&seat->pin, memory_order_seq_cst);

        if (pin > newest && atomic_load_explicit(&seat->grace, memory_order_relaxed) <= grace)
            newest = pin;
    }
    return newest;
}

uint32_t snapshot_seat_count(const struct snapshots *snapshots)
{
    return atomic_load_explicit(&snapshots->block_count, memory_order_seq_cst) * SEATS_PER_BLOCK;
}

void snapshot_readers(const struct snapshots *snapshots, uint64_t *ret_count,
                      uint64_t *ret_oldest_txn_id)
{
    uint32_t seats = snapshot_seat_count(snapshots);
    uint64_t count = 0, oldest = UINT64_MAX;

    for (uint32_t i = 0; i < seats; i++) {
        const struct seat *seat = &snapshots->blocks[i / SEATS_PER_BLOCK][i % SEATS_PER_BLOCK];
        uint64_t txn_id = atomic_load_explicit(&seat->txn_id, memory_order_relaxed);

        if (atomic_load_explicit(&seat->pin, memory_order_seq_cst) == 0) continue;
        count++;
        oldest = txn_id < oldest ? txn_id : oldest;
    }
    *ret_count = count;
    *ret_oldest_txn_id = count == 0 ? 0 : oldest;
}

static int compare_pins(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

    return (left > right) - (left < right);
}

void snapshot_pins(const struct snapshots *snapshots, uint64_t *pins, uint64_t *txn_ids,
                   uint32_t capacity, uint32_t *ret_count)
{
    uint32_t blocks = atomic_load_explicit(&snapshots->block_count, memory_order_seq_cst);
    uint32_t count = 0;

    for (uint32_t i = 0; i < blocks * SEATS_PER_BLOCK; i++) {
        const struct seat *seat = &snapshots->blocks[i / SEATS_PER_BLOCK][i % SEATS_PER_BLOCK];
        uint64_t pin = atomic_load_explicit(&seat->pin, memory_order_seq_cst);

        if (pin == 0) continue;
        if (count < capacity) {
            pins[count] = pin;
            if (txn_ids != NULL)
                txn_ids[count] = atomic_load_explicit(&seat->txn_id, memory_order_relaxed);
        }
        count++;
    }
    if (count <= capacity) {
        qsort(pins, count, sizeof(*pins), compare_pins);
        if (txn_ids != NULL) qsort(txn_ids, count, sizeof(*txn_ids), compare_pins);
    }
    *ret_count = count;
}
