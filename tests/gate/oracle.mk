# SPDX-License-Identifier: GPL-2.0
#
# What judges lib/gate from outside: brute force (brute), the generator of cases
# for oracle.py (cases), and fuzzers, which clang builds into $(O)/fuzz/.

ORACLE_SRC := brute_actions brute_check brute_fields brute_flow brute_message \
	brute_packet brute_rules brute_text gen_forge gen_packet gen_rules alloc
FUZZERS := flow execute rules

PROGRAMS += $(O)/fast/brute $(O)/san/brute $(O)/fast/cases
CHECKS += $(O)/fast/brute $(O)/san/brute


define oracle_variant
$(O)/$(1)/brute: $(O)/$(1)/brute.o $(O)/$(1)/brute_cases.o \
		$(ORACLE_SRC:%=$(O)/$(1)/%.o) $(O)/$(1)/libgate.a
	$$(CC) $$(flags_$(1)) -o $$@ $$^
endef
$(foreach v,$(VARIANTS),$(eval $(call oracle_variant,$(v))))

$(O)/fast/cases: $(O)/fast/gen_cases.o $(ORACLE_SRC:%=$(O)/fast/%.o) \
		$(O)/fast/libgate.a
	$(CC) $(flags_fast) -o $@ $^

fuzz_cc := clang -O1 -fsanitize=address,undefined -fno-sanitize-recover=all
fuzz_objects := $(ORACLE_SRC:%=$(O)/fuzz/%.o) $(gate-objs:%=$(O)/fuzz/gate_%) \
	$(wire-objs:%=$(O)/fuzz/wire_%)

$(O)/fuzz/gate_%.o: $(GATE)/%.c
	@mkdir -p $(@D)
	$(fuzz_cc) -fsanitize=fuzzer-no-link $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

$(O)/fuzz/wire_%.o: $(WIRE)/%.c
	@mkdir -p $(@D)
	$(fuzz_cc) -fsanitize=fuzzer-no-link $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

$(O)/fuzz/%.o: %.c
	@mkdir -p $(@D)
	$(fuzz_cc) -fsanitize=fuzzer-no-link $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

$(O)/fuzz/fuzz_%: $(O)/fuzz/fuzz_%.o $(fuzz_objects)
	$(fuzz_cc) -fsanitize=fuzzer -o $@ $^

fuzzers: $(FUZZERS:%=$(O)/fuzz/fuzz_%)

-include $(wildcard $(O)/fuzz/*.d)

.PHONY: fuzzers
