# A sync of the log is taken to make durable what the log left out (G10).
# file: src/wal/wal.c
# test: crash_every_point
/^static fh_status lead/,/^}/ s/durable = wal_is_skipping(wal) ? wal->skipped_from : to;/durable = to;/
/^fh_status wal_wait/,/^}/ s/if (wal_is_skipping(wal) && lsn > wal->skipped_from)/if (false \&\& left_out(wal) != FH_OK)/
