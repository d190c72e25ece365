#!/bin/sh
# in_empty_folder - runs a command in a new folder and removes the folder.
folder=$(mktemp -d) || exit 2
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 2
"$@"
