# A header page loses the slots of pages that stay (0a.15).
# file: src/pager/checkpoint_write.c
# test: crash_every_point
s/bool is_kept = .*;/bool is_kept = false;/
