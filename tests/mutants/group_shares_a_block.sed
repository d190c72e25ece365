# A group is written into the block where acknowledged bytes end (L3).
# file: src/wal/wal.c
# test: crash_every_point
/if (buffered(wal) > 0) add_pad(wal, round_up(wal->head, WAL_BLOCK_BYTES) - wal->head);/d
