/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Points: places in the core at which a process may die and leave others something half
 * done.  The library that is installed has none of them; tests/points builds one with
 * -DDEFUSE_POINTS, kills a process at each, and fails where one is never reached.  A new
 * path through the core that changes what others see gets a point between its steps.
 */
#ifndef DFL_POINT_H
#define DFL_POINT_H

#define DFL_POINTS(X)								\
	/* any call */								\
	X(hook_entered) X(upcall_entered) X(letter_read)			\
	/* a mount */								\
	X(mount_asked) X(library_loaded) X(mount_registered) X(base_opened)	\
	/* open */								\
	X(open_adopted) X(library_opened) X(number_given) X(number_entered)	\
	/* an FD from elsewhere */						\
	X(stash_fetched) X(lower_taken) X(handle_restored) X(private_copied)	\
	/* data */								\
	X(position_claimed) X(data_moved) X(position_settled) X(data_appended)	\
	/* names */								\
	X(name_changed) X(name_announced)					\
	/* numbers */								\
	X(number_forgotten) X(number_closed) X(number_copied) X(range_begun)	\
	X(handle_dropped)							\
	/* processes */								\
	X(fork_prepared) X(fork_in_child) X(libraries_finalized)

/* Those that only a mount without a lower tree leads to, or a file mapped by the library's way. */
#define DFL_PAGE_POINTS(X)							\
	/* open, by the text of a path */					\
	X(library_hinted)							\
	/* a page object */							\
	X(pages_attached) X(pages_locked) X(pages_settled) X(pages_owned)	\
	/* its sizes */								\
	X(ledger_cut) X(tail_cleared) X(pages_cut)				\
	/* its bytes */								\
	X(ledger_copied) X(ledger_filled) X(pages_filled) X(pages_extended)	\
	X(library_written) X(page_reloaded) X(page_overwritten)			\
	/* mappings */								\
	X(map_prepared) X(map_placed) X(map_watched) X(fault_served)		\
	X(map_flushed) X(map_replaced) X(map_moved) X(maps_flushed)		\
	X(map_fork_ready) X(map_fork_in_child)					\
	/* the file, between the library and the pages */			\
	X(paged_written) X(paged_cut) X(name_cut) X(hole_written)		\
	X(space_flushed) X(space_changed)

#ifdef DEFUSE_POINTS
enum dfl_point {
#define X(name)	DFL_POINT_##name,
	DFL_POINTS(X) DFL_PAGE_POINTS(X)
#undef X
};

void dfl_point_reached(enum dfl_point point);
/* "NAME:N", of tests/points/point.c */
void dfl_point_choose(const char *text);
#define dfl_point(name)	dfl_point_reached(DFL_POINT_##name)
#else
#define dfl_point(name)	((void)0)
#endif

#endif /* DFL_POINT_H */
