// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/* The words of error codes. */
#include "quorum.h"

const char *quorum_err_text(enum quorum_err err)
{
#define QUORUM_TEXT(name, text) text,
	static const char *const texts[] = { QUORUM_ERRORS(QUORUM_TEXT) };
#undef QUORUM_TEXT

	return (unsigned int)err < QUORUM_ERR_NR ? texts[err] : "unknown error";
}
