// SPDX-License-Identifier: GPL-2.0
/* What --check and a start refuse, in words and with lines. */
#include "world.h"

#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* Runs --check; is its answer a refusal with these words? */
static bool refused(struct world *w, const char *words)
{
	world_forget_log(w);
	ASK(agent_spawn(w, true));
	ASK(agent_wait(w));
	if (!logged(w, words)) {
		printf("# not \"%s\" but: %s", words, world_log(w));
		return false;
	}
	return WIFEXITED(w->status) && WEXITSTATUS(w->status) == 1;
}

static bool accepted(struct world *w)
{
	world_forget_log(w);
	ASK(agent_spawn(w, true));
	ASK(agent_wait(w));
	if (*world_log(w))
		printf("# %s", world_log(w));
	return WIFEXITED(w->status) && !WEXITSTATUS(w->status);
}

static bool conf_refused(struct world *w, const char *more, const char *words)
{
	ASK(write_conf(w, more));
	ASK(refused(w, words));
	return write_conf(w, "");
}

static bool test_lines(struct world *w)
{
	ASK(conf_refused(w, "colour = \"red\";\n", "agent.conf:15: colour"));
	ASK(conf_refused(w, "log = { level = \"loud\"; };\n", "agent.conf:15: level is \"loud\""));
	ASK(conf_refused(w, "log = { depth = 1; };\n", "agent.conf:15: depth"));
	ASK(conf_refused(w, "statistics_ms = 5;\n", "agent.conf:15: statistics_ms"));
	ASK(conf_refused(w, "statistics_ms = \"often\";\n", "agent.conf:15: statistics_ms"));
	ASK(conf_refused(w, "user = \"nobody-of-this-name\";\n", "there is no user nobody-of-this-name"));
	ASK(conf_refused(w, "\n\n = ;\n", "agent.conf:17: syntax error"));
	return true;
}

static bool test_together(struct world *w)
{
	ASK(write_text(w, "agent.conf", "domain = \"domain.conf\";\nself = \"s1\";\nverifier = \"process\";\n"));
	ASK(refused(w, "agent.conf:3: verifier \"process\" needs a keyset"));
	ASK(logged(w, "state is missing") && logged(w, "tls is missing"));
	ASK(write_text(w, "agent.conf", "verifier = \"kernel\";\nkeyset = \"x\";\n"));
	ASK(refused(w, "agent.conf:2: keyset is for verifier"));
	ASK(write_text(w, "agent.conf", "verifier = \"magic\";\n"));
	ASK(refused(w, "agent.conf:1: verifier is \"magic\""));
	return write_conf(w, "");
}

static bool mode_refused(struct world *w, const char *name)
{
	char path[160];

	path_of(path, w, name);
	ASK(!chmod(path, 0640));
	ASK(refused(w, "can be read or written by others than its owner (mode 640)"));
	ASK(!chmod(path, 0604));
	ASK(refused(w, "(mode 604)"));
	ASK(!chmod(path, 0600));
	return accepted(w);
}

static bool test_key(struct world *w)
{
	EVP_PKEY *other = EVP_EC_gen("P-256");

	ASK(write_key(w, "switch.key", other));
	EVP_PKEY_free(other);
	ASK(refused(w, "is not the key that domain.conf has for s1"));
	ASK(write_text(w, "switch.key", "nonsense\n"));
	ASK(refused(w, "is not a private key"));
	ASK(write_key(w, "switch.key", w->switch_key));
	return accepted(w);
}

static bool test_start(struct world *w)
{
	char path[160];

	path_of(path, w, "switch.key");
	ASK(!chmod(path, 0644));
	world_forget_log(w);
	ASK(agent_spawn(w, false));
	ASK(agent_wait(w));
	ASK(!chmod(path, 0600));
	ASK(logged(w, "say chmod 600"));
	return WIFEXITED(w->status) && WEXITSTATUS(w->status) == 1;
}

static bool test_epoch(struct world *w)
{
	char path[160];

	ASK(write_text(w, "state/epoch", "ashlar-agent-epoch-1\nsoon\n"));
	world_forget_log(w);
	ASK(agent_spawn(w, false));
	ASK(agent_wait(w));
	ASK(logged(w, "epoch in the state directory is damaged"));
	path_of(path, w, "state/epoch");
	return !remove(path);
}

static bool test_place(struct world *w)
{
	ASK(write_text(w, "of.sock", "a file\n"));
	world_forget_log(w);
	ASK(agent_spawn(w, false));
	ASK(agent_wait(w));
	ASK(logged(w, "of.sock is there, and is not a socket"));
	return !remove(w->openflow);
}

void cases_conf(const char *program)
{
	struct world w;

	agent_program = program;
	if (!world_create(&w, false)) {
		TEST("a domain can be made", false);
		world_free(&w);
		return;
	}
	TEST("conf: what is right is accepted", accepted(&w));
	TEST("conf: errors have lines", test_lines(&w));
	TEST("conf: settings that do not go together", test_together(&w));
	TEST("conf: a switch key that others can read", mode_refused(&w, "switch.key"));
	TEST("conf: a TLS key that others can read", mode_refused(&w, "tls.key"));
	TEST("conf: a key that is not the switch's, or none", test_key(&w));
	TEST("conf: a start refuses the same", test_start(&w));
	TEST("conf: a damaged epoch is not guessed", test_epoch(&w));
	TEST("conf: a file in the socket's place is left alone", test_place(&w));
	world_free(&w);
}
