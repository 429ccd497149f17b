# SPDX-License-Identifier: GPL-2.0
"""Where the makefiles put the daemons."""


def programs(out, variant="plain"):
    """@variant: san, with the sanitizers; or plain, as they are shipped"""
    sub = "san/" if variant == "san" else ""
    return {"quorumctl": f"{out}/quorumctl/quorumctl",
            "quorumd": f"{out}/controller/{sub}quorumd",
            "quorum-agent": f"{out}/agent/{sub}quorum-agent",
            "quorumd-hostile": f"{out}/sdn/{variant}/quorumd-hostile",
            "check-history": f"{out}/sim/fast/check-history"}
