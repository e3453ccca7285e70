# SPDX-License-Identifier: GPL-2.0-only
#
# For people. The kernel's build reads Kbuild instead; no target here looks at
# KERNELRELEASE, so DKMS may set it.

KDIR ?= /lib/modules/$(shell uname -r)/build

all: module

module:
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules

demo:
	@scripts/demo

test:
	@scripts/test

clean:
	$(MAKE) -C $(KDIR) M=$(CURDIR) clean

help:
	@echo 'make              the module for the running kernel (KDIR=... for another)'
	@echo 'make demo         see it work: stock kernels under emulation, about a minute'
	@echo 'make test         all tests, under emulation'
	@echo 'make clean        remove what make built'

.PHONY: all module demo test clean help
