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

# The cases of `make vm`: all, those with T in their name, or, with SUBSET=subset or
# SUBSET=gate, those that name the kernel in a line `# subset: 6.12 debug`.
CASES := $(sort $(wildcard tests/vm/[0-9]*.sh))
ifneq ($(SUBSET),)
CASES := $(shell grep -l '^# $(SUBSET):.* $(K)\>' $(CASES) /dev/null)
endif
ifneq ($(T),)
CASES := $(foreach c,$(CASES),$(if $(findstring $(T),$(notdir $c)),$c))
endif

# Cheapest first.  What `exit:` means is said in tools/stages.
CHECKS := tidy shell selftest vm-selftest netlink-spec unit compat fuse memfs preload wire quorum gate \
	ctl apps agree ctl-core ctl-shell agent-core agent-shell ops ofapp quorumd sdn 'bls QUICK=1' lint-kernel
TESTS := $(CHECKS) check-glibc bls-vectors agree-model sim-check mutants 'vm SUBSET=gate' 'vm KVER=6.12 SUBSET=gate' \
	'exit:-j2 -Otarget demo' kunit 'vm DEBUG=1 SUBSET=gate' 'exit:fuzz SECONDS=40' 'gate-differential COUNT=300' \
	'fuzz-wire SECONDS=6' 'fuzz-gate SECONDS=9' 'fuzz-quorumctl SECONDS=5' 'fuzz-agree SECONDS=6' \
	'fuzz-apps SECONDS=4' 'fuzz-ctl SECONDS=4' 'fuzz-agent SECONDS=4' 'fuzz-ops SECONDS=4' \
	'fuzz-ofapp SECONDS=4' 'bls-differential COUNT=500' 'bls-fuzz SECONDS=14'
# What an hour has no room for.
MORE := vm-go mutants-shell exit:test-software vm 'vm KVER=6.12 SUBSET=subset' 'vm DEBUG=1 SUBSET=subset' 'exit:fuzz SECONDS=300' \
	'gate-differential COUNT=3000' bls 'bls-differential COUNT=10000' 'fuzz-wire SECONDS=60' \
	'fuzz-gate SECONDS=90' 'fuzz-quorumctl SECONDS=60' 'fuzz-agree SECONDS=60' 'fuzz-apps SECONDS=60' \
	'fuzz-ctl SECONDS=60' 'fuzz-agent SECONDS=60' 'fuzz-ops SECONDS=60' 'fuzz-ofapp SECONDS=60' \
	sshfs 'bls-fuzz SECONDS=140' conform-hidden 'sdn-soak SECONDS=600' 'exit:sim-soak HOURS=1'

help: # This list
	@sed -nE 's/^([a-z%-]+):.*## (.*)/  make \1\t\2/p' Makefile | expand -t 22

demo: demo-defuse demo-quorum demo-sdn ## both halves at work, in VMs with Debian's own kernel

demo-defuse: programs glibc ## mount a defuse file system, run Debian's programs on it
	tools/build-modules 6.1
	O=$(TESTS_OUT) tests/demo/run -k 6.1 -m 4096 -t 1800

demo-quorum: programs ## a bridge that forwards what a quorum signed, and attacks on it
	tools/build-modules 6.1
	tests/demo-quorum/run -k 6.1

demo-sdn: programs ## a network run by four controllers, one of them hostile
	tools/build-modules 6.1
	$(MAKE) -j2 -s -C tests/sdn O=$(abspath build/sdn) plain
	tests/demo-sdn/run -k 6.1

test: setup ## build everything and run the tests: an hour
	@tools/stages $(TESTS)

test-more: setup ## the same cases on more kernels, and longer fuzzing: hours
	@tools/stages $(MORE)

check: setup ## the tests that need no VM: warnings, unit tests, linters, tidiness
	@tools/stages $(CHECKS)

kunit: setup ## KUnit suites of the modules, in a debug kernel
	dir=$$(tools/build-modules debug | sed -n 's/^dir=//p')
	tools/vm/kunit "$$dir"/{kernel,lib}/*/*_kunit.ko

vm: programs glibc static toyfs ## VM cases; T=name selects, KVER=6.1|6.12 or DEBUG=1 the kernel
	@[ -n "$(CASES)" ] || { echo "make vm: no such case" >&2; exit 2; }
	rc=0; tools/build-modules $(K) || rc=$$?
	if [ $$rc = 77 ]; then
		echo "make vm: skipped, apt on this machine has no $(K) kernel"
		echo "0 passed, 0 failed, $(words $(CASES)) skipped"
		exit 0
	fi
	[ $$rc = 0 ] || exit $$rc
	tools/vm/cases -k $(K) -j 3 $(CASES)

test-software: programs glibc ## real software on a mount, whole: postgresql, git, make..., beside native
	tools/build-modules 6.1
	O=$(TESTS_OUT) tests/software/run
	tools/vm/cases -k 6.1 tests/software/ext4.sh

vm-shell: programs glibc static toyfs ## a shell in the VM, with everything built
	tools/build-modules $(K)
	tools/vm/shell -k $(K)

fuzz: programs glibc ## fuzz the module in a debug kernel for SECONDS=n
	tools/build-modules debug
	$(MAKE) -C tests/fuzz O=$(TESTS_OUT)
	tools/vm/run -k debug -t $$(($(SECONDS) + 900)) tests/fuzz/fuzz.sh $(SECONDS)

fuzz-%: setup ## fuzz the decoders of wire, gate, quorumctl, apps, agree, ctl, agent, ops, ofapp for SECONDS=n
	O=$(abspath build/$*) tests/$*/fuzz $(SECONDS)

gate-differential: setup ## COUNT random rule sets: lib/gate against tests/gate/oracle.py
	O=$(abspath build/gate) tests/gate/differential $(COUNT)

bls-fuzz: setup ## fuzz the decoders of lib/bls for SECONDS=n
	O=$(BLS_OUT) tests/bls/fuzz $(SECONDS)

bench-bls: setup ## signatures: our engines, blst and OpenSSL, in microseconds
	$(MAKE) -j2 -s -C tests/bls O=$(BLS_OUT) bench

bench-gate: programs ## flow puts, updates and rules, in instructions, with and without
	tools/build-modules 6.1
	O=$(TESTS_OUT) tests/bench-gate/run

bench-memfs: programs ## compare memfs with the machine's tmpfs, in nanoseconds, without a mount
	O=$(abspath build/bench-memfs) LIBRARY=$(USER_OUT)/libdefuse-memfs.so tests/bench-memfs/run

bench-defuse: programs glibc ## compare direct, both doors, memfs and FUSE, in instructions; the core on this host
	kernel=6.12	# which has FUSE passthrough
	tools/build-modules 6.12 || kernel=6.1
	tools/build-modules $$kernel
	O=$(TESTS_OUT) tests/bench/run 3 1 $$kernel
	O=$(TESTS_OUT) USER_OUT=$(USER_OUT) tests/bench/native

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
	$(MAKE) -C user/defuse-fuse O=$(USER_OUT) all
	$(MAKE) -C tests O=$(TESTS_OUT) all
	$(MAKE) -j2 -s -C tools/quorumctl O=$(CTL_OUT) all
	$(MAKE) -j2 -s -C user/controller O=$(abspath build/controller) all
	$(MAKE) -j2 -s -C user/agent O=$(abspath build/agent) all

glibc: setup
	tools/build-glibc

static: glibc
	$(MAKE) -C tests/static O=$(TESTS_OUT)/static LIBS=$(abspath build/glibc) all

# Half a gigabyte is unpacked into the cache for one small program.
go: static
	$(MAKE) -C tests/static O=$(TESTS_OUT)/static go

vm-go: go ## a program in Go takes turns with others on a mount, in a VM
	$(MAKE) vm T=245

# QUICK=1: one compiler, with sanitizers and without, and constant time.
bls: setup
	$(MAKE) -j2 -s -C tests/bls O=$(BLS_OUT) check \
		$(if $(QUICK),VARIANTS="gcc64 san64" CT=ct)

bls-vectors: setup
	$(MAKE) -j2 -s -C tests/bls O=$(BLS_OUT) check-vectors

# COUNT cases; nothing to compare with is said aloud, and counted.
bls-differential: setup
	rc=0; O=$(BLS_OUT) tests/bls/differential $(COUNT) || rc=$$?
	if [ $$rc = 77 ]; then
		echo "0 passed, 0 failed, 1 skipped"
		exit 0
	fi
	exit $$rc

wire: setup
	$(MAKE) -j2 -s -C tests/wire O=$(abspath build/wire) check

quorum: setup
	$(MAKE) -j2 -s -C tests/quorum O=$(abspath build/quorum) check

gate: setup
	$(MAKE) -j2 -s -C tests/gate O=$(abspath build/gate) check

ctl: setup
	$(MAKE) -j2 -s -C tools/quorumctl O=$(CTL_OUT) check

apps: setup
	$(MAKE) -j2 -s -C tests/apps O=$(abspath build/apps) check

agent-core: setup
	$(MAKE) -j2 -s -C tests/agent O=$(abspath build/agent-core) check

quorumd: setup
	$(MAKE) -j2 -s -C tests/quorumd O=$(abspath build/quorumd) check

agent-shell: setup
	$(MAKE) -j2 -s -C tests/agent-shell O=$(abspath build/agent-shell) check

sdn: setup
	$(MAKE) -j2 -s -C tests/sdn O=$(abspath build/sdn) check

toyfs: programs
	$(MAKE) -j2 -s -C user/defuse-libc/fuse-compat O=$(USER_OUT) tests

compat: programs
	$(MAKE) -j2 -s -C user/defuse-libc/fuse-compat O=$(USER_OUT) check

sshfs: toyfs ## Debian's sshfs and libfuse's examples, unchanged, against plain directories
	@tests/compat/sshfs

bench-compat: programs ## a FUSE file system in the process, over the ring and through /dev/fuse
	$(MAKE) -j2 -s -C user/defuse-libc/fuse-compat O=$(USER_OUT) tests
	@O=$(USER_OUT) tests/compat/bench

sdn-soak: setup ## faults at random in a real network, for SECONDS=n, SEED=n
	$(MAKE) -j2 -s -C tests/sdn O=$(abspath build/sdn) soak SECONDS=$(SECONDS) SEED=$(SEED)

ops: setup
	$(MAKE) -j2 -s -C tests/ops O=$(abspath build/ops) check

ofapp: setup
	$(MAKE) -j2 -s -C tests/ofapp O=$(abspath build/ofapp) check

agree: setup
	$(MAKE) -j2 -s -C tests/agree O=$(abspath build/agree) check

ctl-core: setup
	$(MAKE) -j2 -s -C tests/ctl O=$(abspath build/ctl-core) check

ctl-shell: setup
	$(MAKE) -j2 -s -C tests/shell O=$(abspath build/ctl-shell) check

sim: setup ## simulate a domain of controllers under attack: SEED=n, OPTIONS=-c with switches
	$(MAKE) -j2 -s -C tests/sim O=$(abspath build/sim) all
	build/sim/fast/sim $(OPTIONS) $(SEED)

sim-soak: setup ## the same, seed after seed on every core, for HOURS=h
	$(MAKE) -j2 -s -C tests/sim O=$(abspath build/sim) all
	O=$(abspath build/sim) tests/sim/soak $(HOURS)

bench-agreement: setup ## events a second and latency: real processes, TLS, fsync; instructions an event
	O=$(abspath build/bench-agreement) tests/bench-agreement/run
	O=$(abspath build/bench-agreement) tests/bench-agreement/callgrind

bench-quorum: setup ## flow set-ups a second and their latency, beside os-ken: real daemons, fake switches
	O=$(abspath build/bench-quorum) tests/bench-quorum/run

sim-check: setup
	$(MAKE) -j2 -s -C tests/sim O=$(abspath build/sim) check

agree-model: setup
	@O=$(abspath build/agree-model) tests/agree-model/run

netlink-spec: setup
	@tests/netlink-spec

# Two at a time: each waits for one compiler.  DIRECTORY:OUTPUT, those of the checks,
# which have built what is not mutated.
MUTANTS := bls sim gate wire quorum apps agree ctl:ctl-core agent:agent-core

# With real processes and files, which take minutes.
mutants-shell: MUTANTS := shell:ctl-shell agent-shell:agent-shell
mutants-shell: mutants

mutants: setup
	$(MAKE) -j2 -s -C tests/sim O=$(abspath build/sim) all
	rm -rf build/mutants
	mkdir -p build/mutants
	rc=0; printf '%s\n' $(MUTANTS) | \
		xargs -P 2 -I {} sh -c 't={}; n=$${t%%:*}; O=$$PWD/build/$${t#*:} \
		nice tests/$$n/mutants > build/mutants/$$n 2>&1' ||
		rc=$$?
	cat build/mutants/*
	tail -qn 1 build/mutants/* | awk '/ passed, / { p += $$1; f += $$3 }
		END { printf "%d passed, %d failed\n", p, f }'
	exit $$rc

unit: programs
	$(MAKE) -C user/defuse-libc O=$(USER_OUT) unit

preload: programs
	O=$(USER_OUT) tests/preload/check

conform-hidden: programs glibc ## the conformance scenarios on a mount with lower=fuse: ten to twenty minutes
	tools/build-modules $(K)
	tools/vm/cases -k $(K) tests/conform/hidden.sh

fuse: programs ## defuse-fuse on this machine, with the address sanitizer
	$(MAKE) -C user/defuse-fuse O=$(USER_OUT) asan
	user/defuse-fuse/tests/check $(USER_OUT)

memfs: programs
	$(MAKE) -C user/defuse-libc O=$(USER_OUT) memfs

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
.PHONY: help toyfs conform-hidden demo fuse test test-more test-software check kunit mutants-shell vm vm-shell fuzz bls-fuzz bench-bls bench-defuse \
	bench-compat bench-memfs modules clean setup programs glibc unit compat memfs preload sshfs bls bls-vectors mutants \
	bls-differential demo-defuse demo-quorum bench-gate \
	gate-differential wire quorum gate ctl apps agree ctl-core ctl-shell agent-core agent-shell ops ofapp quorumd sdn sdn-soak demo-sdn bench-quorum sim sim-check sim-soak agree-model \
	bench-agreement netlink-spec tidy shell selftest lint-kernel vm-selftest check-glibc
