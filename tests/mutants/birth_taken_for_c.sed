# A page that the checkpoint has counts as born with it, and is used again under an older reader (F2).
# file: src/pager/txn.c
# test: kv_model
/^static uint64_t birth_of/,/^}/ s/if (draft != NULL) return draft->epoch;/return draft != NULL ? draft->epoch : txn->pager->meta.epoch;/
