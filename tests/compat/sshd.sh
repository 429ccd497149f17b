# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# sshd.sh: an SSH server of our own on loopback, which serves files to who has a key
# made for the occasion; sourced, by root in a mount and network namespace of its own:
#
#	. tests/compat/sshd.sh
#	sshd_start DIR TREE	# DIR: for its files; TREE: where the packages are unpacked
#	sshfs -F "$DIR/ssh_config" loop:/some/where ...
#	sshd_stop DIR

sshd_port=22022

# sshd_start DIR TREE
sshd_start()
{
	local dir=$1 tree=$2

	mkdir -p "$dir" /run/sshd
	# It drops its rights to a user that this machine need not have.
	printf '%s\n' 'root:*:0:0:root:/root:/bin/sh' \
		'sshd:*:65533:65533::/run/sshd:/usr/sbin/nologin' \
		'nobody:*:65534:65534:nobody:/nonexistent:/usr/sbin/nologin' > "$dir/passwd"
	mount --bind "$dir/passwd" /etc/passwd
	ssh-keygen -q -t ed25519 -N '' -f "$dir/host"
	ssh-keygen -q -t ed25519 -N '' -f "$dir/key"
	cat > "$dir/config" <<- END
	Port $sshd_port
	ListenAddress 127.0.0.1
	HostKey $dir/host
	AuthorizedKeysFile $dir/key.pub
	PidFile $dir/pid
	UsePAM no
	StrictModes no
	PermitRootLogin yes
	PasswordAuthentication no
	Subsystem sftp internal-sftp
	ForceCommand internal-sftp
	END
	cat > "$dir/ssh_config" <<- END
	Host loop
	HostName 127.0.0.1
	Port $sshd_port
	User root
	IdentityFile $dir/key
	IdentitiesOnly yes
	StrictHostKeyChecking no
	UserKnownHostsFile $dir/known
	LogLevel ERROR
	END
	# Its parent ends when it listens.
	LD_LIBRARY_PATH=$tree/usr/lib/x86_64-linux-gnu \
		"$tree/usr/sbin/sshd" -f "$dir/config" -E "$dir/log"
}

# sshd_stop DIR
sshd_stop()
{
	kill "$(cat "$1/pid")"
	umount /etc/passwd
}
