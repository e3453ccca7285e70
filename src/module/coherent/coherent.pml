// SPDX-License-Identifier: GPL-2.0-only
/*
 * A model of coherent-ram's records: two vCPUs of a VM start at the same time or by
 * CPU_ON, stop, start again, are reset by their VMM, clean by set/way, and the system on
 * the first is taken over by another. The rule comes and goes meanwhile. A VM ends, and
 * another one of the same process, or of another, has its address.
 *
 * What this does not show: memory is sequentially consistent; that handlers are in place
 * (coherent_many, coherent_efi in tests/cases).
 *
 * DEFECT NO_LOCK: two vCPUs that turn their caches on are both the first
 * DEFECT NO_RESET: a vCPU that is started again is not looked at
 * DEFECT NO_LOSS: a takeover that starts CPUs at once leaves the record as it is
 * DEFECT NO_ALONE: a vCPU is changed while another one runs
 * DEFECT NO_SCTLR: a vCPU that cleans by set/way counts as one that has not started
 * DEFECT NO_PID: the record of a VM before is taken for that of the new one
 */
#define OFF	0
#define BOOTS	1
#define RUNS	2
#define RESETS	3

byte events = 4;

/* A vCPU: power, HCR_EL2.VM and TVM, SCTLR_EL1's caches, and whether MAIR_EL1 is weak. */
byte power[2];
bool in_kvm[2], vm[2], tvm[2], sctlr[2], sctlr_memory[2], at_sctlr[2], weak[2];

/* coherent/coherent_vms.c */
bool vms_lock, recorded, recorded_coherent, recorded_process;
bool process, rule;
/* A rule has been asked for this VM and has said so, as far as that can be known. */
bool granted;

/* What guests see: all that run have the same types. */
#define same	(power[0] != RUNS || power[1] != RUNS || weak[0] == weak[1])

/* coherent/coherent_vms.c: s2m_coherent_vms_have() -- find_vm, coherent, pid */
#ifdef NO_PID
#define have	(recorded && recorded_coherent)
#else
#define have	(recorded && recorded_coherent && recorded_process == process)
#endif

/* coherent/coherent.c: has_started() -- HCR_VM, HCR_TVM, caches_are_on, has_written_sctlr */
#ifdef NO_SCTLR
#define has_started(v)	(vm[v] && !tvm[v])
#else
#define has_started(v)	(vm[v] && (!tvm[v] || (sctlr_memory[v] && !at_sctlr[v])))
#endif

/* coherent/coherent.c: is_alone() -- has_started, s2m_vcpu_is_off */
#ifdef NO_ALONE
#define is_alone(v)	true
#else
#define is_alone(v)	(!has_started(1 - v) || power[1 - v] == OFF)
#endif

#ifdef NO_LOCK
#define locked		skip
#define unlocked	skip
#else
#define locked		atomic { !vms_lock -> vms_lock = true }
#define unlocked	vms_lock = false
#endif

/*
 * The guest writes SCTLR_EL1, or another such register with its caches on.
 * coherent/coherent.c: at_toggle() -- caches_are_on, s2m_coherent_vms_lock, may_become_coherent, shall_be_coherent, s2m_coherent_vms_unlock, make_coherent
 * coherent/coherent.c: shall_be_coherent() -- is_first, s2m_coherent_vms_set, sys_regs[SCTLR_EL1], HCR_TVM, s2m_coherent_vms_have
 * coherent/coherent.c: may_become_coherent() -- is_weakened, s2m_coherent_vms_have, is_alone
 * coherent/coherent_vms.c: s2m_coherent_vms_set() -- find_vm, coherent
 */
inline toggle(v, was_enabled)
{
	locked;
	if
	:: was_enabled -> coherent = weak[v] && have && is_alone(v)
	:: else ->
		first = !has_started(1 - v);
		if
		:: first ->
			atomic {
				if
				:: recorded || rule ->
					recorded = true;
					recorded_coherent = rule;
					recorded_process = process
				:: else
				fi;
				granted = granted || rule
			}
		:: else
		fi;
		atomic {
			first = false;
			sctlr_memory[v] = true;
			tvm[v] = false;
			coherent = have
		}
	fi;
	unlocked;
	/* coherent/coherent.c: make_coherent() -- s2m_mair_coherent, flush_tlbs */
	atomic {
		assert(!coherent || granted);
		weak[v] = weak[v] && !coherent;
		coherent = false;
		tvm[v] = false
	}
}

/* From here on: KVM ends the trap, and the guest runs. */
inline start(v)
{
	atomic { weak[v] = true; sctlr[v] = true }
	if
	:: tvm[v] ->
		at_sctlr[v] = true;
		toggle(v, false)
	:: else
	fi;
	atomic {
		at_sctlr[v] = false;
		power[v] = RUNS;
		in_kvm[v] = false;
		assert(same)
	}
}

/*
 * coherent/coherent.c: at_psci() -- s2m_coherent_vms_lock, s2m_coherent_vms_have, lose_or_look, s2m_coherent_vms_unlock
 * coherent/coherent.c: lose_or_look() -- caches_are_on, HCR_TVM, is_weakened, is_cpu_on, s2m_coherent_vms_set, is_alone, HCR_TVM
 */
inline psci(v, is_cpu_on)
{
	locked;
	if
	:: have && weak[v] && is_cpu_on ->
#ifndef NO_LOSS
		recorded_coherent = false
#endif
	:: have && weak[v] && !is_cpu_on && is_alone(v) -> tvm[v] = true
	:: else
	fi;
	unlocked
}

/*
 * KVM: kvm_reset_vcpu(), by CPU_ON.
 * coherent/coherent.c: at_reset() -- s2m_coherent_vms_lock, s2m_coherent_vms_have, HCR_TVM, s2m_coherent_vms_unlock
 */
inline reset(v)
{
#ifndef NO_RESET
	locked;
	if
	:: have -> tvm[v] = true
	:: else
	fi;
	unlocked;
#endif
	atomic { sctlr[v] = false; sctlr_memory[v] = false }
}

proctype Vcpu(bit me)
{
	bool first, coherent;

end:
	do
	:: atomic { power[me] == RESETS -> in_kvm[me] = true };
		reset(me);
		power[me] = BOOTS
	:: atomic { power[me] == BOOTS -> in_kvm[me] = true };
		start(me)
	/* What a guest does while it runs. */
	:: atomic { power[me] == RUNS && events -> events--; in_kvm[me] = true }
		if
		/* KVM: kvm_set_way_flush(), then a trapped write. */
		:: tvm[me] = true;
			toggle(me, true);
			assert(same)
		/* Another system on a vCPU that runs alone; what it calls first. */
		:: atomic { power[1 - me] == OFF -> weak[me] = true }
			if
			:: psci(me, false);
				if
				:: tvm[me] -> toggle(me, true)
				:: else
				fi
			:: true
			fi
		/* CPU_ON */
		:: atomic { power[1 - me] == OFF };
			psci(me, true);
			power[1 - me] = RESETS
		/* CPU_OFF */
		:: me -> power[me] = OFF
		:: true
		fi;
		in_kvm[me] = false
	od
}

/* The VMM: KVM_ARM_VCPU_INIT of all, while none runs; and the end of a VM. */
inline initialise(v)
{
	vm[v] = true;
	tvm[v] = true;
	sctlr[v] = false;
	sctlr_memory[v] = false;
	at_sctlr[v] = false;
	weak[v] = true
}

init
{
	byte systems = 2;

	atomic {
		rule = true;
		run Vcpu(0);
		run Vcpu(1)
	}
	do
	:: atomic { systems && !in_kvm[0] && !in_kvm[1] ->
		systems--;
		if
		:: systems == 1
		:: systems == 0		/* a reset of the whole VM */
		/* coherent/coherent.c: at_destroy() -- s2m_coherent_vms_forget */
		:: systems == 0 -> recorded = false; granted = false
		/* The end of the VM before was missed. */
		:: systems == 0 -> process = !process; granted = false
		/* And both are of one process: whose record it is cannot be known. */
		:: systems == 0 -> granted = true
		fi;
		initialise(0);
		initialise(1);
		if
		:: power[0] = BOOTS; power[1] = OFF
		:: power[0] = BOOTS; power[1] = BOOTS	/* a VMM without PSCI */
		/* The VMM brings the state of another host. */
		:: power[0] = RUNS; sctlr[0] = true; sctlr_memory[0] = true;
			if
			:: power[1] = OFF
			:: power[1] = RUNS; sctlr[1] = true; sctlr_memory[1] = true
			fi
		fi }
	:: atomic { rule && events -> rule = false }
	:: atomic { !systems -> break }
	:: atomic { !events -> break }
	od
}

active proctype Monitor()
{
	timeout -> assert(same && !in_kvm[0] && !in_kvm[1])
}
