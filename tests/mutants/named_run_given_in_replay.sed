# A run that a record names is free at once when its replay drops it again (F1, F3).
# file: src/pager/txn.c
# test: unit_kv_db_replay
/^fh_status txn_drop_run/,/^}/ s/pager->is_replaying/is_quiet/
