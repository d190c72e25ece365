# A replayed log goes before a checkpoint has its commits (V5).
# file: src/pager/replay.c
# test: crash_every_point
/^fh_status pager_replay_end/,/^}/ s/        TRY(pager_hold_writer(pager));/        wal_ring_close(\&pager->replay_ring);\
        log_clear(pager);\
&/
