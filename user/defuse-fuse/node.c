// SPDX-License-Identifier: GPL-2.0
/*
 * Which file a node id of the kernel means, and under which names it was last seen.
 *
 * The library knows paths, the kernel node ids; a node is (device, inode number, type),
 * so hard links are one node.  Where others change names behind our back (shared), a
 * name is only where to look: what is found there is compared before it is used.
 * When a file loses its last name through us, its number may be used again: it is set
 * apart (gone).
 */
#include "server.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define ROOT	FUSE_ROOT_ID
#define DEPTH	2048

pthread_mutex_t table_lock = PTHREAD_MUTEX_INITIALIZER;

static struct {
	uint32_t *heads, size, count;
} by_identity, by_name;

static struct node_slot *node_at(uint32_t n)
{
	return &store->node[n];
}

static struct name_slot *name_at(uint32_t n)
{
	return &store->name[n];
}

static uint32_t mix(uint64_t value)
{
	return (value * 0x9e3779b97f4a7c15ULL) >> 32;
}

static uint32_t identity_hash(uint64_t dev, uint64_t ino)
{
	return mix(dev * 31 + ino) & (by_identity.size - 1);
}

static uint32_t name_hash(uint32_t parent, const char *text, size_t len)
{
	uint64_t h = parent;
	size_t i;

	for (i = 0; i < len; i++)
		h = h * 0x100000001b3ULL ^ (unsigned char)text[i];
	return mix(h) & (by_name.size - 1);
}

static void identity_insert(uint32_t n)
{
	uint32_t *head = &by_identity.heads[identity_hash(node_at(n)->dev, node_at(n)->ino)];

	node_at(n)->next = *head;
	*head = n;
}

static void identity_remove(uint32_t n)
{
	uint32_t *at = &by_identity.heads[identity_hash(node_at(n)->dev, node_at(n)->ino)];

	while (*at && *at != n)
		at = &node_at(*at)->next;
	if (*at)
		*at = node_at(n)->next;
}

static void name_insert(uint32_t e)
{
	struct name_slot *name = name_at(e);
	uint32_t *head = &by_name.heads[name_hash(name->parent, name->text, name->len)];

	name->next = *head;
	*head = e;
	name->sibling = node_at(name->node)->names;
	node_at(name->node)->names = e;
	node_at(name->parent)->children++;
}

static void name_remove(uint32_t e)
{
	struct name_slot *name = name_at(e);
	uint32_t *at = &by_name.heads[name_hash(name->parent, name->text, name->len)];

	while (*at != e)
		at = &name_at(*at)->next;
	*at = name->next;
	at = &node_at(name->node)->names;
	while (*at != e)
		at = &name_at(*at)->sibling;
	*at = name->sibling;
	node_at(name->parent)->children--;
}

/* Doubles a hash when it is full; if there is no memory, chains grow. */
static void grow_identities(void)
{
	uint32_t *heads, n;

	if (++by_identity.count <= by_identity.size)
		return;
	heads = calloc(by_identity.size * 2, sizeof(*heads));
	if (!heads)
		return;
	free(by_identity.heads);
	by_identity.heads = heads;
	by_identity.size *= 2;
	for (n = ROOT; n <= store->nodes; n++)
		if (node_at(n)->lookups && !node_at(n)->gone)
			identity_insert(n);
}

static void grow_names(void)
{
	uint32_t *heads, e, *head;

	if (++by_name.count <= by_name.size)
		return;
	heads = calloc(by_name.size * 2, sizeof(*heads));
	if (!heads)
		return;
	free(by_name.heads);
	by_name.heads = heads;
	by_name.size *= 2;
	for (e = 1; e <= store->names; e++) {
		struct name_slot *name = name_at(e);

		if (!name->used)
			continue;
		head = &by_name.heads[name_hash(name->parent, name->text, name->len)];
		name->next = *head;
		*head = e;
	}
}

/* Files without a number (0) are told apart by their names alone. */
static uint32_t find_identity(const struct stat *st)
{
	uint32_t n = !st->st_ino ? 0 : by_identity.heads[identity_hash(st->st_dev, st->st_ino)];

	while (n && !(node_at(n)->ino == st->st_ino && node_at(n)->dev == st->st_dev &&
		      node_at(n)->type == (st->st_mode & S_IFMT)))
		n = node_at(n)->next;
	return n;
}

static uint32_t find_name(uint32_t parent, const char *text)
{
	size_t len = strlen(text);
	uint32_t e = by_name.heads[name_hash(parent, text, len)];

	while (e && !(name_at(e)->parent == parent && name_at(e)->len == len &&
		      !memcmp(name_at(e)->text, text, len)))
		e = name_at(e)->next;
	return e;
}

static void free_if_unused(uint32_t n);

static void drop_name(uint32_t e)
{
	uint32_t parent = name_at(e)->parent;

	name_remove(e);
	by_name.count--;
	__atomic_store_n(&name_at(e)->used, false, __ATOMIC_RELEASE);
	store_free_name(e);
	free_if_unused(parent);
}

static void drop_names(uint32_t n)
{
	while (node_at(n)->names)
		drop_name(node_at(n)->names);
}

static void add_name(uint32_t parent, const char *text, uint32_t n)
{
	uint32_t e = store_name();
	struct name_slot *name = name_at(e);

	/* A node without a name is served by its open files, or not at all. */
	if (!e)
		return;
	name->node = n;
	name->parent = parent;
	name->len = strlen(text);
	memcpy(name->text, text, name->len + 1);
	__atomic_store_n(&name->used, true, __ATOMIC_RELEASE);
	grow_names();
	name_insert(e);
}

/* @n goes when neither the kernel, nor a name in it, nor an open file needs it. */
static void free_if_unused(uint32_t n)
{
	struct node_slot *node = node_at(n);

	if (n == ROOT || node->lookups || node->files || node->children)
		return;
	drop_names(n);
	if (!node->gone) {
		identity_remove(n);
		by_identity.count--;
	}
	node->type = 0;
	store_free_node(n);
}

static int new_node(const struct stat *st)
{
	uint32_t n = store_node();
	struct node_slot *node = node_at(n);

	if (!n)
		return 0;
	memset(node, 0, sizeof(*node));
	node->dev = st->st_dev;
	node->ino = st->st_ino;
	node->type = st->st_mode & S_IFMT;
	grow_identities();
	identity_insert(n);
	return n;
}

int node_found(uint32_t parent, const char *name, const struct stat *st, uint32_t *node)
{
	uint32_t n, e;
	int err = 0;

	pthread_mutex_lock(&table_lock);
	e = find_name(parent, name);
	n = find_identity(st);
	if (!n && e && node_is(name_at(e)->node, st))
		n = name_at(e)->node;
	if (!n)
		n = new_node(st);
	if (!n) {
		err = -ENFILE;
		goto out;
	}
	/* First, so that nothing below takes it for unused. */
	__atomic_fetch_add(&node_at(n)->lookups, 1, __ATOMIC_RELEASE);
	*node = n;
	if (n == ROOT)
		goto out;
	if (e && name_at(e)->node == n)
		goto out;
	if (e) {
		uint32_t old = name_at(e)->node;

		drop_name(e);
		free_if_unused(old);
	}
	/* A directory has one name: it was moved here. */
	if (S_ISDIR(st->st_mode))
		drop_names(n);
	add_name(parent, name, n);
out:
	pthread_mutex_unlock(&table_lock);
	return err;
}

void node_forget(uint32_t n, uint64_t lookups)
{
	uint32_t file = 0;

	if (!n || n > store->nodes)
		return;
	pthread_mutex_lock(&table_lock);
	if (node_at(n)->lookups >= lookups && n != ROOT &&
	    !__atomic_sub_fetch(&node_at(n)->lookups, lookups, __ATOMIC_RELEASE))
		file = node_at(n)->kept;
	pthread_mutex_unlock(&table_lock);
	if (file)
		file_drop(n);
	pthread_mutex_lock(&table_lock);
	if (node_at(n)->type)
		free_if_unused(n);
	pthread_mutex_unlock(&table_lock);
}

void node_lost(uint32_t parent, const char *name)
{
	uint32_t e, n;

	pthread_mutex_lock(&table_lock);
	e = find_name(parent, name);
	if (e) {
		n = name_at(e)->node;
		drop_name(e);
		free_if_unused(n);
	}
	pthread_mutex_unlock(&table_lock);
}

uint32_t node_removed(uint32_t parent, const char *name, const struct stat *st)
{
	uint32_t n;

	node_lost(parent, name);
	if (!S_ISDIR(st->st_mode) && st->st_nlink > 1)
		return 0;
	pthread_mutex_lock(&table_lock);
	n = find_identity(st);
	if (n == ROOT)
		n = 0;
	if (n) {
		identity_remove(n);
		by_identity.count--;
		node_at(n)->gone = true;
		drop_names(n);
	}
	pthread_mutex_unlock(&table_lock);
	if (n)
		file_drop(n);
	return n;
}

void node_renamed(uint32_t parent, const char *name, uint32_t new_parent,
		  const char *new_name, bool exchange)
{
	uint32_t e, f, n = 0, m = 0;

	pthread_mutex_lock(&table_lock);
	e = find_name(parent, name);
	f = find_name(new_parent, new_name);
	if (e)
		n = name_at(e)->node;
	if (f)
		m = name_at(f)->node;
	/* New names first: a server that dies here leaves one too many, not too few. */
	if (f)
		drop_name(f);
	if (n)
		add_name(new_parent, new_name, n);
	if (e)
		drop_name(e);
	if (m && exchange)
		add_name(parent, name, m);
	else if (m)
		free_if_unused(m);
	pthread_mutex_unlock(&table_lock);
}

/* Writes "/text" of name @e and of its directories before @end. */
static char *path_of_name(uint32_t e, char *begin, char *end)
{
	int depth = 0;

	while (e && depth++ < DEPTH) {
		struct name_slot *name = name_at(e);

		if (end - begin < name->len + 1)
			return NULL;
		end -= name->len;
		memcpy(end, name->text, name->len);
		*--end = '/';
		if (name->parent == ROOT)
			return end;
		e = node_at(name->parent)->names;
	}
	return NULL;
}

int node_path(uint32_t n, unsigned int nth, char path[SERVER_PATH_MAX])
{
	char *end = path + SERVER_PATH_MAX - 1, *begin = NULL;
	uint32_t e;

	if (n == ROOT) {
		memcpy(path, "/", 2);
		return nth ? -ESTALE : 0;
	}
	pthread_mutex_lock(&table_lock);
	for (e = node_at(n)->names; e && nth; nth--)
		e = name_at(e)->sibling;
	*end = '\0';
	if (e)
		begin = path_of_name(e, path, end);
	pthread_mutex_unlock(&table_lock);
	if (!begin)
		return e ? -ENAMETOOLONG : -ESTALE;
	memmove(path, begin, end - begin + 1);
	return 0;
}

bool node_is(uint32_t n, const struct stat *st)
{
	const struct node_slot *node = node_at(n);

	return node->ino == st->st_ino && node->dev == st->st_dev &&
	       node->type == (st->st_mode & S_IFMT);
}

bool node_by_file(uint32_t n)
{
	return node_at(n)->type != S_IFDIR || node_at(n)->gone;
}

int node_where(uint32_t n, char path[SERVER_PATH_MAX], struct stat *st)
{
	unsigned int nth;
	int err, wrong = -ESTALE;

	for (nth = 0; ; nth++) {
		err = node_path(n, nth, path);
		if (err)
			return nth ? wrong : err;
		memset(st, 0, sizeof(*st));
		err = server.ops.getattr(server.fs, path, st, 0);
		if (!err && node_is(n, st))
			return 0;
		wrong = err && err != -ENOENT && err != -ENOTDIR ? err : -ESTALE;
	}
}

int node_child_path(uint32_t parent, const char *name, char path[SERVER_PATH_MAX])
{
	struct stat st;
	size_t len;
	int err;

	if (server.shared && parent != ROOT)
		err = node_where(parent, path, &st);
	else
		err = node_path(parent, 0, path);
	if (err)
		return err;
	len = strlen(path);
	if (strlen(name) > STORE_NAME || len + strlen(name) + 2 > SERVER_PATH_MAX)
		return -ENAMETOOLONG;
	if (len > 1)
		path[len++] = '/';
	memcpy(path + len, name, strlen(name) + 1);
	return 0;
}

/* The tables of the server that died: what of it is whole. */
static void adopt_tables(void)
{
	uint32_t n, e;

	for (n = ROOT; n <= store->nodes; n++) {
		struct node_slot *node = node_at(n);

		node->children = node->names = node->files = node->kept = 0;
		if (!node->lookups && n != ROOT) {
			node->type = 0;
			store_free_node(n);
		} else if (!node->gone) {
			by_identity.count++;
			identity_insert(n);
		}
	}
	for (e = 1; e <= store->names; e++) {
		struct name_slot *name = name_at(e);

		if (name->used && node_at(name->node)->type && node_at(name->parent)->type) {
			by_name.count++;
			name_insert(e);
		} else {
			name->used = false;
			store_free_name(e);
		}
	}
}

int node_start(void)
{
	struct stat st = { 0 };
	int err = server.ops.getattr(server.fs, "/", &st, 0);

	if (err)
		return err;
	by_identity.size = by_name.size = 1 << 12;
	while (by_identity.size < store->nodes)
		by_identity.size *= 2;
	while (by_name.size < store->names)
		by_name.size *= 2;
	by_identity.heads = calloc(by_identity.size, sizeof(uint32_t));
	by_name.heads = calloc(by_name.size, sizeof(uint32_t));
	if (!by_identity.heads || !by_name.heads)
		return -ENOMEM;
	store->nodes = store->nodes > ROOT ? store->nodes : ROOT;
	store->node[ROOT].dev = st.st_dev;
	store->node[ROOT].ino = st.st_ino;
	store->node[ROOT].type = S_IFDIR;
	adopt_tables();
	return 0;
}
