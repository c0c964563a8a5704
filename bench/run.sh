#!/bin/sh
# Measures ingest against grep and wc on one generated log, and the report build.
# Figures are ratios of CPU seconds of two commands run in turn (ratio.sh); the counts are held against the generator's truth first.
#   SIZE  size of the log (1GB)      RUNS  pairs of runs (5)      DIR  work folder (a temporary one)
set -eu
cd "$(dirname "$0")/.."
size=${SIZE:-1GB} runs=${RUNS:-5}
dir=${DIR:-$(mktemp -d)}
[ -n "${DIR:-}" ] || trap 'rm -rf "$dir"' EXIT
mkdir -p "$dir"
bin=$PWD/bin/authreport
[ -x /usr/bin/time ] || { echo "make bench needs GNU time: apt-get install time" >&2; exit 1; }

go build -o "$dir/maillog-gen" ./bench/maillog-gen
"$dir/maillog-gen" -size "$size" -out "$dir/mail.log" -truth "$dir/truth.csv"
config() { # config NAME LOG: writes NAME.yaml, which reads LOG into NAME.db
	cat >"$dir/$1.yaml" <<EOT
timezone: UTC
retention: 3650d
store: sqlite:$1.db
sources:
  - {name: bench, format: postfix, paths: ["$dir/$2"]}
mail: {from: authreport@example.org}
recipients: {}
reports: {}
EOT
}
config plain mail.log
config gz mail.log.gz
ingest() { echo "sh -c 'rm -f $dir/$1.db*; exec $bin --config $dir/$1.yaml ingest'"; }
row() { printf '%-58s ' "$1"; bash bench/ratio.sh "$runs" "$2" "$3"; }

sh -c "$(ingest plain)" >/dev/null 2>&1
"$bin" --config "$dir/plain.yaml" export counts --csv |
	awk -F, 'NR > 1 {n[$1 "," $3 "," $6] += $9} END {for (k in n) print k "," n[k]}' | sort >"$dir/got"
tail -n +2 "$dir/truth.csv" | tr -d '\r' | sort >"$dir/want"
if cmp -s "$dir/got" "$dir/want"; then
	echo "counts equal the truth: $(wc -l <"$dir/want") rows"
else
	echo "counts differ from the truth:" >&2
	diff "$dir/got" "$dir/want" | head >&2
	exit 1
fi

row "ingest / grep -c -F sasl_username" "$(ingest plain)" "env LC_ALL=C grep -c -F sasl_username $dir/mail.log"
row "ingest / wc -l" "$(ingest plain)" "wc -l $dir/mail.log"
gzip -6 -k -f "$dir/mail.log"
row "ingest of .gz / gzip -dc" "$(ingest gz)" "gzip -dc $dir/mail.log.gz"
row "ingest again, nothing new / ingest" "$bin --config $dir/plain.yaml ingest" "$(ingest plain)"
row "idle program (version; its peak is the base) / wc -l" "$bin version" "wc -l $dir/mail.log"

go test -run '^$' -bench 'Ingest|Build|Write|Read' -benchtime 1x ./jobs ./report ./store
go test -run '^$' -bench 'Report|Cells' -benchtime 1x ./render
