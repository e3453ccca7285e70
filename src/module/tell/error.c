// SPDX-License-Identifier: GPL-2.0-only
/*
 * The sentence in last_error. One for the whole module: writes are few, and who reads it
 * has just written.
 */
#include <linux/kernel.h>
#include <linux/mutex.h>
#include <linux/string.h>
#include <s2memattr/abi.h>

#include "tell/error.h"

static DEFINE_MUTEX(error_lock);
static char sentence[S2M_ERROR_MAX] = S2M_NO_ERROR;

void s2m_error_set(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	mutex_lock(&error_lock);
	vscnprintf(sentence, sizeof(sentence), format, args);
	mutex_unlock(&error_lock);
	va_end(args);
}

void s2m_error_clear(void)
{
	s2m_error_set(S2M_NO_ERROR);
}

void s2m_error_get(char to[S2M_ERROR_MAX])
{
	mutex_lock(&error_lock);
	strscpy(to, sentence, S2M_ERROR_MAX);
	mutex_unlock(&error_lock);
}
