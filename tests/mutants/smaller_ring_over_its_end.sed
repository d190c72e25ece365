# A smaller ring takes over records that lie over its end (G7).
# file: src/wal/wal.c
# test: crash_every_point
/^bool wal_fits/,/^}/ s|wal->tail / ring_bytes == wal->head / ring_bytes|wal->head - wal->tail <= ring_bytes|
