/* SPDX-License-Identifier: GPL-2.0-only */
/* Output. */
#ifndef UART_H
#define UART_H

#include <stdint.h>

void puts_(const char *s);
void puthex(uint64_t v);

#endif
