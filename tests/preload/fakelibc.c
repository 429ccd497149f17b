// SPDX-License-Identifier: GPL-2.0
/* Preloaded before the front end: a C library that it was not made for. */
const char *gnu_get_libc_version(void);

const char *gnu_get_libc_version(void)
{
	return "2.99";
}
