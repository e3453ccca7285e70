// SPDX-License-Identifier: GPL-2.0-only
/*
 * A model of publish and settle: writers of mode and table, of whom one may die; the faults
 * of a VM; what happens on the PCI bus; and who makes the table know of it.
 *
 * One device has a driver, 0 or 1. A VM has its BAR either by that driver, and loses it
 * when the driver changes, or by sysfs, and keeps it. The table, 0 or 1, gives the BAR a
 * type by its driver. The number of writes, events and failures is bounded, so that
 * whatever is still under way after the last of them is stuck.
 *
 * What this does not show: memory is sequentially consistent (a barrier that is missing
 * is a defect below, as another order of steps); the hook is in (hook/standby.pml); all
 * VMs are found.
 *
 * tests/models/run explores it, also with each of these defects, which it must find:
 *
 * DEFECT HANG: a change takes an mmap lock that a VMM keeps for ever
 * DEFECT NO_LOCK: leaves are dropped without mmu_lock
 * DEFECT NO_GRACE: rules go while a handler reads them
 * DEFECT NO_REST: nobody settles what a killed writer has published
 * DEFECT TWO_CHANGES: mode and table change together, and what lay between is not dropped
 * DEFECT LEARNT: what a table learnt by somebody else makes stale is left to that somebody
 * DEFECT NO_DOUBT: a killed writer's change is taken for settled
 * DEFECT NO_ORDER: the event is looked for before the new mode is to be seen
 * DEFECT EARLY_COUNT: devices are collected before the count of events is read
 * DEFECT EARLY_SETTLED: the change is in force before mappings are dropped
 * DEFECT LATE_EVENT: a device has its new driver's mappings before the event is counted
 */
#define NATIVE	0
#define DEVICE	1
#define POLICY	2

#define NONE	0
#define KVM	1
#define STRICT	2
#define LOOSE	3

#define answer(mode, table, driver)	(mode == NATIVE -> KVM : \
	(mode == DEVICE || table == driver -> STRICT : LOOSE))

/* What there is. */
bool driver, by_sysfs, has_bar = true;
byte events, known;
/* Memory that is not to be had, and writers that are killed. */
byte mishaps = 1;
byte writes = 2, changes = 1;

/* policy/live.c */
bool publish_lock, cannot_learn, in_doubt;
byte mode;
bool live_table, live_driver, settled_table, settled_driver, is_settled = true;

/* change/change.c */
bool change_lock, unsettled, learn_queued, finish_queued;
byte unsettled_from;

/* KVM */
byte leaf, seq;
bool mmu_locked, mmap_lock;

/* The handler: in an RCU read section, and reading rules, perhaps of those replaced. */
bool in_rcu, reads, reads_old;

/* The mode of the mappings that are there. */
#define was	(unsettled -> unsettled_from : mode)

/* Who is under way. */
bool writing = true;
bool faulting;

/* A mapping that is there is what is wanted, or stricter where that is not known. */
#define good	(leaf == NONE || (mode == NATIVE && leaf == KVM) || \
		 (mode != NATIVE && leaf == STRICT) || \
		 (mode == POLICY && live_table != driver && leaf == LOOSE))
#define knows	(known == events)

/*
 * policy/live.c: publish() -- s2m_devices_events, s2m_devices_collect, in_doubt = true, rcu_assign_pointer, smp_store_release, synchronize_rcu, s2m_rules_put
 */
inline publish(table)
{
#ifndef EARLY_COUNT
	/* The count has been read. */
	atomic {
		seen_driver = driver;
#else
	seen_driver = driver;
	atomic {
		seen_events = events;
#endif
		in_doubt = in_doubt || ((!is_settled || cannot_learn) && mode != NATIVE);
		cannot_learn = false
	}
	atomic {
		live_table = table;
		live_driver = seen_driver;
		is_settled = false;
		reads_old = reads
	}
	known = seen_events;
	atomic {
#ifndef NO_GRACE
		!in_rcu ->
#endif
		assert(!reads_old);
		seen_events = 0;
		seen_driver = false;
		publish_lock = false
	}
}

/*
 * policy/live.c: learn() -- s2m_live_is_up_to_date, publish, in_doubt, cannot_learn
 */
inline learn()
{
	if
	:: atomic { !publish_lock && knows }
	:: atomic { !publish_lock && !knows && mishaps ->
		mishaps--;
		in_doubt = in_doubt || (!cannot_learn && mode != NATIVE);
		cannot_learn = true;
		failed = true }
	:: atomic { !publish_lock && !knows -> publish_lock = true; seen_events = events };
		publish(live_table)
	fi
}

/*
 * change/refault.c: refault_vm() -- s2m_stage2_drop, stop
 * kernel/stage2.c: s2m_stage2_drop() -- s2m_mmu_lock, visit_once, s2m_mmu_unlock
 */
inline drop()
{
#ifdef HANG
	atomic { !mmap_lock };
#endif
#ifndef NO_LOCK
	atomic { !mmu_locked ->
#else
	atomic {
#endif
		if
		:: stale -> leaf = NONE
		:: else
		fi;
		stale = false
	}
}

/*
 * The VM is one of many: a writer that dies has come to it, or has not.
 * change/change.c: settle() -- unsettled_from, s2m_live_mode, s2m_live_settle, s2m_refault, s2m_live_unsettle, s2m_rules_put
 * policy/live.c: s2m_live_settle() -- mutex_lock, from = settled, settled = , change->everything, in_doubt = false, mutex_unlock
 * policy/live.c: s2m_live_unsettle() -- mutex_lock, settled = , in_doubt = true, mutex_unlock
 * change/refault.c: differs() -- type_under, type_under
 */
inline settle(killable)
{
	atomic { !publish_lock ->
		was_table = settled_table;
		was_driver = settled_driver;
		was_settled = is_settled;
		stale = in_doubt ||
#ifndef TWO_CHANGES
			(was != mode && !is_settled) ||
#endif
			answer(was, was_table, was_driver) !=
			answer(mode, live_table, live_driver);
		settled_table = live_table;
		settled_driver = live_driver;
		is_settled = true;
		in_doubt = false }
	if
	:: atomic { killable && mishaps -> mishaps--; killed = true; stale = false }
	:: true -> drop()
	:: atomic { killable && mishaps -> mishaps--; killed = true };
		drop()
	fi;
#ifndef NO_DOUBT
	if
	:: atomic { killed && !publish_lock ->
		settled_table = was_table;
		settled_driver = was_driver;
		is_settled = is_settled && was_settled;
		in_doubt = true }
	:: !killed
	fi;
#endif
	atomic { was_table = false; was_driver = false; was_settled = false }
}

/*
 * change/change.c: finish() -- settle, queue_work(queue, &finish_work), unsettled, false
 */
inline finish(killable)
{
	settle(killable);
	atomic {
		if
		:: killed ->
#ifndef NO_REST
			finish_queued = true
#endif
		:: else ->
			unsettled = false
		fi
	}
}

/*
 * change/change.c: follow_devices() -- s2m_live_mode, mod_delayed_work
 */
inline follow_devices()
{
#ifndef LEARNT
	learn_queued = learn_queued || mode != NATIVE
#else
	learn_queued = learn_queued || (mode != NATIVE && !knows)
#endif
}

/*
 * change/change.c: follow_missed() -- s2m_live_is_up_to_date, follow_devices
 */
inline follow_missed()
{
	if
	:: knows
	:: else -> follow_devices()
	fi
}

/*
 * change/change.c: publish_mode() -- prepare_mode, unsettled_from, unsettled, true, s2m_live_set_mode, follow_missed, note_change
 * policy/live.c: s2m_live_set_mode() -- mutex_lock, S2M_MODE_NATIVE, settled = , live_mode, mutex_unlock, synchronize_rcu
 */
inline publish_mode(new)
{
	if
	:: new != NATIVE -> learn()
	:: else
	fi;
	if
	:: failed || new == mode
	:: else ->
#ifdef NO_ORDER
		follow_missed();
#endif
		atomic { !publish_lock ->
			unsettled_from = mode;
			unsettled = true;
			if
			:: mode == NATIVE ->
				settled_table = live_table;
				settled_driver = live_driver;
				is_settled = true
			:: else
			fi;
			mode = new }
		!in_rcu;
#ifndef NO_ORDER
		follow_missed();
#endif
#ifdef EARLY_SETTLED
		unsettled = false;
#endif
		finish(true)
	fi
}

/*
 * change/change.c: change_table() -- need_knowledge, unsettled_from, unsettled, true, s2m_live_set_table, finish
 */
inline change_table(new)
{
	learn();
	if
	:: failed
	:: true		/* it is the same table */
	:: atomic { !failed && !publish_lock ->
		unsettled_from = mode;
		unsettled = true;
		publish_lock = true;
		seen_events = events };
		publish(new);
#ifdef EARLY_SETTLED
		unsettled = false;
#endif
		finish(true)
	fi
}

/*
 * Writers, one after the other, as change_lock has it.
 * change/change.c: begin() -- mutex_lock_killable, unsettled, finish, mutex_unlock
 * change/change.c: s2m_change_mode() -- begin, set_mode, mutex_unlock
 * change/change.c: s2m_change_table() -- begin, change_table, mutex_unlock
 */
proctype Writer()
{
	bool killed, stale, failed, seen_driver, was_table, was_driver, was_settled;
	byte seen_events, new;

	do
	:: atomic { writes && !change_lock -> writes--; change_lock = true }
		if
		:: unsettled -> finish(true)
		:: else
		fi;
		if
		:: killed
		:: atomic { !killed ->
			if
			:: new = NATIVE
			:: new = DEVICE
			:: new = POLICY
			fi };
			publish_mode(new)
		:: !killed -> change_table(!live_table)
		fi;
		atomic { failed = false; new = 0; killed = false; change_lock = false }
	:: !writes -> break
	od;
	writing = false
}

/*
 * change/change.c: finish_later() -- mutex_lock, unsettled, finish, mutex_unlock
 */
active proctype Finisher()
{
	bool killed, stale, was_table, was_driver, was_settled;

end:
	do
	:: atomic { finish_queued && !change_lock -> finish_queued = false; change_lock = true }
		if
		:: unsettled -> finish(false)
		:: else
		fi;
		change_lock = false
	od
}

/*
 * change/change.c: learn_later() -- s2m_live_mode, s2m_live_learn, queue_delayed_work, s2m_live_is_settled, mutex_lock, settle, mutex_unlock
 */
active proctype Learner()
{
	bool killed, stale, failed, seen_driver, was_table, was_driver, was_settled;
	byte seen_events;

end:
	do
	:: atomic { learn_queued -> learn_queued = false }
		if
		:: mode == NATIVE
		:: else ->
			learn();
			atomic { learn_queued = learn_queued || failed; failed = false }
			if
			:: atomic { !publish_lock && !in_doubt && is_settled }
			:: atomic { !publish_lock && (in_doubt || !is_settled) };
				atomic { !change_lock -> change_lock = true }
				settle(false);
				change_lock = false
			fi
		fi
	od
}

/*
 * The device gets its other driver.
 * policy/devices.c: bus_event() -- note_event, on_change
 */
active proctype Bus()
{
	do
	:: changes ->
		/* KVM: kvm_unmap_gfn_range() */
		atomic { !mmu_locked ->
			if
			:: !by_sysfs -> has_bar = false; seq++; leaf = NONE
			:: else
			fi }
		driver = !driver;
#ifdef LATE_EVENT
		has_bar = true;
#endif
		events++;
		follow_devices();
		atomic { has_bar = true; changes-- }
	:: else -> break
	od
}

/*
 * KVM: user_mem_abort(), and in it
 * fault/fault.c: s2m_fault() -- s2m_live_mode, s2m_live_knowledge, s2m_live_rules, handle
 */
proctype Vcpu()
{
	byte seen, type;
	bool learning, unknown;

end:
	do
	:: atomic { leaf == NONE && has_bar -> faulting = true }
again:
		if
		:: atomic { !has_bar -> faulting = false }
		:: atomic { has_bar -> seen = seq };
			atomic {
				!mmu_locked;
				if
				:: seen != seq -> seen = 0; goto again
				:: else
				fi;
				seen = 0;
				mmu_locked = true;
				in_rcu = true;
				type = mode
			}
			if
			:: atomic { type != POLICY -> type = answer(type, 0, 0) }
			:: else ->
				atomic {
					unknown = !knows && cannot_learn;
					learning = !knows && !cannot_learn
				}
				atomic {
					reads = true;
					type = (unknown -> STRICT :
						answer(POLICY, live_table, live_driver));
					unknown = false
				}
			fi;
			atomic { in_rcu = false; reads = false; reads_old = false }
			if
			:: atomic { learning -> learning = false; type = 0; mmu_locked = false };
				/* Tries before that are sent back again. */
				atomic { (knows || cannot_learn || mode != POLICY); goto again }
			:: atomic { !learning ->
				leaf = type;
				type = 0;
				mmu_locked = false;
				faulting = false }
			fi
		fi
	od
}

init
{
	atomic {
		mode = POLICY;
		if
		:: by_sysfs = true
		:: true
		fi;
#ifdef HANG
		mmap_lock = true;
#endif
		run Writer();
		run Vcpu()
	}
}

/*
 * While a mode is in force, no mapping that a driver gave is looser than it wants. In the
 * end writes have returned, faults have ended, and every mapping is as the policy wants it
 * for its device: what waits for ever, waits in the end.
 */
active proctype Monitor()
{
	do
	:: atomic { !by_sysfs && !unsettled && !good -> assert(false) }
	:: atomic { timeout -> assert(!writing && !unsettled && !faulting && good); break }
	od
}
