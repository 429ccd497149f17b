// SPDX-License-Identifier: GPL-2.0
/*
 * Segments of a journal: the reader ends, stays inside, and goes forward only.
 * As no fuzzer guesses CRCs, those of heads and bodies are made right first if
 * the first byte says so; the second one cuts the rest into two segments.
 */
#include "bytes.h"
#include "../fuzz.h"
#include "journal.h"

/* Of the batches in golden.txt */
enum { FIRST = 6 };

static void put32(uint8_t *out, uint32_t v)
{
	unsigned int i;

	for (i = 0; i < 4; i++)
		out[i] = (uint8_t)(v >> 8 * (3 - i));
}

static void repair(uint8_t *in, size_t len)
{
	size_t at;
	uint32_t body;

	for (at = 0; len - at >= JOURNAL_HEAD_LEN; at += JOURNAL_HEAD_LEN) {
		if (memcmp(in + at, "ashjrnl\1", 8))
			continue;
		body = wire_get32(in + at + 40);
		if (!in[at + 12] && body <= len - at - JOURNAL_HEAD_LEN)
			put32(in + at + 44,
			      crc32c(0, in + at + JOURNAL_HEAD_LEN, body));
		put32(in + at + 8, crc32c(0, in + at + 12,
					  JOURNAL_HEAD_LEN - 12));
	}
}

static void read_all(struct journal_reader *r, uint64_t segment,
		     const uint8_t *in, size_t len, uint64_t *serial)
{
	struct journal_batch b;
	enum journal_type type;
	const uint8_t *bytes;
	size_t at, n, reads = 0;
	bool torn;

	journal_reader_segment(r, segment, segment == FIRST, in, len);
	do {
		journal_read(r, &b, &torn);
		FUZZ_DEMAND(++reads <= 2 * (len / JOURNAL_HEAD_LEN) + 2);
		FUZZ_DEMAND(r->end <= len && r->at <= len);
		FUZZ_DEMAND(b.segment == segment);
		if (b.state == JOURNAL_END || b.state == JOURNAL_VOTES_LOST)
			continue;
		FUZZ_DEMAND(b.serial >= *serial);
		*serial = b.serial;
		FUZZ_DEMAND(b.vote_nr <= JOURNAL_VOTES_MAX);
		at = 0;
		while (b.state == JOURNAL_GOOD &&
		       journal_next(&b, &at, &type, &bytes, &n))
			FUZZ_DEMAND(bytes >= in && bytes + n <= in + len);
	} while (b.state != JOURNAL_END);
	journal_read(r, &b, &torn);
	FUZZ_DEMAND(b.state == JOURNAL_END && !torn);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct journal_reader r;
	uint64_t serial = 0;
	uint8_t *copy;
	size_t cut;

	if (size < 2)
		return 0;
	copy = malloc(size - 2 + 1);
	FUZZ_DEMAND(copy);
	memcpy(copy, data + 2, size - 2);
	if (data[0] & 1)
		repair(copy, size - 2);
	cut = (size_t)data[1] * JOURNAL_HEAD_LEN;
	if (cut > size - 2)
		cut = size - 2;
	read_all(&r, FIRST, copy, cut, &serial);
	read_all(&r, FIRST + 1, copy + cut, size - 2 - cut, &serial);
	free(copy);
	return 0;
}
