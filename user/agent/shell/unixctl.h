/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A call to a daemon of Open vSwitch, as ovs-appctl makes it: JSON-RPC 1.0 over the
 * daemon's control socket.  Waits for the answer, a few seconds at most.
 */
#ifndef AGENT_UNIXCTL_H
#define AGENT_UNIXCTL_H

#include "../../controller/shell/words.h"

/**
 * unixctl_call() - call a method without parameters
 * @path: of the socket, or a file NAME.pid beside which it is NAME.PID.ctl
 *
 * Return: false with words, the daemon's own if it refused.
 */
bool unixctl_call(const char *path, const char *method, struct words *why);

#endif
