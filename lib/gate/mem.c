// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/* Memory of a transaction: what was made, what is retired. */
#include "change.h"

void *gate_mem_new(struct gate_change *c, size_t size)
{
	struct gate_mem *m = gate_alloc(size);

	if (!m)
		return NULL;
	m->born = c->number;
	m->next = c->made.next;
	m->prev = &c->made;
	m->next->prev = m;
	c->made.next = m;
	return m;
}

void gate_mem_drop(struct gate_change *c, void *p)
{
	struct gate_mem *m = p;

	if (m->born == c->number) {
		m->prev->next = m->next;
		m->next->prev = m->prev;
		gate_free(m);
		return;
	}
	m->next = c->retired;
	c->retired = m;
	c->retired_nr++;
}

void *gate_mem_write(struct gate_change *c, void *p, size_t size, size_t room)
{
	const size_t head = sizeof(struct gate_mem);
	struct gate_mem *m = p, *copy;

	if (m->born == c->number && size == room)
		return m;
	copy = gate_mem_new(c, room);
	if (!copy)
		return NULL;
	memcpy((uint8_t *)copy + head, (uint8_t *)m + head, size - head);
	gate_mem_drop(c, m);
	return copy;
}
