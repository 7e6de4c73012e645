# Every task of this repository; "make help" lists them.

SHELL       := bash
.SHELLFLAGS := -euo pipefail -c

# The version is that of the last tag, and the build date that of the commit,
# so that the same source gives the same program.
VERSION  ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
REVISION ?= $(shell git rev-parse HEAD 2>/dev/null || echo unknown)
BRANCH   ?= $(shell git rev-parse --abbrev-ref HEAD 2>/dev/null || echo unknown)
DATE     ?= $(shell git show --no-patch --format=%cI 2>/dev/null || echo unknown)
STAMP    := github.com/prometheus/common/version
LDFLAGS  := -s -w \
	-X $(STAMP).Version=$(VERSION:v%=%) -X $(STAMP).Revision=$(REVISION) \
	-X $(STAMP).Branch=$(BRANCH) -X $(STAMP).BuildDate=$(DATE)

# Everything is built without the C library, as the program is shipped, so that
# all tasks share what is compiled. Only the race detector needs a C compiler.
export CGO_ENABLED := 0
GO_TEST_RACE := $(if $(shell command -v $(or $(CC),gcc) cc),CGO_ENABLED=1 go test -race,go test)

# Tools are kept outside the tree, in a folder for each version.
GOLANGCI_LINT_VERSION := v2.15.0
TOOLS                 ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/cloudjob_exporter
GOLANGCI_LINT         := $(TOOLS)/golangci-lint-$(GOLANGCI_LINT_VERSION)/golangci-lint

GREMLINS_VERSION := v0.6.0
GREMLINS         := $(TOOLS)/gremlins-$(GREMLINS_VERSION)/gremlins

FUZZTIME ?= 60s
SOAK     ?= 10m
IMAGE    ?= cloudjob_exporter
PKG      ?= poller provider

# The packages in which a mistake would show on the page of someone on call.
COVERED      := strictyaml strictyaml/syntax regular config config/secrets config/transport cloud cloud/clouds cloud/gate cloud/sanitize cloud/signature \
	provider poller collector
COVERAGE_MIN := 85

# The packages with tests that need other programs; .ci/run installs them.
E2E := ./alerts ./dashboards ./e2e/...

.PHONY: help build demo test e2e faults load soak cover bench fuzz corpus mutants licences rules lint fmt docker clean
.DEFAULT_GOAL := help

help: ## list these tasks
	@sed -n 's/^\([a-z0-9]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 10

build: ## build ./cloudjob_exporter
	go build -trimpath -ldflags '$(LDFLAGS)' -o cloudjob_exporter .

demo: ## run on a simulated cloud
	go run . --demo

test: ## run the tests, with the race detector if there is a C compiler, and say how much of the core they run
	$(GO_TEST_RACE) -cover ./... | .ci/coverage $(COVERAGE_MIN) $(COVERED)

e2e: ## run the tests with real counterparts: Prometheus, Alertmanager, Keystone, a browser, Grafana's schema
	$(GO_TEST_RACE) -tags e2e $(E2E)
	cd e2e/browser && $(GO_TEST_RACE) -tags e2e ./...
	cd e2e/grafana && go test ./...

faults: ## run the real exporter through the fault matrix (two minutes); FAULTS=-update writes docs/reliability.md
	cd e2e/faults && go test -count=1 . $(FAULTS)

load: ## scrape 10,000 jobs with 50 scrapers for a minute
	go test -tags e2e -run 'ManyScrapers|SlowReaders' -v ./e2e -load.duration 60s

soak: ## let jobs and faults come and go for SOAK (10m)
	go test -tags e2e -run Soak -v -timeout 2h ./e2e -soak.duration $(SOAK)

cover: ## say how much of the core its tests run, without those of the rest
	@go test -cover $(COVERED:%=./%) | .ci/coverage $(COVERAGE_MIN) $(COVERED)

bench: ## measure everything and write docs/performance.md (ten minutes)
	go run ./e2e/bench >performance.md.new
	mv performance.md.new docs/performance.md

fuzz: ## run each fuzz target for FUZZTIME (60s)
	@grep -r --include='*_test.go' '^func Fuzz' . | sed 's/(.*//; s/:func / /' | sort | \
	while read -r file target; do \
		echo "== $$target in $${file%/*} for $(FUZZTIME)"; \
		go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 20x "$${file%/*}" </dev/null; \
	done

corpus: ## keep as seeds what fuzzing has found that reaches more than what is there
	@.ci/corpus

# Some mutants never end and take all memory. With vet, go test would refuse to
# build some, and with its cache, the time that a mutant may take would be that
# of no run at all. Not with --test-cpu: in v0.6.0 it makes every go test fail,
# so that every mutant counts as killed.
mutants: $(GREMLINS) ## change PKG (poller provider) in small ways, and list what no test notices (half an hour)
	@ulimit -v 8000000; for package in $(PKG); do \
		GOFLAGS="$(GOFLAGS) -vet=off -count=1" $(GREMLINS) unleash "./$$package" \
			--workers 1 --timeout-coefficient 10 --invert-logical --invert-loopctrl; \
	done

licences: ## write docs/licences.md: what is linked into the program, and its licences
	WRITE_LICENCES=1 go test -count=1 -run '^TestLicencesAreListed$$' ./docs

rules: ## write deploy/kubernetes/prometheusrule.yaml from alerts/cloudjob.rules.yml
	go test -count=1 ./deploy -run '^TestPrometheusRule$$' -update

lint: $(GOLANGCI_LINT) ## run golangci-lint, which has all of go vet
	$(GOLANGCI_LINT) run
	cd e2e/faults && $(GOLANGCI_LINT) run
	cd e2e/browser && $(GOLANGCI_LINT) run
	cd e2e/grafana && $(GOLANGCI_LINT) run

fmt: $(GOLANGCI_LINT) ## format all Go files
	$(GOLANGCI_LINT) fmt
	cd e2e/faults && $(GOLANGCI_LINT) fmt
	cd e2e/browser && $(GOLANGCI_LINT) fmt
	cd e2e/grafana && $(GOLANGCI_LINT) fmt

# The second tag stays the same, so that deploy/kubernetes can name it.
docker: ## build the image, tagged with its version and as local (DOCKER=podman works too)
	$(or $(DOCKER),docker) build -t $(IMAGE):$(VERSION:v%=%) -t $(IMAGE):local --build-arg VERSION=$(VERSION) \
		--build-arg REVISION=$(REVISION) --build-arg BRANCH=$(BRANCH) --build-arg DATE=$(DATE) .

clean: ## remove what was built
	rm -f cloudjob_exporter coverage.out

$(GOLANGCI_LINT):
	GOBIN=$(@D) go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_LINT_VERSION)

$(GREMLINS):
	GOBIN=$(@D) go install github.com/go-gremlins/gremlins/cmd/gremlins@$(GREMLINS_VERSION)
