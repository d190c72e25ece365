# A run that its own transaction drops is free at once, though the record names it (0a.1).
# file: src/pager/txn.c
# test: crash_every_point
/^fh_status txn_drop_run/,/^}/ s/if (!txn->redo->is_lost && txn_retire(txn, run) == FH_OK)/if (false)/
