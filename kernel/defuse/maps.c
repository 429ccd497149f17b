// SPDX-License-Identifier: GPL-2.0
/*
 * Mappings on a private mount (I12), where libraries keep data of their own and the lower files
 * (FUSE) are another way to them.
 *
 * Nobody caches anything, with one exception: while an inode is mapped the page cache of
 * its lower inode is the one truth, and all I/O goes through it.  So mappings are
 * counted, exactly in the shadow inode and, for the libraries, in a page that every
 * process can read, by a hash of the inode number.  A counter has the mappings alive in
 * its low half and the mappings ever made in its high half:
 *
 *	mapping		page + 1, drop what is cached, inode + 1, first fault
 *	I/O		read counter: mapped: through the page cache; else past it,
 *			and if the counter has changed by then, a write is done again
 *	unmapping	write the dirty pages back, inode - 1, page - 1
 *
 * so of a mapping and a write that begin at once, at least one sees the other.  I/O
 * through the page cache counts as a mapping while it lasts, and may not be the first:
 * what it leaves in the cache is dropped before the next mapping is.  The counter in the
 * page is never below that of the inode.
 */
#include "defuse.h"

#include <linux/anon_inodes.h>
#include <linux/file.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/slab.h>

static_assert(DEFUSE_MAPS_SLOTS * sizeof(u64) == DEFUSE_MAPS_SIZE);

/**
 * struct defuse_maps - the counters of a mount that user space can see
 * @ref:  the mount, every open file of IOC_MAPS, every mapping
 * @first: one mapping begins at a time; under mmap_lock, outside of page locks
 * @page: DEFUSE_MAPS_SIZE bytes of struct atomic64_t
 */
struct defuse_maps {
	struct kref ref;
	struct mutex first;	/* see above */
	struct page *page;
};

/**
 * struct defuse_map - a mapping with all its parts and copies
 * @shadow:  the file that was mapped: as long as it is, the mount is busy
 * @lower:   the file whose pages are seen
 * @maps:    of the mount
 * @lower_ops: its operations
 * @ops:     the same, but counted
 *
 * Belongs to an anonymous file, one reference for each part: its release runs in task
 * context and without mmap_lock, before munmap(2) returns or the process is gone.
 */
struct defuse_map {
	struct file *shadow;
	struct file *lower;
	struct defuse_maps *maps;
	const struct vm_operations_struct *lower_ops;
	struct vm_operations_struct ops;
};

struct defuse_maps *defuse_maps_alloc(void)
{
	struct defuse_maps *maps = kzalloc(sizeof(*maps), GFP_KERNEL_ACCOUNT);

	if (!maps)
		return NULL;
	kref_init(&maps->ref);
	mutex_init(&maps->first);
	BUILD_BUG_ON(DEFUSE_MAPS_SIZE != PAGE_SIZE);
	maps->page = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	if (!maps->page) {
		kfree(maps);
		return NULL;
	}
	return maps;
}

static void maps_free(struct kref *ref)
{
	struct defuse_maps *maps = container_of(ref, struct defuse_maps, ref);

	put_page(maps->page);
	kfree(maps);
}

void defuse_maps_put(struct defuse_maps *maps)
{
	if (maps)
		kref_put(&maps->ref, maps_free);
}

static int maps_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct defuse_maps *maps = file->private_data;

	if (vma->vm_end - vma->vm_start != PAGE_SIZE || vma->vm_pgoff)
		return -EINVAL;
	if (vma->vm_flags & VM_WRITE)
		return -EPERM;
	defuse_vm_never_write(vma);
	return vm_insert_page(vma, vma->vm_start, maps->page);
}

static int maps_release(struct inode *inode, struct file *file)
{
	defuse_maps_put(file->private_data);
	return 0;
}

static const struct file_operations maps_fops = {
	.owner = THIS_MODULE,
	.mmap = maps_mmap,
	.release = maps_release,
	.llseek = noop_llseek,
};

/**
 * defuse_maps_fd() - DEFUSE_IOC_MAPS
 * @sb: mount
 *
 * Return: FD, or -EOPNOTSUPP where mappings and the library see the same pages.
 */
long defuse_maps_fd(struct super_block *sb)
{
	struct defuse_maps *maps = DEFUSE_SB(sb)->maps;
	long fd;

	if (!maps)
		return -EOPNOTSUPP;
	kref_get(&maps->ref);
	fd = anon_inode_getfd("[defuse-maps]", &maps_fops, maps, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		defuse_maps_put(maps);
	return fd;
}

/* Fully ordered: before the first fault, after the last write-back. */
static void count_in_page(struct defuse_maps *maps, const struct inode *lower, u64 change)
{
	atomic64_t *slots = page_address(maps->page);

	atomic64_add_return(change, &slots[defuse_maps_slot(lower->i_ino)]);
	atomic64_add_return(change, &slots[0]);
}

#define MAPPED_ONCE	((1ULL << 32) + 1)
#define ONE_MORE	1
#define ONE_LESS	((u64)-1)

static bool add_unless_none(atomic64_t *counter, u64 change)
{
	s64 old = atomic64_read(counter);

	do {
		if (!(u32)old)
			return false;
	} while (!atomic64_try_cmpxchg(counter, &old, old + change));
	return true;
}

/**
 * defuse_maps_hold() - begin I/O through the page cache
 * @file: shadow file
 *
 * Return: true if the file is mapped, and as good as that until defuse_maps_drop().
 */
bool defuse_maps_hold(struct file *file)
{
	struct inode *inode = file_inode(file);
	struct inode *lower = defuse_lower_inode(inode);
	struct defuse_maps *maps = DEFUSE_SB(inode->i_sb)->maps;

	if (!(u32)atomic64_read(&DEFUSE_I(inode)->maps))
		return false;
	count_in_page(maps, lower, ONE_MORE);
	if (add_unless_none(&DEFUSE_I(inode)->maps, ONE_MORE))
		return true;
	count_in_page(maps, lower, ONE_LESS);
	return false;
}

void defuse_maps_drop(struct file *file)
{
	struct inode *inode = file_inode(file);

	atomic64_add_return(ONE_LESS, &DEFUSE_I(inode)->maps);
	count_in_page(DEFUSE_SB(inode->i_sb)->maps, defuse_lower_inode(inode), ONE_LESS);
}

/* From here on everybody goes through the cache, which must not hold what was. */
static int map_begin(struct defuse_map *map)
{
	atomic64_t *counter = &DEFUSE_I(file_inode(map->shadow))->maps;
	int err = 0;

	count_in_page(map->maps, file_inode(map->lower), MAPPED_ONCE);
	mutex_lock(&map->maps->first);
	if (!add_unless_none(counter, MAPPED_ONCE)) {
		err = invalidate_inode_pages2(map->lower->f_mapping);
		atomic64_add_return(MAPPED_ONCE, counter);
	}
	mutex_unlock(&map->maps->first);
	return err;
}

static void map_end(struct defuse_map *map)
{
	atomic64_add_return(ONE_LESS, &DEFUSE_I(file_inode(map->shadow))->maps);
	count_in_page(map->maps, file_inode(map->lower), ONE_LESS);
}

static int map_release(struct inode *inode, struct file *file)
{
	struct defuse_map *map = file->private_data;
	struct file *lower = map->lower;

	/* Waits for what is on its way, which write-back of FUSE does not. */
	if (lower->f_op->flush)
		lower->f_op->flush(lower, NULL);
	map_end(map);
	fput(lower);
	fput(map->shadow);
	defuse_maps_put(map->maps);
	kfree(map);
	return 0;
}

static const struct file_operations map_fops = {
	.owner = THIS_MODULE,
	.release = map_release,
};

static void map_open(struct vm_area_struct *vma)
{
	struct file *anchor = vma->vm_private_data;
	struct defuse_map *map = anchor->private_data;

	get_file(anchor);
	if (map->lower_ops->open)
		map->lower_ops->open(vma);
}

static void map_close(struct vm_area_struct *vma)
{
	struct file *anchor = vma->vm_private_data;
	struct defuse_map *map = anchor->private_data;

	if (map->lower_ops->close)
		map->lower_ops->close(vma);
	fput(anchor);
}

static struct file *map_alloc(struct file *file, struct file *lower)
{
	struct defuse_map *map = kzalloc(sizeof(*map), GFP_KERNEL_ACCOUNT);
	struct file *anchor;

	if (!map)
		return ERR_PTR(-ENOMEM);
	anchor = anon_inode_getfile("[defuse-map]", &map_fops, map, O_RDONLY);
	if (IS_ERR(anchor)) {
		kfree(map);
		return anchor;
	}
	map->shadow = get_file(file);
	map->lower = get_file(lower);
	map->maps = DEFUSE_SB(file_inode(file)->i_sb)->maps;
	kref_get(&map->maps->ref);
	return anchor;
}

/**
 * defuse_map_counted() - mmap(2) on a private mount
 * @file:  shadow file
 * @lower: the lower file to be seen through the page cache
 * @vma:   as ->mmap() gets it
 *
 * Context: mmap_lock held for writing; asks the FUSE server for the size.
 * Return: 0 or what the lower file system says.
 */
int defuse_map_counted(struct file *file, struct file *lower, struct vm_area_struct *vma)
{
	struct file *anchor = map_alloc(file, lower);
	struct defuse_map *map;
	int err;

	if (IS_ERR(anchor))
		return PTR_ERR(anchor);
	map = anchor->private_data;
	err = map_begin(map);
	if (!err)
		err = defuse_update_lower(lower);
	if (!err) {
		vma_set_file(vma, lower);
		err = call_mmap(lower, vma);
	}
	if (!err && !vma->vm_ops)
		err = -ENODEV;
	if (err) {
		fput(anchor);
		return err;
	}
	map->lower_ops = vma->vm_ops;
	map->ops = *vma->vm_ops;
	map->ops.open = map_open;
	map->ops.close = map_close;
	vma->vm_ops = &map->ops;
	vma->vm_private_data = anchor;
	return 0;
}
