// SPDX-License-Identifier: GPL-2.0
#include "daemon.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>

#include "../../controller/shell/privilege.h"
#include "daemon_parts.h"
#include "secret.h"

void daemon_stop(struct daemon *d, int status)
{
	d->stopping = true;
	if (status)
		d->status = status;
	uv_stop(&d->loop);
}

static void flush(struct daemon *d)
{
	ofconn_flush(d->ofconn);
	links_flush(d->links);
}

static void on_before_poll(uv_prepare_t *prepare)
{
	flush(prepare->data);
}

static void on_after_poll(uv_check_t *check)
{
	daemon_tick(check->data);
	flush(check->data);
}

static void on_switch_up(void *ctx)
{
	struct agent_event e = { .kind = AGENT_SWITCH_UP };

	log_say(LOG_L_INFO, "openflow", "ovs-vswitchd connected");
	daemon_step(ctx, &e);
}

static void on_switch_down(void *ctx, const char *why)
{
	struct agent_event e = { .kind = AGENT_SWITCH_DOWN };

	log_say(LOG_L_WARNING, "openflow",
		"the connection to ovs-vswitchd ended why=\"%s\"", why);
	daemon_step(ctx, &e);
}

static void on_switch_message(void *ctx, const uint8_t *bytes, size_t len)
{
	struct agent_event e = {
		.kind = AGENT_SWITCH_MESSAGE, .bytes = bytes, .len = len,
	};

	daemon_step(ctx, &e);
}

static void on_news(void *ctx)
{
	struct agent_event e = { .kind = AGENT_VERIFIER_NEWS };

	daemon_step(ctx, &e);
}

static void on_say(void *ctx, int level, const char *words)
{
	(void)ctx;
	log_say(level, "verifier", "%s", words);
}

/* Without its privileges a new process for it takes a new life. */
static void on_purger_gone(void *ctx)
{
	log_say(LOG_L_ERROR, "purge",
		"the process that talks to ovs-vswitchd is gone");
	daemon_stop(ctx, EXIT_FAILURE);
}

static void on_purged(void *ctx, const char *words)
{
	(void)ctx;
	if (*words)
		log_say(LOG_L_WARNING, "purge",
			"ovs-vswitchd cannot be told to look at its flows again why=\"%s\"",
			words);
	else
		log_say(LOG_L_DEBUG, "purge",
			"ovs-vswitchd looks at its flows again");
}

/*
 * The kernel's window is remembered, so that the next life knows whether it was lost.  If
 * this one finds that it was, everything that the core knows of numbers is void: start anew.
 */
void daemon_window(struct daemon *d)
{
	struct words why;
	uint64_t next;
	uint32_t phase;

	if (d->conf->verifier != VERIFIER_KERNEL || d->fresh ||
	    !d->verifier->ops->state(d->verifier, &next, &phase))
		return;
	if (epoch_window_lost(d->epoch, phase, next)) {
		log_say(LOG_L_ERROR, "verifier",
			"the kernel's window of this switch was lost: it was made anew, or the module was reloaded");
		daemon_stop(d, EXIT_FAILURE);
	}
	if (!epoch_remember(d->epoch, &why))
		log_say(LOG_L_ERROR, "state", "%s", why.text);
}

static void on_look(uv_timer_t *timer)
{
	struct daemon *d = timer->data;

	d->verifier->ops->look(d->verifier, uv_now(&d->loop));
	daemon_window(d);
}

static void on_echo(uv_timer_t *timer)
{
	daemon_links_echo(timer->data);
}

static void on_watchdog(uv_timer_t *timer)
{
	(void)timer;
	sd_notify(0, "WATCHDOG=1");
}

static void on_signal(uv_signal_t *signal, int number)
{
	struct daemon *d = signal->data;
	struct words why;

	switch (number) {
	case SIGHUP:
		if (daemon_links_renew(d, &why))
			log_say(LOG_L_INFO, "link", "certificates are renewed");
		else
			log_say(LOG_L_ERROR, "link",
				"certificates stay as they were why=\"%s\"",
				why.text);
		break;
	case SIGUSR1:
		daemon_stats_say(d);
		break;
	default:
		log_say(LOG_L_INFO, "main", "stopping");
		daemon_stop(d, 0);
	}
}

static void catch(struct daemon *d, uv_signal_t *handle, int number)
{
	uv_signal_init(&d->loop, handle);
	handle->data = d;
	uv_signal_start(handle, on_signal, number);
}

static void timer_init(struct daemon *d, uv_timer_t *timer)
{
	uv_timer_init(&d->loop, timer);
	timer->data = d;
}

static bool open_loop(struct daemon *d, struct words *why)
{
	if (uv_loop_init(&d->loop))
		return words_set(why, "no event loop");
	d->loop_open = true;
	uv_prepare_init(&d->loop, &d->before_poll);
	uv_check_init(&d->loop, &d->after_poll);
	d->before_poll.data = d;
	d->after_poll.data = d;
	uv_idle_init(&d->loop, &d->soon);
	timer_init(d, &d->wake);
	timer_init(d, &d->look);
	timer_init(d, &d->echo);
	timer_init(d, &d->watchdog);
	catch(d, &d->term, SIGTERM);
	catch(d, &d->interrupt, SIGINT);
	catch(d, &d->hangup, SIGHUP);
	catch(d, &d->user1, SIGUSR1);
	signal(SIGPIPE, SIG_IGN);
	return true;
}

static bool open_key(struct daemon *d, struct words *why)
{
	EVP_PKEY *pkey = keyfile_load(d->conf->key, KEYFILE_OWNER, why);

	if (!pkey)
		return false;
	d->key = key_create(pkey, why);
	if (!d->key)
		EVP_PKEY_free(pkey);
	return d->key;
}

static bool open_verifier(struct daemon *d, struct words *why)
{
	const struct verifier_events events = {
		.ctx = d, .news = on_news, .say = on_say,
	};

	if (d->domain->scheme == SCHEME_THRESHOLD) {
		d->threshold = threshold_create(d->domain, why);
		if (!d->threshold)
			return false;
	}
	d->verifier = d->conf->verifier == VERIFIER_KERNEL ?
		verifier_kernel(&d->loop, d->self->dpid, &events, why) :
		verifier_process(&d->loop, d->domain->id, d->self->dpid,
				 d->conf->keyset, &events, why);
	return d->verifier;
}

static bool open_switch(struct daemon *d, struct words *why)
{
	const struct ofconn_config config = {
		.loop = &d->loop, .path = d->conf->openflow,
		.owner = d->conf->openflow_owner, .ctx = d, .up = on_switch_up,
		.down = on_switch_down, .message = on_switch_message,
	};

	d->ofconn = ofconn_create(&config, why);
	return d->ofconn;
}

static bool open_history(struct daemon *d, struct words *why)
{
	if (!*d->conf->history)
		return true;
	d->history = applied_file_open(d->conf->history, d->self->name,
				       d->self->dpid,
				       (unsigned int)(d->self - d->domain->sw),
				       why);
	return d->history;
}

/* The state is the user's own: what is written there is written as that user. */
static bool open_all(struct daemon *d, struct words *why)
{
	enum privilege_keep keep = d->conf->verifier == VERIFIER_KERNEL ?
		PRIVILEGE_NET_ADMIN : PRIVILEGE_NOTHING;
	const struct purger_events purged = {
		.ctx = d, .done = on_purged, .gone = on_purger_gone,
	};

	d->epoch = epoch_lock(d->conf->state, why);
	if (!d->epoch || !open_loop(d, why) || !open_key(d, why) ||
	    !open_verifier(d, why) || !daemon_core_create(d, why) ||
	    !open_history(d, why) || !open_switch(d, why) ||
	    !daemon_links_create(d, why))
		return false;
	if (d->purger && !purger_begin(d->purger, &d->loop, &purged, why))
		return false;
	return privilege_drop(d->conf->user, keep, why) &&
	       epoch_begin(d->epoch, why);
}

struct daemon *daemon_create(const struct agent_conf *conf,
			     const struct domain *domain,
			     struct purger *purger, struct words *why)
{
	struct daemon *d = calloc(1, sizeof(*d));
	int self = domain_switch(domain, conf->self);

	if (!d || self < 0) {
		free(d);
		purger_close(purger);
		words_set(why, "no memory");
		return NULL;
	}
	d->conf = conf;
	d->domain = domain;
	d->self = &domain->sw[self];
	d->purger = purger;
	if (open_all(d, why))
		return d;
	daemon_free(d);
	return NULL;
}

/* Fresh: nobody here knows which numbers are used up. */
static bool is_fresh(struct daemon *d)
{
	uint64_t next;
	uint32_t phase;

	if (d->conf->verifier == VERIFIER_PROCESS)
		return true;
	if (!d->verifier->ops->state(d->verifier, &next, &phase))
		return epoch_window_is_lost(d->epoch);
	return epoch_window_lost(d->epoch, phase, next);
}

static bool start(struct daemon *d)
{
	struct agent_event e = {
		.kind = AGENT_START, .epoch = epoch_number(d->epoch),
		.fresh = is_fresh(d),
	};
	uint64_t watchdog_us;
	struct words why;

	d->fresh = e.fresh;
	log_say(LOG_L_INFO, "main",
		"started switch=%s dpid=%016llx epoch=%llu window=%s",
		d->self->name, (unsigned long long)d->self->dpid,
		(unsigned long long)e.epoch, e.fresh ? "lost" : "kept");
	if (d->history &&
	    !applied_file_start(d->history, e.epoch, e.fresh, &why)) {
		log_say(LOG_L_ERROR, "history", "%s", why.text);
		return false;
	}
	uv_prepare_start(&d->before_poll, on_before_poll);
	uv_check_start(&d->after_poll, on_after_poll);
	uv_timer_start(&d->look, on_look, 0, DAEMON_LOOK_MS);
	uv_timer_start(&d->echo, on_echo, DAEMON_ECHO_MS, DAEMON_ECHO_MS);
	if (sd_watchdog_enabled(0, &watchdog_us) > 0)
		uv_timer_start(&d->watchdog, on_watchdog, 0,
			       watchdog_us / 3000 + 1);
	daemon_step(d, &e);
	sd_notify(0, "READY=1");
	return !d->stopping;
}

int daemon_run(struct daemon *d)
{
	if (!start(d))
		return EXIT_FAILURE;
	uv_run(&d->loop, UV_RUN_DEFAULT);
	sd_notify(0, "STOPPING=1");
	return d->status;
}

static void close_loop(struct daemon *d)
{
	/* What others made, they close; then what is left is ours. */
	ofconn_close(d->ofconn);
	purger_close(d->purger);
	if (d->links)
		links_close(d->links, NULL);
	if (d->verifier)
		d->verifier->ops->close(d->verifier);
	uv_close((uv_handle_t *)&d->before_poll, NULL);
	uv_close((uv_handle_t *)&d->after_poll, NULL);
	uv_close((uv_handle_t *)&d->soon, NULL);
	uv_close((uv_handle_t *)&d->wake, NULL);
	uv_close((uv_handle_t *)&d->look, NULL);
	uv_close((uv_handle_t *)&d->echo, NULL);
	uv_close((uv_handle_t *)&d->watchdog, NULL);
	uv_close((uv_handle_t *)&d->term, NULL);
	uv_close((uv_handle_t *)&d->interrupt, NULL);
	uv_close((uv_handle_t *)&d->hangup, NULL);
	uv_close((uv_handle_t *)&d->user1, NULL);
	uv_run(&d->loop, UV_RUN_DEFAULT);
	uv_loop_close(&d->loop);
}

void daemon_free(struct daemon *d)
{
	if (!d)
		return;
	d->stopping = true;
	if (d->loop_open)
		close_loop(d);
	else
		purger_close(d->purger);
	key_free(d->key);
	threshold_free(d->threshold);
	applied_file_close(d->history);
	epoch_close(d->epoch);
	free(d->agent);
	free(d);
}
