// SPDX-License-Identifier: GPL-2.0
/*
 * Paths below the root of a mount, as text: in the form of the mailbox.
 *
 * Nearly all are short, and a page for each (which hardened kernels clear) would be
 * the dearest part of a marker.
 */
#include "defuse.h"

#include <linux/slab.h>

/**
 * defuse_path_text_get() - the path of a dentry
 * @dentry: hashed or not
 * @text:   out: @text->path; valid until defuse_path_text_put()
 *
 * Context: may sleep.
 * Return: 0, -ENOMEM, -ENAMETOOLONG; on error there is nothing to put.
 */
int defuse_path_text_get(struct dentry *dentry, struct defuse_path_text *text)
{
	text->page = NULL;
	text->path = dentry_path_raw(dentry, text->small, sizeof(text->small));
	if (text->path != ERR_PTR(-ENAMETOOLONG))
		return PTR_ERR_OR_ZERO(text->path);
	text->page = __getname();
	if (!text->page)
		return -ENOMEM;
	text->path = dentry_path_raw(dentry, text->page, PATH_MAX);
	if (!IS_ERR(text->path))
		return 0;
	__putname(text->page);
	return PTR_ERR(text->path);
}

void defuse_path_text_put(struct defuse_path_text *text)
{
	if (text->page)
		__putname(text->page);
}
