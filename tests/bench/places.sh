# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# places.sh: where and how each variant works; sourced in the guest by bench.sh.
#
#	places_setup PROGRAMS	# mounts, servers, and the root below
#	place VARIANT		# its directory
#	measure VARIANT ARGS	# fsbench there; DIR before an ARG stands for the directory
#	command_of VARIANT NAME	# sets `command`: how a command of Debian is started
#	places_end
#
# Everything that is measured runs in a root of its own, on tmpfs, with the programs and
# libraries it needs: the machine's root is the host's, and while one waits for the host
# the guest's clock runs as it likes.

# shellcheck disable=SC2154 # defuse_top, defuse_lib: tests/vm/defuse.sh
# shellcheck disable=SC2034 # command, back: for bench.sh
base=/tmp/bench
root=/tmp/root
back=$base/back fs=$base/fs
libs=$root/lib/x86_64-linux-gnu

# FUSE variants use one of so many files: what a file costs does not depend on how many.
fuse_share=4

declare -A server_pid
# Variants that could not be had here.
declare -A missing

# Programs, and the libraries of those that Debian has.
copy_programs()
{
	local programs=$1 f

	mkdir -p $back $fs $base/{bin,debian-libc,lib,archives,plain} \
		$base/{memfs,paged,compat,avfs} \
		$base/{dfuse,dfuse-wb,ll,ll-wb,hp,pt,fh,avfs-dfuse,avfsd}
	mkdir -p "$libs" $root/{bin,lib64,dev,proc,tmp/bench,usr/lib/defuse}
	cp "$programs"/{fsbench,fsbench-static,parts,passthrough_ll,passthrough_fh} $base/bin/
	cp "$defuse_top/build/user/defuse-fuse" /usr/bin/avfsd $base/bin/
	cp -L /bin/tar /usr/bin/rsync $root/bin/
	for f in libc.so.6 ld-linux-x86-64.so.2; do
		cp -L /usr/lib/x86_64-linux-gnu/$f $base/debian-libc/
	done
	ldd /bin/tar /usr/bin/rsync $base/bin/defuse-fuse $base/bin/avfsd |
		awk '$3 ~ /^\// && $1 !~ /^libc\.so/ { print $3 }' | sort -u |
		xargs -I{} cp -L {} $base/lib/
	cp $base/lib/* "$libs"
	if [ -e "$programs/passthrough_hp" ]; then
		cp "$programs/passthrough_hp" $base/bin/
	else
		missing[hp]=1
		missing[pt]=1
	fi
}

# serve NAME PROGRAM ARGS...: start a server of $base/NAME, remember its process id.
serve()
{
	local name=$1 program=$2

	[ -z "${missing[$name]-}" ] || return 0
	shift 2
	"$base/bin/$program" "$@" "$base/$name" &
	server_pid[$name]=$!
	until grep -q " $base/$name fuse" /proc/self/mounts; do
		kill -0 "${server_pid[$name]}"
		sleep 0.1
	done
}

start_servers()
{
	local direct=library=$defuse_lib/libdefuse-direct.so,backend=$back,no_restart
	local archives=library=$defuse_lib/libdefuse-avfs.so,backend=$base/archives

	modprobe fuse
	# Can this kernel take reading and writing over?
	grep -q ' fuse_passthrough_open' /proc/kallsyms || missing[pt]=1
	export LD_LIBRARY_PATH=$base/lib
	serve dfuse defuse-fuse -f -o "$direct"
	serve dfuse-wb defuse-fuse -f -o "$direct,writeback,cache=always"
	serve ll passthrough_ll -f -o "source=$back"
	serve ll-wb passthrough_ll -f -o "source=$back,writeback,cache=always"
	# With splice each request costs them a pipe of 4 MiB.
	serve hp passthrough_hp --foreground --nosplice --nopassthrough $back
	serve pt passthrough_hp --foreground --nosplice $back
	serve fh passthrough_fh -f -o "modules=subdir,subdir=$back"
	serve avfs-dfuse defuse-fuse -f -o "$archives,no_restart,cache=always"
	serve avfsd avfsd -f
	unset LD_LIBRARY_PATH
}

# defuse DIR BACKEND LIBRARY [OPTIONS]
defuse()
{
	mount -t defuse -o \
		"backend=$2,library=$defuse_lib/libdefuse-$3.so${4:+,$4}" defuse "$base/$1"
}

places_setup()
{
	# The servers hold an FD for each i-node they know.
	ulimit -n 65536
	copy_programs "$1"
	defuse_setup
	if [ -e "$1/libdefuse-passthrough_fh.so" ]; then
		install -m 755 "$1/libdefuse-passthrough_fh.so" "$defuse_lib"
		defuse compat "instance=process x" passthrough_fh fallback=none
	else
		missing[compat]=1
	fi
	defuse fs $back direct
	defuse paged $back direct paging=userfaultfd
	defuse memfs "bench:size=512M" memfs fallback=none
	defuse avfs $base/archives avfs fallback=none
	start_servers

	# The patched C library, where the commands look for it.
	cp -L /lib64/ld-linux-x86-64.so.2 $root/lib64/
	cp -L /lib/x86_64-linux-gnu/libc.so.6 "$libs"
	mount --bind "$defuse_lib" $root/usr/lib/defuse
	# Without /dev/userfaultfd, which gives root the privilege that memfs-fill lacks.
	cp -a /dev/{null,urandom,zero} $root/dev/
	mkdir $root/dev/shm
	mount --bind /dev/shm $root/dev/shm
	mount -t proc proc $root/proc
	mount --rbind $base $root/tmp/bench
}

places_end()
{
	umount -R $root/tmp/bench
	umount $root/dev/shm $root/proc $root/usr/lib/defuse
	umount $base/{memfs,paged,avfs} $fs
	[ -n "${missing[compat]-}" ] || umount $base/compat
	for name in "${!server_pid[@]}"; do
		umount "$base/$name"
	done
	wait
}

place()
{
	case $1 in
	direct | diss)		echo "$back/$1" ;;
	compat)			echo "$base/compat$back/$1" ;;
	memfs | memfs-fill)	echo "$base/memfs/$1" ;;
	dfuse* | ll* | hp | pt | fh | paged)
				echo "$base/$1/$1" ;;
	*)			echo "$fs/$1" ;;
	esac
}

old_libc=("$base/debian-libc/ld-linux-x86-64.so.2" --library-path "$base/debian-libc:$base/lib")
preloaded=("${old_libc[@]}" --preload /usr/lib/defuse/libdefuse-preload.so)

# way VARIANT: sets `outside`, what goes before entering the root, and `options` of fsbench.
way()
{
	local share=1

	case $1 in
	dfuse* | ll* | hp | pt | fh)	share=$fuse_share ;;
	esac
	outside=(env) options=()
	case $1 in
	door1-lib)	outside=(env "DEFUSE_ADOPT=0") ;;
	# The pager's privilege.
	memfs-fill)	outside=(setpriv --bounding-set=-sys_ptrace --inh-caps=-sys_ptrace) ;;
	diss)		options=(-d) ;;
	esac
	[ -z "${server_pid[$1]-}" ] || options=(-s "${server_pid[$1]}")
	[ "$share" = 1 ] || options+=(-n "$share")
}

# command_of VARIANT NAME
command_of()
{
	case $1 in
	door2)	 command=("${old_libc[@]}" "/bin/$2") ;;
	preload) command=("${preloaded[@]}" "/bin/$2") ;;
	*)	 command=("/bin/$2") ;;
	esac
}

# measure_at DIR VARIANT ARGS...
measure_at()
{
	local dir=$1 variant=$2 bench=("$base/bin/fsbench") outside options
	shift 2
	way "$variant"
	case $variant in
	door2)	 bench=("$base/bin/fsbench-static") ;;
	preload) bench=("${preloaded[@]}" "$base/bin/fsbench") ;;
	esac
	"${outside[@]}" chroot $root \
		"${bench[@]}" "${options[@]}" "$variant" "${@/#DIR/$dir}"
}

measure()
{
	local variant=$1 dir
	shift
	dir=$(place "$variant")
	mkdir -p "$dir"
	measure_at "$dir" "$variant" "$@"
}
