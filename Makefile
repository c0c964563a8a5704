# The two commands that matter: `make demo` and `make test`. Each does its own set-up.

GO      ?= go
OUT     ?= authreport-demo
KILLS   ?= 200
BUNDLE  := templates/echarts/dist/echarts.min.js
PACKAGES = ./...
# Packages whose work is done in one goroutine: the race detector can find nothing there, and takes five to ten times as long. jobs runs their code side by side, with it.
SERIAL  := /(bench|simulate|maillog)(/|$$)
# Likewise what draws pixels, deflates, sums up, matches patterns, and is SQLite translated from C (docs/decisions/0026-race-detector.md).
PLAIN   := modernc.org/sqlite/lib golang.org/x/image/... github.com/golang/freetype/... image/... compress/... hash/... regexp/... github.com/klauspost/compress/flate
RACE    := -race $(foreach package,$(PLAIN),-gcflags=$(package)=-race=false)

.PHONY: demo build test check test-long fuzz bench unusual looks licenses setup-test clean

## demo: invent a company's logs, read them, mail the weekly report to a built-in catcher, say where to look
demo: build
	bin/authreport demo --out $(OUT)

## build: bin/authreport, one static file
build: $(BUNDLE)
	CGO_ENABLED=0 $(GO) build -trimpath -buildvcs=auto -pgo=bench/ingest.pgo -o bin/authreport ./cmd/authreport

$(BUNDLE): templates/echarts/package-lock.json templates/echarts/entry.js
	$(GO) generate ./templates/...
	@touch $@

## test: everything that must hold before a change lands, under three minutes after set-up and compilation
test: setup-test $(BUNDLE) check
	AUTHREPORT_TEST_ALL=1 $(GO) test $(RACE) -shuffle=on $$($(GO) list $(PACKAGES) | grep -v -E '$(SERIAL)')
	AUTHREPORT_TEST_ALL=1 $(GO) test -shuffle=on $$($(GO) list $(PACKAGES) | grep -E '$(SERIAL)')

## check: formatting, vet, staticcheck
check:
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); if [ -n "$$unformatted" ]; then echo "gofmt would change:"; echo "$$unformatted"; exit 1; fi
	$(GO) vet $(PACKAGES)
	$(GO) tool staticcheck $(PACKAGES)

setup-test:
	@sh scripts/setup-test.sh

## test-long: the crash test with $(KILLS) kills, two weeks of a hundred schedules under kill -9 and a bad mail server, ten million sessions, schedules in all zones and over years, mail servers that misbehave, AUTH at real servers and three minutes of fuzzing for each parser
test-long: $(BUNDLE)
	@sh scripts/setup-test.sh long
	AUTHREPORT_TEST_ALL=1 $(GO) test $(RACE) -timeout 60m -run TestCrash ./cmd/authreport -kills $(KILLS)
	AUTHREPORT_TEST_LONG=1 $(GO) test -timeout 60m -run TestQueue -v ./cmd/authreport
	AUTHREPORT_TEST_LONG=1 $(GO) test -timeout 60m -run 'Bounded|ManySessions' ./maillog
	AUTHREPORT_TEST_LONG=1 $(GO) test -timeout 60m -run 'EveryClockChange|RandomSchedules|Weeks' ./schedule ./jobs
	AUTHREPORT_TEST_ALL=1 AUTHREPORT_TEST_LONG=1 $(GO) test -timeout 60m -parallel 12 -run 'TestFaults$$' ./jobs
	AUTHREPORT_TEST_ALL=1 AUTHREPORT_TEST_LONG=1 $(GO) test -race -timeout 60m ./deliver
	sh scripts/fuzz.sh 3m

## fuzz: every fuzz test for FOR (default 1m)
fuzz:
	sh scripts/fuzz.sh $(or $(FOR),1m)

## bench: ingest against grep and wc, report build; prints ratios of CPU seconds
bench: build
	sh bench/run.sh

## unusual: how well unusual activity is told, on three invented companies; the tables of docs/unusual-activity.md
unusual:
	$(GO) run ./bench/unusual -update docs/unusual-activity.md
	@sed -n '/begin: go run/,/end -->/p' docs/unusual-activity.md

## looks: pictures of the demo's page and mail in authreport-looks, to be looked at (docs/rendering-checks.md)
looks: demo
	$(GO) run ./scripts/looks $(OUT)/*.html $(OUT)/*.eml

## licenses: the notices of the libraries built in, after a change of go.mod or package-lock.json
licenses: $(BUNDLE)
	$(GO) run ./licenses/collect

clean:
	rm -rf bin authreport-demo authreport-looks templates/echarts/dist/*.js templates/echarts/node_modules
