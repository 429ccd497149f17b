// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * The caller's scratch: which engine it runs on; wiping; texts of errors.
 */
#include "engine.h"

static const struct bls_engine *const engines[] = {
	[BLS_ENGINE_PORTABLE] = &bls_engine_portable,
#ifdef BLS_HAVE_X86
	[BLS_ENGINE_ADX] = &bls_engine_adx,
#endif
};

enum bls_err bls_scratch_init_engine(struct bls_scratch *s,
				     enum bls_engine_id id)
{
	if ((unsigned int)id >= sizeof(engines) / sizeof(engines[0]))
		return BLS_ECPU;
#ifdef BLS_HAVE_X86
	if (id == BLS_ENGINE_ADX && !bls_cpu_has_adx())
		return BLS_ECPU;
#endif
	s->engine = engines[id];
	return BLS_OK;
}

void bls_scratch_init(struct bls_scratch *s)
{
	if (bls_scratch_init_engine(s, BLS_ENGINE_ADX))
		s->engine = &bls_engine_portable;
}

const char *bls_scratch_engine(const struct bls_scratch *s)
{
	return s->engine->name;
}

void bls_wipe(void *p, size_t len)
{
	bls_memzero(p, len);
}

const char *bls_err_text(enum bls_err err)
{
#define TEXT(name, text) text,
	static const char *const texts[BLS_ERR_NR] = { BLS_ERRORS(TEXT) };
#undef TEXT

	return (unsigned int)err < BLS_ERR_NR ? texts[err] : "unknown error";
}
