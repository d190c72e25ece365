# The meta names a log whose name is not yet durable (0a.7).
# file: src/wal/wal_ring.c
# test: crash_every_point
/^fh_status wal_ring_seal/,/^}/ s/return os->sync_directory(os, ring->path);/return FH_OK;/
