# A record claims that what is before it is durable already (L6).
# file: src/wal/wal.c
# test: crash_every_point
/^static void add_record/,/^}/ s/\.durable_lsn = wal->durable,/.durable_lsn = wal->head,/
