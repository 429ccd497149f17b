// SPDX-License-Identifier: GPL-2.0
/*
 * What outlives a server that dies: slots in memory shared with the supervisor.
 *
 * A slot is valid by one word, written last when it is filled and first when it is
 * emptied, so a server killed at any point leaves a table that the next one can use; at
 * worst a slot is lost, or a name stands that no longer leads anywhere, which is
 * looked at before it is used.  Free slots are listed in private memory.
 */
#include "server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Address space, not memory: pages come when slots are used. */
#define NODES_MAX	(4U << 20)
#define NAMES_MAX	(4U << 20)
#define FILES_MAX	(256U << 10)

struct store *store;

/* Free slots below the highest ever used. */
struct free_list {
	uint32_t *slots, count, room;
};

static struct free_list free_nodes, free_names, free_files;

static uint32_t take(struct free_list *list, uint32_t *highest, uint32_t max)
{
	if (list->count)
		return list->slots[--list->count];
	return *highest + 1 < max ? ++*highest : 0;
}

/* Without memory for the list the slot is lost, until the next server looks. */
static void give(struct free_list *list, uint32_t slot)
{
	if (list->count == list->room) {
		uint32_t room = list->room ? list->room * 2 : 256;
		uint32_t *slots = realloc(list->slots, room * sizeof(*slots));

		if (!slots)
			return;
		list->slots = slots;
		list->room = room;
	}
	list->slots[list->count++] = slot;
}

uint32_t store_node(void)
{
	return take(&free_nodes, &store->nodes, NODES_MAX);
}

uint32_t store_name(void)
{
	return take(&free_names, &store->names, NAMES_MAX);
}

uint32_t store_file(void)
{
	return take(&free_files, &store->files, FILES_MAX);
}

void store_free_node(uint32_t node)
{
	give(&free_nodes, node);
}

void store_free_name(uint32_t name)
{
	give(&free_names, name);
}

void store_free_file(uint32_t file)
{
	give(&free_files, file);
}

int store_make(void)
{
	size_t head = 4096, nodes = NODES_MAX * sizeof(struct node_slot);
	size_t names = NAMES_MAX * sizeof(struct name_slot);
	size_t files = FILES_MAX * sizeof(struct file_slot);
	char *at = mmap(NULL, head + nodes + names + files, PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (at == MAP_FAILED)
		return -errno;
	store = (struct store *)at;
	store->node = (struct node_slot *)(at + head);
	store->name = (struct name_slot *)(at + head + nodes);
	store->file = (struct file_slot *)(at + head + nodes + names);
	return 0;
}
