# SPDX-License-Identifier: GPL-2.0-only
#
# make install and uninstall, and what packages take from here. Every file that
# is installed stands once in this file; DESTDIR is a tree that is not running,
# where nothing is set off.

SYSCONFDIR ?= /etc
SBINDIR ?= $(PREFIX)/sbin
LIBEXECDIR ?= $(PREFIX)/libexec
STATEDIR ?= /var/lib/s2memattr
UNITDIR ?= $(PREFIX)/lib/systemd/system
MANDIR ?= $(PREFIX)/share/man
DOCDIR ?= $(PREFIX)/share/doc/s2memattr
SOURCEDIR ?= /usr/src

version := $(shell sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)
dkms_source := $(SOURCEDIR)/s2memattr-$(version)
dkms_files = $(sort dkms.conf scripts/not-rehearsed $(shell find Kbuild include src/core src/module scripts/probes \
	-path src/core/tool -prune -o -name '*.[ch]' -print -o -name 'Kbuild*' -print))

units := $(patsubst boot/%.in,%,$(wildcard boot/*.service.in)) s2memattr-metrics.timer
COMPLETIONDIR ?= $(PREFIX)/share/bash-completion/completions
documents := $(sort $(wildcard docs/*.md))
monitoring := $(sort $(wildcard docs/monitoring/*.yml docs/monitoring/*.json))
conf := $(SYSCONFDIR)/s2memattr.conf
examples := boot/modprobe.conf boot/modules-load.conf $(sort $(wildcard conf/*.conf))

# Debian's kernel.release says something else.
release = $(shell sed -n 's/.*UTS_RELEASE "\(.*\)".*/\1/p' $(KDIR)/include/generated/utsrelease.h)

install: install-module install-cli install-boot install-man install-rehearse

uninstall: uninstall-module uninstall-cli uninstall-boot uninstall-man uninstall-rehearse

# First of all: stopped, the service gives back what it has changed, for which it
# needs the tool. While a VM has something to lose, nothing is uninstalled.
stop-service:
	$(if $(DESTDIR),,! [ -x $(SBINDIR)/s2memattr ] || $(SBINDIR)/s2memattr config release)
	$(if $(DESTDIR),,-systemctl disable s2memattr-required.service)
	$(if $(DESTDIR),,-systemctl disable --now s2memattr-rehearse.path s2memattr-metrics.timer s2memattr.service)

uninstall-module uninstall-cli uninstall-boot uninstall-rehearse: stop-service

# Directories that are of use to others stay, and so do those with something in them.
remove_empty = rmdir --ignore-fail-on-non-empty $(addprefix $(DESTDIR),$(1)) 2>/dev/null || :

install-module: module
	$(MAKE) -C $(KDIR) M=$(CURDIR) INSTALL_MOD_PATH=$(DESTDIR) INSTALL_MOD_DIR=updates modules_install
	$(if $(DESTDIR),,depmod $(release))

uninstall-module:
	$(RM) $(DESTDIR)/lib/modules/$(release)/updates/s2memattr.ko*
	@$(call remove_empty,/lib/modules/$(release)/updates)
	$(if $(DESTDIR),,depmod $(release))

install-cli: cli
	install -D -m 755 build/s2memattr $(DESTDIR)$(SBINDIR)/s2memattr
	$(MAKE) install-vm

# The VM of "s2memattr selftest", which looks for it in ../libexec; built for arm64 only.
install-vm:
	! [ -e build/s2memattr-vm ] || \
		install -D -m 755 build/s2memattr-vm $(DESTDIR)$(LIBEXECDIR)/s2memattr-vm

uninstall-cli:
	$(RM) $(DESTDIR)$(SBINDIR)/s2memattr $(DESTDIR)$(LIBEXECDIR)/s2memattr-vm
	@$(call remove_empty,$(LIBEXECDIR))

# A configuration that is there already is the administrator's.
install-boot:
	install -d $(DESTDIR)$(SYSCONFDIR) $(DESTDIR)$(UNITDIR) $(DESTDIR)$(DOCDIR)/examples
	install -d $(DESTDIR)$(DOCDIR)/monitoring
	[ -e $(DESTDIR)$(conf) ] || install -m 644 boot/s2memattr.conf $(DESTDIR)$(conf)
	for unit in $(units); do \
		if [ -e boot/$$unit ]; then cat boot/$$unit; \
		else sed 's,@sbindir@,$(SBINDIR),' boot/$$unit.in; fi \
			>$(DESTDIR)$(UNITDIR)/$$unit && chmod 644 $(DESTDIR)$(UNITDIR)/$$unit || exit; \
	done
	install -m 644 $(examples) $(DESTDIR)$(DOCDIR)/examples
	install -m 755 boot/libvirt-hook $(DESTDIR)$(DOCDIR)/examples
	install -m 644 $(documents) $(DESTDIR)$(DOCDIR)
	install -m 644 $(monitoring) $(DESTDIR)$(DOCDIR)/monitoring
	install -D -m 644 boot/bash-completion $(DESTDIR)$(COMPLETIONDIR)/s2memattr
	$(if $(DESTDIR),,-systemctl daemon-reload)

uninstall-boot:
	! cmp -s boot/s2memattr.conf $(DESTDIR)$(conf) || $(RM) $(DESTDIR)$(conf)
	$(RM) $(addprefix $(DESTDIR)$(UNITDIR)/,$(units)) $(DESTDIR)$(COMPLETIONDIR)/s2memattr
	$(RM) -r $(DESTDIR)$(DOCDIR)
	$(if $(DESTDIR),,$(RM) -r /run/s2memattr)
	@$(call remove_empty,$(UNITDIR) $(dir $(UNITDIR)) $(dir $(DOCDIR)))
	@$(call remove_empty,$(COMPLETIONDIR) $(dir $(COMPLETIONDIR)))
	$(if $(DESTDIR),,-systemctl daemon-reload)
	@[ ! -e $(DESTDIR)$(conf) ] || echo "$(DESTDIR)$(conf) has been changed and is kept"

man_pages := $(wildcard docs/man/*.[1-8])
man_of = $(DESTDIR)$(MANDIR)/man$(patsubst .%,%,$(suffix $(1)))/$(notdir $(1))

install-man:
	$(foreach page,$(man_pages),install -D -m 644 $(page) $(call man_of,$(page)) &&) :

uninstall-man:
	$(RM) $(foreach page,$(man_pages),$(call man_of,$(page)))
	@$(call remove_empty,$(foreach page,$(man_pages),$(MANDIR)/man$(patsubst .%,%,$(suffix $(page)))))

rehearse := $(LIBEXECDIR)/s2memattr/rehearse
rehearse_files := $(filter-out %/__main__.py,$(sort $(wildcard src/rehearse/*.py)))
rehearse_units := $(patsubst %.in,%,$(notdir $(wildcard boot/rehearse/*)))

install-rehearse: cli
	install -D -m 755 src/rehearse/__main__.py $(DESTDIR)$(rehearse)/__main__.py
	install -m 644 $(rehearse_files) $(DESTDIR)$(rehearse)
	install -m 755 src/rehearse/init build/rehearse-text $(DESTDIR)$(rehearse)
	install -d $(DESTDIR)$(STATEDIR)/to-rehearse $(DESTDIR)$(STATEDIR)/rehearsed $(DESTDIR)$(UNITDIR)
	sed 's,@sbindir@,$(SBINDIR),' boot/rehearse/s2memattr-rehearse.service.in \
		>$(DESTDIR)$(UNITDIR)/s2memattr-rehearse.service
	install -m 644 boot/rehearse/s2memattr-rehearse.path $(DESTDIR)$(UNITDIR)
	chmod 644 $(DESTDIR)$(UNITDIR)/s2memattr-rehearse.service
	$(if $(DESTDIR),,-systemctl daemon-reload)

# What was found out about kernels goes with what has found it out.
uninstall-rehearse:
	$(RM) -r $(DESTDIR)$(rehearse) $(DESTDIR)$(STATEDIR)/to-rehearse $(DESTDIR)$(STATEDIR)/rehearsed
	$(RM) $(addprefix $(DESTDIR)$(UNITDIR)/,$(rehearse_units))
	@$(call remove_empty,$(LIBEXECDIR)/s2memattr $(LIBEXECDIR) $(STATEDIR) $(UNITDIR) $(dir $(UNITDIR)))
	$(if $(DESTDIR),,-systemctl daemon-reload)

# Where DKMS looks for it: all that the kernel's build reads, and nothing else.
install-source:
	for file in $(dkms_files); do \
		mode=644; [ ! -x $$file ] || mode=755; \
		install -D -m $$mode $$file $(DESTDIR)$(dkms_source)/$$file || exit; \
	done

uninstall-source:
	$(RM) -r $(DESTDIR)$(dkms_source)

.PHONY: install uninstall stop-service install-module uninstall-module install-cli install-vm uninstall-cli \
	install-rehearse uninstall-rehearse install-boot uninstall-boot install-man uninstall-man \
	install-source uninstall-source
