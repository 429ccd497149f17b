// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/* The members of openvswitch's structures, one by one. */
#include "part.h"

static const struct gate_part ethernet[] = {
	{ offsetof(struct ovs_key_ethernet, eth_src),
	  offsetof(struct flow_key, eth_src), 6 },
	{ offsetof(struct ovs_key_ethernet, eth_dst),
	  offsetof(struct flow_key, eth_dst), 6 },
};

static const struct gate_part ipv4[] = {
	{ offsetof(struct ovs_key_ipv4, ipv4_src),
	  offsetof(struct flow_key, ipv4_src), 4 },
	{ offsetof(struct ovs_key_ipv4, ipv4_dst),
	  offsetof(struct flow_key, ipv4_dst), 4 },
	{ offsetof(struct ovs_key_ipv4, ipv4_proto),
	  offsetof(struct flow_key, ip_proto), 1 },
	{ offsetof(struct ovs_key_ipv4, ipv4_tos),
	  offsetof(struct flow_key, ip_tos), 1 },
	{ offsetof(struct ovs_key_ipv4, ipv4_ttl),
	  offsetof(struct flow_key, ip_ttl), 1 },
};

static const struct gate_part ipv6[] = {
	{ offsetof(struct ovs_key_ipv6, ipv6_src),
	  offsetof(struct flow_key, ipv6_src), 16 },
	{ offsetof(struct ovs_key_ipv6, ipv6_dst),
	  offsetof(struct flow_key, ipv6_dst), 16 },
	{ offsetof(struct ovs_key_ipv6, ipv6_label),
	  offsetof(struct flow_key, ipv6_flabel), 4 },
	{ offsetof(struct ovs_key_ipv6, ipv6_proto),
	  offsetof(struct flow_key, ip_proto), 1 },
	{ offsetof(struct ovs_key_ipv6, ipv6_tclass),
	  offsetof(struct flow_key, ip_tos), 1 },
	{ offsetof(struct ovs_key_ipv6, ipv6_hlimit),
	  offsetof(struct flow_key, ip_ttl), 1 },
};

/* UDP and SCTP have the same. */
static const struct gate_part ports[] = {
	{ offsetof(struct ovs_key_tcp, tcp_src),
	  offsetof(struct flow_key, tp_src), 2 },
	{ offsetof(struct ovs_key_tcp, tcp_dst),
	  offsetof(struct flow_key, tp_dst), 2 },
};

static const struct gate_part arp[] = {
	{ offsetof(struct ovs_key_arp, arp_sip),
	  offsetof(struct flow_key, arp_spa), 4 },
	{ offsetof(struct ovs_key_arp, arp_tip),
	  offsetof(struct flow_key, arp_tpa), 4 },
	{ offsetof(struct ovs_key_arp, arp_op),
	  offsetof(struct flow_key, arp_op), 2 },
	{ offsetof(struct ovs_key_arp, arp_sha),
	  offsetof(struct flow_key, arp_sha), 6 },
	{ offsetof(struct ovs_key_arp, arp_tha),
	  offsetof(struct flow_key, arp_tha), 6 },
};

static const struct gate_part nd[] = {
	{ offsetof(struct ovs_key_nd, nd_target),
	  offsetof(struct flow_key, nd_target), 16 },
	{ offsetof(struct ovs_key_nd, nd_sll),
	  offsetof(struct flow_key, nd_sll), 6 },
	{ offsetof(struct ovs_key_nd, nd_tll),
	  offsetof(struct flow_key, nd_tll), 6 },
};

static_assert(sizeof(struct ovs_key_udp) == sizeof(struct ovs_key_tcp),
	      "ports are alike");
static_assert(sizeof(struct ovs_key_sctp) == sizeof(struct ovs_key_tcp),
	      "ports are alike");

const struct gate_part *gate_parts(unsigned int type, unsigned int *nr)
{
	switch (type) {
	case OVS_KEY_ATTR_ETHERNET:
		*nr = sizeof(ethernet) / sizeof(ethernet[0]);
		return ethernet;
	case OVS_KEY_ATTR_IPV4:
		*nr = sizeof(ipv4) / sizeof(ipv4[0]);
		return ipv4;
	case OVS_KEY_ATTR_IPV6:
		*nr = sizeof(ipv6) / sizeof(ipv6[0]);
		return ipv6;
	case OVS_KEY_ATTR_ARP:
		*nr = sizeof(arp) / sizeof(arp[0]);
		return arp;
	case OVS_KEY_ATTR_ND:
		*nr = sizeof(nd) / sizeof(nd[0]);
		return nd;
	case OVS_KEY_ATTR_TCP:
	case OVS_KEY_ATTR_UDP:
	case OVS_KEY_ATTR_SCTP:
		*nr = sizeof(ports) / sizeof(ports[0]);
		return ports;
	default:
		*nr = 0;
		return NULL;
	}
}
