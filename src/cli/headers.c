// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which package has the headers of a kernel: what distributions make of a release.
 */
#include <string.h>

#include "doctor.h"

/* Of a release, the part from the architecture on: "5.14.0-1.el9 | .aarch64+64k". */
static const char *architecture_of(const char *release)
{
	const char *arch = strstr(release, ".aarch64");

	return arch && (!arch[8] || arch[8] == '+' || arch[8] == '.') ? arch : NULL;
}

static bool has(const char *text, const char *part, const char *end)
{
	const char *at = strstr(text, part);

	return at && at < end;
}

/*
 * Fedora, RHEL and its kin, openEuler, Amazon, Oracle. The variant stands behind the
 * architecture in the release and in the middle of the package's name:
 * "...el9_2.aarch64+64k" is kernel-64k-devel-...el9_2.
 */
static char *rpm_package(const char *release, const char *arch)
{
	const char *variant = arch[8] ? arch + 9 : "", *base = "kernel";
	unsigned int major = 0, minor = 0;
	char name[32], *package;

	if (has(release, "uek", arch))
		base = "kernel-uek";
	/* Amazon has kernels beside its first, with their version in their name. */
	if (has(release, ".amzn2023", arch) && sscanf(release, "%u.%u", &major, &minor) == 2 &&
	    (major > 6 || (major == 6 && minor > 1))) {
		snprintf(name, sizeof(name), "kernel%u.%u", major, minor);
		base = name;
	}
	/* Oracle's is kernel-uek64k. */
	if (asprintf(&package, "%s%s%s-devel-%.*s", base,
		     *variant && strcmp(base, "kernel-uek") ? "-" : "", variant,
		     (int)(arch - release), release) < 0)
		cli_memory(NULL);
	return package;
}

/* SUSE: VERSION-RELEASE-FLAVOUR, of which the last tells the package. */
static char *suse_package(const char *release)
{
	static const char * const flavours[] = { "default", "64kb", "azure", "rt", "preempt" };
	const char *flavour = strrchr(release, '-');
	char *package;
	unsigned int i;

	for (i = 0; flavour && i < ARRAY_SIZE(flavours); i++) {
		if (strcmp(flavour + 1, flavours[i]))
			continue;
		if (asprintf(&package, "kernel-%s-devel=%.*s", flavours[i],
			     (int)(flavour - release), release) < 0)
			cli_memory(NULL);
		return package;
	}
	return NULL;
}

char *cli_headers_advice(const char *release)
{
	const char *arch = architecture_of(release);
	char *package = arch ? rpm_package(release, arch) : suse_package(release), *advice;
	int n;

	if (package)
		n = asprintf(&advice, "\"%s install %s\"", arch ? "dnf" : "zypper", package);
	else
		n = asprintf(&advice, "\"apt install linux-headers-%s\"", release);
	if (n < 0)
		cli_memory(NULL);
	free(package);
	return advice;
}
