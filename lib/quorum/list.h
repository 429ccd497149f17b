/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * Circular doubly linked lists: a head is an element that is in nothing.
 */
#ifndef QUORUM_LIST_H
#define QUORUM_LIST_H

#include "port.h"

struct quorum_list {
	struct quorum_list *prev, *next;
};

static inline void quorum_list_init(struct quorum_list *head)
{
	head->prev = head;
	head->next = head;
}

static inline bool quorum_list_is_empty(const struct quorum_list *head)
{
	return head->next == head;
}

/* At the end */
static inline void quorum_list_add(struct quorum_list *head,
				   struct quorum_list *e)
{
	e->prev = head->prev;
	e->next = head;
	head->prev->next = e;
	head->prev = e;
}

/* Of an element that is in no list by itself this is nothing. */
static inline void quorum_list_del(struct quorum_list *e)
{
	e->prev->next = e->next;
	e->next->prev = e->prev;
	quorum_list_init(e);
}

#endif
