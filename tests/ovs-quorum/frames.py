# SPDX-License-Identifier: GPL-2.0
"""Ethernet frames, byte by byte: what the traffic tests send and expect.

Every function returns bytes and takes addresses as people write them.  IPv4,
IPv6 and transport checksums are right.  The payload's first bytes are a tag by
which a sniffer tells one test's frames from all others.
"""

import ipaddress
import struct

TAG = b"ashlar-gate-"


def mac(text):
    return bytes.fromhex(text.replace(":", ""))


def mac_of(host):
    """The MAC address of host i."""
    return f"02:00:00:00:00:{host:02x}"


def ip(text):
    return ipaddress.ip_address(text).packed


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def eth(src, dst, ethertype, payload, tags=()):
    """tags: (tpid, vid, pcp) from the outermost inwards."""
    head = mac(dst) + mac(src)
    for tpid, vid, pcp in tags:
        head += struct.pack("!HH", tpid, pcp << 13 | vid)
    return head + struct.pack("!H", ethertype) + payload


def arp(op, sha, spa, tha, tpa, tag=b""):
    return (struct.pack("!HHBBH", 1, 0x0800, 6, 4, op) + mac(sha) + ip(spa) +
            mac(tha) + ip(tpa) + tag)


def ipv4(src, dst, proto, payload, tos=0, ttl=64, frag=0, more=False):
    """frag: offset in units of 8 bytes."""
    head = struct.pack("!BBHHHBBH", 0x45, tos, 20 + len(payload), 0x1234,
                       (0x2000 if more else 0) | frag, ttl, proto, 0)
    head += ip(src) + ip(dst)
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + payload


def ipv6(src, dst, proto, payload, tclass=0, hlimit=64, label=0):
    return (struct.pack("!IHBB", 6 << 28 | tclass << 20 | label, len(payload),
                        proto, hlimit) + ip(src) + ip(dst) + payload)


def pseudo(src, dst, proto, length):
    if ":" in src:
        return ip(src) + ip(dst) + struct.pack("!II", length, proto)
    return ip(src) + ip(dst) + struct.pack("!BBH", 0, proto, length)


def udp(src, dst, sport, dport, payload):
    head = struct.pack("!HHHH", sport, dport, 8 + len(payload), 0)
    total = checksum(pseudo(src, dst, 17, 8 + len(payload)) + head + payload)
    return head[:6] + struct.pack("!H", total or 0xffff) + payload


def tcp(src, dst, sport, dport, payload):
    head = struct.pack("!HHIIBBHHH", sport, dport, 1, 1, 0x50, 0x18, 1024, 0, 0)
    total = checksum(pseudo(src, dst, 6, 20 + len(payload)) + head + payload)
    return head[:16] + struct.pack("!H", total) + head[18:] + payload


def crc32c(data):
    crc = 0xffffffff
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82f63b78 if crc & 1 else 0)
    return crc ^ 0xffffffff


def sctp(sport, dport, payload):
    """One chunk of type 0x3f (RFC 9260 3.2: unknown, skip)."""
    payload += b"\0" * (-len(payload) % 4)
    rest = struct.pack("!BBH", 0xbf, 0, 4 + len(payload)) + payload
    head = struct.pack("!HHI", sport, dport, 7)
    total = crc32c(head + b"\0\0\0\0" + rest)
    return head + struct.pack("<I", total) + rest


def icmp(kind, code, payload):
    head = struct.pack("!BBHHH", kind, code, 0, 1, 1)
    total = checksum(head + payload)
    return head[:2] + struct.pack("!H", total) + head[4:] + payload


def icmp6(src, dst, kind, code, body):
    head = struct.pack("!BBH", kind, code, 0)
    total = checksum(pseudo(src, dst, 58, 4 + len(body)) + head + body)
    return head[:2] + struct.pack("!H", total) + body


def neighbour(src, dst, kind, target, lladdr, tag=b""):
    """Neighbour solicitation (135) or advertisement (136), RFC 4861."""
    option = 1 if kind == 135 else 2
    body = (b"\0\0\0\0" + ip(target) + struct.pack("!BB", option, 1) +
            mac(lladdr))
    if tag:     # an option of a type that no one knows, to carry the tag
        tag += b"\0" * (-(len(tag) + 2) % 8)
        body += struct.pack("!BB", 253, (len(tag) + 2) // 8) + tag
    return icmp6(src, dst, kind, 0, body)
