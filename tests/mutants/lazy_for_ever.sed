# What is lazy is not synced when its time has come.
# file: src/pager/commit.c
# test: crash_every_point
/^fh_status commit_serve_lazy/,/^}/ s/return commit_wait(.*/return FH_OK;/
