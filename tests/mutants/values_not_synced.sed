# The log goes to the medium before the large values that it names (0a.1).
# file: src/wal/wal.c
# test: crash_every_point
s/if (names_runs) TRY(os->sync(wal->data_file, OS_SYNC_DATA));/(void)names_runs;/
