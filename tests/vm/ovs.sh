# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# ovs.sh: Debian's Open vSwitch in the guest, hosts in network namespaces, and
# the kernel module that guards it; sourced by cases that run with the option
# `-p tests/vm/ovs.packages`:
#
#	. tests/vm/ovs.sh
#	ovs_up				# ovsdb-server, ovs-vswitchd, bridge br0
#	ovs_hosts 3			# h1 .. h3 on ports 1 .. 3
#
# Host i has the address 02:00:00:00:00:0i, 10.0.0.i/24 and fd00::i/64, and is
# on port i, whose device in the root namespace is vi.

ovs_log=${OUT:-/tmp}/vswitchd.log

# The database and its server, as Debian's init script would start them.
ovs_up()
{
	# The bridge itself has nothing to say.
	sysctl -qw net.ipv6.conf.default.disable_ipv6=1
	ln -sfn ../lib/openvswitch-switch/ovs-vswitchd /usr/sbin/ovs-vswitchd
	mkdir -p /run/openvswitch /var/log/openvswitch /etc/openvswitch
	modprobe openvswitch
	modprobe veth
	ovsdb-tool create /etc/openvswitch/conf.db \
		/usr/share/openvswitch/vswitch.ovsschema
	ovsdb-server /etc/openvswitch/conf.db -vconsole:off -vsyslog:off \
		--remote=punix:/run/openvswitch/db.sock --pidfile --detach \
		--no-chdir --log-file="${OUT:-/tmp}/ovsdb.log"
	ovs-vsctl --no-wait init
	ovs-vsctl --no-wait set Open_vSwitch . \
		other_config:n-handler-threads=2 \
		other_config:n-revalidator-threads=1
	ovs_vswitchd
	ovs-vsctl add-br br0 -- set bridge br0 datapath_type=system \
		fail-mode=secure other_config:hwaddr=02:00:00:00:00:fe \
		other_config:datapath-id=00000000000000a1 \
		protocols=OpenFlow10,OpenFlow13,OpenFlow14
	ip link set br0 up
}

# OVS 3.1 counts processors once in ten seconds, from 0 on the clock, so in the
# first ten seconds after boot it finds none and starts no handler
# (lib/ovs-thread.c, count_cpu_cores()).
ovs_vswitchd()
{
	local up

	while read -r up _ < /proc/uptime && [ "${up%.*}" -lt 11 ]; do
		sleep 0.2
	done
	ovs-vswitchd unix:/run/openvswitch/db.sock -vconsole:off -vsyslog:off \
		-vfile:info -vdpif:file:dbg -vdpif_netlink:file:dbg --pidfile \
		--detach --no-chdir --log-file="$ovs_log"
	ovs-appctl vlog/disable-rate-limit
}

# ovs_hosts N: hosts on the bridge, one after the other.
ovs_hosts()
{
	local i

	for ((i = 1; i <= $1; i++)); do
		ip netns add "h$i"
		ip link add "v$i" type veth peer name eth0 netns "h$i"
		ip link set "v$i" up
		ip netns exec "h$i" sysctl -qw \
			net.ipv6.conf.eth0.disable_ipv6=0 \
			net.ipv6.conf.eth0.accept_dad=0 \
			net.ipv6.conf.eth0.router_solicitations=0
		# A veth's checksum is never computed; on a wire it would be.
		ip netns exec "h$i" ethtool -K eth0 tx off > /dev/null
		ip -n "h$i" link set lo up
		ip -n "h$i" link set eth0 address "02:00:00:00:00:0$i"
		ip -n "h$i" address add "10.0.0.$i/24" dev eth0
		ip -n "h$i" link set eth0 up
		ip -n "h$i" address add "fd00::$i/64" dev eth0 nodad
		ovs-vsctl add-port br0 "v$i" -- \
			set interface "v$i" "ofport_request=$i"
	done
}

# ovs_neighbours N: the hosts know each other's addresses without asking.
ovs_neighbours()
{
	local i j

	for ((i = 1; i <= $1; i++)); do
		for ((j = 1; j <= $1; j++)); do
			[ "$i" != "$j" ] || continue
			ip -n "h$i" neigh replace "10.0.0.$j" \
				lladdr "02:00:00:00:00:0$j" dev eth0
			ip -n "h$i" neigh replace "fd00::$j" \
				lladdr "02:00:00:00:00:0$j" dev eth0
		done
	done
}
