# A page whose birth is not known counts as young, and is used again under an old reader (F2).
# file: src/pager/txn.c
# test: kv_model
/^static uint64_t birth_of/,/^}/ s/^        return 0;/        return txn->pager->meta.epoch;/
