# A run that its own transaction drops is free at once, though the record names it (0a.1).
# file: src/pager/txn.c
# test: crash_every_point
/^fh_status txn_drop_run/,/^}/ s/if (draft->tag == PAGE_RUN_HEAD)/if (txn->pager->is_replaying)/
