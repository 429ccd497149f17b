/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/* All that lib/quorum takes from where it runs. */
#ifndef QUORUM_PORT_H
#define QUORUM_PORT_H

#include "../wire/port.h"
#include "../bls/merkle.h"

#endif
