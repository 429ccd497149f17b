# SPDX-License-Identifier: GPL-2.0
"""Part of oracle.py: the effects of OpenFlow rules on a set of packets."""

from oracle_region import CONTROLLER, Refuse, Skip, full

P_IN_PORT, P_FLOOD, P_ALL, P_CONTROLLER = (
    0xfffffff8, 0xfffffffb, 0xfffffffc, 0xfffffffd)


class Switch:
    def __init__(self):
        self.ports = []         # (of, dp, flags)
        self.rules = []
        self.groups = {}
        self.vlan_limit = 2
        self.miss = False

    def dp_of(self, of):
        for o, dp, _ in self.ports:
            if o == of:
                return dp
        return None


SETTABLE = {"ip_dscp": ("ip_tos", 2, 0xfc), "ip_ecn": ("ip_tos", 0, 3)}
for _p in ("tcp", "udp", "sctp"):
    for _d in ("src", "dst"):
        SETTABLE["%s_%s" % (_p, _d)] = ("tp_" + _d, 0, 0xffff)
for _v in ("4", "6"):
    SETTABLE["icmpv%s_type" % _v] = ("tp_src", 0, 0xffff)
    SETTABLE["icmpv%s_code" % _v] = ("tp_dst", 0, 0xffff)
PROTO = {"tcp": 6, "udp": 17, "sctp": 132}


class Over(Exception):
    """A list of actions is not done to its end: there is no TTL left."""


class Walk:
    """The rules' effects on a region."""

    def __init__(self, switch, state, gone):
        self.switch = switch
        self.state = state
        self.gone = gone
        self.out = []

    def emit(self, port):
        self.out.append((port, self.state.snapshot()))

    def output(self, port):
        in_of = self.state.fields["in_port"][0]
        if port == P_CONTROLLER:
            self.emit(CONTROLLER)
        elif port == P_IN_PORT:
            self.emit(self.switch.dp_of(in_of))
        elif port in (P_FLOOD, P_ALL):
            for of, dp, flags in self.switch.ports:
                if of != in_of and (port == P_ALL or not flags & 1):
                    self.emit(dp)
        elif port != in_of and self.switch.dp_of(port) is not None:
            self.emit(self.switch.dp_of(port))

    def need(self, field, *values):
        v, m = self.state.view(field)
        if m != full(field):
            raise Refuse("does not know whether %s applies" % field)
        if v not in values:
            raise Skip

    def no_later_fragment(self):
        if self.state.frags() == {2}:
            raise Skip
        if 2 in self.state.frags():
            raise Refuse("does not know whether there are ports")

    def prerequisites(self, name):
        if name in ("vlan_vid", "vlan_pcp"):
            if len(self.state.tags) > self.state.hidden:
                return
            if name == "vlan_pcp":
                raise Skip
            self.push_vlan(0x8100)      # as Open vSwitch does
        elif name.startswith("ipv4"):
            self.need("eth_type", 0x0800)
        elif name.startswith("ipv6"):
            self.need("eth_type", 0x86dd)
        elif name.startswith("ip_"):
            self.need("eth_type", 0x0800, 0x86dd)
        elif name.startswith("arp"):
            self.need("eth_type", 0x0806, 0x8035)
        elif name.split("_")[0] in PROTO:
            self.need("eth_type", 0x0800, 0x86dd)
            self.need("ip_proto", PROTO[name.split("_")[0]])
            self.no_later_fragment()
        elif name.startswith("icmpv4"):
            self.need("eth_type", 0x0800)
            self.need("ip_proto", 1)
            self.no_later_fragment()
        elif name.startswith(("icmpv6", "nd")):
            self.need("eth_type", 0x86dd)
            self.need("ip_proto", 58)
            self.no_later_fragment()
            if name.startswith("nd"):
                self.need("tp_dst", 0)
                self.need("tp_src", *{"nd_sll": (135,), "nd_tll": (136,)}.get(
                    name, (135, 136)))

    def push_vlan(self, tpid):
        if len(self.state.tags) >= 2:
            raise Refuse("too many tags")
        self.state.tags.insert(0, (tpid, 0xffff, 0x1000, 0xffff, ""))

    def set_field(self, name, value):
        s = self.state
        self.prerequisites(name)
        if name in ("vlan_vid", "vlan_pcp"):
            shift, mask = (0, 0xfff) if name == "vlan_vid" else (13, 0xe000)
            tp, tpk, tci, tck, who = s.tags[0]
            tci = (tci & ~mask) | ((value << shift) & mask)
            s.tags[0] = (tp, tpk, tci, tck | mask, who)
        elif name in SETTABLE:
            field, shift, mask = SETTABLE[name]
            s.set(field, value << shift, mask)
        elif name == "ipv6_flabel":
            s.set(name, value, 0xfffff)
        else:
            s.set(name, value, full(name))

    def each(self, actions):
        """Is it done to its end?"""
        for action in actions:
            try:
                self.perform(action)
            except Skip:
                pass
            except Over:
                return False
        return True

    def perform(self, action):
        what, _, rest = action.partition(":")
        s = self.state
        if what == "output":
            self.output(int(rest, 16))
        elif what == "group":
            for bucket in self.switch.groups[int(rest, 16)]:
                saved = s.copy()
                self.action_set(bucket)
                self.state = s = saved
        elif what == "push_vlan":
            self.push_vlan(int(rest, 16))
        elif what == "pop_vlan":
            if len(s.tags) > s.hidden:
                s.tags.pop(0)
        elif what == "set_field":
            name, _, value = rest.partition(":")
            self.set_field(name, int(value, 16))
        elif what == "set_ttl":
            self.need("eth_type", 0x0800, 0x86dd)
            s.put("ip_ttl", int(rest, 16), 0xff)
        elif what == "dec_ttl":
            self.need("eth_type", 0x0800, 0x86dd)
            ttl, known = s.fields.get("ip_ttl", (0, 0))
            possible = {t for t in range(256) if t & known == ttl}
            if possible <= {0, 1}:
                self.emit(CONTROLLER)
                raise Over
            if known != 0xff:
                raise Refuse("TTL")
            s.put("ip_ttl", ttl - 1, 0xff)

    def action_set(self, actions):
        final = None
        for a in actions:
            if a.startswith("group:") or (a.startswith("output:") and (
                    final is None or final.startswith("output:"))):
                final = a
        if final is None:
            return
        ordered = []
        for kind in ("pop_vlan", "push_vlan", "dec_ttl"):
            ordered += [a for a in actions if a.startswith(kind)][-1:]
        ordered += [a for a in actions if a.startswith("set_")]
        self.each(ordered + [final])

    def winner(self, table):
        best = None
        rules = [r for r in self.switch.rules
                 if r["table"] == table and r["id"] not in self.gone]
        for rule in sorted(rules, key=lambda r: -r["priority"]):
            if best and rule["priority"] < best["priority"]:
                break
            inside, outside = True, False
            for field, (value, mask) in rule["match"].items():
                v, m = self.state.view(field)
                if (v ^ value) & m & mask:
                    outside = True
                if mask & ~m:
                    inside = False
            if outside:
                continue
            if not inside:
                raise Refuse("straddles a rule")
            best = rule
        return best

    def run(self):
        table, action_set = 0, []
        while table is not None:
            rule = self.winner(table)
            if rule is None:
                if self.switch.miss:
                    self.emit(CONTROLLER)
                break
            # Open vSwitch has a rule's instructions in one list.
            if not self.each(rule["apply"]):
                break
            if rule["clear"]:
                action_set = []
            action_set = action_set + rule["write"]
            value, mask = rule["metadata"]
            self.state.set("metadata", value, mask)
            table = rule["goto"]
        self.action_set(action_set)
        return self.out
