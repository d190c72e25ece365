# A larger ring takes over without the records of the smaller one (L7).
# file: src/wal/wal.c
# test: crash_every_point
/^static fh_status copy_records/,/^}/ s/lsn < wal->written && status == FH_OK/false/
