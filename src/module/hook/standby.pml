// SPDX-License-Identifier: GPL-2.0-only
/*
 * A model of standby: the hook comes and goes, the sentinel stands in for it, and two
 * vCPUs of a VM fault on device memory. Meanwhile a guest keeps mmu_lock busy, the hook
 * may fail to come in, the mode is turned on and off, and the module is unloaded.
 *
 * KVM's number of invalidations is compared with what it was when a fault began: so for
 * each fault there is only whether it has changed since. That who changes it never undoes
 * a change is shown in tests/unit/test_send_back.c. A fault that is sent back
 * waits here for what can make the next try end otherwise.
 *
 * What this does not show: memory is sequentially consistent; the hook and the sentinel
 * are not switched off by others (lapse.c only tells of that); that handlers end.
 *
 * DEFECT EARLY_LEAVE: the hook leaves before the new mode is to be seen
 * DEFECT SLIP: the sentinel needs mmu_lock, and gives up if somebody holds it for long
 * DEFECT NO_SEND: faults that are under way when the hook leaves are not sent back
 * DEFECT NO_LOCK: they are, but without mmu_lock: a mapping may be under way still
 * DEFECT NO_CALL_OFF: the hook leaves although a fault has passed the sentinel meanwhile
 * DEFECT EARLY_STATE: faults are let through before the hook is in
 * DEFECT NO_KICK_HOOK: a CPU goes on with text from before the hook came
 * DEFECT NO_KICK_SENTINEL: a CPU goes on with text from before the sentinel came
 * DEFECT OPEN: where the hook cannot come in, faults are let through
 * DEFECT NO_RETRY: where the hook cannot come in, nobody tries again
 * DEFECT STOP_LATE: work is cancelled before the state says that none is to come
 */
#define STOPPED	0
#define ARMED	1
#define LEAVING	2
#define STANDBY	3
#define FAILED	4

#define NONE	0
#define NATIVE	1
#define HOOKED	2

byte rounds = 1, leavings = 1, others_faults = 1;
/* The hook that cannot be put in, and a guest that keeps mmu_lock: one of these. */
byte mishaps = 1;

/* hook/standby.c */
bool standby_lock, arm_queued, quiet_queued, quiet_runs, arm_runs;
byte state;

/* hook/hook.c, and what a CPU has fetched of it */
bool armed, watching, fetched_hook[2], fetched_sentinel[2];

/* KVM; an exclusive holder of mmu_lock, and faults that share it */
byte leaf, readers;
bool mmu_locked, changed[2];

/* The sentinel's handler on its way. */
bool in_sentinel[2];

bool mode, settled, unloaded;
bool faulting[2];

inline change_number()
{
	changed[0] = true;
	changed[1] = true
}

/*
 * hook/hook.c: s2m_hook_arm() -- transport->arm, kick_all_cpus_sync, armed = true
 * hook/standby.c: put_in() -- s2m_hook_arm, s2m_proof_hook_is_met, s2m_hook_disarm
 */
inline put_in()
{
	if
	:: atomic { mishaps -> mishaps--; failed = true }
	:: armed = true;
#ifndef NO_KICK_HOOK
		atomic { fetched_hook[0] = true; fetched_hook[1] = true }
#endif
	fi
}

/*
 * hook/hook.c: s2m_hook_dismiss_sentinel() -- unwatch, watching = false
 */
inline dismiss_sentinel()
{
	atomic { watching = false; fetched_sentinel[0] = false; fetched_sentinel[1] = false }
	(!in_sentinel[0] && !in_sentinel[1])
}

/*
 * hook/hook.c: s2m_hook_disarm() -- disarm, armed = false
 */
inline disarm()
{
	atomic { armed = false; fetched_hook[0] = false; fetched_hook[1] = false }
}

/*
 * hook/hook.c: s2m_hook_post_sentinel() -- watch, kick_all_cpus_sync, watching = true
 */
inline post_sentinel()
{
	watching = true;
#ifndef NO_KICK_SENTINEL
	atomic { fetched_sentinel[0] = true; fetched_sentinel[1] = true }
#else
	skip
#endif
}

/*
 * hook/standby.c: arm() -- cmpxchg(&state, LEAVING, ARMED), put_in, WRITE_ONCE(state, ARMED), s2m_hook_dismiss_sentinel, look_again
 */
inline arm()
{
	if
	:: atomic { state == LEAVING -> state = ARMED }
	:: atomic { state != LEAVING && state == ARMED }
	:: state != LEAVING && state != ARMED ->
#ifdef EARLY_STATE
		state = ARMED;
#endif
		put_in();
		if
		:: failed
		:: else ->
			state = ARMED;
			dismiss_sentinel()
		fi
	fi;
	quiet_queued = quiet_queued || !failed
}

/*
 * hook/standby.c: fail() -- s2m_hook_post_sentinel, closed, smp_store_release(&state, FAILED), mod_delayed_work
 */
inline fail()
{
	post_sentinel();
	state = FAILED;
#ifndef NO_RETRY
	quiet_queued = true
#endif
}

/*
 * hook/standby.c: leave() -- s2m_hook_post_sentinel, WRITE_ONCE(state, LEAVING), mutex_unlock, s2m_every_vm(send_all_back, mutex_lock, cmpxchg(&state, LEAVING, STANDBY), s2m_hook_disarm, s2m_hook_dismiss_sentinel, look_again
 * hook/standby.c: send_all_back() -- s2m_mmu_lock, s2m_send_back, s2m_mmu_unlock
 */
inline leave()
{
	post_sentinel();
	atomic { state = LEAVING; standby_lock = false }
#ifndef NO_SEND
#ifdef NO_LOCK
	atomic { change_number() }
#else
	atomic { !mmu_locked && !readers -> change_number() }
#endif
#endif
	atomic { !standby_lock -> standby_lock = true }
	if
#ifdef NO_CALL_OFF
	:: atomic { state == ARMED || state == LEAVING -> state = STANDBY };
#else
	:: atomic { state == LEAVING -> state = STANDBY };
#endif
		disarm()
#ifndef NO_CALL_OFF
	:: state == ARMED ->
		dismiss_sentinel();
		quiet_queued = true
#endif
	:: state != LEAVING && state != ARMED
	fi
}

/*
 * hook/standby.c: on_quiet() -- mutex_lock, FAILED, queue_work, ARMED, is_wanted, look_again, ARMED, leave, mutex_unlock
 * hook/standby.c: is_wanted() -- S2M_MODE_NATIVE, device_faults
 */
active proctype On_quiet()
{
end:
	do
#ifdef EARLY_LEAVE
	:: atomic { quiet_queued && !unloaded && (state == FAILED || leavings) ->
#else
	:: atomic { quiet_queued && !unloaded && (state == FAILED || (leavings && mode)) ->
#endif
		quiet_queued = false;
		quiet_runs = true }
		atomic { !standby_lock -> standby_lock = true }
		if
		:: state == FAILED -> arm_queued = true
#ifdef EARLY_LEAVE
		:: atomic { state == ARMED && leavings -> leavings-- };
#else
		:: atomic { state == ARMED && leavings && mode -> leavings-- };
#endif
			leave()
		:: else
		fi;
		atomic { standby_lock = false; quiet_runs = false }
	od
}

/*
 * hook/standby.c: on_demand() -- mutex_lock, STANDBY, FAILED, arm, fail, mutex_unlock
 */
active proctype On_demand()
{
	bool failed;
end:
	do
	:: atomic { arm_queued && !unloaded -> arm_queued = false; arm_runs = true }
		atomic { !standby_lock -> standby_lock = true }
		if
		:: state == STANDBY || state == FAILED ->
			arm();
			if
			:: failed -> fail()
			:: else
			fi;
			failed = false
		:: else
		fi;
		atomic { standby_lock = false; arm_runs = false }
	od
}

/*
 * The mode is turned on and off, and in the end the module goes.
 * hook/standby.c: s2m_standby_start() -- mutex_lock, arm, mutex_unlock
 * hook/standby.c: s2m_standby_stop() -- mutex_lock, WRITE_ONCE(state, STOPPED), s2m_hook_disarm, s2m_hook_dismiss_sentinel, mutex_unlock, irq_work_sync, cancel_work_sync(&arm_work), cancel_delayed_work_sync(&quiet_work)
 * change/change.c: prepare_mode() -- need_hook
 * change/change.c: publish_mode() -- prepare_mode, s2m_live_set_mode
 * change/change.c: finish() -- settle, stand_down
 * change/change.c: stand_down() -- s2m_standby_stop
 */
active proctype Change()
{
	bool failed;

	do
	:: rounds ->
		atomic { !standby_lock -> standby_lock = true }
		arm();
		standby_lock = false;
		if
		:: atomic { failed -> failed = false }
		:: else ->
			mode = true;
			atomic { !mmu_locked && !readers -> leaf = NONE }
			settled = true;
			/* As long as anybody likes; for ever, with the other choice. */
			if
			:: settled = false
			:: break
			fi;
			mode = false;
			(!in_sentinel[0] && !in_sentinel[1]);
			atomic { !mmu_locked && !readers -> leaf = NONE }
#ifdef STOP_LATE
			atomic { !arm_runs -> arm_queued = false }
			atomic { !quiet_runs -> quiet_queued = false }
#endif
			atomic { !standby_lock -> standby_lock = true }
			state = STOPPED;
			disarm();
			dismiss_sentinel();
			standby_lock = false;
#ifndef STOP_LATE
			atomic { !arm_runs -> arm_queued = false }
			atomic { !quiet_runs -> quiet_queued = false }
#endif
			assert(!armed && !watching && state == STOPPED)
		fi;
		rounds--
	:: else ->
		/* No function of the module is called any more. */
		atomic {
			unloaded = true;
			assert(!arm_queued && !arm_runs && !quiet_queued && !quiet_runs);
			assert(!armed && !watching && !in_sentinel[0] && !in_sentinel[1])
		}
		break
	od
}

/* A guest cleans its caches by set/way: KVM holds mmu_lock, for long. KVM: stage2_flush_vm() */
active proctype Flush()
{
end:
	atomic { mishaps && !mmu_locked && !readers -> mishaps--; mmu_locked = true };
	mmu_locked = false
}

/*
 * hook/standby.c: send_back() -- s2m_count_invalidations, udelay, s2m_send_back
 * compat/send_back.h: s2m_send_back() -- cmpxchg
 */
inline send_back()
{
#ifdef SLIP
	if
	:: atomic { !mmu_locked && !readers -> change_number() }
	:: mmu_locked || readers
	fi
#else
	atomic { change_number() }
#endif
}

/*
 * hook/standby.c: seen() -- state, s2m_live_mode, looked_up, seen_device
 * hook/standby.c: seen_device() -- cmpxchg(&state, LEAVING, ARMED), STANDBY, irq_work_queue, send_back, FAILED, closed, send_back
 * hook/standby.c: kick() -- queue_work
 */
inline seen(me)
{
	if
	:: state < LEAVING || !mode
	:: else ->
		atomic {
			was = state;
			if
			:: state == LEAVING -> state = ARMED
			:: else
			fi
		}
		if
		:: was == STANDBY ->
			arm_queued = true;
			send_back()
#ifndef OPEN
		:: was == FAILED ->
			send_back()
#endif
		:: else
		fi
	fi
}

/* KVM: user_mem_abort() */
proctype Vcpu(bit me)
{
	byte was;

end:
	do
	/* An exception: what this CPU has fetched is what there is. */
	:: atomic { leaf == NONE && (me -> others_faults : settled) ->
		others_faults = others_faults - me;
		faulting[me] = true;
		fetched_hook[me] = armed;
		fetched_sentinel[me] = watching }
		changed[me] = false;
		if
		:: atomic { fetched_sentinel[me] -> in_sentinel[me] = true };
			seen(me);
			in_sentinel[me] = false
		:: else
		fi;
		atomic { !mmu_locked -> readers++ }
		if
		:: atomic { changed[me] -> readers--; faulting[me] = false };
			atomic {
				(was < STANDBY || state != was || (was == STANDBY && !arm_queued) ||
				 !mode);
				was = 0
			}
		:: !changed[me] -> atomic {
			assert(!settled || fetched_hook[me]);
			leaf = (fetched_hook[me] && mode -> HOOKED : NATIVE);
			readers--;
			was = 0;
			faulting[me] = false }
		fi
	od
}

init
{
	atomic {
		run Vcpu(0);
		run Vcpu(1)
	}
}

/* In the end nobody waits, and device memory that a guest wants is mapped. */
active proctype Monitor()
{
	timeout ->
	assert(!faulting[0] && !faulting[1] && (!settled || leaf == HOOKED))
}
