/*
 * crowd.c - writers in all ways of being durable, readers that take a hash.
 */
#include "stress/crowd.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "kv/db.h"
#include "support/history.h"
#include "support/oracle.h"
#include "support/scratch.h"
#include "support/unit.h"

#define PATH "crowd.fh"

enum { KEYS = 40, CHANGES_MAX = 5, VALUE_MAX = 1500, LOG_BYTES = 8192 };

static void complain(struct crowd *crowd, const char *what, uint64_t a, uint64_t b)
{
    (void)pthread_mutex_lock(&crowd->lock);
    if (crowd->failure[0] == '\0')
        (void)snprintf(crowd->failure, sizeof(crowd->failure),
                       "%s: %" PRIu64 ", %" PRIu64 " (%.150s)", what, a, b, fh_note());
    (void)pthread_mutex_unlock(&crowd->lock);
}

static void raise_to(_Atomic uint64_t *number, uint64_t to)
{
    uint64_t now = atomic_load(number);

    while (now < to && !atomic_compare_exchange_weak(number, &now, to))
        continue;
}

static fh_options options_of(void)
{
    fh_options options = scratch_options(512, 0);

    options.log_bytes = LOG_BYTES;
    return options;
}

void crowd_open(struct crowd *crowd, uint64_t commit_count, uint64_t seed)
{
    fh_options options = options_of();
    struct oracle *empty = oracle_open();

    memset(crowd, 0, sizeof(*crowd));
    assert_true(commit_count * CROWD_WRITERS + 2 < CROWD_COMMITS_MAX);
    crowd->commit_count = commit_count;
    crowd->sim = sim_os_new(seed);
    atomic_store(&crowd->writers_left, CROWD_WRITERS);
    atomic_store(&crowd->hashes[0], oracle_hash(empty));
    oracle_close(empty);
    assert_int_equal(pthread_mutex_init(&crowd->lock, NULL), 0);
    assert_ok(db_open(sim_os_port(crowd->sim), PATH, &options, &crowd->db));
}

void crowd_close(struct crowd *crowd)
{
    fh_status status = fh_close(crowd->db);

    if (!sim_os_has_stopped(crowd->sim)) assert_ok(status);
    assert_ok(sim_os_audit(crowd->sim));
    sim_os_delete(crowd->sim);
    (void)pthread_mutex_destroy(&crowd->lock);
    if (crowd->failure[0] != '\0') fail_msg("%s", crowd->failure);
}

static fh_status change(fh_txn *txn, struct random *random)
{
    unsigned char key[ITEMS_KEY_MAX], value[VALUE_MAX];
    unsigned key_no = (unsigned)random_below(random, KEYS);
    size_t size = random_below(random, 5) == 0 ? VALUE_MAX : 4 + (size_t)random_below(random, 60);
    fh_bytes name = items_numbered("key", key_no, key);
    fh_status status;

    if (random_below(random, 4) == 0) {
        status = fh_erase(txn, NULL, name);
        return status == FH_NOT_FOUND ? FH_OK : status;
    }
    items_fill(random_next(random), value, size);
    return fh_put(txn, NULL, name, (fh_bytes){value, size}, 0);
}

/* Some changes, the transaction's number, and the hash of it all where readers look. */
static fh_status fill(struct crowd *crowd, fh_txn *txn, struct random *random)
{
    uint64_t txn_id = fh_txn_id(txn), hash = 0;
    uint64_t changes = 1 + random_below(random, CHANGES_MAX);
    fh_status status = fh_put(txn, NULL, text("stamp"), (fh_bytes){&txn_id, sizeof(txn_id)}, 0);

    for (uint64_t i = 0; i < changes && status == FH_OK; i++)
        status = change(txn, random);
    if (status == FH_OK) status = oracle_hash_txn(txn, &hash);
    if (status != FH_OK) return status;
    atomic_store(&crowd->hashes[txn_id], hash);
    raise_to(&crowd->begun, txn_id);
    return FH_OK;
}

/* What a commit that has returned promises, and what may be asked of it later. */
static fh_status settle(struct crowd *crowd, uint64_t txn_id, fh_durability durability,
                        uint64_t ticket, struct random *random)
{
    fh_status status = FH_OK;

    if (durability != FH_GROUP) raise_to(&crowd->visible, txn_id);
    if (durability == FH_DURABLE) raise_to(&crowd->durable, txn_id);
    if (random_below(random, 3) == 0) return FH_OK;
    if (durability == FH_GROUP || random_below(random, 8) == 0)
        status = fh_wait(crowd->db, ticket);
    else if (random_below(random, 30) == 0)
        status = fh_checkpoint(crowd->db);
    else
        return fh_poll(crowd->db);
    if (status != FH_OK) return status;
    raise_to(&crowd->visible, txn_id);
    raise_to(&crowd->durable, txn_id);
    return FH_OK;
}

static fh_status write_once(struct crowd_member *member)
{
    static const fh_durability all[] = {FH_DURABLE, FH_GROUP, FH_GROUP, FH_LAZY, FH_NONE};
    struct crowd *crowd = member->crowd;
    fh_durability durability = all[random_below(&member->random, 5)];
    uint64_t txn_id, ticket = 0;
    fh_txn *txn = NULL;
    fh_status status = fh_begin(crowd->db, FH_WRITE, &txn);

    if (status != FH_OK) return status;
    txn_id = fh_txn_id(txn);
    status = fill(crowd, txn, &member->random);
    if (status != FH_OK || random_below(&member->random, 12) == 0) {
        fh_abort(txn);
        return status;
    }
    status = fh_commit_as(txn, durability, &ticket);
    if (status != FH_OK) return status;
    return settle(crowd, txn_id, durability, ticket, &member->random);
}

void *crowd_write(void *context)
{
    struct crowd_member *member = context;
    struct crowd *crowd = member->crowd;
    fh_status status = FH_OK;

    for (uint64_t i = 0; i < crowd->commit_count && status == FH_OK; i++)
        status = write_once(member);
    if (status != FH_OK && !sim_os_has_stopped(crowd->sim))
        complain(crowd, "writing", (uint64_t) - (int64_t)status, 0);
    atomic_fetch_sub(&crowd->writers_left, 1);
    return NULL;
}

static void require_hash(struct crowd *crowd, fh_txn *txn)
{
    uint64_t txn_id = fh_txn_id(txn), hash = 0;

    if (oracle_hash_txn(txn, &hash) != FH_OK)
        complain(crowd, "a snapshot that cannot be read", txn_id, 0);
    else if (hash != atomic_load(&crowd->hashes[txn_id]))
        complain(crowd, "a snapshot that is no commit", txn_id, hash);
}

static void read_once(struct crowd_member *member, uint64_t *last_id)
{
    struct crowd *crowd = member->crowd;
    uint64_t visible = atomic_load(&crowd->visible), txn_id, begun;
    fh_txn *txn = NULL;

    if (fh_begin(crowd->db, FH_READ, &txn) != FH_OK) {
        complain(crowd, "no snapshot", 0, 0);
        return;
    }
    txn_id = fh_txn_id(txn);
    begun = atomic_load(&crowd->begun);
    if (txn_id < visible)
        complain(crowd, "a snapshot older than what was visible", txn_id, visible);
    if (txn_id < *last_id) complain(crowd, "a snapshot older than the last", txn_id, *last_id);
    if (txn_id > begun) complain(crowd, "a snapshot of a commit not begun", txn_id, begun);
    *last_id = txn_id;
    do
        require_hash(crowd, txn);
    while (random_below(&member->random, 3) == 0);
    fh_abort(txn);
    atomic_fetch_add(&crowd->read_count, 1);
}

void *crowd_read(void *context)
{
    struct crowd_member *member = context;
    uint64_t last_id = 0;

    do
        read_once(member, &last_id);
    while (atomic_load(&member->crowd->writers_left) > 0);
    return NULL;
}

static void require_recovered(struct crowd *crowd, struct sim *after)
{
    fh_options options = options_of();
    uint64_t durable = atomic_load(&crowd->durable), begun = atomic_load(&crowd->begun), txn_id;
    fh_db *db = NULL;
    fh_txn *txn = NULL;

    assert_ok(db_open(sim_os_port(after), PATH, &options, &db));
    assert_ok(fh_begin(db, FH_READ, &txn));
    txn_id = fh_txn_id(txn);
    if (txn_id < durable || txn_id > begun)
        fail_msg("transaction %" PRIu64 " after a power cut: %" PRIu64 " was durable, %" PRIu64
                 " begun",
                 txn_id, durable, begun);
    require_hash(crowd, txn);
    fh_abort(txn);
    scratch_require_clean(db);
    assert_ok(fh_close(db));
    assert_ok(sim_os_audit(after));
}

void crowd_require_crashes(struct crowd *crowd, uint64_t state_count, struct random *random)
{
    uint64_t count = sim_crash_count(crowd->sim);

    for (uint64_t i = 0; i < state_count; i++) {
        uint64_t index = i < 2 && i < count ? i : random_below(random, count);
        struct sim *after = NULL;

        sim_crash_state(crowd->sim, index, &after);
        require_recovered(crowd, after);
        sim_os_delete(after);
    }
}
