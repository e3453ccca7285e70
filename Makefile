# SPDX-License-Identifier: GPL-2.0-only
#
# For people. The kernel's build reads Kbuild instead; no target here looks at
# KERNELRELEASE, so DKMS may set it.

KDIR ?= /lib/modules/$(shell uname -r)/build

all: module

module:
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules

cli:
	$(MAKE) -C src/cli O=$(CURDIR)/build

install-cli:
	$(MAKE) -C src/cli O=$(CURDIR)/build install

demo:
	@scripts/demo

test:
	@scripts/test

clean:
	$(RM) -r build
	$(MAKE) -C $(KDIR) M=$(CURDIR) clean

help:
	@echo 'make              the module for the running kernel (KDIR=... for another)'
	@echo 'make cli          the command line tool, build/s2memattr'
	@echo 'make demo         see it work: stock kernels under emulation, about a minute'
	@echo 'make test         all tests, under emulation'
	@echo 'make clean        remove what make built'

.PHONY: all module cli install-cli demo test clean help
