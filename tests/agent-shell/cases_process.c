// SPDX-License-Identifier: GPL-2.0
/* A life, a death and another life, with the verifier in the process. */
#include "world.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

enum { SEALED_MAX = 8192, ADMIN = 77 };

#define TORN "A 17 and then the power went"

/* Both ends have said HELLO. */
static bool all_linked(struct world *w, const void *arg)
{
	char words[32];
	unsigned int i;

	(void)arg;
	for (i = 0; i < CONTROLLERS; i++) {
		snprintf(words, sizeof(words), "link is up peer=c%u", i + 1);
		if (!w->far[i].linked || !logged(w, words))
			return false;
	}
	return true;
}

/* The features and ports of the switch, as events: the agent knows ovs-vswitchd. */
static bool all_know(struct world *w, const void *arg)
{
	unsigned int i;

	(void)arg;
	for (i = 0; i < CONTROLLERS; i++)
		if (w->far[i].events[APP_REPLY] < 2)
			return false;
	return vswitchd_is_up(w->vswitchd);
}

static bool agent_listens(struct world *w, const void *arg)
{
	(void)arg;
	return vswitchd_dial(w->vswitchd);
}

static bool bring_up(struct world *w)
{
	ASK(agent_spawn(w, false));
	ASK(until(w, all_linked, NULL));
	ASK(until(w, agent_listens, NULL));
	ASK(until(w, all_know, NULL));
	return until_logged(w, "numbers go on at");
}

struct wanted {
	uint64_t sequence;
	unsigned int status;
};

static bool all_acked(struct world *w, const void *arg)
{
	const struct wanted *want = arg;
	unsigned int i;

	for (i = 0; i < CONTROLLERS; i++)
		if (w->far[i].acked[want->status] != want->sequence)
			return false;
	return true;
}

static bool acked(struct world *w, uint64_t sequence, unsigned int status)
{
	const struct wanted want = { sequence, status };

	return until(w, all_acked, &want);
}

static void offer(struct world *w, uint64_t sequence, uint16_t priority,
		  uint32_t in, unsigned int from, unsigned int to)
{
	uint8_t payload[256], sealed[SEALED_MAX];
	struct draft draft = { .sequence = sequence, .payload = payload };
	unsigned int i;

	draft.len = flow_add(payload, priority, in, 2);
	draft.after_last = sequence > 1;
	for (i = from; i < to; i++)
		far_update(&w->far[i], sealed,
			   seal(sealed, sizeof(sealed), &w->far[i], &draft,
				false));
}

static bool saw_mark(struct world *w, const void *arg)
{
	const uint8_t *mark = arg;
	unsigned int i;

	for (i = 0; i < CONTROLLERS; i++)
		if (!w->far[i].packet_in_len ||
		    w->far[i].packet_in[w->far[i].packet_in_len - 1] != *mark)
			return false;
	return true;
}

static bool is_up(struct world *w, const void *arg)
{
	(void)arg;
	return vswitchd_is_up(w->vswitchd);
}

/* Something that went the whole way, so that all before it went as far as it could */
static bool fence(struct world *w)
{
	static uint8_t mark;

	ASK(until(w, is_up, NULL));
	mark++;
	vswitchd_packet_in(w->vswitchd, mark);
	return until(w, saw_mark, &mark);
}

static bool wrong(const struct world *w)
{
	unsigned int i, nr = 0;

	for (i = 0; i < CONTROLLERS; i++)
		nr += w->far[i].wrong;
	return nr;
}

static bool test_applied(struct world *w)
{
	unsigned int barriers = vswitchd_barriers(w->vswitchd);

	offer(w, 1, 100, 1, 0, 2);
	ASK(acked(w, 1, CTL_APPLIED));
	ASK(vswitchd_has(w->vswitchd, 100));
	ASK(vswitchd_barriers(w->vswitchd) > barriers);
	return true;
}

/* The control: what one alone signed does nothing, until another does too. */
static bool test_quorum(struct world *w)
{
	offer(w, 2, 200, 1, 3, 4);
	ASK(fence(w));
	ASK(!vswitchd_has(w->vswitchd, 200));
	ASK(w->far[0].acked[CTL_APPLIED] == 1);
	offer(w, 2, 200, 1, 2, 3);
	ASK(acked(w, 2, CTL_APPLIED));
	return vswitchd_has(w->vswitchd, 200);
}

/* RSA and ECDSA, too early and then in order */
static bool test_early(struct world *w)
{
	offer(w, 4, 400, 1, 1, 3);
	ASK(fence(w));
	ASK(!vswitchd_has(w->vswitchd, 400));
	offer(w, 3, 300, 1, 1, 3);
	ASK(acked(w, 4, CTL_APPLIED));
	ASK(vswitchd_has(w->vswitchd, 300));
	return vswitchd_has(w->vswitchd, 400);
}

static bool test_forged(struct world *w)
{
	uint8_t payload[256], sealed[SEALED_MAX];
	struct draft draft = { .sequence = 5, .payload = payload };

	draft.len = flow_add(payload, 500, 1, 2);
	far_update(&w->far[0], sealed,
		   seal(sealed, sizeof(sealed), &w->far[0], &draft, false));
	far_update(&w->far[1], sealed,
		   seal(sealed, sizeof(sealed), &w->far[1], &draft, true));
	far_update(&w->far[2], sealed,
		   seal(sealed, sizeof(sealed), &w->far[2], &draft, true));
	ASK(fence(w));
	ASK(!vswitchd_has(w->vswitchd, 500));
	offer(w, 5, 500, 1, 0, 2);
	return acked(w, 5, CTL_APPLIED);
}

static size_t group_delete_then_use(uint8_t *out)
{
	size_t len = flow_add(out, 600, 1, 2);

	/* apply: group 9, which nobody made */
	out[len - 15] = 22;
	out[len - 13] = 8;
	memset(out + len - 12, 0, 3);
	out[len - 9] = 9;
	return len;
}

static bool test_refused(struct world *w)
{
	uint8_t payload[256], sealed[SEALED_MAX];
	struct draft draft = { .sequence = 6, .payload = payload };
	unsigned int i;

	draft.len = group_delete_then_use(payload);
	/* An action of 8 bytes where there were 16: lengths before it are 8 less. */
	payload[3] = (uint8_t)(draft.len - 8);
	payload[67] = 16;
	draft.len -= 8;
	for (i = 0; i < 2; i++)
		far_update(&w->far[i], sealed,
			   seal(sealed, sizeof(sealed), &w->far[i], &draft,
				false));
	ASK(acked(w, 6, CTL_REFUSED));
	return !vswitchd_has(w->vswitchd, 600);
}

static bool admin_gone(struct world *w, const void *arg)
{
	const unsigned int *rules = arg;

	return !vswitchd_has(w->vswitchd, ADMIN) &&
	       vswitchd_rules(w->vswitchd) == *rules;
}

/* ovs-vswitchd was restarted, and somebody was quicker than we. */
static bool test_resync(struct world *w)
{
	unsigned int rules = vswitchd_rules(w->vswitchd);
	uint8_t rule[256];

	vswitchd_hang_up(w->vswitchd, true);
	vswitchd_rule(w->vswitchd, rule, flow_add(rule, ADMIN, 1, 3));
	ASK(vswitchd_dial(w->vswitchd));
	ASK(until(w, admin_gone, &rules));
	ASK(vswitchd_has(w->vswitchd, 100));
	return fence(w);
}

static bool newer_epoch(struct world *w, const void *arg)
{
	const uint64_t *old = arg;
	unsigned int i;

	for (i = 0; i < CONTROLLERS; i++)
		if (w->far[i].epoch <= *old)
			return false;
	return true;
}

static bool tear_history(struct world *w)
{
	char path[160];
	FILE *f;

	path_of(path, w, "history");
	f = fopen(path, "a");
	ASK(f);
	fputs(TORN, f);
	return !fclose(f);
}

/* Killed; meanwhile an administrator adds a rule, and the rules of the former life are void. */
static bool test_killed(struct world *w)
{
	uint64_t epoch = w->far[0].epoch;
	unsigned int none = 0, i;
	uint8_t rule[256];

	ASK(agent_signal(w, SIGKILL));
	ASK(agent_wait(w));
	ASK(tear_history(w));
	vswitchd_hang_up(w->vswitchd, false);
	vswitchd_rule(w->vswitchd, rule, flow_add(rule, ADMIN, 1, 3));
	for (i = 0; i < CONTROLLERS; i++) {
		w->far[i].start = 7;
		memset(w->far[i].events, 0, sizeof(w->far[i].events));
	}
	world_forget_log(w);
	ASK(bring_up(w));
	ASK(until(w, newer_epoch, &epoch));
	ASK(logged(w, "numbers go on at 7"));
	ASK(until(w, admin_gone, &none));
	offer(w, 7, 700, 1, 0, 2);
	ASK(acked(w, 7, CTL_APPLIED));
	return vswitchd_has(w->vswitchd, 700);
}

static bool purged(struct world *w, const void *arg)
{
	(void)arg;
	return ctl_purges(w->fake_ctl);
}

static bool test_newest_wins(struct world *w)
{
	struct fake_vswitchd *old = w->vswitchd;

	w->vswitchd = vswitchd_new(w);
	ASK(vswitchd_dial(w->vswitchd));
	ASK(until_logged(w, "another connection took its place"));
	vswitchd_free(old);
	return fence(w);
}

static bool is_down(struct world *w, const void *arg)
{
	(void)arg;
	return !vswitchd_is_up(w->vswitchd);
}

static bool test_nonsense(struct world *w)
{
	static const uint8_t shorter[] = { 4, 0, 0, 7, 0, 0, 0, 0 };

	vswitchd_write(w->vswitchd, shorter, sizeof(shorter));
	ASK(until_logged(w, "shorter than its header"));
	ASK(until(w, is_down, NULL));
	ASK(vswitchd_dial(w->vswitchd));
	return fence(w);
}

static unsigned int count(const char *text, const char *words)
{
	unsigned int nr = 0;

	while ((text = strstr(text, words))) {
		nr++;
		text++;
	}
	return nr;
}

/* SIGTERM is for the agent, which then stops its child. */
static bool test_child(struct world *w)
{
	pid_t child = agent_child(w);

	ASK(child && !kill(child, SIGTERM));
	ASK(fence(w));
	return agent_child(w) == child && !logged(w, "is gone");
}

static bool test_history(struct world *w)
{
	static const char head[] = "ashlar-history-1 switch s1 17\nS 17 ";
	static char text[1 << 16];
	char path[160];
	size_t n;
	FILE *f;

	path_of(path, w, "history");
	f = fopen(path, "r");
	ASK(f);
	n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[n] = '\0';
	ASK(!strncmp(text, head, strlen(head)));
	ASK(count(text, " lost\n") == 2 && !strstr(text, TORN));
	ASK(count(text, "\nI 0 ") > 2);
	ASK(count(text, "\nA 17 ") == 7);
	ASK(count(text, " applied\n") == 6 && count(text, " refused\n") == 1);
	return strstr(text, " 1 7 ");
}

static bool test_second(struct world *w)
{
	pid_t first = w->agent;
	bool said;

	ASK(agent_spawn(w, false));
	ASK(agent_wait(w));
	said = logged(w, "another agent uses it");
	w->agent = first;
	ASK(said);
	ASK(WIFEXITED(w->status) && WEXITSTATUS(w->status) == 1);
	/* The first one's socket is still there. */
	ASK(vswitchd_dial(w->vswitchd));
	return fence(w);
}

/* Asked again and again, since the last look at the tables may not be over. */
static bool says_in_sync(struct world *w, const void *arg)
{
	(void)arg;
	return agent_signal(w, SIGUSR1) && logged(w, "switch up=1 in_sync=1");
}

static bool test_stop(struct world *w)
{
	ASK(until(w, says_in_sync, NULL));
	ASK(until_logged(w, "updates taken="));
	ASK(agent_stop(w));
	ASK(agent_wait(w));
	ASK(WIFEXITED(w->status) && !WEXITSTATUS(w->status));
	return !logged(w, "Sanitizer") && !logged(w, "runtime error");
}

void cases_process(const char *program)
{
	struct world w;

	agent_program = program;
	if (!world_create(&w, false)) {
		TEST("a domain can be made", false);
		world_free(&w);
		return;
	}
	TEST("the agent starts, links and switch come up", bring_up(&w));
	TEST("a packet-in arrives, signed, at all four", fence(&w));
	TEST("an update of two is applied, with a barrier, acknowledged to all",
	     test_applied(&w));
	TEST("one signature is not enough, two are", test_quorum(&w));
	TEST("an update that comes too early is held", test_early(&w));
	TEST("a forged signature does not count", test_forged(&w));
	TEST("what cannot be applied is refused and acknowledged so",
	     test_refused(&w));
	TEST("a restarted ovs-vswitchd gets the approved rules, and no others",
	     test_resync(&w));
	TEST("a second agent on the same state refuses to start",
	     test_second(&w));
	TEST("killed and started again: a new epoch, numbers go on, an administrator's rule goes",
	     test_killed(&w));
	TEST("the newest connection of ovs-vswitchd wins", test_newest_wins(&w));
	TEST("a broken message ends the connection", test_nonsense(&w));
	TEST("ovs-vswitchd is told to look at its flows again",
	     until(&w, purged, NULL));
	TEST("the child that says so ends with the agent, and not before",
	     test_child(&w));
	TEST("nothing was wrongly signed or framed", !wrong(&w));
	TEST("the history has all of both lives", test_history(&w));
	TEST("statistics on SIGUSR1, a clean end on SIGTERM", test_stop(&w));
	world_free(&w);
}
