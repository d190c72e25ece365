# Bit rot in the middle of the log passes for its end (L6).
# file: src/wal/wal_reader.c
# test: bad_log
s/if (record.durable_lsn > stop)/if (record.durable_lsn > UINT64_MAX - 1)/
