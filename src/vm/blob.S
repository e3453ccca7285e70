/* SPDX-License-Identifier: GPL-2.0-only */
/* The guest payload, carried inside the VMM: one static file to copy. */
	.section .rodata
	.global	payload_image, payload_image_end
	.balign	16
payload_image:
	.incbin	"payload.bin"
payload_image_end:
	.section .note.GNU-stack, "", %progbits
