# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
# The library, for whoever links it: a module's Kbuild, or a Makefile of user
# space, with the prefix and suffix that it needs.  It needs lib/wire.

gate-objs := act.o attr.o change.o check.o datapath.o effects.o gate_err.o \
	     group.o index.o mem.o message.o net.o packet.o part.o port.o region.o rule.o state.o \
	     subtable.o table.o version.o walk.o
