# The recovered log's tail is appended to, under its old salt (V5).
# file: src/pager/replay.c
# test: crash_every_point
/^fh_status pager_replay_end/,/^}/ {
    s/\.flags = META_NO_LOG,/.flags = 0,/
    s/    wal_ring_close(&pager->replay_ring);/    if (pager->read_only) wal_ring_close(\&pager->replay_ring);\
    else wal_start(\&pager->wal, \&pager->replay_ring, pager->meta.salt, log.lsn);/
    /if (!pager->read_only) log_clear(pager);/d
}
