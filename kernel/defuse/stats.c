// SPDX-License-Identifier: GPL-2.0
/* Summing the per-CPU counters of a mount for /proc/PID/mountstats. */
#include "defuse.h"

#include <linux/seq_file.h>

static const char *const stat_names[DEFUSE_NR_STATS] = {
	[DEFUSE_STAT_DOOR1_OPENS] = "door1_opens",
	[DEFUSE_STAT_DOOR2_OPENS] = "door2_opens",
	[DEFUSE_STAT_MARKERS] = "markers",
	[DEFUSE_STAT_LOOKUPS] = "lookups",
	[DEFUSE_STAT_REVALIDATIONS] = "revalidations",
	[DEFUSE_STAT_VERIFICATIONS] = "verifications",
	[DEFUSE_STAT_LOWER_OPENS] = "lower_opens",
	[DEFUSE_STAT_LOWER_IO] = "lower_io",
	[DEFUSE_STAT_PAGED] = "paged",
	[DEFUSE_STAT_REFUSED] = "refused",
	[DEFUSE_STAT_POSITIONS] = "positions",
};

static u64 stat_sum(const struct defuse_sb *dsb, enum defuse_stat stat)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(dsb->stats, cpu)->count[stat]);
	return sum;
}

void defuse_stats_show(struct seq_file *m, const struct super_block *sb)
{
	enum defuse_stat stat;

	seq_puts(m, "\n\tdefuse:");
	for (stat = 0; stat < DEFUSE_NR_STATS; stat++)
		seq_printf(m, " %s=%llu", stat_names[stat],
			   stat_sum(DEFUSE_SB(sb), stat));
}
