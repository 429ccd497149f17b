# SPDX-License-Identifier: GPL-2.0
"""The member that lies (quorumd-hostile), and how (hostile.h)."""

HOSTILE = 4
FAULTS = ("forge", "unsolicited", "repeat", "equivocate", "silence")
