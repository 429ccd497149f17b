# SPDX-License-Identifier: GPL-2.0
#
# What proves lib/bls: the vectors in three builds under ASan and UBSan, and
# the fuzzers.  Included by the Makefile beside
# it; the scripts here use it by itself:
#
#	make -f tests/bls/vectors.mk O=DIR vectors fuzzers
#
# O is the output directory.  BLS is the library's sources, another copy of
# them for the mutants.

proof-dir := $(patsubst %/,%,$(dir $(lastword $(MAKEFILE_LIST))))
O ?= build/tests/bls
BLS ?= $(proof-dir)/../../lib/bls

# What engine.c includes is no unit.
proof-parts := fp fp2 fp6 fp12 naf curve g1 g2 map pairing msm
proof-lib := $(filter-out $(proof-parts),$(notdir $(basename \
	$(wildcard $(BLS)/*.c))))
proof-headers := $(wildcard $(BLS)/*.h $(BLS)/tests/*.h) \
	$(proof-parts:%=$(BLS)/%.c) $(proof-dir)/../bls-oracle/stanza.h
PROOF_CFLAGS := -std=gnu11 -g -Wall -Wextra -Werror -I$(BLS) -I$(BLS)/tests
PROOF_SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all

proof-variants := 64 32 c
proof-flags-64 :=
proof-flags-32 := -DBLS_LIMB_BITS=32
proof-flags-c := -DBLS_NO_X86

proof-programs := $(proof-variants:%=$(O)/vectors-%)
vectors: $(proof-programs)

# $(1): variant; each has its objects in its own directory.
define proof-variant
$(O)/$(1)/%.o: $(BLS)/%.c $(proof-headers)
	@mkdir -p $$(@D)
	$(CC) $(PROOF_CFLAGS) $(PROOF_OPT) $(PROOF_SANITIZE) \
		$(proof-flags-$(1)) -c -o $$@ $$<

$(O)/vectors-$(1): $(proof-dir)/vectors.c $(proof-headers) \
		$(proof-lib:%=$(O)/$(1)/%.o) $(O)/$(1)/tests/vector.o \
		$(O)/$(1)/tests/vector_shares.o
	$(CC) $(PROOF_CFLAGS) $(PROOF_OPT) $(PROOF_SANITIZE) \
		$(proof-flags-$(1)) -o $$@ $$< $$(filter %.o,$$^)
endef
PROOF_OPT := -O2
$(foreach v,$(proof-variants),$(eval $(call proof-variant,$(v))))

# clang has libFuzzer; `tests/bls/fuzz` runs them.
FUZZ_CC := clang
FUZZ_SANITIZE := -O1 -fno-omit-frame-pointer -fno-sanitize-recover=all \
	-fsanitize=fuzzer,address,undefined
proof-fuzzers := $(patsubst $(proof-dir)/fuzz_%.c,$(O)/fuzz_%, \
	$(wildcard $(proof-dir)/fuzz_*.c))
fuzzers: $(proof-fuzzers)

$(O)/fuzz/%.o: $(BLS)/%.c $(proof-headers)
	@mkdir -p $(@D)
	$(FUZZ_CC) $(PROOF_CFLAGS) $(FUZZ_SANITIZE) -c -o $@ $<

$(proof-fuzzers): $(O)/fuzz_%: $(proof-dir)/fuzz_%.c $(proof-dir)/fuzz.h \
		$(proof-headers) $(proof-lib:%=$(O)/fuzz/%.o)
	$(FUZZ_CC) $(PROOF_CFLAGS) $(FUZZ_SANITIZE) -o $@ $< $(filter %.o,$^)

# check-vectors: all of tests/vectors in the three builds
check-vectors: $(proof-programs)
	@$(proof-dir)/run $(proof-programs)

# Objects that only programs need stay, too.
.SECONDARY:

.PHONY: vectors fuzzers check-vectors
