/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Counters of a mount, shown by /proc/PID/mountstats as name=value.
 *
 * door1_opens    DEFUSE_IOC_OPEN that gave an FD
 * door2_opens    ordinary opens
 * markers        system calls answered with the marker errno
 * lookups        names looked up below
 * revalidations  cached dentries compared with the lower tree
 * verifications  blind names verified, with success or not
 * lower_opens    lower files opened for door 2
 * lower_io       read, write and mmap calls served from the lower tree
 * positions      DEFUSE_IOC_POSITION that mapped a page
 * paged          page objects handed to the library that maps
 * refused        requests refused because there is no lower tree
 */
#ifndef DEFUSE_STATS_H
#define DEFUSE_STATS_H

#include <linux/percpu.h>
#include <linux/types.h>

struct seq_file;
struct super_block;

enum defuse_stat {
	DEFUSE_STAT_DOOR1_OPENS,
	DEFUSE_STAT_DOOR2_OPENS,
	DEFUSE_STAT_MARKERS,
	DEFUSE_STAT_LOOKUPS,
	DEFUSE_STAT_REVALIDATIONS,
	DEFUSE_STAT_VERIFICATIONS,
	DEFUSE_STAT_LOWER_OPENS,
	DEFUSE_STAT_LOWER_IO,
	DEFUSE_STAT_PAGED,
	DEFUSE_STAT_REFUSED,
	DEFUSE_STAT_POSITIONS,
	DEFUSE_NR_STATS,
};

struct defuse_stats {
	u64 count[DEFUSE_NR_STATS];
};

#define defuse_count(sb, stat)	this_cpu_inc(DEFUSE_SB(sb)->stats->count[stat])

void defuse_stats_show(struct seq_file *m, const struct super_block *sb);

#endif /* DEFUSE_STATS_H */
