// SPDX-License-Identifier: GPL-2.0-only
/*
 * selftest --bench: what the types are worth to a guest, in time that its stores and loads
 * take.
 *
 * A run is of so many pieces that it lasts a millisecond or more: the counter that it is
 * measured by may tick as seldom as 25 times a microsecond.
 */
#include <inttypes.h>
#include <string.h>

#include "platform.h"
#include "selftest.h"

#define RUNS		31
#define RUNS_PER_SECOND	1000

/* Columns: the types; and, for unaligned accesses, the same but emulated for Device. */
static const enum s2m_type types[] = { S2M_DEVICE_NGNRE, S2M_DEVICE_GRE, S2M_NORMAL_NC };

/* Rows. */
struct row {
	const char *map;	/* how the guest's driver has mapped it */
	const char *window;	/* the VM's word for that */
	const char *access;
	unsigned int piece;
	unsigned int shift;	/* away from a multiple of 8 */
};

#define EACH_PIECE(map, window, access) \
	{ map, window, access, 8, 0 }, { map, window, access, 64, 0 }, \
	{ map, window, access, 4096, 0 }

static const struct row rows[] = {
	EACH_PIECE("device", "nGnRE", "store"),
	EACH_PIECE("device", "nGnRE", "load"),
	EACH_PIECE("write-combining", "nc", "store"),
	EACH_PIECE("write-combining", "nc", "load"),
	{ "write-combining", "nc", "store", 8, 1 },
	{ "write-combining", "nc", "store", 64, 1 },
	{ "write-combining", "nc", "store", 4088, 1 },
	{ "write-combining", "nc", "load", 8, 1 },
	{ "write-combining", "nc", "load", 64, 1 },
	{ "write-combining", "nc", "load", 4088, 1 },
};

/* One run, in nanoseconds a piece; 0 if it does not work, with the reason in @answer. */
static double run_once(struct cli_test *test, const struct row *row, u64 count, double *seconds,
		       char *answer)
{
	uint64_t ticks, hz, faults;

	if (!cli_vm_ask(&test->vm, answer, "stream 0 %s %llx %s %x %llu", row->window,
			(unsigned long long)cli_test_place() + row->shift,
			row->access, row->piece, (unsigned long long)count))
		return 0;
	if (sscanf(answer, "%" SCNu64 " %" SCNu64 " %" SCNu64, &ticks, &hz, &faults) != 3 || !hz)
		return 0;
	if (faults) {
		strcpy(answer, "faults");
		return 0;
	}
	/* At least half a tick. */
	*seconds = (ticks ? (double)ticks : 0.5) / (double)hz;
	return *seconds / (double)count * 1e9;
}

static int ascending(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* The median of all runs, or 0. */
static double measure(struct cli_test *test, const struct row *row, char *answer)
{
	double ns[RUNS], seconds;
	u64 count = 1;
	int i;

	/* The first fills the TLB. */
	do {
		if (run_once(test, row, count, &seconds, answer) == 0)
			return 0;
		count *= 2;
	} while (seconds < 1.0 / RUNS_PER_SECOND && count < 1u << 24);
	for (i = 0; i < RUNS; i++) {
		ns[i] = run_once(test, row, count, &seconds, answer);
		if (ns[i] == 0)
			return 0;
	}
	qsort(ns, RUNS, sizeof(ns[0]), ascending);
	return ns[RUNS / 2];
}

static void measure_row(struct cli_test *test, const struct row *row, enum s2m_type type,
			json_t *cells)
{
	char answer[CLI_VM_ANSWER] = "";
	double ns = measure(test, row, answer);
	json_t *cell;

	cell = json_pack("{s:s, s:s, s:i, s:b, s:s, s:b}", "guest_map", row->map, "access",
			 row->access, "bytes", (int)row->piece, "unaligned", (int)!!row->shift,
			 "type", s2m_type_word(type), "emulated",
			 row->shift && type != S2M_NORMAL_NC);
	if (ns > 0)
		json_object_set_new(cell, "ns", json_real(ns));
	else
		json_object_set_new(cell, "why_not", cli_json_text(answer));
	json_array_append_new(cells, cell);
}

/* Unaligned accesses to Device work where they are carried out only. */
static bool makes_sense(const struct row *row, enum s2m_type type, bool emulates)
{
	return !row->shift || type == S2M_NORMAL_NC || (type == S2M_DEVICE_NGNRE && emulates);
}

static void measure_type(struct cli_test *test, enum s2m_type type, bool emulates, json_t *cells)
{
	unsigned int i;
	char *why;

	if (!cli_test_give(test, type, &why)) {
		if (s2m_erratum_against(cli_errata_in_force(), type))
			cli_untried(test, "bench", "%s: %s", s2m_type_word(type), why);
		else
			cli_wrong(test, "bench", "%s: %s", s2m_type_word(type), why);
		free(why);
		return;
	}
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		if (makes_sense(&rows[i], type, emulates))
			measure_row(test, &rows[i], type, cells);
}

void cli_test_bench(struct cli_test *test)
{
	bool emulates = test->emulates;
	json_t *cells = json_array();
	unsigned int i;
	char *why = NULL;

	if ((!test->holder || cli.emulate) && !emulates)
		emulates = cli_test_unaligned(test, true, &why);
	free(why);
	if (!emulates)
		cli_untried(test, "bench", "emulation: \"emulate\" would be every VM's; --emulate changes it for a moment");
	for (i = 0; i < ARRAY_SIZE(types); i++)
		measure_type(test, types[i], emulates, cells);
	why = NULL;
	if (emulates != test->emulates && !cli_test_unaligned(test, test->emulates, &why))
		cli_wrong(test, "unaligned", "not put back: %s", why ? why : "?");
	free(why);
	test->bench = json_pack("{s:i, s:o}", "runs", RUNS, "cells", cells);
	cli_shown(test, "bench", "%zu medians of %d runs each", json_array_size(cells), RUNS);
}

/* --- the table ------------------------------------------------------------- */

static const json_t *cell_of(const json_t *bench, const struct row *row, enum s2m_type type)
{
	json_t *cells = json_object_get(bench, "cells"), *cell;
	size_t i;

	json_array_foreach(cells, i, cell)
		if (!strcmp(cli_text_of(cell, "guest_map", ""), row->map) &&
		    !strcmp(cli_text_of(cell, "access", ""), row->access) &&
		    cli_number_of(cell, "bytes") == row->piece &&
		    json_is_true(json_object_get(cell, "unaligned")) == !!row->shift &&
		    !strcmp(cli_text_of(cell, "type", ""), s2m_type_word(type)))
			return cell;
	return NULL;
}

static double ns_of(const json_t *bench, const struct row *row, enum s2m_type type)
{
	return json_real_value(json_object_get(cell_of(bench, row, type), "ns"));
}

/* "12.3 ns  4.1x": so many times faster than under device-nGnRE. */
static void print_cell(const json_t *bench, const struct row *row, enum s2m_type type)
{
	double ns = ns_of(bench, row, type), first = ns_of(bench, row, types[0]);
	char text[32];

	if (ns <= 0) {
		printf(" %20s", cell_of(bench, row, type) ? "faults" : "-");
		return;
	}
	if (first > 0 && type != types[0])
		snprintf(text, sizeof(text), "%.1f %6.2fx", ns, first / ns);
	else
		snprintf(text, sizeof(text), "%.1f        ", ns);
	printf(" %20s", text);
}

void cli_bench_print(const json_t *bench)
{
	unsigned int i, j;

	printf("\n%snanoseconds for a piece; how many times faster than under device-nGnRE%s\n",
	       cli_color(CLI_STRONG), cli_plain());
	printf("%-34s", "GUEST'S MAPPING   ACCESS");
	for (j = 0; j < ARRAY_SIZE(types); j++)
		printf(" %20s", s2m_type_word(types[j]));
	putchar('\n');
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		printf("%-17s %-5s %4u B%s", rows[i].map, rows[i].access, rows[i].piece,
		       rows[i].shift ? " odd " : "     ");
		for (j = 0; j < ARRAY_SIZE(types); j++)
			print_cell(bench, &rows[i], types[j]);
		putchar('\n');
	}
	puts("Pieces are written or read in 8 bytes at a time, each ends with DMB OSHST or OSHLD. \"odd\" are\n"
	     "unaligned, which Device memory does not take: there device-nGnRE is the module's emulation.\n"
	     "Not measured: when a store reaches the device, what the device makes of it, DMA, other\n"
	     "widths, several CPUs at once, and what else a driver does.");
}

/* --- the picture ----------------------------------------------------------- */

#define LEFT		210
#define WIDTH		420
#define ROW_HEIGHT	46
#define BAR_HEIGHT	12

static double longest(const json_t *bench, const struct row *row)
{
	double most = 0;
	unsigned int j;

	for (j = 0; j < ARRAY_SIZE(types); j++)
		if (ns_of(bench, row, types[j]) > most)
			most = ns_of(bench, row, types[j]);
	return most;
}

/* Bars of a row against the longest of that row: rows differ by orders of magnitude. */
static void draw_row(FILE *to, const json_t *bench, unsigned int i)
{
	static const char * const colors[] = { "#b04a3a", "#d0a030", "#3a7a50" };
	const struct row *row = &rows[i];
	double most = longest(bench, row);
	unsigned int j, top = 60 + i * ROW_HEIGHT;

	fprintf(to, "<text x=\"%d\" y=\"%u\" text-anchor=\"end\">%s, %s %u B%s</text>\n", LEFT - 10,
		top + 22, row->map, row->access, row->piece, row->shift ? ", odd" : "");
	for (j = 0; j < ARRAY_SIZE(types); j++) {
		double ns = ns_of(bench, row, types[j]);
		unsigned int y = top + j * BAR_HEIGHT;

		if (ns <= 0)
			continue;
		fprintf(to, "<rect x=\"%d\" y=\"%u\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>\n", LEFT,
			y, ns / most * WIDTH, BAR_HEIGHT - 2, colors[j]);
		fprintf(to, "<text x=\"%.1f\" y=\"%u\" font-size=\"10\">%.1f ns%s</text>\n",
			LEFT + ns / most * WIDTH + 5, y + 9, ns,
			row->shift && types[j] != S2M_NORMAL_NC ? ", emulated" : "");
	}
}

int cli_bench_draw(const json_t *bench, const char *name)
{
	unsigned int i, height = 80 + ARRAY_SIZE(rows) * ROW_HEIGHT;
	FILE *to = fopen(name, "we");
	bool bad;

	if (!to)
		return cli_fail("%s: %s", name, strerror(errno));
	fprintf(to, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"760\" height=\"%u\" font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"760\" height=\"%u\" fill=\"white\"/>\n",
		height, height);
	fputs("<text x=\"20\" y=\"24\" font-size=\"14\">Time for a piece in a guest, by the stage-2 type</text>\n"
	      "<text x=\"20\" y=\"44\"><tspan fill=\"#b04a3a\">device-nGnRE</tspan> <tspan fill=\"#d0a030\">device-GRE</tspan> <tspan fill=\"#3a7a50\">normal-nc</tspan>; each row has a scale of its own</text>\n",
	      to);
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		if (longest(bench, &rows[i]) > 0)
			draw_row(to, bench, i);
	fputs("</svg>\n", to);
	bad = ferror(to);
	if (fclose(to) || bad)
		return cli_fail("%s: %s", name, strerror(errno));
	return CLI_OK;
}
