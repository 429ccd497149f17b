/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Statistics: a line per process and mount in the file that DEFUSE_STATS names. */
#ifndef DFL_STATS_H
#define DFL_STATS_H

void dfl_stats_init(void);
void dfl_stats_write(void);

#endif /* DFL_STATS_H */
