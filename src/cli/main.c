// SPDX-License-Identifier: GPL-2.0-only
/*
 * s2memattr: the command line. Finds the verb, checks the number of its
 * arguments and which options it takes; what it does is in other files.
 */
#include <fcntl.h>
#include <getopt.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"

/* Options, as bits. */
#define JSON		0x1u
#define RULES_FILE	0x2u
#define PROCESS		0x4u
#define COUNT		0x8u
#define DEVICE		0x10u
#define BAR		0x20u
#define OFFSET		0x40u
#define WRITE		0x80u
#define BENCH		0x100u
#define SVG		0x200u
#define REPORT		0x400u
#define EMULATE		0x800u
#define NO_IOMMU	0x1000u
#define SIDE_EFFECTS	0x2000u
#define TEST		(DEVICE | BAR | OFFSET | WRITE | BENCH | SVG | REPORT | EMULATE | \
			 NO_IOMMU | SIDE_EFFECTS)

#define ANY_NUMBER	99

struct verb {
	const char *words;
	const char *arguments;
	const char *what;
	int (*run)(char **args);
	int min;
	int max;
	unsigned int options;
};

static const struct verb verbs[] = {
	{ "status", "", "mode, hook and counters",
	  cli_status, 0, 0, JSON },
	{ "doctor", "", "what may be in the way, and what to do about it",
	  cli_doctor, 0, 0, JSON },
	{ "load", " [PARAMETER=VALUE]...", "load the module",
	  cli_load, 0, ANY_NUMBER, 0 },
	{ "unload", "", "unload it: every guest gets the kernel's own types",
	  cli_unload, 0, 0, 0 },
	{ "mode", " [WORD]", "read or set the mode",
	  cli_mode, 0, 1, JSON },
	{ "unaligned", " [fault|emulate]", "read or set what accesses get that Device memory does not take",
	  cli_unaligned, 0, 1, JSON },
	{ "policy show", "", "the table in force",
	  cli_policy_show, 0, 0, JSON },
	{ "policy check", " FILE", "is this a table? Needs no module",
	  cli_policy_check, 1, 1, JSON },
	{ "policy apply", " FILE", "make it the table in force",
	  cli_policy_apply, 1, 1, 0 },
	{ "policy test", " DEVICE", "what it says about a PCI device, and by which rule",
	  cli_policy_test, 1, 1, JSON | RULES_FILE | PROCESS },
	{ "config check", " [FILE]", "is this a configuration file?",
	  cli_config_check, 0, 1, JSON },
	{ "config apply", " [FILE]", "set mode and table as it says",
	  cli_config_apply, 0, 1, 0 },
	{ "config reset", "", "mode native and an empty table",
	  cli_config_reset, 0, 0, 0 },
	{ "config release", "", "the same, unless a VM would lose something",
	  cli_config_release, 0, 0, 0 },
	{ "config status", "", "is it in force? Exit code 0 if it is",
	  cli_config_status, 0, 0, JSON },
	{ "layer set", " NAME FILE", "rules of somebody, before the configuration's",
	  cli_layer_set, 2, 2, 0 },
	{ "layer remove", " NAME", "take them away, and no others",
	  cli_layer_remove, 1, 1, 0 },
	{ "layer list", "", "whose rules are in the table",
	  cli_layer_list, 0, 0, JSON },
	{ "devices", "", "PCI memory BARs and what guests get of them",
	  cli_devices, 0, 0, JSON },
	{ "fuse list", "", "devices that went back to device-nGnRE for an error of their bus",
	  cli_fuse_list, 0, 0, JSON },
	{ "fuse reset", " DEVICE|all", "let mode and table decide about them again",
	  cli_fuse_reset, 1, 1, 0 },
	{ "mappings", "", "device memory that guests have, from the stage-2 tables",
	  cli_mappings, 0, 0, JSON },
	{ "explain", " S1 S2", "what guests get of a stage-1 and a stage-2 type",
	  cli_explain, 2, 2, JSON },
	{ "watch", "", "decisions as they are made",
	  cli_watch, 0, 0, JSON | COUNT },
	{ "metrics", " [FILE]", "for node_exporter's textfile collector",
	  cli_metrics, 0, 1, 0 },
	{ "selftest", "", "does it work on this host? In a VM of its own, over an idle device",
	  cli_selftest, 0, 0, JSON | TEST },
	{ "rehearse", " [OPTION]... KERNEL", "try the module on a kernel that does not run yet",
	  cli_rehearse, 0, ANY_NUMBER, 0 },
	{ "report", "", "what a bug report needs, without anybody's names",
	  cli_report, 0, 0, 0 },
};

static const struct option long_options[] = {
	{ "json", no_argument, NULL, 'j' },
	{ "file", required_argument, NULL, 'f' },
	{ "pid", required_argument, NULL, 'p' },
	{ "count", required_argument, NULL, 'n' },
	{ "device", required_argument, NULL, 'd' },
	{ "bar", required_argument, NULL, 'b' },
	{ "offset", required_argument, NULL, 'o' },
	{ "write", no_argument, NULL, 'w' },
	{ "bench", no_argument, NULL, 'B' },
	{ "svg", required_argument, NULL, 'S' },
	{ "report", no_argument, NULL, 'r' },
	{ "emulate", no_argument, NULL, 'e' },
	{ "no-iommu", no_argument, NULL, 'N' },
	{ "side-effects", no_argument, NULL, 's' },
	{ "root", required_argument, NULL, 'R' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ }
};

static const struct {
	int letter;
	unsigned int bit;
	const char *name;
	const char *what;
} option_bits[] = {
	{ 'j', JSON, "--json", "print JSON, where a script would read it" },
	{ 'f', RULES_FILE, "--file FILE", "this table, and not the one in force" },
	{ 'p', PROCESS, "--pid PID", "for this VMM process" },
	{ 'n', COUNT, "--count N", "end after N lines" },
	{ 'd', DEVICE, "--device DEVICE", "this idle device, which is bound to vfio-pci" },
	{ 'b', BAR, "--bar N", "this BAR of it" },
	{ 'o', OFFSET, "--offset BYTES", "from there on, 64 KiB at most are accessed" },
	{ 'w', WRITE, "--write", "store to the BAR as well, and put back what was there" },
	{ 'B', BENCH, "--bench", "measure stores and loads; needs --write" },
	{ 'S', SVG, "--svg FILE", "draw what was measured" },
	{ 'r', REPORT, "--report", "tell about the machine as well, with nothing secret: to be shared" },
	{ 'e', EMULATE, "--emulate", "change \"unaligned\" for a moment although other VMs are there" },
	{ 'N', NO_IOMMU, "--no-iommu", "take a device that has no IOMMU" },
	{ 's', SIDE_EFFECTS, "--side-effects", "read a BAR although it is not prefetchable" },
};

/* What the options do that these bits stand for. */
static void print_options(FILE *to, unsigned int bits)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(option_bits); i++)
		if (bits & option_bits[i].bit)
			fprintf(to, "  %-17s%s\n", option_bits[i].name, option_bits[i].what);
}

static void print_help(FILE *to)
{
	unsigned int i;

	fputs("usage: s2memattr [OPTION]... VERB [ARGUMENT]...\n\n", to);
	for (i = 0; i < ARRAY_SIZE(verbs); i++) {
		int width = fprintf(to, "  %s%s", verbs[i].words, verbs[i].arguments);

		fprintf(to, "%*s%s\n", width < 30 ? 30 - width : 1, "", verbs[i].what);
	}
	fputc('\n', to);
	print_options(to, ~TEST);
	fputs("  --root DIR       look at the system below DIR (also S2MEMATTR_ROOT)\n"
	     "  --help, --version; \"VERB --help\" tells which options a verb has\n\n"
	     "FILE may be \"-\" for stdin. Exit codes: 0 done, 1 failed or refused, 2 wrong\n"
	     "command line, 3 the module is not loaded, or a selftest could not try everything.\n"
	     "More in s2memattr(8).\n", to);
}

static int print_all_help(void)
{
	print_help(stdout);
	return CLI_OK;
}

/* Print the usage of a verb; of a word that begins several verbs, that of all of them. */
static int print_help_of(int argc, char **argv)
{
	size_t len = strlen(argv[0]);
	bool found = false;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(verbs); i++) {
		const char *words = verbs[i].words;

		if (strncmp(words, argv[0], len) || (words[len] && words[len] != ' ') ||
		    (words[len] && argc > 1 && strcmp(words + len + 1, argv[1])))
			continue;
		printf("usage: %s %s%s\n  %s\n", S2M_MODULE, words, verbs[i].arguments,
		       verbs[i].what);
		print_options(stdout, verbs[i].options);
		found = true;
	}
	return found ? CLI_OK : print_all_help();
}

__printf(1, 2)
static int wrong_usage(const char *fmt, ...)
{
	va_list args;

	fputs(S2M_MODULE ": ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputs(" (see s2memattr --help)\n", stderr);
	return CLI_USAGE;
}

/* Does a verb of one or two words begin the arguments? Counts them. */
static int words_match(const char *words, int argc, char **argv)
{
	const char *second = strchr(words, ' ');
	size_t first = second ? (size_t)(second - words) : strlen(words);

	if (argc < 1 || strlen(argv[0]) != first || strncmp(argv[0], words, first))
		return 0;
	if (!second)
		return 1;
	return argc > 1 && !strcmp(argv[1], second + 1) ? 2 : 0;
}

static const struct verb *find_verb(int argc, char **argv, int *words)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(verbs); i++) {
		*words = words_match(verbs[i].words, argc, argv);
		if (*words)
			return &verbs[i];
	}
	return NULL;
}

static bool number(const char *text, unsigned long max, unsigned long *value)
{
	char *end;

	errno = 0;
	*value = strtoul(text, &end, 10);
	return !errno && *text >= '0' && *text <= '9' && !*end && *value && *value <= max;
}

/* Pages of the guest; a larger page of the host's is another matter. */
static int take_offset(void)
{
	char *end;

	errno = 0;
	cli.offset = strtoull(optarg, &end, 0);
	if (errno || *optarg < '0' || *optarg > '9' || *end || cli.offset % 4096)
		return wrong_usage("--offset %s: not a multiple of 4096", optarg);
	return CLI_OK;
}

/* One option; returns its bit through @used, or an exit code. */
static int take_option(int letter, unsigned int *used)
{
	unsigned long value;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(option_bits); i++)
		if (option_bits[i].letter == letter)
			*used |= option_bits[i].bit;
	switch (letter) {
	case 'j':
		cli.json = true;
		break;
	case 'f':
		cli.file = optarg;
		break;
	case 'p':
		if (!number(optarg, S2M_MAX_PID, &value))
			return wrong_usage("--pid %s: not the number of a process", optarg);
		cli.pid = (u32)value;
		break;
	case 'n':
		if (!number(optarg, 1000000000, &cli.count))
			return wrong_usage("--count %s: not a number from 1 on", optarg);
		break;
	case 'd':
		if (!*optarg)
			return wrong_usage("--device is empty");
		cli.device = optarg;
		break;
	case 'b':
		if (strlen(optarg) != 1 || *optarg < '0' || *optarg > '5')
			return wrong_usage("--bar %s: not 0 to 5", optarg);
		cli.bar = *optarg - '0';
		break;
	case 'o':
		return take_offset();
	case 'w':
		cli.write = true;
		break;
	case 'B':
		cli.bench = true;
		break;
	case 'S':
		cli.svg = optarg;
		break;
	case 'r':
		cli.report = true;
		break;
	case 'e':
		cli.emulate = true;
		break;
	case 'N':
		cli.no_iommu = true;
		break;
	case 's':
		cli.side_effects = true;
		break;
	case 'R':
		/* Not the running system: an empty word says nothing. */
		if (!*optarg)
			return wrong_usage("--root is empty");
		cli.root = optarg;
		break;
	default:
		return wrong_usage("options are not understood");
	}
	return CLI_OK;
}

static int check_options(const struct verb *verb, unsigned int used)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(option_bits); i++)
		if (used & ~verb->options & option_bits[i].bit)
			return wrong_usage("%s: takes no %.*s", verb->words,
					   (int)strcspn(option_bits[i].name, " "),
					   option_bits[i].name);
	if (used & BAR && !(used & DEVICE))
		return wrong_usage("--bar needs --device");
	if (used & OFFSET && !(used & BAR))
		return wrong_usage("--offset needs --bar");
	if (used & BENCH && !(used & WRITE))
		return wrong_usage("--bench needs --write: it stores to the BAR");
	if (used & SVG && !(used & BENCH))
		return wrong_usage("--svg needs --bench");
	return CLI_OK;
}

/* A root that is not there would look like a system without the module. */
static int check_root(void)
{
	struct stat status;

	if (!*cli.root || (!stat(cli.root, &status) && S_ISDIR(status.st_mode)))
		return CLI_OK;
	return wrong_usage("--root %s: no such directory", cli.root);
}

/* An empty word says nothing: a variable of some script that was not set, mostly. */
static int check_words(int argc, char **argv)
{
	int i;

	for (i = 0; i < argc; i++)
		if (!*argv[i])
			return wrong_usage("argument %d is empty", i + 1);
	return CLI_OK;
}

/* Complain about a word that is no verb, with the words that may follow it if there are any. */
static int no_verb(int argc, char **argv)
{
	size_t len = strlen(argv[0]), used = 0;
	char following[128] = "";
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(verbs); i++)
		if (!strncmp(verbs[i].words, argv[0], len) && verbs[i].words[len] == ' ')
			used += (size_t)snprintf(following + used, sizeof(following) - used, "%s%s",
						 used ? ", " : "", verbs[i].words + len + 1);
	if (!*following)
		return wrong_usage("\"%s\" is no verb", argv[0]);
	return wrong_usage("\"%s%s%s\" is no verb: after %s comes one of %s", argv[0],
			   argc > 1 ? " " : "", argc > 1 ? argv[1] : "", argv[0], following);
}

static int run_verb(int argc, char **argv, unsigned int used)
{
	const struct verb *verb;
	int words, err;

	if (!argc) {
		print_help(stderr);
		return CLI_USAGE;
	}
	err = check_words(argc, argv);
	if (!err)
		err = check_root();
	if (err)
		return err;
	verb = find_verb(argc, argv, &words);
	if (!verb)
		return no_verb(argc, argv);
	argc -= words;
	argv += words;
	if (argc < verb->min || argc > verb->max)
		return wrong_usage("usage: %s %s%s", S2M_MODULE, verb->words, verb->arguments);
	err = check_options(verb, used);
	return err ? err : verb->run(argv);
}

/*
 * Standard files that are closed would be the first ones opened, and what is printed
 * would go into a lock or a file of the module. In their place one that cannot be
 * used as they are, so that what was not said is an error still.
 */
static void keep_numbers(void)
{
	int fd;

	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

/* An answer that could not be written to stdout is a failure. */
static int finish(int err)
{
	if (fflush(stdout) || ferror(stdout))
		return cli_fail("cannot write: %s", strerror(errno));
	return err;
}

/* Options of rehearse are its own, and none of these. */
static bool is_rehearse(int argc, char **argv)
{
	return argc > 1 && !strcmp(argv[1], "rehearse");
}

int main(int argc, char **argv)
{
	const char *root = getenv("S2MEMATTR_ROOT");
	unsigned int used = 0;
	bool help = false;
	int letter, err;

	keep_numbers();
	if (is_rehearse(argc, argv))
		return cli_rehearse(argv + 2);
	if (root)
		cli.root = root;
	/* What getopt complains under. */
	if (argc)
		argv[0] = S2M_MODULE;
	while ((letter = getopt_long(argc, argv, "hV", long_options, NULL)) >= 0) {
		if (letter == 'h') {
			help = true;
			continue;
		}
		if (letter == 'V') {
			puts(S2M_MODULE " " CLI_VERSION);
			return finish(CLI_OK);
		}
		if (letter == '?')
			return CLI_USAGE;
		err = take_option(letter, &used);
		if (err)
			return err;
	}
	if (help && optind < argc)
		err = print_help_of(argc - optind, argv + optind);
	else if (help)
		err = print_all_help();
	else
		err = run_verb(argc - optind, argv + optind, used);
	return finish(err);
}
