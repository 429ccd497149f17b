# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
# The library, as a list of objects for a module to link.  What engine.c
# includes is no object; sha256 is for user space.

bls-objs := aggregate.o batch.o dkg.o engine.o expand.o fr.o generators.o \
	    keygen.o merkle.o reshare.o scratch.o serial.o sign.o threshold.o \
	    verify.o
bls-objs-$(CONFIG_X86_64) := engine_adx.o
