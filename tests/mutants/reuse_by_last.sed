# A page is free as soon as its freeing is committed, not when it is published (F3).
# file: src/pager/writer.c
# test: kv_model
s/\.published = atomic_load(&pager->publication.epoch)/.published = pager->last.epoch/
