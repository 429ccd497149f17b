// SPDX-License-Identifier: GPL-2.0
/* Texts of error codes. */
#include "agree.h"

#define AGREE_TEXT(name, text) text,
static const char *const agree_err_texts[] = { AGREE_ERRORS(AGREE_TEXT) };
#undef AGREE_TEXT

const char *agree_err_text(enum agree_err err)
{
	if ((unsigned int)err >= AGREE_ERR_NR)
		return "unknown error";
	return agree_err_texts[err];
}
