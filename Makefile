# SPDX-License-Identifier: GPL-2.0
#
# The front door.  Each target is one line of the list that `make` prints; what
# it does is in tools/ and in the directory it concerns.  Everything built here
# goes to build/, but for `modules`, which is for operators and builds in place.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

KVER ?= 6.1
DEBUG ?= 0
KDIR ?= /lib/modules/$(shell uname -r)/build
SECONDS ?= 60
COUNT ?= 10000
SEED ?= 1
HOURS ?= 1
OPTIONS ?=

K := $(if $(filter 1,$(DEBUG)),debug,$(KVER))
USER_OUT := $(abspath build/user)
CTL_OUT := $(abspath build/quorumctl)
BLS_OUT := $(abspath build/bls)
TESTS_OUT := $(abspath build/tests)

# The cases of `make vm`: all, those with T in their name, or, with SUBSET=1,
# those that name the kernel in a line `# subset: 6.12 debug`.
CASES := $(sort $(wildcard tests/vm/[0-9]*.sh))
ifneq ($(SUBSET),)
CASES := $(shell grep -l '^# subset:.* $(K)\>' $(CASES) /dev/null)
endif
ifneq ($(T),)
CASES := $(foreach c,$(CASES),$(if $(findstring $(T),$(notdir $c)),$c))
endif

# Cheapest first.  What `exit:` means is said in tools/stages.
CHECKS := tidy shell selftest vm-selftest netlink-spec unit wire quorum gate \
	ctl apps agree ctl-core ctl-shell 'bls QUICK=1' lint-kernel
TESTS := $(CHECKS) check-glibc bls-vectors agree-model sim-check mutants vm 'vm KVER=6.12 SUBSET=1' \
	'exit:-j2 -Otarget demo' kunit 'vm DEBUG=1 SUBSET=1' 'exit:fuzz SECONDS=60' 'gate-differential COUNT=300' \
	'fuzz-wire SECONDS=6' 'fuzz-gate SECONDS=9' 'fuzz-quorumctl SECONDS=5' \
	'bls-differential COUNT=500' 'bls-fuzz SECONDS=14'

help: # This list
	@sed -nE 's/^([a-z%-]+):.*## (.*)/  make \1\t\2/p' Makefile | expand -t 22

demo: demo-defuse demo-quorum ## both halves at work, in a VM with Debian's own kernel

demo-defuse: programs glibc ## mount a defuse file system, run Debian's programs on it
	tools/build-modules 6.1
	O=$(TESTS_OUT) tests/demo/run -k 6.1 -m 4096 -t 1800

demo-quorum: programs ## a bridge that forwards what a quorum signed, and attacks on it
	tools/build-modules 6.1
	tests/demo-quorum/run -k 6.1

test: setup ## build everything and run all tests
	@tools/stages $(TESTS)

check: setup ## the tests that need no VM: warnings, unit tests, linters, tidiness
	@tools/stages $(CHECKS)

kunit: setup ## KUnit suites of the modules, in a debug kernel
	dir=$$(tools/build-modules debug | sed -n 's/^dir=//p')
	tools/vm/kunit "$$dir"/{kernel,lib}/*/*_kunit.ko

vm: programs glibc ## VM cases; T=name selects, KVER=6.1|6.12 or DEBUG=1 the kernel
	@[ -n "$(CASES)" ] || { echo "make vm: no such case" >&2; exit 2; }
	rc=0; tools/build-modules $(K) || rc=$$?
	if [ $$rc = 77 ]; then
		echo "make vm: skipped, apt on this machine has no $(K) kernel"
		echo "0 passed, 0 failed, $(words $(CASES)) skipped"
		exit 0
	fi
	[ $$rc = 0 ] || exit $$rc
	tools/vm/cases -k $(K) -j 3 $(CASES)

vm-shell: programs glibc ## a shell in the VM, with everything built
	tools/build-modules $(K)
	tools/vm/shell -k $(K)

fuzz: programs glibc ## fuzz the module in a debug kernel for SECONDS=n
	tools/build-modules debug
	$(MAKE) -C tests/fuzz O=$(TESTS_OUT)
	tools/vm/run -k debug -t $$(($(SECONDS) + 900)) tests/fuzz/fuzz.sh $(SECONDS)

fuzz-%: setup ## fuzz the decoders of wire, gate, quorumctl, apps for SECONDS=n
	O=$(abspath build/$*) tests/$*/fuzz $(SECONDS)

gate-differential: setup ## COUNT random rule sets: lib/gate against tests/gate/oracle.py
	O=$(abspath build/gate) tests/gate/differential $(COUNT)

bls-fuzz: setup ## fuzz the decoders of lib/bls for SECONDS=n
	O=$(BLS_OUT) tests/bls/fuzz $(SECONDS)

bench-bls: setup ## signatures: our engines, blst and OpenSSL, in microseconds
	$(MAKE) -s -C tests/bls O=$(BLS_OUT) bench

bench-gate: programs ## flow puts, updates and rules, in instructions, with and without
	tools/build-modules 6.1
	O=$(TESTS_OUT) tests/bench-gate/run

bench-defuse: programs glibc ## compare direct, both doors and FUSE, in instructions
	tools/build-modules 6.1
	O=$(TESTS_OUT) tests/bench/run

modules: ## build the modules in place for KDIR=headers (default: the running kernel's)
	@[ -f "$(KDIR)/Makefile" ] || { \
		echo "make modules: no kernel headers at $(KDIR); say KDIR=DIR" >&2; exit 2; }
	$(MAKE) -C $(KDIR) M=$(CURDIR) CONFIG_DEBUG_INFO_BTF_MODULES= modules

clean: ## remove what was built here; the cache stays
	rm -rf build
	git clean -qXdf

# Steps of the above, and the stages of `make check` and `make test`.

setup:
	@tools/setup -q

programs: setup
	$(MAKE) -C user/defuse-libc O=$(USER_OUT) all
	$(MAKE) -C tests O=$(TESTS_OUT) all
	$(MAKE) -s -C tools/quorumctl O=$(CTL_OUT) all

glibc: setup
	tools/build-glibc

# QUICK=1: one compiler, with sanitizers and without, and constant time.
bls: setup
	$(MAKE) -s -C tests/bls O=$(BLS_OUT) check \
		$(if $(QUICK),VARIANTS="gcc64 san64" CT=ct)

bls-vectors: setup
	$(MAKE) -s -C tests/bls O=$(BLS_OUT) check-vectors

# COUNT cases; nothing to compare with is said aloud, and counted.
bls-differential: setup
	rc=0; O=$(BLS_OUT) tests/bls/differential $(COUNT) || rc=$$?
	if [ $$rc = 77 ]; then
		echo "0 passed, 0 failed, 1 skipped"
		exit 0
	fi
	exit $$rc

wire: setup
	$(MAKE) -s -C tests/wire O=$(abspath build/wire) check

quorum: setup
	$(MAKE) -s -C tests/quorum O=$(abspath build/quorum) check

gate: setup
	$(MAKE) -s -C tests/gate O=$(abspath build/gate) check

ctl: setup
	$(MAKE) -s -C tools/quorumctl O=$(CTL_OUT) check

apps: setup
	$(MAKE) -s -C tests/apps O=$(abspath build/apps) check

agree: setup
	$(MAKE) -s -C tests/agree O=$(abspath build/agree) check

ctl-core: setup
	$(MAKE) -s -C tests/ctl O=$(abspath build/ctl-core) check

ctl-shell: setup
	$(MAKE) -s -C tests/shell O=$(abspath build/ctl-shell) check

sim: setup ## simulate a domain of controllers under attack: SEED=n, OPTIONS=-c with switches
	$(MAKE) -s -C tests/sim O=$(abspath build/sim) all
	build/sim/fast/sim $(OPTIONS) $(SEED)

sim-soak: setup ## the same, seed after seed on every core, for HOURS=h
	$(MAKE) -s -C tests/sim O=$(abspath build/sim) all
	O=$(abspath build/sim) tests/sim/soak $(HOURS)

bench-agreement: setup ## events a second and latency: real processes, TLS, fsync; instructions an event
	O=$(abspath build/bench-agreement) tests/bench-agreement/run
	O=$(abspath build/bench-agreement) tests/bench-agreement/callgrind

sim-check: setup
	$(MAKE) -s -C tests/sim O=$(abspath build/sim) check

agree-model: setup
	@O=$(abspath build/agree-model) tests/agree-model/run

netlink-spec: setup
	@tests/netlink-spec

# Two at a time: each waits for one compiler.
mutants: setup
	mkdir -p build/mutants
	rc=0; printf '%s\n' bls gate wire quorum apps | xargs -P 2 -I % sh -c \
		'O=$$PWD/build/% nice tests/%/mutants > build/mutants/% 2>&1' ||
		rc=$$?
	cat build/mutants/*
	tail -qn 1 build/mutants/* | awk '/ passed, / { p += $$1; f += $$3 }
		END { printf "%d passed, %d failed\n", p, f }'
	exit $$rc

unit: programs
	$(MAKE) -C user/defuse-libc O=$(USER_OUT) unit

tidy:
	@tools/tidy

shell:
	@tools/lint-shell

selftest:
	@tools/selftest

lint-kernel: setup
	@tools/lint-kernel

vm-selftest: setup
	@tools/vm/selftest

check-glibc: glibc
	tools/check-glibc

.ONESHELL:
.PHONY: help demo test check kunit vm vm-shell fuzz bls-fuzz bench-bls bench-defuse \
	modules clean setup programs glibc unit bls bls-vectors mutants \
	bls-differential demo-defuse demo-quorum bench-gate \
	gate-differential wire quorum gate ctl apps agree ctl-core ctl-shell sim sim-check sim-soak agree-model \
	bench-agreement netlink-spec tidy shell selftest lint-kernel vm-selftest check-glibc
