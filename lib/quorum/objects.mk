# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
# The library, for whoever links it: a module's Kbuild, or a Makefile of user
# space, with the prefix and suffix that it needs.  It needs lib/wire, and of
# lib/bls merkle and, in user space, sha256.

quorum-objs := credit.o offer.o path.o pending.o phase.o quorum_err.o roots.o \
	       status.o window.o
