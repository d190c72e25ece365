# A commit is said to be durable while readers cannot see it yet (P2).
# file: src/pager/commit.c
# test: scheduled
/^fh_status commit_wait/,/^}/ s/commit_on_durable(pager, lsn);.*/(void)lsn;/
