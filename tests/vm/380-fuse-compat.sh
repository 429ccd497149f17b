#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: -t 600
# gate: 6.1
#
# A FUSE file system on a defuse mount, in each process and in one server, used by
# Debian's programs.

set -euo pipefail
. tests/vm/lib.sh
. tests/vm/defuse.sh

defuse_restart
base=/tmp/compat
tests=$defuse_user/fuse-compat/tests
mkdir -p $base/{a,b,fs} /run/defuse
install -m 755 -o root -g root "$tests/libdefuse-toyfs.so" $defuse_lib

# mount_toy LIBRARY BACKEND
mount_toy()
{
	mount -t defuse -o "library=$defuse_lib/$1,fallback=none,backend=\"$2\"" \
		defuse $base/fs
}

# work DIR: what people do, seen in the tree behind it.
work()
{
	local tree=$1

	echo one > $base/fs/one
	same one "$(cat $base/fs/one)"
	same one "$(cat "$tree/one")"
	check cp -r /etc/apt $base/fs/apt
	check diff -r /etc/apt $base/fs/apt
	check diff -r /etc/apt "$tree/apt"
	check mv $base/fs/apt $base/fs/moved
	check ln -s moved $base/fs/link
	same moved "$(readlink $base/fs/link)"
	same "$(find "$tree" -printf '%P %y %m %s\n' | grep -v ' d ' | sort)" \
		"$(find $base/fs -printf '%P %y %m %s\n' | grep -v ' d ' | sort)"
	check rm -r $base/fs/moved $base/fs/link
	same one "$(ls $base/fs)"
	# The descriptor goes to another image, and the name away.
	exec 3< $base/fs/one
	same one "$(cat <&3)"
	exec 3<&-
	printf '%s\n' a b >> $base/fs/one
	printf '%s\n' c >> $base/fs/one
	same "one a b c" "$(paste -sd ' ' "$tree/one")"
	refuse cat $base/fs/nothing
	refuse mkdir $base/fs/one
	check dd if=/dev/urandom of=$base/fs/big bs=300k count=3 status=none
	check cmp $base/fs/big "$tree/big"
	check rm $base/fs/one $base/fs/big
	same 0 "$(find "$tree" -mindepth 1 ! -name '.fuse_hidden*' | wc -l)"
}

process="instance=process toyfs -o root=$base/a,ino,null"
check mount_toy libdefuse-toyfs.so "$process"
work $base/a
check umount $base/fs

shared="instance=shared socket=/run/defuse/toy $tests/toyfs"
shared+=" -o root=$base/b,null,allow_other,default_permissions"
check "$defuse_user/defuse-server" "$shared" $base/fs
check mount_toy libdefuse-shared.so "$shared"
work $base/b

# Who asks is known, and asked for.
nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups)
same 65534 "$("${nobody[@]}" stat -c %u $base/fs/.caller)"
same 0 "$(stat -c %u $base/fs/.caller)"
echo one > $base/fs/one
echo secret > $base/fs/secret
chmod 600 $base/fs/secret
refuse "${nobody[@]}" cat $base/fs/secret
refuse "${nobody[@]}" touch $base/fs/new
mkdir $base/fs/common
chmod 1777 $base/fs/common
check "${nobody[@]}" cp $base/fs/one $base/fs/common/mine
same 65534 "$(stat -c %u $base/b/common/mine)"

# An open file that lost its name.
exec 4<> $base/fs/common/open
echo lost >&4
rm $base/fs/common/open
echo more >&4
exec 4>&-

# The server dies: errors, not hangs; another one takes over.
server=$(pgrep -x toyfs)
exec 5< $base/fs/secret
kill -KILL "$server"
refuse cat $base/fs/secret
refuse ls $base/fs
check "$defuse_user/defuse-server" "$shared" $base/fs
same secret "$(cat $base/fs/secret)"
same secret "$(cat <&5)"
exec 5<&-
check kill "$(pgrep -x toyfs)"
check umount $base/fs
check rmmod defuse
