// SPDX-License-Identifier: LGPL-2.1-or-later
/* What the fake kernel does with a position that is in a shared page. */
#include "fakeposition.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <unistd.h>

static uint32_t page_number(void)
{
	return syscall(SYS_gettid);
}

/* Frees the lock of a thread that is no more.  Return: whether it may be taken. */
static bool page_free(struct defuse_position *page, uint32_t word)
{
	if (word && (word == DEFUSE_POSITION_KERNEL || syscall(SYS_tkill, word, 0) == 0))
		return false;
	return __atomic_compare_exchange_n(&page->lock, &word, 0, false, __ATOMIC_SEQ_CST,
					   __ATOMIC_SEQ_CST);
}

long fake_position_turn(struct defuse_position *page, uint32_t word)
{
	uint32_t self = page_number();

	if (!page)
		return -EINVAL;
	if (!word)
		return 0;
	if (word == self)
		__atomic_compare_exchange_n(&page->lock, &self, 0, false,
					    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
	else if (!page_free(page, word))
		sched_yield();
	return 0;
}

/* Takes the lock for the kernel.  Return: whether the caller itself has it. */
static bool page_take(struct defuse_position *page)
{
	for (;;) {
		uint32_t word = 0;

		if (__atomic_compare_exchange_n(&page->lock, &word, DEFUSE_POSITION_KERNEL,
						false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
			return false;
		if (word == page_number())
			return true;
		if (!page_free(page, word))
			sched_yield();
	}
}

static long page_call(long nr, const long a[6], off_t *pos)
{
	long ret;

	switch (nr) {
	case SYS_read:
		ret = pread(a[0], (void *)a[1], a[2], *pos);
		break;
	case SYS_write:
		ret = pwrite(a[0], (void *)a[1], a[2], *pos);
		if (ret > 0 && fcntl(a[0], F_GETFL) & O_APPEND) {
			*pos = lseek(a[0], 0, SEEK_END);
			return ret;
		}
		break;
	default:
		ret = a[2] == SEEK_END ? lseek(a[0], a[1], SEEK_END) :
		      a[2] == SEEK_CUR ? *pos + a[1] : a[1];
		if (ret < 0 || (a[2] == SEEK_CUR && *pos < 0))
			return -EINVAL;
		*pos = ret;
		return ret;
	}
	if (ret > 0)
		*pos += ret;
	return ret < 0 ? -errno : ret;
}

long fake_position_call(struct defuse_position *page, long nr, const long a[6])
{
	bool nested = page_take(page);
	off_t pos = nested && page->next ? page->next : page->position;
	long ret = nr != SYS_lseek && pos < 0 ? -EINVAL : page_call(nr, a, &pos);

	if (ret >= 0)
		page->position = pos;
	if (nested) {
		page->next = 0;
		page->changes++;
	} else {
		__atomic_store_n(&page->lock, 0, __ATOMIC_SEQ_CST);
	}
	return ret;
}
