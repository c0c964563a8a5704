#!/bin/sh
# Measures ingest of every format and framing on generated logs, and the report build.
# Figures are ratios of CPU seconds of two commands run in turn (ratio.sh), or megabytes of log by second of CPU; each log's counts are held against the
# generator's truth first. Peaks of memory are of the whole process; that of `version` is the base.
#   SIZE    size of the Postfix log (1GB); Exim's is half of it, the others' a fifth
#   GROWTH  size of a larger Postfix log that is read, too (none; 4GB takes a while)
#   RUNS    pairs of runs (5)
#   DIR     work folder (a temporary one)
#   ONLY    ingest, report or all (all)
#   SENDERS senders of the large reports, and ten times as many for the largest workbook (100000)
set -eu
cd "$(dirname "$0")/.."
size=${SIZE:-1GB} runs=${RUNS:-5} only=${ONLY:-all}
dir=${DIR:-$(mktemp -d)}
[ -n "${DIR:-}" ] || trap 'rm -rf "$dir"' EXIT
mkdir -p "$dir"
bin=$PWD/bin/authreport
[ -x /usr/bin/time ] || { echo "make bench needs GNU time: apt-get install time" >&2; exit 1; }
part() { # part N: SIZE divided by N, in MB
	echo "$size" | awk -v n="$1" '{m = $1 + 0; if ($1 ~ /GB/) m *= 1000; printf "%dMB", m / n}'
}
config() { # config NAME FORMAT PATH: writes NAME.yaml, which reads PATH into NAME.db
	cat >"$dir/$1.yaml" <<EOT
timezone: UTC
retention: 3650d
store: sqlite:$1.db
sources:
  - {name: bench, format: $2, paths: ["$3"]}
mail: {from: authreport@example.org}
recipients: {}
reports: {}
EOT
}
ingest() { echo "sh -c 'rm -f $dir/$1.db*; exec $bin --config $dir/$1.yaml ingest'"; }
row() { printf '%-58s ' "$1"; bash bench/ratio.sh "$runs" "$2" "$3"; }
speed() { # speed NAME FILE...: megabytes by second of CPU, of the best of the runs
	name=$1 && shift
	bytes=$(cat "$@" | wc -c) best=
	for _ in $(seq "$runs"); do
		/usr/bin/time -q -o "$dir/time" -f '%U %S %M' sh -c "$(ingest "$name")" >/dev/null 2>&1
		best=$(awk -v best="$best" '{t = $1 + $2; print best == "" || t < best ? t : best}' "$dir/time")
	done
	awk -v name="$name" -v bytes="$bytes" -v t="$best" '{printf "%-58s %.0f MB in %.2f s of CPU: %.0f MB/s, peak %.1f MiB\n", "ingest, " name, bytes / 1e6, t, bytes / 1e6 / t, $3 / 1024}' "$dir/time"
}
truth() { # truth NAME TRUTH: the store of NAME has the generator's counts
	sh -c "$(ingest "$1")" >/dev/null 2>&1
	"$bin" --config "$dir/$1.yaml" export counts --csv | awk -F, 'NR > 1 {n[$1 "," $3 "," $6] += $9} END {for (k in n) print k "," n[k]}' | sort >"$dir/got"
	tail -n +2 "$2" | tr -d '\r' | sort >"$dir/want"
	if cmp -s "$dir/got" "$dir/want"; then
		echo "$1: counts equal the truth, $(wc -l <"$dir/want") rows"
	else
		echo "$1: counts differ from the truth:" >&2
		diff "$dir/got" "$dir/want" | head >&2
		exit 1
	fi
}

go build -o "$dir/maillog-gen" ./bench/maillog-gen
gen() { "$dir/maillog-gen" "$@"; }

if [ "$only" != report ]; then
	gen -size "$size" -out "$dir/mail.log" -truth "$dir/mail.csv"
	config postfix postfix "$dir/mail.log"
	config gz postfix "$dir/mail.log.gz"
	truth postfix "$dir/mail.csv"
	row "Postfix: ingest / grep -c -F sasl_username" "$(ingest postfix)" "env LC_ALL=C grep -c -F sasl_username $dir/mail.log"
	row "Postfix: ingest / wc -l" "$(ingest postfix)" "wc -l $dir/mail.log"
	if command -v pflogsumm >/dev/null 2>&1; then
		row "Postfix: pflogsumm / ingest" "pflogsumm $dir/mail.log" "$(ingest postfix)"
	fi
	sh -c "$(ingest postfix)" >/dev/null 2>&1
	row "ingest again, nothing new / ingest" "$bin --config $dir/postfix.yaml ingest" "$(ingest postfix)"
	row "idle program (version; its peak is the base) / wc -l" "$bin version" "wc -l $dir/mail.log"
	gzip -6 -k -f "$dir/mail.log"
	truth gz "$dir/mail.csv"
	row "Postfix .gz: ingest / gzip -dc" "$(ingest gz)" "gzip -dc $dir/mail.log.gz"
	rm -f "$dir/mail.log.gz"
	if [ -n "${GROWTH:-}" ]; then
		gen -size "$GROWTH" -days 28 -out "$dir/large.log" -truth "$dir/large.csv"
		config growth postfix "$dir/large.log"
		truth growth "$dir/large.csv"
		row "growth: ingest of $GROWTH / of $size" "$(ingest growth)" "$(ingest postfix)"
		rm -f "$dir/large.log"
	fi
	rm -f "$dir/mail.log"

	gen -format exim -size "$(part 2)" -out "$dir/mainlog" -truth "$dir/exim.csv"
	config exim exim "$dir/mainlog"
	truth exim "$dir/exim.csv"
	row "Exim: ingest / grep -c -F ' A='" "$(ingest exim)" "env LC_ALL=C grep -c -F \" A=\" $dir/mainlog"
	if command -v eximstats >/dev/null 2>&1; then
		row "Exim: eximstats / ingest" "eximstats $dir/mainlog" "$(ingest exim)"
	fi
	rm -f "$dir/mainlog"

	fifth=$(part 5)
	gen -format postfix-rfc3339 -size "$fifth" -out "$dir/iso.log" -truth "$dir/iso.csv"
	go build -o "$dir/reframe" ./bench/reframe
	for framing in rfc5424 journald docker; do "$dir/reframe" "$framing" <"$dir/iso.log" >"$dir/$framing.log"; done
	for framing in iso rfc5424 journald docker; do
		config "$framing" postfix "$dir/$framing.log"
		truth "$framing" "$dir/iso.csv"
		speed "$framing" "$dir/$framing.log"
		rm -f "$dir/$framing.log"
	done
	for format in sendmail opensmtpd exchange; do
		gen -format "$format" -size "$fifth" -out "$dir/$format.log" -truth "$dir/$format.csv"
		config "$format" "$format" "$dir/$format.log"
		truth "$format" "$dir/$format.csv"
		speed "$format" "$dir/$format.log"
		rm -f "$dir/$format.log"
	done
	go test -run '^$' -bench Tables -benchtime 1x ./maillog
fi

if [ "$only" != ingest ]; then
	go test -run '^$' -bench 'Ingest|Build|Write|Read' -benchtime 1x ./jobs ./report ./store
	go test -run '^$' -bench 'Report|Cells' -benchtime 1x ./render
	go build -o "$dir/store-gen" ./bench/store-gen
	request() { # request STORE PERIOD FILES: the command that writes a report's files
		printf 'timezone: UTC\nretention: 90d\nstore: sqlite:%s.db\nsources: [{name: bench, format: postfix, paths: [%s/none*.log]}]\nmail: {from: a@example.org}\nreports: {bench: {period: %s}}\n' \
			"$1" "$dir" "$2" >"$dir/$1.yaml"
		echo "sh -c 'rm -rf $dir/files; exec $bin --config $dir/$1.yaml --request bench --out $dir/files --files $3'"
	}
	"$dir/store-gen" -senders "${SENDERS:-100000}" -days 90 -out "$dir/quarter.db"
	runs=1
	row "90 days x ${SENDERS:-100000} senders, page and workbook / wc -l" "$(request quarter 'last 90 days' html,xlsx)" "wc -l $dir/quarter.db"
	many=$((${SENDERS:-100000} * 10))
	"$dir/store-gen" -senders "$many" -days 14 -out "$dir/many.db"
	if /usr/bin/python3 -c 'import xlsxwriter' 2>/dev/null; then
		row "workbook of $many senders / XlsxWriter" "$(request many 'last 7 days' xlsx)" "/usr/bin/python3 bench/xlsxrows.py $many $dir/x.xlsx"
	else
		row "workbook of $many senders / wc -l (python3-xlsxwriter is not installed)" "$(request many 'last 7 days' xlsx)" "wc -l $dir/many.db"
	fi
fi
