# SPDX-License-Identifier: GPL-2.0
#
# Tests of the side of lib/gate that knows the datapath: attributes, packets,
# verdicts, and flows that Open vSwitch was seen to ask for.

DP_UNITS := dp_check dp_execute dp_flip dp_packet dp_region dp_ttl
DP_PROGRAMS := $(DP_UNITS) dp_recorded

PROGRAMS += $(DP_PROGRAMS:%=$(O)/san/%)
CHECKS += $(DP_UNITS:%=$(O)/san/%) '$(O)/san/dp_recorded recorded/megaflows'

$(DP_PROGRAMS:%=$(O)/san/%): $(O)/san/%: $(O)/san/%.o $(O)/san/dp.o \
		$(O)/san/dp_text.o $(O)/san/alloc.o $(O)/san/libgate.a
	$(CC) $(flags_san) -o $@ $^
