# SPDX-License-Identifier: GPL-2.0
"""An empty FLOW_MOD for each PACKET_IN, as application cbench does it: the baseline on os-ken."""

from os_ken.base import app_manager
from os_ken.controller import ofp_event
from os_ken.controller.handler import MAIN_DISPATCHER, set_ev_cls
from os_ken.ofproto import ofproto_v1_3


class Cbench(app_manager.OSKenApp):
    OFP_VERSIONS = [ofproto_v1_3.OFP_VERSION]

    @set_ev_cls(ofp_event.EventOFPPacketIn, MAIN_DISPATCHER)
    def packet_in(self, ev):
        dp = ev.msg.datapath
        dp.send_msg(dp.ofproto_parser.OFPFlowMod(
            datapath=dp, match=dp.ofproto_parser.OFPMatch(), instructions=[]))
