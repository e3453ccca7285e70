// SPDX-License-Identifier: GPL-2.0-only
/*
 * A model of the hook for alignment faults: it comes and goes with the mode; emulation,
 * and the guard against what devices refuse, with it and with a write; and two vCPUs have
 * such faults, of which each may be carried out and may sleep in that for as long as it
 * likes. In the end the module is unloaded.
 *
 * What this does not show: memory is sequentially consistent; what the CPU and the device
 * do with an access.
 *
 * DEFECT NO_GRACE: the guard goes while a handler is on its way to an access
 * DEFECT OTHERS_GRACE: only who switches the guard off waits for these handlers
 * DEFECT NO_INSIDE: the guard goes whoever is inside
 * DEFECT NO_AGAIN: a guard that could not go at once stays for good
 * DEFECT NO_WAIT: the module goes while an access is carried out
 * DEFECT EARLY_COUNT: the module goes while a thread is in its last instructions
 * DEFECT NO_CANCEL: the module goes before its work has run
 */
byte writes = 5;

/* survival/survival.c */
bool armed, emulating, guarded, guard_lock, unguard_queued, unguard_runs;
byte inside;
/* survival/sea.c */
bool sea;

bool in_handler[2], in_text[2], unloaded, done;

/*
 * survival/survival.c: unguard() -- mutex_lock, guarded, synchronize_rcu, s2m_inside_any, schedule_delayed_work, s2m_sea_disarm, mutex_unlock
 */
inline unguard()
{
	atomic { !guard_lock -> guard_lock = true }
	if
	:: !guarded ->
#if !defined(NO_GRACE) && !defined(OTHERS_GRACE)
		!in_handler[0];
		!in_handler[1];
#endif
		if
#ifdef NO_INSIDE
		:: true -> sea = false
#else
		:: !inside -> sea = false
		:: inside ->
#ifdef NO_AGAIN
			skip
#else
			unguard_queued = true
#endif
#endif
		fi
	:: else
	fi;
	guard_lock = false
}

/*
 * survival/survival.c: set_guard() -- mutex_lock, s2m_sea_arm, guarded, mutex_unlock, unguard
 */
inline set_guard(wanted)
{
	atomic { !guard_lock -> guard_lock = true }
	if
	:: wanted ->
		sea = true;
		guarded = true
	:: else -> guarded = false
	fi;
	guard_lock = false;
	if
	:: !guarded ->
#ifdef OTHERS_GRACE
		!in_handler[0];
		!in_handler[1];
#endif
		unguard()
	:: else
	fi
}

active proctype Work()
{
end:
	do
	:: atomic { unguard_queued -> unguard_queued = false; unguard_runs = true }
		unguard();
		assert(!unloaded);
		unguard_runs = false
	od
}

/*
 * survival/survival.c: s2m_survival_arm() -- register_kprobe, armed, set_guard
 * survival/survival.c: s2m_survival_disarm() -- unregister_kprobe, armed = false, set_guard
 * survival/survival.c: s2m_survival_set_emulating() -- set_guard, WRITE_ONCE(emulating
 * survival/survival.c: s2m_survival_exit() -- s2m_inside_any, cancel_delayed_work_sync, unguard
 * change/change.c: s2m_change_stop() -- set_mode, s2m_survival_exit
 */
active proctype Change()
{
	do
	:: writes ->
		if
		:: !armed ->
			armed = true;
			if
			:: emulating -> set_guard(true)
			:: else
			fi
		:: armed ->
			armed = false;
			(!in_handler[0] && !in_handler[1]);
			if
			:: emulating -> set_guard(false)
			:: else
			fi
		:: true ->
			if
			:: armed -> set_guard(!emulating)
			:: else
			fi;
			emulating = !emulating
		fi;
		writes--
	:: !writes -> break
	od;
	if
	:: armed ->
		armed = false;
		(!in_handler[0] && !in_handler[1]);
		if
		:: emulating -> set_guard(false)
		:: else
		fi
	:: else
	fi;
	done = true;
	/* Unloaded, or never. */
	if
	:: goto end
	:: true
	fi;
#ifndef NO_WAIT
	!inside;
#endif
#ifndef NO_CANCEL
	atomic { !unguard_runs -> unguard_queued = false }
#endif
	unguard();
	atomic {
		unloaded = true;
		assert(!sea && !in_text[0] && !in_text[1] && !unguard_queued && !unguard_runs)
	}
end:
	skip
}

/*
 * survival/survival.c: at_report() -- guarded, s2m_sea_is_armed, s2m_inside_add, s2m_abort_site_call
 * survival/survival.c: s2m_survival_work() -- s2m_emulate, return &s2m_inside_count
 */
proctype Vcpu(bit me)
{
	byte faults = 2;

	do
	:: atomic { faults && armed -> faults--; in_handler[me] = true }
		if
		:: guarded && sea ->
			inside++;
			atomic { in_text[me] = true; in_handler[me] = false }
			/* The access, perhaps after a sleep. Without the guard it may end the host. */
			assert(sea);
#ifdef EARLY_COUNT
			inside--;
			in_text[me] = false
#else
			/* s2m_inside_leave() jumps to who takes it from the count. */
			atomic { in_text[me] = false; inside-- }
#endif
		:: else -> in_handler[me] = false
		fi
	:: atomic { done -> break }
	od
}

init
{
	atomic {
		run Vcpu(0);
		run Vcpu(1)
	}
}

/* In the end nobody waits, and no guard stays that nobody wants. */
active proctype Monitor()
{
	timeout -> assert(done && (guarded || !sea) && !inside)
}
