/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a front end tells the core if it does not see all of libc, as the preloaded one
 * (docs/preload.md).  The patched C library has no need of it.
 */
#ifndef DEFUSE_FORGET_H
#define DEFUSE_FORGET_H

/*
 * For core->hook: not a system call of Linux.  FD a1 is about to be closed or replaced by
 * code that the front end does not see.  The number means nothing to the core from now
 * on; the FD itself stays.  Result: that of the library's close(), or DEFUSE_PASS.
 */
#define DEFUSE_NR_FORGET	511

#endif /* DEFUSE_FORGET_H */
