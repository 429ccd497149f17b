#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: -t 300
# subset: 6.12 debug
# gate: 6.1 6.12 debug
#
# Mounting: every refusal with its errno and words, options, fstab, remount,
# busy and lazy unmounting, what findmnt and df show.

set -euo pipefail
. tests/vm/lib.sh
. tests/vm/defuse.sh

base=/tmp/mount
lib=$defuse_lib/libdefuse-direct.so
check defuse_module
check defuse_install
mkdir -p $base/{back,fs,second,open}
mount -t tmpfs -o mode=755 back $base/back
echo text > $base/back/f
mkdir $base/back/d
mounter=$defuse_tests/mounter

# refused ERRNO WORDS OPTION...: both ways of mounting give this errno, and the
# new one says why, with these words.
refused()
{
	local errno=$1 words=$2 got IFS
	shift 2
	got=$("$mounter" $base/fs "$@" || :)
	same "$errno" "${got%% *}" "$* ($got)"
	check grep -qi -- "$words" <<< "$got"
	IFS=,
	got=$("$mounter" -o $base/fs "$*" || :)
	same "$errno" "$got" "mount(2): $*"
	refuse mountpoint -q $base/fs
}

# Who, and what he must name.
same EPERM "$("$mounter" -u 65534 $base/fs backend=$base/back library=$lib ||
	:)" "as nobody"
refused EINVAL backend library=$lib
refused EINVAL library backend=$base/back
refused EINVAL unknown backend=$base/back library=$lib nonsense=1
refused EINVAL unknown backend=$base/back library=$lib flag
refused EINVAL fallback backend=$base/back library=$lib fallback=maybe
refused EINVAL paging backend=$base/back library=$lib paging=maybe
refused EINVAL paging backend=$base/back library=$lib fallback=none paging=lower

# The library.
refused EINVAL absolute backend=$base/back library=libdefuse-direct.so
refused EINVAL absolute backend=$base/back library=../lib/x.so
refused ENOENT find backend=$base/back library=$defuse_lib/none.so
refused ENOEXEC regular backend=$base/back library=$defuse_lib
mkfifo $defuse_lib/fifo.so
refused ENOEXEC regular backend=$base/back library=$defuse_lib/fifo.so
install -o 65534 -m 755 $lib $defuse_lib/nobodys.so
refused EPERM write backend=$base/back library=$defuse_lib/nobodys.so
install -m 775 $lib $defuse_lib/group.so
refused EPERM write backend=$base/back library=$defuse_lib/group.so
install -m 757 $lib $defuse_lib/others.so
refused EPERM write backend=$base/back library=$defuse_lib/others.so
mkdir -m 777 $defuse_lib/open
install -m 755 $lib $defuse_lib/open/good.so
refused EPERM write backend=$base/back library=$defuse_lib/open/good.so
mkdir $defuse_lib/open/closed
install -m 755 $lib $defuse_lib/open/closed/good.so
refused EPERM write backend=$base/back library=$defuse_lib/open/closed/good.so
ln -s open/good.so $defuse_lib/link.so
refused EPERM write backend=$base/back library=$defuse_lib/link.so
ln -s loop.so $defuse_lib/loop.so
refused ELOOP find backend=$base/back library=$defuse_lib/loop.so

# The backend.
refused ENOENT backend backend=$base/none library=$lib
refused ENOTDIR backend backend=$base/back/f library=$lib
refused EINVAL absolute backend=back library=$lib
refused EINVAL '' backend= library=$lib

# The control: the same call works.  And its words for people.
same 0 "$("$mounter" $base/fs backend=$base/back library=$lib)"
same text "$(cat $base/fs/f)"
refused_twice=$("$mounter" $base/second backend=$base/fs library=$lib || :)
same EOPNOTSUPP "${refused_twice%% *}" "defuse upon defuse"
check umount $base/fs
got=$(mount -t defuse -o "backend=$base/back,library=$defuse_lib/others.so" \
	defuse $base/fs 2>&1) && fail "mounted with a library all can write"
check grep -q 'write' <<< "$got"

# What is shown.
ln -s libdefuse-direct.so $defuse_lib/good-link.so
check mount -t defuse -o "nosuid,nodev,backend=$base/back,library=$defuse_lib/good-link.so" \
	my-source $base/fs
shown=$(findmnt -no FSTYPE,SOURCE,OPTIONS $base/fs)
echo "$shown"
for word in defuse my-source rw nosuid nodev "backend=$base/back" \
		"library=$defuse_lib/good-link.so"; do
	check grep -q -- "$word" <<< "$shown"
done
refuse grep -q noexec <<< "$shown"
same defuse "$(df --output=fstype $base/fs | tail -n 1)"
check [ "$(df --output=size $base/fs | tail -n 1)" = \
	"$(df --output=size $base/back | tail -n 1)" ]
same 44465553 "$(stat -f -c %t $base/fs)" "statfs type"

# The pinned library stays, whatever the name is now.
ln -sfn open/good.so $defuse_lib/good-link.so
same text "$(cat $base/fs/f)"

# Remount: read-only and back; nothing else can change.
check mount -o remount,ro $base/fs
refuse touch $base/fs/new
refuse rm $base/fs/f
check mount -o remount,rw $base/fs
check touch $base/fs/new
refuse mount -o "remount,backend=$base/second" $base/fs
refuse mount -o "remount,library=$defuse_lib/group.so" $base/fs
refuse mount -o remount,fallback=none $base/fs
refuse mount -o remount,paging=userfaultfd $base/fs
check mount -o remount,bind,noexec $base/fs
cp /bin/true $base/fs/program
refuse $base/fs/program
check mount -o remount,bind,exec $base/fs
check $base/fs/program

# Busy, lazily.
exec 7< $base/fs/f
same EBUSY "$("$mounter" -b $base/fs || :)" "an open file"
exec 7<&-
(cd $base/fs/d && same EBUSY "$("$mounter" -b $base/fs || :)" "a directory"
	exit $vm_failed)
vm_failed=$((vm_failed + $?))
exec 7<> $base/fs/f
check umount -l $base/fs
refuse mountpoint -q $base/fs
read -r -u 7 line
same text "$line" "an open file after a lazy umount"
echo more >&7
same 2 "$(wc -l < $base/back/f)"
refuse rmmod defuse
exec 7>&-

# fstab, with what systemd adds; twice the same backend; nested.
echo "src $base/fs defuse backend=$base/back,library=$lib,x-systemd.automount,noauto,nofail 0 0" \
	>> /etc/fstab
check mount $base/fs
check findmnt -n $base/fs
check defuse_mount $base/back $base/second ro
check touch $base/fs/seen
check [ -e $base/second/seen ]
refuse touch $base/second/unseen
mkdir $base/back/open
check defuse_mount $base/back/d $base/fs/open
check umount $base/fs/open
check umount $base/second
check umount $base/fs

# A backend that goes while it is in use cannot: the mount holds it.
check defuse_mount $base/back $base/fs
refuse umount $base/back
check umount $base/fs
check umount $base/back
check rmmod defuse
