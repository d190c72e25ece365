/*
 * pending.c - buckets of freed runs, one for each pin that blocks some.
 */
#include "pager/pending.h"

#include "base/check.h"
#include "base/memory.h"
#include "base/note.h"

#define UNPUBLISHED UINT64_MAX

fh_status pending_init(struct pending *pending, uint32_t chunk_pages)
{
    *pending = (struct pending){
        .entry_end = 1, .bucket_capacity = 8, .bucket_count = 1, .chunk_pages = chunk_pages};
    pending->buckets = memory_take(pending->bucket_capacity, sizeof(*pending->buckets));
    if (pending->buckets == NULL) return fail(FH_NO_MEMORY, "no memory for pending pages");
    pending->buckets[0] = (struct pending_bucket){.pin = UNPUBLISHED};
    return FH_OK;
}

void pending_fini(struct pending *pending)
{
    memory_give(pending->entries);
    memory_give(pending->buckets);
}

fh_status pending_reserve(struct pending *pending, uint32_t run_count)
{
    uint64_t wanted = (uint64_t)pending->entry_end + run_count;
    uint32_t capacity = pending->entry_capacity == 0 ? 64 : pending->entry_capacity;
    struct pending_entry *entries;

    if (run_count <= pending->unused_count) return FH_OK;
    wanted -= pending->unused_count;
    if (wanted <= pending->entry_capacity) return FH_OK;
    while (capacity < wanted && capacity <= UINT32_MAX / 4)
        capacity *= 2;
    entries = capacity < wanted ? NULL
                                : memory_resize(pending->entries, pending->entry_capacity, capacity,
                                                sizeof(*entries));
    if (entries == NULL) return fail(FH_NO_MEMORY, "no memory for %u more pending runs", run_count);
    pending->entries = entries;
    pending->entry_capacity = capacity;
    return FH_OK;
}

static uint64_t count_pages(const struct pending *pending, struct run run)
{
    uint64_t headers =
        (run_end(run) - 1) / pending->chunk_pages - (run.first - 1) / pending->chunk_pages;

    return run.count - headers;
}

static void hang(struct pending *pending, struct pending_bucket *bucket, uint32_t at)
{
    struct pending_entry *entry = &pending->entries[at];

    entry->next = bucket->first;
    bucket->first = at;
    bucket->pages += count_pages(pending, entry->run);
}

void pending_add(struct pending *pending, const struct pending_entry *entry)
{
    uint32_t at = pending->unused;

    if (at != 0) {
        pending->unused = pending->entries[at].next;
        pending->unused_count--;
    } else {
        REQUIRE(pending->entry_end < pending->entry_capacity);
        at = pending->entry_end++;
    }
    pending->entries[at] = *entry;
    pending->pages += count_pages(pending, entry->run);
    hang(pending, &pending->buckets[pending->bucket_count - 1], at);
}

/* How many of the ascending numbers are below `limit`. */
static uint32_t count_below(const uint64_t *pins, uint32_t pin_count, uint64_t limit)
{
    uint32_t low = 0, high = pin_count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (pins[middle] < limit)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static uint32_t bucket_at_or_above(const struct pending *pending, uint64_t pin)
{
    uint32_t low = 0, high = pending->bucket_count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (pending->buckets[middle].pin < pin)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The bucket of a pin, made when there is none; NULL without memory. */
static struct pending_bucket *bucket_of(struct pending *pending, uint64_t pin)
{
    uint32_t at = bucket_at_or_above(pending, pin);
    uint32_t capacity = pending->bucket_capacity;

    if (pending->buckets[at].pin == pin) return &pending->buckets[at];
    if (pending->bucket_count == capacity) {
        struct pending_bucket *buckets =
            memory_resize(pending->buckets, capacity, 2 * (size_t)capacity, sizeof(*buckets));

        if (buckets == NULL) return NULL;
        pending->buckets = buckets;
        pending->bucket_capacity = 2 * capacity;
    }
    memmove(&pending->buckets[at + 1], &pending->buckets[at],
            (pending->bucket_count - at) * sizeof(*pending->buckets));
    pending->bucket_count++;
    pending->buckets[at] = (struct pending_bucket){.pin = pin};
    return &pending->buckets[at];
}

static void forget(struct pending *pending, uint32_t at)
{
    pending->pages -= count_pages(pending, pending->entries[at].run);
    pending->entries[at].next = pending->unused;
    pending->unused = at;
    pending->unused_count++;
}

/* The largest pin in an entry's life; false: there is none. */
static bool find_blocker(const struct pending_release *release, const struct pending_entry *entry,
                         uint64_t *ret_pin)
{
    uint32_t below = count_below(release->pins, release->pin_count, entry->freed);
    uint64_t largest = below > 0 ? release->pins[below - 1] : 0;
    bool is_blocked = below > 0 && largest >= entry->born;

    for (uint32_t i = 0; i < release->checkpoint_count; i++) {
        uint64_t pin = release->checkpoints[i];

        if (pin >= entry->freed || pin < entry->born || (is_blocked && pin <= largest)) continue;
        largest = pin;
        is_blocked = true;
    }
    *ret_pin = largest;
    return is_blocked;
}

/* Hangs an entry, which is on no bucket, where it belongs now; UNPUBLISHED also as last resort. */
static void place(struct pending *pending, const struct pending_release *release, uint32_t at)
{
    const struct pending_entry *entry = &pending->entries[at];
    struct pending_bucket *bucket = NULL;
    uint64_t pin;

    if (find_blocker(release, entry, &pin)) {
        bucket = bucket_of(pending, pin);
    } else if (entry->is_named && entry->freed > release->checkpoint) {
        bucket = bucket_of(pending, release->checkpoint);
    } else if (entry->freed <= release->published) {
        struct run run = entry->run;

        forget(pending, at);
        release->give(release->context, run);
        return;
    }
    if (bucket == NULL) bucket = &pending->buckets[pending->bucket_count - 1];
    hang(pending, bucket, at);
}

static bool is_pinned(const struct pending_release *release, uint64_t pin)
{
    uint32_t below = count_below(release->pins, release->pin_count, pin);

    for (uint32_t i = 0; i < release->checkpoint_count; i++)
        if (release->checkpoints[i] == pin) return true;
    return below < release->pin_count && release->pins[below] == pin;
}

/* What was not looked at hangs where it hung, behind what came back. */
static void splice(struct pending *pending, struct pending_bucket *bucket, uint32_t rest,
                   uint64_t pages)
{
    uint32_t last = bucket->first;

    bucket->pages += pages;
    if (last == 0) {
        bucket->first = rest;
        return;
    }
    while (pending->entries[last].next != 0)
        last = pending->entries[last].next;
    pending->entries[last].next = rest;
}

/* The entries of a bucket go where they belong now; false: the budget was too small for all. */
static bool place_all(struct pending *pending, const struct pending_release *release, uint32_t i,
                      uint32_t *budget)
{
    uint64_t pin = pending->buckets[i].pin, pages = pending->buckets[i].pages;
    uint32_t at = pending->buckets[i].first;

    pending->buckets[i].first = 0;
    pending->buckets[i].pages = 0;
    while (at != 0 && *budget > 0) {
        uint32_t next = pending->entries[at].next;

        pages -= count_pages(pending, pending->entries[at].run);
        place(pending, release, at);
        at = next;
        --*budget;
    }
    if (at != 0) splice(pending, &pending->buckets[bucket_at_or_above(pending, pin)], at, pages);
    return at == 0;
}

/* The same, and it goes itself when it is left empty; *i is its place then. */
static bool empty_bucket(struct pending *pending, const struct pending_release *release,
                         uint32_t *i, uint32_t *budget)
{
    uint64_t pin = pending->buckets[*i].pin;

    if (!place_all(pending, release, *i, budget)) return false;
    *i = bucket_at_or_above(pending, pin); /* new buckets may have come below */
    if (pin != UNPUBLISHED && pending->buckets[*i].first == 0) {
        memmove(&pending->buckets[*i], &pending->buckets[*i + 1],
                (pending->bucket_count - *i - 1) * sizeof(*pending->buckets));
        pending->bucket_count--;
    }
    return true;
}

void pending_stale_add(struct pending_stale *stale, uint64_t pin)
{
    if (stale->count < PENDING_STALE_MAX) stale->pins[stale->count] = pin;
    if (stale->count <= PENDING_STALE_MAX) stale->count++;
}

bool pending_release_stale(struct pending *pending, const struct pending_release *release,
                           struct pending_stale *stale)
{
    uint32_t budget = release->budget == 0 ? UINT32_MAX : release->budget;
    uint32_t i = pending->bucket_count - 1;

    if (stale->count > PENDING_STALE_MAX) {
        if (!pending_release(pending, release)) return false;
        stale->count = 0;
        return true;
    }
    if (!empty_bucket(pending, release, &i, &budget)) return false;
    for (; stale->count > 0; stale->count--) {
        uint64_t pin = stale->pins[stale->count - 1];

        i = bucket_at_or_above(pending, pin);
        if (pending->buckets[i].pin != pin || is_pinned(release, pin)) continue;
        if (!empty_bucket(pending, release, &i, &budget)) return false;
    }
    return true;
}

bool pending_release(struct pending *pending, const struct pending_release *release)
{
    uint32_t budget = release->budget == 0 ? UINT32_MAX : release->budget;

    /* From the last bucket down: entries only ever move to lower pins, or to the last. */
    for (uint32_t i = pending->bucket_count; i-- > 0;) {
        uint64_t pin = pending->buckets[i].pin;

        if (pin != UNPUBLISHED && is_pinned(release, pin)) continue;
        if (!empty_bucket(pending, release, &i, &budget)) return false;
    }
    return true;
}

uint64_t pending_pages(const struct pending *pending, uint64_t pin)
{
    uint32_t at;

    if (pin == 0) return pending->pages;
    at = bucket_at_or_above(pending, pin);
    return pending->buckets[at].pin == pin ? pending->buckets[at].pages : 0;
}

uint64_t pending_unpublished_pages(const struct pending *pending)
{
    return pending->buckets[pending->bucket_count - 1].pages;
}

bool pending_holds(const struct pending *pending, page_no page)
{
    struct run one = {page, 1};

    for (uint32_t i = 0; i < pending->bucket_count; i++)
        for (uint32_t at = pending->buckets[i].first; at != 0; at = pending->entries[at].next)
            if (run_holds(pending->entries[at].run, one)) return true;
    return false;
}

static fh_status audit_entry(const struct pending_entry *entry, uint64_t pin,
                             const struct alloc *alloc)
{
    unsigned long long first = entry->run.first;

    if (pin != UNPUBLISHED && ((pin < entry->born && !entry->is_named) || pin >= entry->freed))
        return fail(FH_CORRUPT, "F4: run at %llu [%llu, %llu) hangs on pin %llu", first,
                    (unsigned long long)entry->born, (unsigned long long)entry->freed,
                    (unsigned long long)pin);
    if (alloc_is_used(alloc, (page_no)first) || alloc_is_free(alloc, (page_no)first))
        return fail(FH_CORRUPT, "I5: page %llu is pending, and used or free too", first);
    return FH_OK;
}

fh_status pending_audit(const struct pending *pending, const struct alloc *alloc)
{
    uint64_t pages = 0, entries = 0;

    for (uint32_t i = 0; i < pending->bucket_count; i++) {
        uint64_t here = 0;

        if (i > 0 && pending->buckets[i - 1].pin >= pending->buckets[i].pin)
            return fail(FH_CORRUPT, "F4: the buckets are out of order");
        for (uint32_t at = pending->buckets[i].first; at != 0; at = pending->entries[at].next) {
            if (++entries >= pending->entry_end)
                return fail(FH_CORRUPT, "I10: a pending run hangs twice");
            TRY(audit_entry(&pending->entries[at], pending->buckets[i].pin, alloc));
            here += count_pages(pending, pending->entries[at].run);
        }
        if (here != pending->buckets[i].pages)
            return fail(FH_CORRUPT, "F4: a bucket holds %llu pages and counts %llu",
                        (unsigned long long)here, (unsigned long long)pending->buckets[i].pages);
        pages += here;
    }
    if (pages != pending->pages || entries + pending->unused_count + 1 != pending->entry_end)
        return fail(FH_CORRUPT, "I5: %llu pages are pending, %llu are counted",
                    (unsigned long long)pages, (unsigned long long)pending->pages);
    return FH_OK;
}

fh_status pending_audit_pins(const struct pending *pending, const struct pending_release *release)
{
    for (uint32_t i = 0; i + 1 < pending->bucket_count; i++)
        if (!is_pinned(release, pending->buckets[i].pin))
            return fail(FH_CORRUPT, "F4: %llu pages wait for pin %llu, which is gone",
                        (unsigned long long)pending->buckets[i].pages,
                        (unsigned long long)pending->buckets[i].pin);
    return FH_OK;
}
