# SPDX-License-Identifier: GPL-2.0-only
#
# The front door. What is built of which sources is in Kbuild.
#
# KVER=6.1.0-50-686-pae picks a kernel by its release, KDIR=/path its build
# directory; KERNELRELEASE, which DKMS sets, does what KVER does. The default
# is the running kernel where that is a 686-pae one, as on a 32-bit machine,
# else the newest installed 686-pae headers. KERNEL=7.2 is a kernel for tests, which
# scripts/build/kernel makes; modules for it are built in build/kernel-7.2.

# kbuild takes the name of a directory apart at its blanks and colons.
ifneq ($(words $(subst :, ,$(CURDIR))),1)
$(error annex cannot be built in "$(CURDIR)": kbuild knows no names with a blank or a colon, move it to another directory)
endif

ARCH ?= i386
release := $(or $(KVER),$(KERNELRELEASE),$(shell . scripts/lib.sh && kernel_release))
# Only from the command line: an environment may have such a variable for something else.
ifneq ($(origin KERNEL),command line)
override KERNEL :=
endif
ifeq ($(KERNEL),6.1)
override KERNEL :=
endif
kernel-goals = all modules bench bench-blk bench-smp blk-load guest-test kunit power-cut shell torture
ifneq ($(if $(KERNEL),$(filter-out $(kernel-goals),$(MAKECMDGOALS))),)
$(error KERNEL= is for $(kernel-goals), and not for $(MAKECMDGOALS))
endif

ifneq ($(KERNEL),)
KDIR := $(shell KERNEL=$(KERNEL) && . scripts/lib.sh && kernel_dir)
objects = $(CURDIR)/build/kernel-$(KERNEL)
annex-setup-done = 1
else
KDIR ?= /lib/modules/$(release)/build
objects = $(CURDIR)
endif

# As wide as the machine, unless our caller has said how wide. Recipes that use
# kbuild begin with a +, for make does not see that it is a make.
jobs = $(if $(filter -j% --jobserver%,$(MAKEFLAGS)),,-j$(shell nproc))
kbuild = $(MAKE) $(jobs) -C $(KDIR) M=$(objects) ARCH=$(ARCH) $(if $(KERNEL),ANNEX_ANY_KERNEL=1)

# A guest needs an image of the release that its modules are built for, and
# the module that drives annex there.
guest-modules = $(MAKE) modules CONFIG_ANNEX_EXERCISE=m CONFIG_ANNEX_BENCH=m \
	CONFIG_ANNEX_TORTURE=m \
	$(if $(KVER)$(KERNELRELEASE)$(KERNEL),,KVER=$$(. scripts/lib.sh && guest_release))

MAKEFLAGS += --no-print-directory

.PHONY: all modules modules_install clean help
.PHONY: bench bench-blk bench-smp blk-load demo shell guest-test power-cut torture tour kunit kunit-um kunit-kcsan
.PHONY: guest-test-7.2 check-kernels lint check fuzz coverage mutants deb docs dkms-test script-test

all: modules

ifneq ($(wildcard $(KDIR)/Makefile),)
modules:
	$(if $(KERNEL),@scripts/build/kernel --links $(KERNEL))
	+$(kbuild) modules
else
# Once: an explicit KDIR that does not exist is not something to install.
modules:
	@$(if $(annex-setup-done),echo "$(KDIR) has no Makefile$(if $(KERNEL),: scripts/build/setup kernel-$(KERNEL) makes it)" >&2; exit 1,scripts/build/setup build)
	@$(MAKE) modules annex-setup-done=1
endif

# Debian's headers have neither the key that the kernel's own modules are signed
# with nor a System.map, without which depmod is left out there.
modules_install: modules
	+$(kbuild) CONFIG_MODULE_SIG_ALL= modules_install
	PATH="$$PATH:/usr/sbin:/sbin" depmod $(if $(INSTALL_MOD_PATH),-b $(INSTALL_MOD_PATH)) \
		"$$(cut -d '"' -f 2 $(KDIR)/include/generated/utsrelease.h)"

# Without headers there is nothing of theirs to clean, and no reason to fail.
clean:
	+$(if $(wildcard $(KDIR)/Makefile),$(kbuild) clean)
	rm -rf build

# The scripts want to know it, and what else there has to be for it.
export KERNEL
kernel-setup = $(if $(KERNEL),kernel-$(KERNEL))

# What a target runs, where that is not the script of its name.
run-guest-test = scripts/test/guest-test $(GUESTS)
run-shell = scripts/test/guest $(addprefix --file ,$(addsuffix :/bin/,$(wildcard \
	$(addprefix scripts/tools/annex-,record top trace)))) $(GUEST_OPTIONS) --shell
run-bench-smp = scripts/test/bench --smp
run-power-cut = $(if $(ROUNDS),ROUNDS=$(ROUNDS)) $(if $(SEED),SEED=$(SEED)) scripts/test/power-cut
run-blk-load = scripts/test/blk-load $(if $(SECONDS),--seconds $(SECONDS)) $(GUESTS)
run-torture = scripts/test/torture $(if $(SECONDS),--seconds $(SECONDS)) \
	$(if $(CPUS),--cpus $(CPUS)) $(TORTURE_OPTIONS)

bench bench-blk bench-smp blk-load demo shell guest-test power-cut torture tour:
	@scripts/build/setup guest $(kernel-setup)
	@$(guest-modules)
	@$(or $(run-$@),scripts/test/$@)

# What make check runs on the newest kernel, and what takes longer.
guest-test-7.2:
	@$(MAKE) guest-test KERNEL=7.2 GUESTS='unmanaged map heap unplug torture'

check-kernels:
	@status=0; scripts/test/dkms-kernels || status=1; \
	for kernel in 6.12 7.2; do \
		for what in kunit guest-test torture; do \
			$(MAKE) $$what KERNEL=$$kernel || status=1; \
		done; \
	done; exit $$status

kunit kunit-um kunit-kcsan lint:
	@scripts/build/setup $@ $(kernel-setup)
	@scripts/test/$(if $(filter lint,$@),lint,kunit $@)

mutants:
	@scripts/build/setup kunit kunit-um
	@scripts/test/mutants $(MUTANTS)

# How long each program is run: SECONDS=600.
fuzz:
	@scripts/build/setup fuzz
	@FUZZ_SECONDS=$(or $(SECONDS),60) scripts/test/fuzz

script-test:
	@scripts/build/setup guest fuzz
	@scripts/test/script-test

coverage:
	@scripts/build/setup kunit kunit-um guest
	@scripts/test/coverage $(if $(MISSED),--missed)

deb docs:
	@scripts/build/setup $@
	@scripts/build/$@

dkms-test:
	@scripts/test/dkms-test

check:
	@MAKE="$(MAKE)" scripts/test/check

help:
	@echo 'make                  annex.ko, annex_blk.ko, annexfs.ko (and annex_kunit.ko, where the kernel has KUnit)'
	@echo 'make modules_install  installs them for the kernel they are built for'
	@echo 'make clean            removes what was built here; the cache stays'
	@echo 'make demo             boots a guest, loads annex and shows its pool; draws pictures'
	@echo 'make shell            a shell in such a guest'
	@echo 'make bench            instructions that annex and the host kernel take for the same'
	@echo 'make bench-blk        the same of annex_blk, brd and zram'
	@echo 'make bench-smp        time that they take on two CPUs at once'
	@echo 'make check            lint, script-test, fuzz, all of kunit, guest-test, power-cut and tour'
	@echo 'make lint             warnings, sparse, style, documentation, scripts'
	@echo 'make script-test      the scripts themselves, where the machine is slow or has no 32 bits'
	@echo 'make kunit            the KUnit suites on a PAE kernel'
	@echo 'make kunit-um         the suites that need no x86, on UML with KASAN'
	@echo 'make kunit-kcsan      the same on a 64-bit kernel that looks for data races'
	@echo 'make mutants          whether the suites find bugs that are planted; long'
	@echo 'make guest-test       the module on the stock kernel'
	@echo 'make power-cut        what an image of the memory has when writers are killed; ROUNDS=40'
	@echo 'make check-kernels    DKMS, kunit, guest-test, torture on Linux 6.12 and 7.2'
	@echo 'make fuzz SECONDS=60  parsers and allocators in user space, with libFuzzer'
	@echo 'make coverage         which lines the tests execute, by file; MISSED=1 says which not'
	@echo 'make tour             the commands of Documentation/tour.rst, and what they print'
	@echo 'make torture          all of annex at random and at once, for a minute'
	@echo 'make blk-load         annex_blk as swap and disk under load, for 20 minutes and more'
	@echo 'make docs             manual pages and the documentation, as HTML in build/docs'
	@echo 'make deb              the package annex-dkms, in build/deb'
	@echo 'make dkms-test        installs both ways in a bare Debian, boots every 686-pae kernel of the index'
	@echo
	@echo 'KVER=RELEASE or KDIR=DIRECTORY   the kernel to build for ($(release))'
	@echo 'KERNEL=7.2 or KERNEL=6.12        the kernel of guest-test, torture, bench, blk-load, kunit, shell'
	@echo "KUNIT_FILTER='annex_buddy*'      the suites that kunit, kunit-um, kunit-kcsan run"
	@echo "GUESTS='map heap'                those that guest-test boots"
	@echo "MUTANTS='buddy-no-merge'         those that mutants plants, by name"
	@echo "GUEST_OPTIONS='--memory 8G'      options of scripts/test/guest, for shell"
	@echo 'SECONDS=600 CPUS=4               for torture, blk-load, fuzz; TORTURE_OPTIONS: of scripts/test/torture'
	@echo 'ANNEX_CACHE=DIRECTORY            kernels and sources (~/.cache/annex)'
