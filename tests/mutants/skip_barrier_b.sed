# The checkpoint counts before its meta is on the medium (C7).
# file: src/pager/checkpoint_write.c
# test: crash_every_point
/^fh_status checkpoint_write_meta/,/^}/ {
    /OS_SYNC_DATA) != FH_OK) return poison/d
}
