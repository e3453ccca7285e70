// SPDX-License-Identifier: GPL-2.0-only
/*
 * uvm - a VM that does exactly what it is told, one line at a time.
 *
 *	uvm [--cpus N] [--gic 2|3|none] [--mte] [--el2 off|on] [--parked] [--sve] [--timeout SECONDS]
 *
 * README.md lists the commands.
 */
#include <err.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "layout.h"
#include "vcpu.h"
#include "vm.h"

static void on_alarm(int sig)
{
	static const char text[] = "err timeout: stuck in the kernel\n";

	(void)sig;
	(void)!write(1, text, sizeof(text) - 1);
	_exit(1);
}

static int gic_version(const char *word)
{
	if (!strcmp(word, "2"))
		return 2;
	if (!strcmp(word, "3"))
		return 3;
	if (!strcmp(word, "none"))
		return 0;
	errx(2, "--gic 2, 3 or none");
}

static enum el2 el2_of(const char *word)
{
	if (!strcmp(word, "off"))
		return EL2_STAGE2_OFF;
	if (!strcmp(word, "on"))
		return EL2_STAGE2_ON;
	errx(2, "--el2 off or on");
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "cpus", required_argument, NULL, 'c' },
		{ "el2", required_argument, NULL, 'e' },
		{ "gic", required_argument, NULL, 'g' },
		{ "mte", no_argument, NULL, 'm' },
		{ "parked", no_argument, NULL, 'p' },
		{ "sve", no_argument, NULL, 's' },
		{ "timeout", required_argument, NULL, 't' },
		{ }
	};
	int cpus = 1, gic = 0, opt;
	bool more = true, tags = false, parked = false;
	char line[512];

	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (opt == 'c')
			cpus = atoi(optarg);
		else if (opt == 'e')
			vm.el2 = el2_of(optarg);
		else if (opt == 'g')
			gic = gic_version(optarg);
		else if (opt == 'm')
			tags = true;
		else if (opt == 'p')
			parked = true;
		else if (opt == 's')
			vcpu_sve = true;
		else if (opt == 't')
			vcpu_timeout_ms = atoi(optarg) * 1000;
		else
			errx(2, "usage: uvm [--cpus N] [--gic 2|3|none] [--mte] [--el2 off|on] [--parked] [--sve] [--timeout SECONDS]");
	}
	if (cpus < 1 || cpus > MAX_CPUS)
		errx(2, "1 to %d CPUs", MAX_CPUS);

	vm_create(cpus, gic);
	if (tags)
		vm_enable_tags();
	if (parked)
		vm_park_vcpu(cpus);
	vcpus_create();
	signal(SIGALRM, on_alarm);
	while (more && fgets(line, sizeof(line), stdin)) {
		alarm(WATCHDOG_SECONDS);
		more = command_line(line);
		alarm(0);
	}
	return 0;
}
