/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Why something failed, in words for the operator.
 */
#ifndef SHELL_WORDS_H
#define SHELL_WORDS_H

#include <stdbool.h>

struct words {
	char text[320];
};

/* Always false: what a function that fails returns. */
bool words_set(struct words *why, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
