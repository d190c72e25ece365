# The ring is written over before the checkpoint that frees it is durable (L2).
# file: src/pager/checkpoint.c
# test: crash_every_point
/^fh_status checkpoint_freeze/,/^}/ s/^    atomic_store(&pager->checkpoint.phase, CHECKPOINT_FRAMES);/&\
    if (wal_is_on(\&pager->wal)) pager->wal.tail = log->lsn;/
