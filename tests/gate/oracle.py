#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""May a datapath flow be let in?  A third opinion, over sets of packets.

usage: oracle.py < CASES

Reads what `cases` prints (tests/gate/gen_cases.c): rules, flows, and after each
flow the verdict of lib/gate.  Works out its own verdict from OpenFlow's and the
kernel's documents, over regions: for each field some bits are known, the others
may be anything.  Prints where the two differ, and last: N passed, N failed.

A flow is let in if in each table its region lies inside one rule and outside
all of higher priority, and its actions have the effects that the rules ask for.
"""

import sys

from oracle_region import (OUTPUT, USERSPACE, VLANS, Refuse, attributes, cookie,
                           datapath, region)
from oracle_rules import Switch, Walk


def canonical(effects):
    """Neighbours with the same headers stand in order of their ports."""
    out = []
    for port, state in effects:
        if not out or out[-1][0] != state:
            out.append((state, []))
        out[-1][1].append(str(port))
    return [(state, sorted(ports)) for state, ports in out]


def subsets(ids):
    for bits in range(1 << len(ids)):
        yield {x for i, x in enumerate(ids) if bits >> i & 1}


def harmless(actions):
    """Nothing leaves: a drop, or the slow path."""
    try:
        items = list(attributes(actions))
        outputs = [i for i in items if i[0] in (OUTPUT, USERSPACE)]
        return not outputs or (len(items) == 1 and cookie(items[0][1]) == 2)
    except Refuse:
        return False


def by_tpid(state):
    """A tag whose TPID is not matched has one of two: the region in parts."""
    for i, (_, known, tci, tck, name) in enumerate(state.tags):
        if not known:
            for tpid in VLANS:
                part = state.copy()
                part.tags[i] = (tpid, 0xffff, tci, tck, name)
                yield from by_tpid(part)
            return
    yield state


def verdict(switch, flow):
    if harmless(flow["actions"]):
        return None, "nothing leaves"
    try:
        ports = {dp: of for of, dp, _ in switch.ports}
        parts = list(by_tpid(region(flow, ports, switch.vlan_limit)))
        got = [datapath(flow["actions"], part.copy()) for part in parts]
    except Refuse as why:
        return "REFUSE", str(why)
    reason = ""
    for gone in subsets([r["id"] for r in switch.rules if r["idle"]]):
        try:
            if all(canonical(Walk(switch, part.copy(), gone).run()) ==
                   canonical(effects) for part, effects in zip(parts, got)):
                return "ACCEPT", "the same effects"
            reason = reason or "other effects"
        except Refuse as why:
            reason = reason or str(why)
    return "REFUSE", reason


def pair(text):
    a, _, b = text.partition("/")
    return int(a, 16), int(b, 16)


def listed(text):
    return [a for a in text.split(",") if a]


def parse_rule(words, number_of):
    rule = {"id": number_of, "match": {}, "goto": None}
    for part in words[1].split(","):
        name, _, value = part.partition("=")
        if name in ("table", "priority", "idle"):
            rule[name] = int(value)
        else:
            rule["match"][name] = pair(value)
    for word in words[2:]:
        name, _, value = word.partition("=")
        if name in ("apply", "write"):
            rule[name] = listed(value)
        elif name == "metadata":
            rule[name] = pair(value)
        else:
            rule[name] = int(value)
    return rule


# lib/gate wants all bits of a tag matched where one is pushed or popped (user
# space matches them then), and one verdict for both types of a hidden tag.
INCOMPLETE = ("VLAN tags are not matched exactly", "flow is wider than the rules")
SHOWN = 10                      # differences that are printed


def tags_are_open(switch, flow):
    ports = {dp: of for of, dp, _ in switch.ports}
    return any(tpid != 0xffff or tci != 0xffff for _, tpid, _, tci, _ in
               region(flow, ports, switch.vlan_limit).tags)


def main():
    switch, flow, case = Switch(), {}, ""
    passed = failed = accepted = harmless_nr = incomplete = 0
    for line in sys.stdin:
        words = line.rstrip("\n").split(" ")
        values = dict(w.partition("=")[::2] for w in words[1:])
        if words[0] == "case":
            switch, case = Switch(), words[1]
        elif words[0] == "switch":
            switch.vlan_limit = int(values["vlan_limit"])
            switch.miss = values["miss_to_controller"] == "1"
        elif words[0] == "port":
            switch.ports.append((int(values["of"], 16), int(values["dp"]),
                                 int(values["flags"])))
        elif words[0] == "group":
            switch.groups[int(values["id"], 16)] = [
                listed(w[7:]) for w in words[1:] if w.startswith("bucket=")]
        elif words[0] == "rule":
            switch.rules.append(parse_rule(words, len(switch.rules)))
        elif words[0] == "flow":
            flow = {k: None if v == "-" else bytes.fromhex(v)
                    for k, v in values.items()}
            text = line
        elif words[0] == "gate":
            mine, why = verdict(switch, flow)
            if mine is None:
                harmless_nr += 1
                continue
            if mine == words[1]:
                passed += 1
                accepted += mine == "ACCEPT"
                continue
            if (mine == "ACCEPT" and tags_are_open(switch, flow) and
                    " ".join(words[2:]).startswith(INCOMPLETE)):
                incomplete += 1
                continue
            failed += 1
            if failed <= SHOWN:
                print("FAIL case %s: gate: %s; oracle: %s (%s)\n%s" % (
                    case, " ".join(words[1:]), mine, why, text), end="")
    print("%d flows let in by both; not compared: %d that let nothing out, "
          "%d whose tags are open" % (accepted, harmless_nr, incomplete))
    print("%d passed, %d failed" % (passed, failed))
    sys.exit(not accepted or failed > 0)


if __name__ == "__main__":
    main()
