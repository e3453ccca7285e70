// SPDX-License-Identifier: GPL-2.0-only
/* The PL011 of QEMU's virt machine: it needs no setup to transmit. */
#include "uart.h"

#define UART_DR	((volatile uint32_t *)0x09000000)

void puts_(const char *s)
{
	while (*s)
		*UART_DR = *s++;
}

void puthex(uint64_t v)
{
	int shift = 60;

	puts_("0x");
	while (shift > 4 && !(v >> shift))
		shift -= 4;
	for (; shift >= 0; shift -= 4)
		*UART_DR = "0123456789abcdef"[v >> shift & 0xf];
}
