# SPDX-License-Identifier: GPL-2.0-only
#
# For people. The kernel's build reads Kbuild instead; no target here looks at
# KERNELRELEASE, so DKMS may set it.

KDIR ?= /lib/modules/$(shell uname -r)/build
PREFIX ?= /usr/local

all: module cli

module:
	@scripts/probes/fits "$(KDIR)" "$(CURDIR)" $(MAKE) -C "$(KDIR)" M="$(CURDIR)" modules

.PHONY: probes
# What this kernel looks like to the module: belongs into a report that it does not build.
probes:
	@$(RM) probes.txt
	@scripts/probes/fits "$(KDIR)" "$(CURDIR)" \
		$(MAKE) -s -C "$(KDIR)" M="$(CURDIR)" S2M_ONLY=probes.txt modules >/dev/null
	@cat probes.txt

cli:
	$(MAKE) -C src/cli O=$(CURDIR)/build
	$(MAKE) -C src/rehearse O=$(CURDIR)/build

include packaging/install.mk

demo:
	@scripts/demo

test:
	@scripts/test

bench:
	@scripts/bench

test-full:
	@scripts/test --full

coverage:
	@scripts/coverage

# The table of kernels in docs/kernels.md, from the last runs of the tests.
matrix:
	python3 scripts/lab/matrix.py docs/kernels.md $(wildcard $(or $(S2M_CACHE),$(HOME)/.cache/s2memattr)/matrix/*)

# Needs graphviz.
pictures: $(patsubst %.dot,%.svg,$(wildcard docs/pictures/*.dot))

docs/pictures/%.svg: docs/pictures/%.dot
	dot -Tsvg -o $@ $<

# What git has of this state, as a release and the RPM's build have it.
dist:
	scripts/release --archive

clean:
	$(RM) -r build
	$(MAKE) -C $(KDIR) M=$(CURDIR) clean

help:
	@echo 'make              the module for the running kernel (KDIR=... for another), and the tool'
	@echo 'make cli          the command line tool, build/s2memattr'
	@echo 'make probes       what the kernel of KDIR looks like to the module: for reports'
	@echo 'make install      both, and what boots with them; PREFIX=/usr/local, DESTDIR='
	@echo 'make uninstall    takes all of that away again'
	@echo 'make dist         an archive of the source, as it is committed'
	@echo 'make demo         see it work: stock kernels under emulation, about a minute'
	@echo 'make test         all tests, under emulation'
	@echo 'make test-full    the same, and what takes longer than half an hour'
	@echo 'make coverage     which lines and branches of core and tool the tests reach'
	@echo 'make bench        what it costs, in instructions, under emulation'
	@echo 'make clean        remove what make built'

.PHONY: all module cli dist demo test test-full coverage matrix bench pictures clean help
