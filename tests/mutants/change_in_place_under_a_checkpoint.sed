# A frame that the checkpoint under way is to write is changed in place (O1).
# file: src/pager/writer.c
# test: unit_kv_kv_late
/^uint64_t writer_newest_pin/,/^}/ s/pager->checkpoint.meta.epoch > newest)/pager->checkpoint.meta.epoch > UINT64_MAX - 1)/
