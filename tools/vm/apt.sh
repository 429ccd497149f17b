# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# apt.sh: looks packages up and downloads them through the machine's own apt
# configuration, installing nothing.  Needs lib.sh.
# shellcheck disable=SC2154 # cache and here come from it
#
# Two views of the archive: `base` is what the machine itself sees (with a
# private copy of the package lists if the machine has none or stale ones);
# `backports` is derived from the machine's source for the base suite, so the
# mirror and the key are the ones the machine already trusts.

apt_opts=()

apt_view()
{
	local view=$1 state=$cache/apt/$1

	apt_opts=(-q -o APT::Sandbox::User=root -o Debug::NoLocking=1)
	[ "$view" = machine ] && return

	mkdir -p "$state/lists/partial" "$state/cache/archives/partial"
	apt_opts+=(-o "Dir::State::lists=$state/lists"
		   -o "Dir::Cache=$state/cache")
	if [ "$view" = backports ]; then
		/usr/bin/python3 "$here/apt-source" "$(codename)" -backports \
			> "$state/sources.tmp" || return
		mv "$state/sources.tmp" "$state/backports.sources"
		apt_opts+=(-o "Dir::Etc::sourcelist=$state/backports.sources"
			   -o Dir::Etc::sourceparts=/dev/null)
	fi
}

codename()
{
	# shellcheck source=/dev/null
	(. /etc/os-release && echo "$VERSION_CODENAME")
}

# The lists of a private view are good for a day: the kernel may move on, but
# a run of cases must not pay for an update each time.
apt_refresh()
{
	local view=$1 stamp=$cache/apt/$1/stamp

	[ "$view" = machine ] && return
	[ -n "$(find "$stamp" -mmin -1440 2>/dev/null)" ] && return
	apt-get "${apt_opts[@]}" -o APT::Update::Error-Mode=any update >&2 \
		|| return
	touch "$stamp"
}

# apt_field PACKAGE[=VERSION] FIELD
apt_field()
{
	apt-cache "${apt_opts[@]}" --no-all-versions show "$1" 2>/dev/null |
		sed -n "s/^$2: //p;/^\$/q"
}

# apt_depends PACKAGE[=VERSION] REGEX: "name version" of the first dependency
# whose name matches; the version is empty unless it is an exact one.
apt_depends()
{
	apt_field "$1" Depends | tr ',' '\n' | sed 's/^ *//;s/ *|.*//' |
		awk -v re="^($2)\$" '$1 ~ re {
			v = $2 == "(=" ? $3 : ""
			sub(/\)/, "", v)
			print $1, v
			exit
		}'
}

# apt_unpack DIR PACKAGE[=VERSION]...: download and unpack below DIR.  The
# packages go beside it meanwhile, so who clears a broken attempt away clears
# them too.
apt_unpack()
{
	local root=$1 deb tmp=$1.debs
	shift
	mkdir -p "$tmp"
	if ! (cd "$tmp" && apt-get "${apt_opts[@]}" download "$@" >&2); then
		rm -rf "$tmp"
		return 1
	fi
	mkdir -p "$root"
	for deb in "$tmp"/*.deb; do
		dpkg-deb -x "$deb" "$root"
	done
	rm -rf "$tmp"
}
