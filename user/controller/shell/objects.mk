# SPDX-License-Identifier: GPL-2.0
# The files of the shell, for whoever links them.  sha256.o stands in for lib/bls/sha256.o.

# Links, keys, disk: they need libuv, libssl and libcrypto.
shell-objs := clock.o driver.o identity.o keyfile.o keys.o link.o links.o p256.o sha256.o \
	storage.o storage_open.o tls.o verified.o words.o
# Files of settings and what they name, logs, privileges: libconfig; lib/bls and the core too.
config-objs := domain.o domain_app.o domain_limits.o domain_peers.o \
	domain_policy.o log.o privilege.o pubkey.o setting.o
# A whole controller, with both above
node-objs := blsshare.o conf.o node.o node_core.o node_history.o node_links.o \
	node_recent.o node_trace.o ofapp.o ofapp_conn.o ofapp_switch.o signer.o
# What operators ask: json-c and libmicrohttpd
operator-objs := control.o control_reply.o metrics.o metrics_text.o
