# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# compare.sh: says whether two directory trees are equal, and proves that it
# would notice if they were not.

# tree_facts DIR: a line for each object, sorted: path, type, mode, owner,
# size, links, time, target.  The size of a directory is the business of its
# file system, and so is its link count.
tree_facts()
{
	(
		cd "$1" || exit
		find . -name __pycache__ -prune -o \
			-type d -printf '%P d %m %U:%G\n' -o \
			-type l -printf '%P l %U:%G %l\n' -o \
			-printf '%P %y %m %U:%G %s %n %T@\n'
	) | LC_ALL=C sort
}

# same_tree A B [notime]: content and attributes; notime where the two were
# written at different moments.
same_tree()
{
	local how=${3:-} facts_a facts_b

	diff -r --no-dereference -x __pycache__ "$1" "$2" || return 1
	facts_a=$(tree_facts "$1") || return 1
	facts_b=$(tree_facts "$2") || return 1
	if [ "$how" = notime ]; then
		facts_a=$(sed -E 's/ [0-9]+\.[0-9]+$//' <<< "$facts_a")
		facts_b=$(sed -E 's/ [0-9]+\.[0-9]+$//' <<< "$facts_b")
	fi
	diff <(echo "$facts_a") <(echo "$facts_b")
}

# compare_control DIR: same_tree must accept a true copy below DIR and refuse
# each of these differences.
compare_control()
{
	local d=$1/control fault

	rm -rf "$d"
	mkdir -p "$d/a/sub"
	printf 'one\n' > "$d/a/sub/file"
	printf 'two\n' > "$d/a/other"
	ln -s other "$d/a/link"
	cp -a "$d/a" "$d/true"
	same_tree "$d/a" "$d/true" || return 1

	for fault in byte mode time gone more target; do
		rm -rf "$d/b"
		cp -a "$d/a" "$d/b"
		case $fault in
		byte)	printf 'onE\n' > "$d/b/sub/file"
			touch -r "$d/a/sub/file" "$d/b/sub/file" ;;
		mode)	chmod 600 "$d/b/other" ;;
		time)	touch -d '2001-02-03' "$d/b/other" ;;
		gone)	rm "$d/b/sub/file" ;;
		more)	: > "$d/b/sub/more" ;;
		target)	ln -sfn sub "$d/b/link" ;;
		esac
		if same_tree "$d/a" "$d/b" > /dev/null; then
			echo "the comparison did not notice: $fault"
			return 1
		fi
	done
	rm -rf "$d"
}
