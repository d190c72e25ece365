# Two threads carry one checkpoint on at a time (C5).
# file: src/pager/checkpoint.c
# test: scheduled
/^static bool claim/,/^}/ {
    s/while (pager->has_carrier \&\& waits)/while (false \&\& waits)/
    s/is_mine = !pager->has_carrier;/is_mine = true;/
}
