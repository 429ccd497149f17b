# SPDX-License-Identifier: GPL-2.0
# The agent's core, for whoever links it, and what it takes from elsewhere:
# agent-ctl-objs of user/controller/core, agent-lib-objs of lib; and all of lib/wire.

agent-objs := ack.o agent.o agent_err.o apply.o ask.o barrier.o bundle.o \
	      canon.o event.o held.o layout.o link.o multipart.o rules.o say.o \
	      share.o start.o sync.o update.o vswitchd.o
agent-ctl-objs := ctl_bundle.o ctl_frame.o ctl_wire.o
agent-lib-objs := bls/merkle.o bls/sha256.o quorum/path.o
