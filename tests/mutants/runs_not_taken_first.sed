# Replay may use the pages of values that later records name (V4).
# file: src/pager/replay.c
# test: crash_every_point
/^static fh_status look_ahead/,/^}/ {
    /if ((record.flags & WAL_NAMES_RUNS) != 0)$/,+1d
}
