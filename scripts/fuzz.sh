#!/bin/sh
# Runs every fuzz test of the tree, one after the other, for the time given (default 1m).
set -eu
cd "$(dirname "$0")/.."
time=${1:-1m}
git ls-files '*_test.go' | xargs grep -l '^func Fuzz' | while read -r file; do
	grep -o '^func Fuzz[A-Za-z0-9]*' "$file" | cut -d' ' -f2 | while read -r name; do
		echo "== $name in $(dirname "$file"), $time"
		go test -run '^$' -fuzz "^$name\$" -fuzztime "$time" -fuzzminimizetime 100x "./$(dirname "$file")"
	done
done
