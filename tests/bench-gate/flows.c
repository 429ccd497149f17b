// SPDX-License-Identifier: GPL-2.0
/*
 * Key and mask have the attributes that ovs-vswitchd 3.1 sends for such a flow,
 * but for those of connection tracking, which are zero.
 */
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/netlink.h>
#include <linux/openvswitch.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>

#include "flows.h"

enum { TTL = 64, FRAME = 100 };

static struct ovs_header datapath;
static uint16_t flow_family, packet_family;

void flows_open(const char *name)
{
	datapath.dp_ifindex = if_nametoindex(name);
	if (!datapath.dp_ifindex)
		die(name);
	flow_family = nl_family(OVS_FLOW_FAMILY);
	packet_family = nl_family(OVS_PACKET_FAMILY);
}

static void put_u32(struct request *r, uint16_t type, uint32_t value)
{
	nl_attr(r, type, &value, sizeof(value));
}

/* @exact: the key; else which of its bits count */
static void put_key(struct request *r, const struct flow *f, int exact)
{
	struct ovs_key_ethernet eth = { 0 };
	struct ovs_key_ipv4 ip = { .ipv4_dst = htonl(f->dst_mask) };
	struct ovs_key_udp udp = { 0 };
	uint16_t type = htons(exact ? ETH_P_IP : 0xffff);

	ip.ipv4_frag = exact ? OVS_FRAG_TYPE_NONE : 0xff;
	if (exact) {
		memcpy(eth.eth_src, "\2\0\0\0\0\1", 6);
		memcpy(eth.eth_dst, "\2\0\0\0\0\2", 6);
		ip.ipv4_src = htonl(0x0a000001);
		ip.ipv4_dst = htonl(f->dst);
		ip.ipv4_proto = IPPROTO_UDP;
		ip.ipv4_ttl = TTL;
		udp.udp_src = htons(1000);
		udp.udp_dst = htons(2000);
	}
	put_u32(r, OVS_KEY_ATTR_RECIRC_ID, exact ? 0 : UINT32_MAX);
	put_u32(r, OVS_KEY_ATTR_PRIORITY, 0);
	put_u32(r, OVS_KEY_ATTR_SKB_MARK, 0);
	put_u32(r, OVS_KEY_ATTR_IN_PORT, exact ? f->in_port : UINT32_MAX);
	nl_attr(r, OVS_KEY_ATTR_ETHERNET, &eth, sizeof(eth));
	nl_attr(r, OVS_KEY_ATTR_ETHERTYPE, &type, sizeof(type));
	nl_attr(r, OVS_KEY_ATTR_IPV4, &ip, sizeof(ip));
	nl_attr(r, OVS_KEY_ATTR_UDP, &udp, sizeof(udp));
}

static void put_actions(struct request *r, uint16_t type, const struct flow *f)
{
	size_t nest = nl_nest(r, type);

	if (f->out)
		put_u32(r, OVS_ACTION_ATTR_OUTPUT, f->out);
	nl_nest_end(r, nest);
}

static void put_ufid(struct request *r, uint64_t ufid)
{
	uint64_t id[2] = { ufid, UINT64_MAX };

	nl_attr(r, OVS_FLOW_ATTR_UFID, id, sizeof(id));
}

void flow_new(struct request *r, const struct flow *f, uint64_t ufid)
{
	size_t nest;

	nl_begin(r, flow_family, OVS_FLOW_CMD_NEW, NLM_F_CREATE);
	nl_raw(r, &datapath, sizeof(datapath));
	put_ufid(r, ufid);
	nest = nl_nest(r, OVS_FLOW_ATTR_KEY);
	put_key(r, f, 1);
	nl_nest_end(r, nest);
	nest = nl_nest(r, OVS_FLOW_ATTR_MASK);
	put_key(r, f, 0);
	nl_nest_end(r, nest);
	put_actions(r, OVS_FLOW_ATTR_ACTIONS, f);
}

void flow_del(struct request *r, uint64_t ufid)
{
	nl_begin(r, flow_family, OVS_FLOW_CMD_DEL, 0);
	nl_raw(r, &datapath, sizeof(datapath));
	put_ufid(r, ufid);
}

void flow_execute(struct request *r, const struct flow *f)
{
	unsigned char frame[FRAME] = "\2\0\0\0\0\2\2\0\0\0\0\1\x08\0\x45";
	uint16_t ip_len = htons(FRAME - 14), udp_len = htons(FRAME - 34);
	uint32_t src = htonl(0x0a000001), dst = htonl(f->dst);
	size_t nest;

	memcpy(frame + 16, &ip_len, 2);
	frame[22] = TTL;
	frame[23] = IPPROTO_UDP;
	memcpy(frame + 26, &src, 4);
	memcpy(frame + 30, &dst, 4);
	memcpy(frame + 34, "\x03\xe8\x07\xd0", 4);
	memcpy(frame + 38, &udp_len, 2);
	nl_begin(r, packet_family, OVS_PACKET_CMD_EXECUTE, 0);
	nl_raw(r, &datapath, sizeof(datapath));
	nl_attr(r, OVS_PACKET_ATTR_PACKET, frame, sizeof(frame));
	nest = nl_nest(r, OVS_PACKET_ATTR_KEY);
	put_u32(r, OVS_KEY_ATTR_PRIORITY, 0);
	put_u32(r, OVS_KEY_ATTR_SKB_MARK, 0);
	put_u32(r, OVS_KEY_ATTR_IN_PORT, f->in_port);
	nl_nest_end(r, nest);
	put_actions(r, OVS_PACKET_ATTR_ACTIONS, f);
}
