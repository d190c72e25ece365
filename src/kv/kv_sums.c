/*
 * kv_sums.c - what all trees hold together, known without looking at them.
 */
#include "kv/kv_sums.h"

#include "os/lock_rank.h"

fh_status kv_totals_init(struct kv_totals *totals)
{
    return mutex_init(&totals->lock, LOCK_RANK_KV);
}

void kv_totals_fini(struct kv_totals *totals)
{
    mutex_fini(&totals->lock);
}

void kv_sums_record(struct kv_sums *sums, struct span name, const struct tree_state *before,
                    const struct tree_state *after)
{
    if (name.size > 0 && name.data[0] == 0) return;
    sums->items += after->items - before->items;
    sums->payload_bytes += after->payload_bytes - before->payload_bytes;
    if (name.size == 0) sums->trees += (uint64_t)(after->items > 0) - (before->items > 0);
}

/* The newest total that is not newer than a transaction; NULL: there is none among those kept. */
static struct kv_total *find(struct kv_totals *totals, uint64_t txn_id)
{
    uint64_t kept = totals->count < KV_SUMS_KEPT ? totals->count : KV_SUMS_KEPT;

    for (uint64_t i = 1; i <= kept; i++) {
        struct kv_total *total = &totals->kept[(totals->count - i) % KV_SUMS_KEPT];

        if (total->txn_id <= txn_id) return total;
    }
    return NULL;
}

void kv_totals_commit(struct kv_totals *totals, uint64_t base_id, uint64_t txn_id,
                      const struct kv_sums *change)
{
    struct kv_total next = {.txn_id = txn_id};
    const struct kv_total *base;

    mutex_lock(&totals->lock);
    if (totals->count > 0 && totals->kept[(totals->count - 1) % KV_SUMS_KEPT].txn_id > base_id)
        totals->count--; /* that commit failed: its number is given again */
    base = find(totals, base_id);
    if (base != NULL) next.change = base->change;
    kv_sums_add(&next.change, change);
    totals->kept[totals->count++ % KV_SUMS_KEPT] = next;
    mutex_unlock(&totals->lock);
}

bool kv_totals_change(struct kv_totals *totals, uint64_t txn_id, struct kv_sums *ret_change)
{
    const struct kv_total *total;
    bool is_known;

    mutex_lock(&totals->lock);
    total = find(totals, txn_id);
    is_known = total != NULL || totals->count < KV_SUMS_KEPT;
    *ret_change = total != NULL ? total->change : (struct kv_sums){0};
    mutex_unlock(&totals->lock);
    return is_known;
}

void kv_totals_set(struct kv_totals *totals, const struct kv_sums *change,
                   const struct kv_sums *counted)
{
    mutex_lock(&totals->lock);
    totals->at_first = (struct kv_sums){
        .trees = counted->trees - change->trees,
        .items = counted->items - change->items,
        .payload_bytes = counted->payload_bytes - change->payload_bytes,
        .raw_pages = counted->raw_pages - change->raw_pages,
    };
    totals->is_counted = true;
    mutex_unlock(&totals->lock);
}

bool kv_totals_get(struct kv_totals *totals, const struct kv_sums *change, struct kv_sums *ret_sums)
{
    bool is_counted;

    mutex_lock(&totals->lock);
    *ret_sums = totals->at_first;
    is_counted = totals->is_counted;
    mutex_unlock(&totals->lock);
    kv_sums_add(ret_sums, change);
    return is_counted;
}
