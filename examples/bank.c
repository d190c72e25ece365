/*
 * bank.c - transfers between accounts, while somebody else adds them all up.
 *
 * Each transfer stands behind a savepoint: one that would overdraw an account is undone
 * alone, and its neighbours in the same transaction stay. An auditor in another thread
 * reads snapshots all the while; money is never made or lost in any of them.
 *
 * usage: bank [DATABASE]; the database is made when there is none.
 */
#include <freehold/kv.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { ACCOUNTS = 100, OPENING = 1000, ROUNDS = 50, TRANSFERS = 20, AUDITS = 200 };

struct audit {
    fh_db *db;
    int wrong_count;
};

static void must(fh_status status)
{
    if (status == FH_OK) return;
    fprintf(stderr, "bank: %s\n", fh_note());
    exit(EXIT_FAILURE);
}

/* Big-endian, so that the order of keys is the order of numbers. */
static fh_bytes account_key(uint32_t account, unsigned char room[4])
{
    for (int i = 0; i < 4; i++)
        room[i] = (unsigned char)(account >> (24 - 8 * i));
    return (fh_bytes){room, 4};
}

static int64_t balance(fh_txn *txn, uint32_t account)
{
    unsigned char room[4];
    int64_t amount = 0;
    fh_bytes value;

    must(fh_get(txn, NULL, account_key(account, room), &value));
    for (size_t i = 0; i < sizeof(amount); i++)
        ((unsigned char *)&amount)[i] = ((const unsigned char *)value.data)[i];
    return amount;
}

static void set_balance(fh_txn *txn, uint32_t account, int64_t amount)
{
    unsigned char room[4];

    must(fh_put(txn, NULL, account_key(account, room), (fh_bytes){&amount, sizeof(amount)}, 0));
}

/* Takes first and looks then: what went too far is rolled back. Returns whether it was done. */
static int transfer(fh_txn *txn, uint32_t from, uint32_t to, int64_t amount)
{
    uint64_t savepoint;
    int is_covered;

    must(fh_savepoint(txn, &savepoint));
    set_balance(txn, from, balance(txn, from) - amount);
    set_balance(txn, to, balance(txn, to) + amount);
    is_covered = balance(txn, from) >= 0;
    if (!is_covered) must(fh_rollback(txn, savepoint));
    must(fh_release(txn, savepoint));
    return is_covered;
}

static int64_t total(fh_txn *txn)
{
    int64_t sum = 0;

    for (uint32_t account = 0; account < ACCOUNTS; account++)
        sum += balance(txn, account);
    return sum;
}

static void *audit_thread(void *argument)
{
    struct audit *audit = argument;

    for (int i = 0; i < AUDITS; i++) {
        fh_txn *txn;

        must(fh_begin(audit->db, FH_READ, &txn));
        audit->wrong_count += total(txn) != (int64_t)ACCOUNTS * OPENING;
        fh_abort(txn);
    }
    return NULL;
}

static void open_accounts(fh_db *db)
{
    fh_txn *txn;

    must(fh_begin(db, FH_WRITE, &txn));
    for (uint32_t account = 0; account < ACCOUNTS; account++)
        set_balance(txn, account, OPENING);
    must(fh_commit(txn));
}

static void make_transfers(fh_db *db, int *ret_done, int *ret_refused)
{
    uint32_t random = 1;

    for (int round = 0; round < ROUNDS; round++) {
        fh_txn *txn;

        must(fh_begin(db, FH_WRITE, &txn));
        for (int i = 0; i < TRANSFERS; i++) {
            uint32_t from, to;

            random = random * 1664525 + 1013904223;
            from = (random >> 8) % ACCOUNTS;
            to = (random >> 16) % ACCOUNTS;
            if (from == to) continue;
            if (transfer(txn, from, to, (int64_t)((random >> 4) % 900)))
                ++*ret_done;
            else
                ++*ret_refused;
        }
        must(fh_commit(txn));
    }
}

int main(int argc, char **argv)
{
    const char *path = argc > 1 ? argv[1] : "bank.fh";
    fh_options options = {.size = sizeof(options), .flags = FH_OPEN_CREATE};
    struct audit audit = {0};
    int done = 0, refused = 0;
    pthread_t thread;

    must(fh_open(path, &options, &audit.db));
    open_accounts(audit.db);
    if (pthread_create(&thread, NULL, audit_thread, &audit) != 0) return EXIT_FAILURE;
    make_transfers(audit.db, &done, &refused);
    pthread_join(thread, NULL);
    must(fh_close(audit.db));
    printf("%d transfers, %d refused and rolled back\n", done, refused);
    printf("%d audits meanwhile, %d of them wrong\n", AUDITS, audit.wrong_count);
    return audit.wrong_count == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
