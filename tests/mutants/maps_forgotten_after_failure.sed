# After a failed checkpoint the next one does not write the maps that changed (C10).
# file: src/pager/checkpoint_image.c
# test: kv_fault
/^void checkpoint_drop_image/,/^}/ s/^ *alloc_soil(pager->alloc, i);//
