# SPDX-License-Identifier: GPL-2.0
# The files of the shell, for whoever links them; they need libuv, libssl and libcrypto.
# sha256.o stands in for lib/bls/sha256.o.

shell-objs := clock.o driver.o identity.o keys.o link.o links.o sha256.o \
	storage.o storage_open.o tls.o verified.o words.o
