// SPDX-License-Identifier: GPL-2.0
#include "words.h"

#include <stdarg.h>
#include <stdio.h>

bool words_set(struct words *why, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(why->text, sizeof(why->text), format, args);
	va_end(args);
	return false;
}
