# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
# The library, for whoever links it: a module's Kbuild, or a Makefile of user
# space, with the prefix and suffix that it needs.

wire-objs := action.o action_encode.o body.o encode.o flow.o flow_mod.o \
	     group_mod.o keyset.o message.o oxm.o oxm_encode.o oxm_field.o \
	     packet_out.o sealed.o statement.o wire_err.o
