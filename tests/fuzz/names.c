// SPDX-License-Identifier: GPL-2.0
/* Names: few, so that callers collide on them; and malformed ones. */
#include "ioctl_fuzz.h"

#include <stdio.h>
#include <string.h>

static const char *const parts[] = {
	"a", "b", "dir", "dir2", "file", "link", "x", "y",
};

void name_valid(struct rng *r, char *path)
{
	uint64_t depth = 1 + rng_below(r, 3);

	*path = '\0';
	while (depth--) {
		strcat(path, "/");
		strcat(path, parts[rng_below(r, sizeof(parts) / sizeof(*parts))]);
	}
}

void name_odd(struct rng *r, char *path)
{
	static const char *const tails[] = {
		"/", "//", "/.", "/..", "/../..", "/./a", "//a", "/ ", "/\n",
		"/\xff\xfe", "/\x01", "", "/...", "/a/", "/..a",
	};
	size_t len;

	switch (rng_below(r, 6)) {
	case 0:
		*path = '\0';
		break;
	case 1:	/* no slash at the front */
		name_valid(r, path);
		memmove(path, path + 1, strlen(path));
		break;
	case 2:
		name_valid(r, path);
		strcat(path, tails[rng_below(r, sizeof(tails) / sizeof(*tails))]);
		break;
	case 3:	/* a component, or the whole, about as long as allowed */
		len = rng_one_in(r, 2) ? 250 + rng_below(r, 10) :
					 4088 + rng_below(r, 12);
		memset(path, 'n', len);
		*path = '/';
		if (rng_one_in(r, 2))
			for (size_t i = 0; i < len; i += 100)
				path[i] = '/';
		path[len] = '\0';
		break;
	case 4:	/* deep */
		*path = '\0';
		for (size_t i = rng_below(r, 2040); i; i--)
			strcat(path, "/a");
		break;
	default:
		len = rng_below(r, 64);
		rng_bytes(r, path, len);
		path[len] = '\0';
	}
}

const char *name_below(const char *dir, const char *path, char *buf)
{
	snprintf(buf, NAME_MAX_LEN, "%s%s", dir, path);
	return buf;
}
