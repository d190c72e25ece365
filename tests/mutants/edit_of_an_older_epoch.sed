# A frame is changed in place that a snapshot may show (W3).
# file: src/pager/txn.c
# test: kv_model
/^fh_status txn_edit/,/^}/ s/pager->overlay.frames\[frame\].epoch == txn->epoch/pager->overlay.frames[frame].epoch > pager->meta.epoch/
