# Pages of the durable checkpoint are used again (F3).
# file: src/pager/writer.c
# test: crash_every_point
/^static void add_checkpoints/,/^}/ s/release->checkpoints\[release->checkpoint_count++\] = pager->meta.epoch;/(void)pager;/
