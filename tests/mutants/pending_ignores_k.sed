# Pages of the running checkpoint are used again (F3).
# file: src/pager/writer.c
# test: crash_every_point
/if (atomic_load(&pager->checkpoint.phase) != CHECKPOINT_NONE)/,+1d
