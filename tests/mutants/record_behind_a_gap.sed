# A record follows transactions that the log left out and no checkpoint has (G10).
# file: src/wal/wal.c
# test: crash_every_point
/^static fh_status prepare/,/^}/ s/^    if (wal_is_skipping(wal)) return left_out(wal);.*/    (void)left_out;/
/^fh_status wal_wait/,/^}/ s/wal->is_broken ? broken() : left_out(wal)/broken()/
/^uint64_t wal_append/,/^}/ s/^    REQUIRE(!wal_is_skipping(wal));//
/^bool wal_may_skip/,/^}/ s/(wal_is_skipping(wal) ||/(/
/^fh_status wal_audit/,/^}/ s/wal_is_skipping(wal) && (buffered(wal) > 0/false \&\& (buffered(wal) > 0/
