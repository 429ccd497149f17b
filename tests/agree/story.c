// SPDX-License-Identifier: GPL-2.0
/* A journal with a known story. */
#include "story.h"
#include "test.h"

static uint8_t byte_of(uint64_t serial, size_t i)
{
	return (uint8_t)(serial * 31 + i * 7 + (i >> 8));
}

size_t story_body(uint64_t serial)
{
	static const size_t len[] = { 20, 505, 0, 504, 1000 };

	return len[serial % 5];
}

static unsigned int votes_of(uint64_t serial)
{
	/* A batch without records has a vote. */
	return story_body(serial) ? serial % (JOURNAL_VOTES_MAX + 1) : 3;
}

static void vote_of(struct vote *v, uint64_t serial, unsigned int i)
{
	memset(v, 0, sizeof(*v));
	v->kind = VOTE_NOTARIZE + (serial + i) % 3;
	v->height = serial * 10 + i;
	memset(v->digest, (int)(serial + i), sizeof(v->digest));
}

void story_append(struct story_segment *s, struct journal_writer *w)
{
	uint64_t serial = w->serial;
	size_t i, len = story_body(serial);
	struct vote v;

	for (i = 0; i < votes_of(serial); i++) {
		vote_of(&v, serial, (unsigned int)i);
		if (!journal_vote(w, &v))
			abort();
	}
	w->reserve = serial / 3;
	if (len) {
		journal_record(w, JOURNAL_BLOCK);
		for (i = 0; i < len; i++) {
			uint8_t b = byte_of(serial, i);

			journal_bytes(w, &b, 1);
		}
		journal_record_end(w);
	}
	i = journal_seal(w);
	if (s->len + i > sizeof(s->bytes) || s->nr == STORY_BATCHES_MAX)
		abort();
	memcpy(s->bytes + s->len, w->out, i);
	s->len += i;
	s->start[++s->nr] = s->len;
}

void story_segment(struct story_segment *s, struct journal_writer *w,
		   unsigned int nr)
{
	memset(s, 0, sizeof(*s));
	s->first_serial = w->serial;
	while (nr--)
		story_append(s, w);
}

/* Is it the batch that its serial number says? */
static bool true_batch(const struct journal_batch *b)
{
	enum journal_type type;
	const uint8_t *bytes;
	size_t at = 0, len, i;
	struct vote v;

	ASK(b->reserve == b->serial / 3);
	ASK(b->vote_nr == votes_of(b->serial));
	for (i = 0; i < b->vote_nr; i++) {
		vote_of(&v, b->serial, (unsigned int)i);
		ASK(b->vote[i].kind == v.kind);
		ASK(b->vote[i].height == v.height);
		ASK(!memcmp(b->vote[i].digest, v.digest, sizeof(v.digest)));
	}
	if (b->state != JOURNAL_GOOD)
		return true;
	if (story_body(b->serial)) {
		ASK(journal_next(b, &at, &type, &bytes, &len));
		ASK(type == JOURNAL_BLOCK && len == story_body(b->serial));
		for (i = 0; i < len; i++)
			ASK(bytes[i] == byte_of(b->serial, i));
	}
	ASK(!journal_next(b, &at, &type, &bytes, &len));
	return true;
}

void story_read(struct journal_reader *r, struct story_read *out,
		uint64_t segment, bool first, const uint8_t *bytes,
		size_t len)
{
	uint8_t *copy = test_copy(bytes, len);
	struct journal_batch b;
	bool torn;

	journal_reader_segment(r, segment, first, copy, len);
	do {
		journal_read(r, &b, &torn);
		if (out->nr == STORY_READS_MAX)
			abort();
		out->state[out->nr] = b.state;
		out->serial[out->nr] = b.serial;
		out->torn[out->nr++] = torn;
		if (b.state == JOURNAL_GOOD || b.state == JOURNAL_BODY_LOST)
			out->lied |= !true_batch(&b);
		if (r->end > len || (torn && b.state != JOURNAL_END))
			out->lied = true;
	} while (b.state != JOURNAL_END);
	free(copy);
}

const char *story_text(const struct story_read *read)
{
	static char text[STORY_READS_MAX * 8];
	size_t at = 0;
	unsigned int i;

	for (i = 0; i < read->nr; i++) {
		size_t room = sizeof(text) - at;
		unsigned int serial = (unsigned int)read->serial[i];

		switch (read->state[i]) {
		case JOURNAL_GOOD:
			at += snprintf(text + at, room, "G%u ", serial);
			break;
		case JOURNAL_BODY_LOST:
			at += snprintf(text + at, room, "B%u ", serial);
			break;
		case JOURNAL_VOTES_LOST:
			at += snprintf(text + at, room, "V ");
			break;
		case JOURNAL_END:
			at += snprintf(text + at, room,
				       read->torn[i] ? "~ " : "| ");
			break;
		}
	}
	text[at ? at - 1 : 0] = 0;
	return text;
}
