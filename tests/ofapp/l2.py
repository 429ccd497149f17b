# SPDX-License-Identifier: GPL-2.0
"""A learning switch for os-ken, as its users write them: nothing in it knows of a quorum.

With L2_TAMPERED=1 in the environment it is the copy of an intruder: it sends what it
forwards to port 1 too.
"""

import os

from os_ken.base import app_manager
from os_ken.controller import ofp_event
from os_ken.controller.handler import CONFIG_DISPATCHER, MAIN_DISPATCHER, set_ev_cls
from os_ken.lib.packet import ether_types, ethernet, packet
from os_ken.ofproto import ofproto_v1_3


class L2(app_manager.OSKenApp):
    OFP_VERSIONS = [ofproto_v1_3.OFP_VERSION]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.where = {}
        self.tampered = os.environ.get("L2_TAMPERED") == "1"

    def rule(self, dp, priority, match, actions):
        instructions = [dp.ofproto_parser.OFPInstructionActions(
            dp.ofproto.OFPIT_APPLY_ACTIONS, actions)]
        dp.send_msg(dp.ofproto_parser.OFPFlowMod(
            datapath=dp, priority=priority, match=match, instructions=instructions))

    @set_ev_cls(ofp_event.EventOFPSwitchFeatures, CONFIG_DISPATCHER)
    def features(self, ev):
        dp = ev.msg.datapath
        self.where[dp.id] = {}
        self.rule(dp, 0, dp.ofproto_parser.OFPMatch(),
                  [dp.ofproto_parser.OFPActionOutput(dp.ofproto.OFPP_CONTROLLER,
                                                     dp.ofproto.OFPCML_NO_BUFFER)])

    @set_ev_cls(ofp_event.EventOFPPacketIn, MAIN_DISPATCHER)
    def packet_in(self, ev):
        dp = ev.msg.datapath
        in_port = ev.msg.match["in_port"]
        eth = packet.Packet(ev.msg.data).get_protocol(ethernet.ethernet)
        if eth is None or eth.ethertype == ether_types.ETH_TYPE_LLDP:
            return
        where = self.where.setdefault(dp.id, {})
        where[eth.src] = in_port
        out = where.get(eth.dst, dp.ofproto.OFPP_FLOOD)
        actions = [dp.ofproto_parser.OFPActionOutput(out)]
        if self.tampered:
            actions.append(dp.ofproto_parser.OFPActionOutput(1))
        if out != dp.ofproto.OFPP_FLOOD:
            match = dp.ofproto_parser.OFPMatch(in_port=in_port, eth_dst=eth.dst,
                                               eth_src=eth.src)
            self.rule(dp, 1, match, actions)
        dp.send_msg(dp.ofproto_parser.OFPPacketOut(
            datapath=dp, buffer_id=dp.ofproto.OFP_NO_BUFFER, in_port=in_port,
            actions=actions, data=ev.msg.data))
