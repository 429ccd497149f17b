// SPDX-License-Identifier: GPL-2.0
/*
 * Waves: jobs of one block that leave together under one signature.  Those that
 * wait for the same switches at the same level are together: what does
 * not answer holds up only those that wait for it (C5).
 *
 * A wave is complete when its block is; then its tree is made, and each
 * job keeps its own path, so that leaves need not be remembered.
 */
#include "ctl_state.h"
#include "../../../lib/bls/sha256.h"

uint32_t ctl_wave_new(struct ctl *ctl, uint64_t number)
{
	uint32_t i = ctl->wave_free;
	struct ctl_wave *wave;

	assert(i != CTL_NONE);
	wave = &ctl->wave[i];
	ctl->wave_free = wave->next;
	memset(wave, 0, sizeof(*wave));
	wave->number = number;
	wave->first = CTL_NONE;
	wave->last = CTL_NONE;
	wave->edge = CTL_NONE;
	wave->next = CTL_NONE;
	wave->prev = ctl->wave_last;
	wave->bucket_next = CTL_NONE;
	if (ctl->wave_last == CTL_NONE) {
		ctl->wave_first = i;
	} else {
		assert(ctl->wave[ctl->wave_last].number < number);
		ctl->wave[ctl->wave_last].next = i;
	}
	ctl->wave_last = i;
	return i;
}

void ctl_rows_reset(struct ctl *ctl)
{
	uint32_t i;

	for (i = 0; i < ctl->config->switches; i++)
		ctl->wave[ctl_row(ctl, i)] = (struct ctl_wave){
			.number = CTL_ROW_NUMBER - i,
			.closed = true,
			.first = CTL_NONE,
			.edge = CTL_NONE,
		};
}

void ctl_wave_join(struct ctl *ctl, struct ctl_job *job, uint32_t wave_index)
{
	struct ctl_wave *wave = &ctl->wave[wave_index];
	uint32_t i = ctl_job_index(ctl, job);

	assert(wave->left < CTL_WAVE_MAX);
	job->wave = wave_index;
	job->wave_next = CTL_NONE;
	job->wave_prev = wave->last;
	if (wave->last == CTL_NONE)
		wave->first = i;
	else
		ctl->job[wave->last].wave_next = i;
	wave->last = i;
	wave->left++;
}

/* FNV-1a over the switches waited for, ascending, each once.  If two sets have
 * one hash, their waves are one and wait for both: that is slow, not wrong.
 */
static uint64_t key_of(const struct ctl *ctl, const uint32_t *wait,
		       unsigned int nr)
{
	uint32_t sw[CTL_WAITS_MAX], v;
	uint64_t key = 0xcbf29ce484222325;
	unsigned int i, at;

	for (i = 0; i < nr; i++) {
		v = ctl->job[wait[i]].sw;
		for (at = i; at && sw[at - 1] > v; at--)
			sw[at] = sw[at - 1];
		sw[at] = v;
	}
	for (i = 0; i < nr; i++)
		if (!i || sw[i] != sw[i - 1])
			key = (key ^ sw[i]) * 0x100000001b3;
	return key;
}

uint32_t ctl_wave_find(struct ctl *ctl, uint32_t level, const uint32_t *wait,
		       unsigned int wait_nr)
{
	uint64_t key = key_of(ctl, wait, wait_nr);
	uint32_t *head = &ctl->bucket[(key ^ key >> 32) % CTL_BUCKETS];
	struct ctl_wave *wave;
	uint32_t i;

	/* C6: one update in flight at a time */
	if (ctl->config->procedure != CTL_LINEARIZABLE)
		for (i = *head; i != CTL_NONE; i = wave->bucket_next) {
			wave = &ctl->wave[i];
			if (wave->key == key && wave->level == level &&
			    wave->leaves < CTL_WAVE_MAX)
				goto found;
		}
	i = ctl_wave_new(ctl, ctl->wave_next++);
	wave = &ctl->wave[i];
	wave->key = key;
	wave->level = level;
	wave->bucket_next = *head;
	*head = i;
	if (ctl->open == CTL_NONE)
		ctl->open = i;
found:
	wave->leaves++;
	return i;
}

static void edge_free(struct ctl *ctl, uint32_t i)
{
	struct ctl_edge *edge = &ctl->edge[i];

	if (!ctl->job[edge->job].released) {
		assert(ctl->wave[edge->wave].waiting);
		ctl->wave[edge->wave].waiting--;
	}
	if (edge->job_prev == CTL_NONE)
		ctl->job[edge->job].edge = edge->job_next;
	else
		ctl->edge[edge->job_prev].job_next = edge->job_next;
	if (edge->job_next != CTL_NONE)
		ctl->edge[edge->job_next].job_prev = edge->job_prev;
	if (edge->wave_prev == CTL_NONE)
		ctl->wave[edge->wave].edge = edge->wave_next;
	else
		ctl->edge[edge->wave_prev].wave_next = edge->wave_next;
	if (edge->wave_next != CTL_NONE)
		ctl->edge[edge->wave_next].wave_prev = edge->wave_prev;
	edge->job_next = ctl->edge_free;
	ctl->edge_free = i;
	ctl->edges_left++;
}

/* What the wave waits for at this switch; CTL_NONE: nothing */
static uint32_t edge_at(const struct ctl *ctl, uint32_t wave, uint32_t sw)
{
	uint32_t i = ctl->wave[wave].edge;

	while (i != CTL_NONE && ctl->job[ctl->edge[i].job].sw != sw)
		i = ctl->edge[i].wave_next;
	return i;
}

void ctl_edge_add(struct ctl *ctl, uint32_t job_index, uint32_t wave_index)
{
	struct ctl_wave *wave = &ctl->wave[wave_index];
	struct ctl_job *job = &ctl->job[job_index];
	uint32_t i = edge_at(ctl, wave_index, job->sw);
	struct ctl_edge *edge;

	assert(job->wave != wave_index);
	/* C2: the last at its switch stands for those before it. */
	if (i != CTL_NONE) {
		if (ctl->job[ctl->edge[i].job].sequence >= job->sequence)
			return;
		edge_free(ctl, i);
	}
	i = ctl->edge_free;
	assert(i != CTL_NONE);
	edge = &ctl->edge[i];
	ctl->edge_free = edge->job_next;
	ctl->edges_left--;
	edge->job = job_index;
	edge->wave = wave_index;
	edge->job_prev = CTL_NONE;
	edge->job_next = job->edge;
	if (job->edge != CTL_NONE)
		ctl->edge[job->edge].job_prev = i;
	job->edge = i;
	edge->wave_prev = CTL_NONE;
	edge->wave_next = wave->edge;
	if (wave->edge != CTL_NONE)
		ctl->edge[wave->edge].wave_prev = i;
	wave->edge = i;
	if (!job->released)
		wave->waiting++;
}

static void wave_free(struct ctl *ctl, uint32_t i)
{
	struct ctl_wave *wave = &ctl->wave[i];

	while (wave->edge != CTL_NONE)
		edge_free(ctl, wave->edge);
	if (wave->prev == CTL_NONE)
		ctl->wave_first = wave->next;
	else
		ctl->wave[wave->prev].next = wave->next;
	if (wave->next == CTL_NONE)
		ctl->wave_last = wave->prev;
	else
		ctl->wave[wave->next].prev = wave->prev;
	wave->next = ctl->wave_free;
	ctl->wave_free = i;
}

void ctl_wave_leave(struct ctl *ctl, struct ctl_job *job)
{
	struct ctl_wave *wave = &ctl->wave[job->wave];

	/* Only what was given out before can be retired, and not within its own block. */
	assert(wave->closed && wave->left);
	if (job->wave_prev == CTL_NONE)
		wave->first = job->wave_next;
	else
		ctl->job[job->wave_prev].wave_next = job->wave_next;
	if (job->wave_next == CTL_NONE)
		wave->last = job->wave_prev;
	else
		ctl->job[job->wave_next].wave_prev = job->wave_prev;
	if (!--wave->left)
		wave_free(ctl, job->wave);
}

bool ctl_wave_ready(const struct ctl_wave *wave)
{
	return wave->closed && !wave->waiting;
}

/* Of a wave, or the switch of a row */
static void touch_members(struct ctl *ctl, uint32_t wave)
{
	uint32_t i;

	if (wave >= ctl->shape.job_nr)
		ctl_touch(ctl, &ctl->sw[wave - ctl->shape.job_nr]);
	for (i = ctl->wave[wave].first; i != CTL_NONE; i = ctl->job[i].wave_next)
		ctl_touch(ctl, &ctl->sw[ctl->job[i].sw]);
}

void ctl_release(struct ctl *ctl, struct ctl_job *job)
{
	struct ctl_wave *wave;
	uint32_t i;

	if (job->released)
		return;
	job->released = true;
	for (i = job->edge; i != CTL_NONE; i = ctl->edge[i].job_next) {
		wave = &ctl->wave[ctl->edge[i].wave];
		assert(wave->waiting);
		wave->waiting--;
		if (ctl_wave_ready(wave))
			touch_members(ctl, ctl->edge[i].wave);
	}
}

static uint32_t count_edges(const struct ctl *ctl, uint32_t i, bool of_job)
{
	uint32_t nr = 0;

	for (; i != CTL_NONE; nr++)
		i = of_job ? ctl->edge[i].job_next : ctl->edge[i].wave_next;
	return nr;
}

bool ctl_waits_fit(const struct ctl *ctl, const struct ctl_job *job)
{
	uint64_t own = count_edges(ctl, ctl->wave[job->wave].edge, false);
	uint64_t row = count_edges(ctl, ctl->wave[ctl_row(ctl, job->sw)].edge,
				   false);
	uint64_t behind = count_edges(ctl, job->edge, true);

	return behind * (own + row) + own <= ctl->edges_left + behind;
}

/* The wave @behind waits for all that the wave @before waits for. */
static void waits_add(struct ctl *ctl, uint32_t behind, uint32_t before)
{
	uint32_t i = ctl->wave[before].edge;
	const struct ctl_job *job;

	for (; i != CTL_NONE; i = ctl->edge[i].wave_next) {
		job = &ctl->job[ctl->edge[i].job];
		/* For itself: not by C4, but in a state that was made up */
		if (job->wave != behind && ctl_row(ctl, job->sw) != behind)
			ctl_edge_add(ctl, ctl->edge[i].job, behind);
	}
}

void ctl_waits_pass_on(struct ctl *ctl, struct ctl_job *job)
{
	uint32_t row = ctl_row(ctl, job->sw), behind;
	bool ready;

	assert(!job->released || ctl_wave_ready(&ctl->wave[job->wave]));
	while (job->edge != CTL_NONE) {
		behind = ctl->edge[job->edge].wave;
		ready = ctl_wave_ready(&ctl->wave[behind]);
		edge_free(ctl, job->edge);
		waits_add(ctl, behind, job->wave);
		waits_add(ctl, behind, row);
		if (!ready && ctl_wave_ready(&ctl->wave[behind]))
			touch_members(ctl, behind);
	}
	waits_add(ctl, row, job->wave);
	/* Nobody is left behind it. */
	while (job->sequence + 1 == ctl->sw[job->sw].next &&
	       ctl->wave[row].edge != CTL_NONE)
		edge_free(ctl, ctl->wave[row].edge);
}

static void node_of(uint8_t *out, const uint8_t *pair)
{
	static const uint8_t tag = 1;
	struct bls_sha256 h;

	bls_sha256_init(&h);
	bls_sha256_update(&h, &tag, 1);
	bls_sha256_update(&h, pair, 2 * UPDATE_DIGEST_LEN);
	bls_sha256_final(&h, out);
}

/* Rows from the leaves upwards; the last of an odd row goes up as it is
 * (lib/bls/merkle.h has the tree; made once, it gives all paths).
 */
static void wave_close(struct ctl *ctl, struct ctl_wave *wave)
{
	uint8_t (*row)[UPDATE_DIGEST_LEN] = ctl->node;
	uint32_t i, n, at, index = 0;
	struct ctl_job *job;

	for (i = wave->first; i != CTL_NONE; i = ctl->job[i].wave_next) {
		ctl->job[i].index = index;
		memcpy(row[index++], ctl->job[i].leaf, UPDATE_DIGEST_LEN);
	}
	assert(index == wave->leaves && index == wave->left);
	for (n = wave->leaves, at = 0; n > 1; n = (n + 1) / 2, at++) {
		for (i = wave->first; i != CTL_NONE; i = job->wave_next) {
			job = &ctl->job[i];
			index = job->index >> at;
			if (index == n - 1 && !(index & 1))
				continue;
			memcpy(ctl->chunks.data[job->path] +
			       job->depth++ * UPDATE_DIGEST_LEN,
			       row[index ^ 1], UPDATE_DIGEST_LEN);
		}
		for (i = 0; i < n / 2; i++)
			node_of(row[n + i], row[2 * i]);
		if (n & 1)
			memcpy(row[n + i], row[n - 1], UPDATE_DIGEST_LEN);
		row += n;
	}
	memcpy(wave->root, row[0], UPDATE_DIGEST_LEN);
	wave->closed = true;
	if (!wave->waiting)
		touch_members(ctl, (uint32_t)(wave - ctl->wave));
}

void ctl_waves_close(struct ctl *ctl)
{
	uint32_t i;

	for (i = ctl->open; i != CTL_NONE; i = ctl->wave[i].next)
		wave_close(ctl, &ctl->wave[i]);
	ctl->open = CTL_NONE;
	for (i = 0; i < CTL_BUCKETS; i++)
		ctl->bucket[i] = CTL_NONE;
}
