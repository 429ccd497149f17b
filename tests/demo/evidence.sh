# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# evidence.sh: who did the work?  Reads system-call traces and counters.
# shellcheck disable=SC2154

# Calls that bring a file's content to a process through an FD.
data_calls='read|pread64|readv|preadv|preadv2|copy_file_range|sendfile|splice|mmap|getdents64'

# trace_reads TRACE DIR: successful data calls of an `strace -f -y` on FDs
# below DIR.  The FD that counts is the first one with a path.
trace_reads()
{
	grep -E "^([0-9]+ +)?($data_calls)\(" "$1" |
		grep -F "<$2/" |
		grep -vE '= -1 [A-Z]+' || true
}

# trace_reader TRACE CMD...: run CMD under strace.
trace_reader()
{
	local trace=$1
	shift
	strace -f -y -e trace=all -o "$trace" "$@" > /dev/null
}

# no_kernel_reads FILE_ON_MOUNT MOUNT BACKEND: a hooked reader must read the
# backend and never the mount; an unhooked one (the control: it shows that the
# trace would tell) must read the mount.
no_kernel_reads()
{
	local file=$1 mount=$2 backend=$3 n

	trace_reader "$work/trace.static" /bin/busybox cat "$file"
	n=$(trace_reads "$work/trace.static" "$mount" | wc -l)
	echo "static reader: $n calls on the mount"
	[ "$n" -gt 0 ] || return 1

	trace_reader "$work/trace.hooked" cat "$file"
	n=$(trace_reads "$work/trace.hooked" "$mount" | wc -l)
	echo "hooked reader: $n calls on the mount"
	trace_reads "$work/trace.hooked" "$mount" | sed -n 1,5p
	[ "$n" = 0 ] || return 1
	n=$(trace_reads "$work/trace.hooked" "$backend" | wc -l)
	echo "hooked reader: $n calls on the backend, by the library"
	[ "$n" -gt 0 ]
}

# process_total FILE NAME: the sum of NAME=value over the lines that the
# processes left.
process_total()
{
	awk -v name="$2" '{
		for (i = 1; i <= NF; i++)
			if (split($i, kv, "=") == 2 && kv[1] == name)
				sum += kv[2]
	} END { print sum + 0 }' "$1"
}
