#!/bin/sh
# repository.sh - a git repository that is always the same.
#
# usage: repository.sh FOLDER COMMITS
GIT_CONFIG_NOSYSTEM=1 HOME=$(dirname "$1")
GIT_AUTHOR_DATE='2001-01-01T00:00:00Z' GIT_COMMITTER_DATE='2001-01-01T00:00:00Z'
GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b
export GIT_CONFIG_NOSYSTEM HOME GIT_AUTHOR_DATE GIT_COMMITTER_DATE
export GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL GIT_COMMITTER_NAME GIT_COMMITTER_EMAIL
git init -q -b main "$1" && cd "$1" || exit
for commit in $(seq "$2"); do
    for file in 1 2 3 4 5 6 7 8 9; do
        seq "$commit" $((commit * 100 + file * 500)) >"file$file"
    done
    git add . && git commit -q -m "commit $commit" || exit
done
