# SPDX-License-Identifier: GPL-2.0
"""The learning switch, and what a port has seen, asked through os-ken's own application ofctl.

ofctl sends each request with a barrier and waits for both answers. The answers are printed.
"""

import os
import sys

from os_ken.app.ofctl import api
from os_ken.controller import ofp_event
from os_ken.controller.handler import MAIN_DISPATCHER, set_ev_cls
from os_ken.lib import hub

sys.path.insert(0, os.path.dirname(__file__))
from l2 import L2  # pylint: disable=wrong-import-position


class Watch(L2):
    @set_ev_cls(ofp_event.EventOFPPortStatus, MAIN_DISPATCHER)
    def port_status(self, ev):
        hub.spawn(self.ask, ev.msg.datapath)

    def ask(self, dp):
        stats = api.send_msg(self, dp.ofproto_parser.OFPPortStatsRequest(
            dp, 0, dp.ofproto.OFPP_ANY), reply_cls=dp.ofproto_parser.OFPPortStatsReply,
            reply_multi=True)
        for reply in stats:
            for port in reply.body:
                print("port %d received %d" % (port.port_no, port.rx_packets), flush=True)
