# A database whose log is not there opens without it, unasked (0a.7).
# file: src/pager/pager.c
# test: bad_log
s/if (pager->must_replay) TRY(log_find(pager, &pager->replay_ring));/if (pager->must_replay \&\& log_find(pager, \&pager->replay_ring) != FH_OK)\
        pager->must_replay = false;/
