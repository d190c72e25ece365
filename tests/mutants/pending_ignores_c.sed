# Pages of the durable checkpoint are used again (F3).
# file: src/pager/writer.c
# test: crash_every_point
/insert_pin(pager, &count, pager->meta.epoch);/d
