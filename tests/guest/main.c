// SPDX-License-Identifier: GPL-2.0-only
/*
 * uvm - a VM that does exactly what it is told, one line at a time.
 *
 *	uvm [--cpus N] [--gic 2|3|none] [--mte] [--el2 off|on] [--parked] [--split] [--sve] [--timeout SECONDS]
 *
 * README.md lists the commands.
 */
#include <err.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "layout.h"
#include "sets.h"
#include "vcpu.h"
#include "vm.h"

const struct command * const command_sets[] = {
	access_commands, work_commands, memory_commands, stream_commands, odd_memory_commands,
	oracle_commands, faults_commands, register_commands, steps_commands, evasion_commands,
	NULL
};

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
		{ "split", no_argument, NULL, 's' },
		{ "sve", no_argument, NULL, 'v' },
		{ "timeout", required_argument, NULL, 't' },
		{ }
	};
	int cpus = 1, gic = 0, opt;
	bool tags = false, parked = false;

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
			vm.splits = true;
		else if (opt == 'v')
			vcpu_sve = true;
		else if (opt == 't')
			vcpu_timeout_ms = atoi(optarg) * 1000;
		else
			errx(2, "usage: uvm [--cpus N] [--gic 2|3|none] [--mte] [--el2 off|on] [--parked] [--split] [--sve] [--timeout SECONDS]");
	}
	if (cpus < 1 || cpus > MAX_CPUS)
		errx(2, "1 to %d CPUs", MAX_CPUS);

	vm_create(cpus, gic);
	if (tags)
		vm_enable_tags();
	if (parked)
		vm_park_vcpu(cpus);
	vcpus_create();
	command_loop();
	return 0;
}
