// SPDX-License-Identifier: GPL-2.0-only
#include <s2memattr/rule.h>

#include "proofs.h"

/* A text of @head and then @more bytes of any kind, read as a table. */
static void read(const char *head, size_t more)
{
	size_t n = strlen(head), i;
	struct s2m_table *table = NULL;
	struct s2m_text_error error;
	char *text = any_text(n + more);
	int err;

	for (i = 0; i < n; i++)
		text[i] = head[i];
	err = s2m_table_parse(text, n + more, &table, &error);
	prove(err == 0 || err == -EINVAL || err == -ENOMEM);
	prove((err == 0) == (table != NULL));
}

void bar(void)
{
	read("native bar=", 2);
}
