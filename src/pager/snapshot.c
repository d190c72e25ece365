/*
 * snapshot.c - the seqlock around the newest descriptor, and the readers' seats.
 *
 * Memory order. A reader looks at the sequence, copies the words and enters its pin in one
 * hold of the lock; the writer publishes and then looks at the pins in a hold of the same
 * lock. If the reader's hold comes first, the writer sees its pin; if the writer's comes
 * first, its publication happens before the reader's look, which finds it or a newer one. The
 * words are stored with release and loaded with acquire between two looks at the sequence, so
 * that a state that is being replaced is read again.
 *
 * A lease is over when the writer has changed its seat from idle to over. A call of the reader
 * changes it from idle to busy and back, the latter with release; the writer's change acquires
 * that, so every load of the call happens before whatever the writer does with the pages. The
 * reader's next call finds the lease over, and looks at nothing. While a call is at work the
 * writer's change fails, and the lease waits for the next look.
 */
#include "pager/snapshot.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/memory.h"
#include "base/note.h"
#include "os/lock_rank.h"

fh_status snapshots_init(struct snapshots *snapshots, const struct os *os)
{
    *snapshots = (struct snapshots){.os = os};
    list_init(&snapshots->leased);
    return mutex_init(&snapshots->lock, LOCK_RANK_ALLOC);
}

void snapshots_fini(struct snapshots *snapshots)
{
    for (uint32_t i = 0; i < atomic_load(&snapshots->block_count); i++)
        memory_give(snapshots->blocks[i]);
    pin_table_fini(&snapshots->pins);
    mutex_fini(&snapshots->lock);
}

static fh_status add_block(struct snapshots *snapshots)
{
    uint32_t count = atomic_load_explicit(&snapshots->block_count, memory_order_relaxed);
    struct seat *seats;

    if (count == SEAT_BLOCKS_MAX)
        return fail(FH_TOO_LARGE, "%d readers at a time are the most",
                    SEAT_BLOCKS_MAX * SEATS_PER_BLOCK);
    TRY(pin_table_reserve(&snapshots->pins, (count + 1) * SEATS_PER_BLOCK));
    seats = memory_take_lines(SEATS_PER_BLOCK, sizeof(*seats));
    if (seats == NULL) return fail(FH_NO_MEMORY, "no memory for readers");
    for (int i = SEATS_PER_BLOCK - 1; i >= 0; i--) {
        seats[i].next_free = snapshots->free_seats;
        snapshots->free_seats = &seats[i];
    }
    snapshots->blocks[count] = seats;
    atomic_store_explicit(&snapshots->block_count, count + 1, memory_order_release);
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

/* The newest state, all of it, and the sequence it was read under; false: it is being replaced. */
static bool look_at_state(struct snapshots *snapshots, struct descriptor *ret_state,
                          uint64_t *ret_sequence)
{
    *ret_sequence = atomic_load_explicit(&snapshots->sequence, memory_order_seq_cst);
    load_words(snapshots, ret_state);
    return LIKELY((*ret_sequence & 1) == 0 &&
                  atomic_load_explicit(&snapshots->sequence, memory_order_seq_cst) ==
                      *ret_sequence);
}

static void begin_lease(struct snapshots *snapshots, struct seat *seat, struct seat_terms *terms)
{
    terms->seat = seat;
    list_init(&terms->link);
    if (!terms->is_leased) return;
    atomic_store_explicit(&seat->lease, LEASE_IDLE, memory_order_relaxed);
    list_append(&snapshots->leased, &terms->link);
    atomic_fetch_add_explicit(&snapshots->leased_count, 1, memory_order_relaxed);
}

/* Nobody holds the lock meanwhile: the publisher may want it, or wait for this very processor. */
static void wait_for_state(struct snapshots *snapshots)
{
    mutex_unlock(&snapshots->lock);
    thread_yield();
    mutex_lock(&snapshots->lock);
}

/* R1, with the lock held: the seat's reader sees the newest state. */
static void pin_newest(struct snapshots *snapshots, struct seat *seat, struct descriptor *ret_state)
{
    for (;;) {
        atomic_store_explicit(&seat->grace,
                              atomic_load_explicit(&snapshots->grace, memory_order_seq_cst),
                              memory_order_relaxed);
        if (look_at_state(snapshots, ret_state, &seat->sequence)) break;
        wait_for_state(snapshots);
    }
    seat->txn_id = ret_state->txn_id;
    atomic_store_explicit(&seat->pin, ret_state->epoch, memory_order_release);
    pin_table_add(&snapshots->pins, ret_state->epoch, ret_state->txn_id);
}

static void note_beginning(struct seat *seat, uint32_t thread_id, uint64_t now)
{
    atomic_store_explicit(&seat->thread_id, thread_id, memory_order_relaxed);
    atomic_store_explicit(&seat->began_ns, now, memory_order_relaxed);
}

fh_status snapshot_pin(struct snapshots *snapshots, struct seat_terms *terms,
                       struct seat **ret_seat, struct descriptor *ret_state)
{
    const struct os *os = snapshots->os;
    uint32_t thread_id = os->thread_id(os);
    bool is_leased = terms != NULL && terms->is_leased;
    uint64_t now = is_leased ? os->monotonic_ns(os) : os->coarse_ns(os);
    fh_status status = FH_OK;
    struct seat *seat;

    mutex_lock(&snapshots->lock);
    if (snapshots->free_seats == NULL) status = add_block(snapshots);
    if (status != FH_OK) {
        mutex_unlock(&snapshots->lock);
        return status;
    }
    seat = snapshots->free_seats;
    snapshots->free_seats = seat->next_free;
    note_beginning(seat, thread_id, now);
    seat->terms = terms;
    pin_newest(snapshots, seat, ret_state);
    if (terms != NULL) begin_lease(snapshots, seat, terms);
    mutex_unlock(&snapshots->lock);
    *ret_seat = seat;
    return FH_OK;
}

/* The pin goes; the seat stays. */
static void drop_pin(struct snapshots *snapshots, struct seat *seat)
{
    uint64_t epoch = atomic_load_explicit(&seat->pin, memory_order_relaxed);

    atomic_store_explicit(&seat->pin, 0, memory_order_release);
    pin_table_remove(&snapshots->pins, epoch);
}

static void end_lease(struct snapshots *snapshots, struct seat_terms *terms)
{
    list_remove(&terms->link);
    atomic_fetch_sub_explicit(&snapshots->leased_count, 1, memory_order_relaxed);
}

void snapshot_unpin(struct snapshots *snapshots, struct seat *seat)
{
    uint32_t lease;

    mutex_lock(&snapshots->lock);
    lease = atomic_load_explicit(&seat->lease, memory_order_relaxed);
    if (UNLIKELY(lease != LEASE_NONE)) {
        if (lease != LEASE_OVER) end_lease(snapshots, seat->terms);
        atomic_store_explicit(&seat->lease, LEASE_NONE, memory_order_relaxed);
    }
    if (lease != LEASE_OVER) drop_pin(snapshots, seat);
    seat->terms = NULL;
    seat->next_free = snapshots->free_seats;
    snapshots->free_seats = seat;
    mutex_unlock(&snapshots->lock);
}

/* ---- Kept seats ---- */

void snapshot_keep(struct snapshots *snapshots, struct seat *seat)
{
    mutex_lock(&snapshots->lock);
    REQUIRE(snapshots->kept_count < SEATS_KEPT_MAX && seat->terms == NULL);
    atomic_store_explicit(&seat->lease, LEASE_BUSY, memory_order_relaxed);
    snapshots->kept[snapshots->kept_count++] = seat;
    mutex_unlock(&snapshots->lock);
}

void snapshot_park(struct seat *seat)
{
    atomic_store_explicit(&seat->lease, LEASE_IDLE, memory_order_release);
}

enum seat_claim snapshot_claim(const struct snapshots *snapshots, struct seat *seat,
                               uint32_t thread_id)
{
    const struct os *os = snapshots->os;
    uint32_t lease = atomic_load_explicit(&seat->lease, memory_order_relaxed);

    do {
        if (lease != LEASE_IDLE && lease != LEASE_OVER) return SEAT_TAKEN;
    } while (!atomic_compare_exchange_weak_explicit(&seat->lease, &lease, LEASE_BUSY,
                                                    memory_order_acquire, memory_order_relaxed));
    note_beginning(seat, thread_id, os->coarse_ns(os));
    return lease == LEASE_IDLE && atomic_load_explicit(&snapshots->sequence,
                                                       memory_order_acquire) == seat->sequence
               ? SEAT_CURRENT
               : SEAT_STALE;
}

void snapshot_renew(struct snapshots *snapshots, struct seat *seat, struct descriptor *ret_state)
{
    mutex_lock(&snapshots->lock);
    if (atomic_load_explicit(&seat->pin, memory_order_relaxed) != 0) drop_pin(snapshots, seat);
    pin_newest(snapshots, seat, ret_state);
    mutex_unlock(&snapshots->lock);
}

bool snapshot_is_parked(const struct seat *seat)
{
    uint32_t lease = atomic_load_explicit(&seat->lease, memory_order_acquire);

    return lease == LEASE_IDLE || lease == LEASE_OVER;
}

/* With the lock held: the pin of a reader that has ended is nobody's. */
static void take_parked(struct snapshots *snapshots)
{
    for (uint32_t i = 0; i < snapshots->kept_count; i++) {
        struct seat *seat = snapshots->kept[i];
        uint32_t lease = LEASE_IDLE;

        if (atomic_load_explicit(&seat->lease, memory_order_relaxed) == LEASE_IDLE &&
            atomic_compare_exchange_strong_explicit(&seat->lease, &lease, LEASE_OVER,
                                                    memory_order_acquire, memory_order_relaxed))
            drop_pin(snapshots, seat);
    }
}

/* ---- Leases ---- */

bool snapshot_enter(struct seat *seat)
{
    uint32_t idle = LEASE_IDLE;

    return atomic_compare_exchange_strong_explicit(&seat->lease, &idle, LEASE_BUSY,
                                                   memory_order_acquire, memory_order_relaxed);
}

void snapshot_leave(struct seat *seat)
{
    atomic_store_explicit(&seat->lease, LEASE_IDLE, memory_order_release);
}

static bool has_passed(const struct seat_terms *terms, uint64_t now,
                       const struct snapshot_judge *judge)
{
    const struct seat *seat = terms->seat;

    if (terms->lease_ns != 0 &&
        now >= atomic_load_explicit(&seat->began_ns, memory_order_relaxed) + terms->lease_ns)
        return true;
    return terms->lease_pages != 0 &&
           judge->pages_of(judge->context, atomic_load_explicit(&seat->pin, memory_order_relaxed)) >
               terms->lease_pages;
}

void snapshot_expire(struct snapshots *snapshots, const struct snapshot_judge *judge)
{
    struct list *node, *next;
    uint64_t now;

    if (LIKELY(atomic_load_explicit(&snapshots->leased_count, memory_order_relaxed) == 0)) return;
    now = snapshots->os->monotonic_ns(snapshots->os);
    mutex_lock(&snapshots->lock);
    for (node = snapshots->leased.next; node != &snapshots->leased; node = next) {
        struct seat_terms *terms = list_item(node, struct seat_terms, link);
        uint32_t idle = LEASE_IDLE;

        next = node->next;
        if (!has_passed(terms, now, judge)) continue;
        if (!atomic_compare_exchange_strong_explicit(&terms->seat->lease, &idle, LEASE_OVER,
                                                     memory_order_acquire, memory_order_relaxed))
            continue;
        drop_pin(snapshots, terms->seat);
        end_lease(snapshots, terms);
    }
    mutex_unlock(&snapshots->lock);
}

/* ---- The state ---- */

/*
 * With the gate shut the writer changes what the newest state refers to. Who read it has left: its
 * parking or unpinning happens before this hold of the lock. Who comes finds no parked seat with
 * that state, and waits in pin_newest.
 */
bool snapshot_shut(struct snapshots *snapshots, uint64_t since)
{
    const struct pin_table *pins = &snapshots->pins;
    uint64_t sequence = atomic_load_explicit(&snapshots->sequence, memory_order_relaxed);
    bool is_free;

    mutex_lock(&snapshots->lock);
    take_parked(snapshots);
    is_free = pins->count == 0 || pins->entries[pins->count - 1].epoch < since;
    if (is_free) atomic_store_explicit(&snapshots->sequence, sequence + 1, memory_order_seq_cst);
    mutex_unlock(&snapshots->lock);
    return is_free;
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
    uint64_t odd = atomic_load_explicit(&snapshots->sequence, memory_order_relaxed) | 1;

    atomic_store_explicit(&snapshots->sequence, odd, memory_order_seq_cst);
    for (int i = 0; i < DESCRIPTOR_WORDS; i++)
        atomic_store_explicit(&snapshots->words[i], words[i], memory_order_release);
    atomic_store_explicit(&snapshots->sequence, odd + 1, memory_order_seq_cst);
}

void snapshot_newest(struct snapshots *snapshots, struct descriptor *ret_state)
{
    uint64_t sequence;

    while (!look_at_state(snapshots, ret_state, &sequence))
        thread_yield();
}

uint64_t snapshot_next_grace(struct snapshots *snapshots)
{
    return atomic_fetch_add_explicit(&snapshots->grace, 1, memory_order_seq_cst);
}

void snapshot_meet(struct snapshots *snapshots)
{
    mutex_lock(&snapshots->lock);
    take_parked(snapshots);
    mutex_unlock(&snapshots->lock);
}

uint64_t snapshot_newest_pin(const struct snapshots *snapshots, uint64_t grace)
{
    uint32_t seats = snapshot_seat_count(snapshots);
    uint64_t newest = 0;

    for (uint32_t i = 0; i < seats; i++) {
        const struct seat *seat = &snapshots->blocks[i / SEATS_PER_BLOCK][i % SEATS_PER_BLOCK];
        uint64_t pin = atomic_load_explicit(&seat->pin, memory_order_acquire);

        if (pin > newest && atomic_load_explicit(&seat->grace, memory_order_relaxed) <= grace)
            newest = pin;
    }
    return newest;
}

uint32_t snapshot_seat_count(const struct snapshots *snapshots)
{
    return atomic_load_explicit(&snapshots->block_count, memory_order_acquire) * SEATS_PER_BLOCK;
}

void snapshot_readers(struct snapshots *snapshots, uint64_t *ret_count, uint64_t *ret_oldest_txn_id)
{
    mutex_lock(&snapshots->lock);
    take_parked(snapshots);
    *ret_count = snapshots->pins.reader_count;
    *ret_oldest_txn_id = snapshots->pins.count == 0 ? 0 : snapshots->pins.entries[0].txn_id;
    mutex_unlock(&snapshots->lock);
}

bool snapshot_is_pinned(struct snapshots *snapshots, uint64_t epoch)
{
    bool is_pinned;

    mutex_lock(&snapshots->lock);
    take_parked(snapshots);
    is_pinned = pin_table_find(&snapshots->pins, epoch) != NULL;
    mutex_unlock(&snapshots->lock);
    return is_pinned;
}

fh_status snapshot_look(struct snapshots *snapshots, struct pin_look *look, uint32_t *capacity)
{
    for (;;) {
        uint32_t wanted = snapshot_seat_count(snapshots);
        bool is_enough;
        uint64_t *pins;

        if (wanted > *capacity) {
            pins = memory_resize(look->pins, *capacity, wanted, sizeof(*pins));
            if (pins == NULL) return fail(FH_NO_MEMORY, "no memory for %u readers", wanted);
            look->pins = pins;
            *capacity = wanted;
        }
        mutex_lock(&snapshots->lock);
        take_parked(snapshots);
        is_enough = snapshots->pins.count <= *capacity;
        if (is_enough) pin_table_look(&snapshots->pins, look);
        mutex_unlock(&snapshots->lock);
        if (is_enough) return FH_OK;
    }
}

static int compare_readers(const void *a, const void *b)
{
    const struct snapshot_reader *left = a, *right = b;

    if (left->epoch != right->epoch) return left->epoch < right->epoch ? -1 : 1;
    return (left->age_ns < right->age_ns) - (left->age_ns > right->age_ns);
}

static void describe(const struct seat *seat, uint64_t epoch, uint64_t now,
                     struct snapshot_reader *ret_reader)
{
    uint64_t began = atomic_load_explicit(&seat->began_ns, memory_order_relaxed);

    *ret_reader = (struct snapshot_reader){
        .epoch = epoch,
        .txn_id = seat->txn_id,
        .age_ns = now > began ? now - began : 0,
        .thread_id = atomic_load_explicit(&seat->thread_id, memory_order_relaxed),
    };
    if (seat->terms == NULL) return;
    ret_reader->is_leased = seat->terms->is_leased;
    memcpy(ret_reader->tag, seat->terms->tag, sizeof(ret_reader->tag));
}

void snapshot_list(struct snapshots *snapshots, struct snapshot_reader *readers, uint32_t capacity,
                   uint32_t *ret_count)
{
    uint64_t now = snapshots->os->monotonic_ns(snapshots->os);
    uint32_t seats, count = 0;

    mutex_lock(&snapshots->lock);
    take_parked(snapshots);
    seats = snapshot_seat_count(snapshots);
    for (uint32_t i = 0; i < seats; i++) {
        const struct seat *seat = &snapshots->blocks[i / SEATS_PER_BLOCK][i % SEATS_PER_BLOCK];
        uint64_t pin = atomic_load_explicit(&seat->pin, memory_order_relaxed);

        if (pin == 0) continue;
        if (count < capacity) describe(seat, pin, now, &readers[count]);
        count++;
    }
    mutex_unlock(&snapshots->lock);
    if (count <= capacity) qsort(readers, count, sizeof(*readers), compare_readers);
    *ret_count = count;
}
