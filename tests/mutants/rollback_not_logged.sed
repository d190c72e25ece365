# What a rollback undid stays in the record (W6).
# file: src/kv/kv_txn.c
# test: crash_every_point
/redo_rewind(txn_redo(txn->txn), txn->savepoints\[at\].redo);/d
