// SPDX-License-Identifier: GPL-2.0-only
/*
 * A model of the fuse: an error is noted, judged, published and settled, beside writers of
 * the table, of whom one may be killed, a reset, a device that leaves the bus and comes
 * back, and unloading.
 *
 * There is one device. The table gives it a looser type by a rule with a fuse, or nothing.
 * While a guest has it looser its bus may report an error: that error is owed a blown fuse,
 * whatever becomes of table and device meanwhile.
 *
 * What this does not show: how mappings are dropped, and that a change waits for faults
 * that are under way, is in change.pml: a fault is one step here, and a settled change
 * drops all. Memory is sequentially consistent. Whom an error is about is not asked.
 *
 * DEFECT NEW_ONLY: errors are judged by the policy that is published, and by no other
 * DEFECT PRESENT_ONLY: a device that has left the bus is passed over
 * DEFECT NO_KEEP: what was noted while a newer table is due is judged by the older one alone
 * DEFECT NO_SKIPPED: of a table that came and went before it was settled nobody knows
 * DEFECT NO_UNSETTLE: what a killed writer has left is taken for settled
 * DEFECT NO_REPLACED: nor of the table of a killed writer, if another one replaced it
 * DEFECT EARLY_JUDGE: errors are judged before the mappings are dropped that make them
 * DEFECT EARLY_LEAVE: nobody listens any more while mappings of a rule with a fuse are there
 * DEFECT LATE_LISTEN: nobody listens yet when the rule is published
 * DEFECT LATE_TOUCH: a fuse is in the list before faults wait for a table that knows it
 * DEFECT NO_PUBLISH: no table is made that knows what has blown, and faults wait for one
 * DEFECT NO_CANCEL: the module goes while a worker is to come
 * DEFECT NO_WORK: errors are judged by the next change alone
 */
#define NONE	0
#define STRICT	1
#define LOOSE	2

byte errors = 1, writes = 1, moves = 2;
/* A writer that is killed, or memory that is not to be had. */
byte mishaps = 1;

/* The device, what a guest has of it, and an error of that. */
bool present = true, owed;
byte leaf;

/* kernel/bus_errors.c */
bool listening = true, slot;

/* policy/fuses.c */
bool blown;

/* policy/devices.c, and policy/live.c; the table: has it the rule? */
byte events, known, version;
bool publish_lock, cannot_learn, skipped, is_settled = true;
bool live_rule = true, live_there = true, live_blown;
bool settled_rule = true, settled_there = true;

/* change/change.c */
bool change_lock, unsettled;
bool blow_queued, learn_queued, finish_queued;
bool working[3], writing = true, unloaded;
#define is_quiet	(!unsettled && !blow_queued && !learn_queued && !finish_queued && \
			 !working[0] && !working[1] && !working[2])

/* Of who has change_lock. */
bool took, did, killed, gave_up, others, from_rule, from_there, to_rule, to_there;
bool was_settled;
byte to_version;
/* Of who has publish_lock. */
bool seen_there, seen_blown;
byte seen_events;

/*
 * policy/live.c: publish() -- s2m_devices_events, s2m_devices_collect, s2m_fuses_mark, skipped = true, rcu_assign_pointer, smp_store_release
 */
inline publish(rule)
{
	atomic { seen_events = events; seen_there = present; seen_blown = blown }
	atomic {
		skipped = skipped || !is_settled;
		cannot_learn = false;
		live_rule = rule;
		live_there = seen_there;
		live_blown = seen_blown;
		is_settled = false;
		version++;
		known = seen_events;
		seen_events = 0;
		seen_there = false;
		seen_blown = false;
		publish_lock = false
	}
}

/*
 * policy/live.c: learn() -- s2m_live_is_up_to_date, publish, cannot_learn
 */
inline learn()
{
	if
	:: atomic { !publish_lock && known == events -> failed = false }
	:: atomic { !publish_lock && known != events && mishaps ->
		mishaps--; cannot_learn = true; failed = true }
	:: atomic { !publish_lock && known != events -> publish_lock = true; failed = false };
		publish(live_rule)
	fi
}

/*
 * change/change.c: publish_fuses() -- s2m_live_learn, follow_devices
 */
inline publish_fuses()
{
#ifndef NO_PUBLISH
	learn();
	atomic { learn_queued = learn_queued || failed; failed = false }
#else
	skip
#endif
}

#ifndef NEW_ONLY
#define by_from		(from_rule && from_there)
#else
#define by_from		false
#endif
#ifndef NO_SKIPPED
#define by_other	(others && (from_rule || to_rule))
#else
#define by_other	false
#endif
#ifndef PRESENT_ONLY
#define is_there	true
#else
#define is_there	present
#endif

/*
 * change/blow.c: s2m_blow() -- s2m_bus_errors_take, s2m_live_is_current, s2m_bus_errors_keep, blow_for
 * change/blow.c: blow_for() -- blow_present, blow_gone, change->from, blow_gone, change->to, blow_if
 * change/blow.c: blow_if() -- s2m_fuses_has, change->to, change->from
 * policy/fuses.c: s2m_fuses_blow() -- mutex_lock, list_add_tail, s2m_devices_touch, mutex_unlock
 */
inline judge()
{
	atomic {
		took = slot;
		slot = false;
		if
		:: took && !publish_lock ->
#ifndef NO_KEEP
			slot = version != to_version || known != events
#else
			skip
#endif
		:: !took
		fi
	}
	atomic {
		if
		:: took && blown -> owed = false
		:: took && !blown && is_there && ((to_rule && to_there) || by_from || by_other) ->
			blown = true;
			owed = false;
			did = true;
#ifndef LATE_TOUCH
			events++
#endif
		:: else
		fi;
		took = false
	}
#ifdef LATE_TOUCH
	if
	:: did -> events++
	:: !did
	fi;
#endif
}

inline forget()
{
	from_rule = false;
	from_there = false;
	to_rule = false;
	to_there = false;
	was_settled = false;
	others = false;
	to_version = 0
}

/*
 * change/change.c: settle() -- s2m_live_settle, s2m_refault, s2m_blow, s2m_live_unsettle, publish_fuses, while (blown && !err)
 * policy/live.c: s2m_live_settle() -- from = settled, settled = , change->skipped = , skipped = false
 * policy/live.c: s2m_live_unsettle() -- settled = , skipped |= change->skipped || to != published()
 */
inline settle(killable)
{
	do
	:: atomic { !publish_lock ->
		from_rule = settled_rule;
		from_there = settled_there;
		to_rule = live_rule;
		to_there = live_there;
		to_version = version;
		others = skipped;
		was_settled = is_settled;
		settled_rule = live_rule;
		settled_there = live_there;
		is_settled = true;
		skipped = false }
#ifdef EARLY_JUDGE
		judge();
#endif
		if
		:: atomic { killable && mishaps -> mishaps--; killed = true }
		:: leaf = NONE
		fi;
#ifndef EARLY_JUDGE
		judge();
#endif
		atomic { !publish_lock || !killed ->
#ifndef NO_UNSETTLE
			if
			:: killed ->
				settled_rule = from_rule;
				settled_there = from_there;
#ifndef NO_REPLACED
				skipped = skipped || others || !is_settled;
#else
				skipped = skipped || others;
#endif
				is_settled = is_settled && was_settled
			:: else
			fi;
#endif
			forget()
		}
		if
		:: atomic { did -> did = false };
			publish_fuses();
			if
			:: killed -> break
			:: !killed
			fi
		:: atomic { !did -> break }
		fi
	od
}

/*
 * change/change.c: finish() -- settle, queue_work(queue, &finish_work), settle_probes, unsettled, false
 * change/change.c: settle_probes() -- s2m_blow_wants, s2m_bus_errors_leave
 */
inline finish(killable)
{
#ifdef EARLY_LEAVE
	listening = live_rule;
#endif
	settle(killable);
	atomic {
		if
		:: killed -> finish_queued = true; killed = false; gave_up = true
		:: else ->
			listening = live_rule;
			slot = slot && listening;
			unsettled = false
		fi
	}
}

/*
 * change/change.c: change_table() -- need_knowledge, need_errors_of_table, unsettled, true, s2m_live_set_table, finish
 */
inline change_table()
{
	learn();
	if
	:: failed -> failed = false
	:: else ->
#ifndef LATE_LISTEN
		listening = listening || !live_rule;
#endif
		atomic { !publish_lock -> publish_lock = true; unsettled = true }
		publish(!live_rule);
		finish(true)
	fi
}

/*
 * change/change.c: s2m_change_reset_fuses() -- begin, s2m_fuses_reset, publish_fuses, finish_fuses, mutex_unlock
 * policy/fuses.c: s2m_fuses_reset() -- mutex_lock, list_del, s2m_devices_touch, mutex_unlock
 * change/change.c: finish_fuses() -- unsettled, true, finish
 */
inline reset()
{
	atomic { blown = false; events++ }
	publish_fuses();
	unsettled = true;
	finish(true)
}

/*
 * Writers, one after the other; then the module is unloaded.
 * change/change.c: begin() -- mutex_lock_killable, unsettled, finish, mutex_unlock
 * change/change.c: s2m_change_stop() -- mutex_lock, unsettled, finish, set_mode, mutex_unlock, s2m_devices_unlisten, cancel_work_sync, destroy_workqueue
 */
proctype Writer()
{
	bool failed;

	do
	:: atomic { writes && !change_lock -> writes--; change_lock = true };
		if
		:: unsettled -> finish(true)
		:: else
		fi;
		if
		:: atomic { gave_up -> gave_up = false }
		:: !gave_up -> change_table()
		:: atomic { !gave_up && blown } -> reset()
		fi;
		atomic { gave_up = false; change_lock = false }
	:: atomic { !writes -> break }
	od;
	/* Perhaps before what is to be done is done. */
	atomic { !moves && !errors && !change_lock && !publish_lock ->
		assert(!is_quiet || (!owed && known == events));
		change_lock = true };
	if
	:: unsettled -> finish(false)
	:: else
	fi;
	atomic { !publish_lock -> publish_lock = true; unsettled = true }
	publish(false);
	finish(false);
	change_lock = false;
#ifndef NO_CANCEL
	atomic { !working[0] -> blow_queued = false };
	atomic { !working[1] -> finish_queued = false };
	atomic { !working[2] -> learn_queued = false };
#endif
	atomic { unloaded = true; writing = false }
}

/*
 * change/change.c: blow_later() -- mutex_lock, unsettled, finish, s2m_live_both, s2m_blow, publish_fuses, finish_fuses, mutex_unlock
 * policy/live.c: s2m_live_both() -- mutex_lock, settled, published, skipped, mutex_unlock
 */
proctype Blower()
{
	bool failed;

end:
	do
	:: atomic { blow_queued && !working[0] -> blow_queued = false; working[0] = true;
		    assert(!unloaded) }
#ifndef NO_WORK
		atomic { !change_lock -> change_lock = true };
		if
		:: unsettled -> finish(false)
		:: else
		fi;
		atomic { !publish_lock ->
			from_rule = settled_rule;
			from_there = settled_there;
			to_rule = live_rule;
			to_there = live_there;
			to_version = version;
			others = skipped }
		judge();
		if
		:: atomic { did -> did = false; forget() };
			publish_fuses();
			unsettled = true;
			finish(false)
		:: atomic { !did -> forget() }
		fi;
		change_lock = false;
#endif
		working[0] = false
	od
}

/*
 * change/change.c: finish_later() -- mutex_lock, unsettled, finish, mutex_unlock
 */
proctype Finisher()
{
	bool failed;

end:
	do
	:: atomic { finish_queued && !working[1] -> finish_queued = false; working[1] = true;
		    assert(!unloaded) }
		atomic { !change_lock -> change_lock = true };
		if
		:: unsettled -> finish(false)
		:: else
		fi;
		change_lock = false;
		working[1] = false
	od
}

/*
 * change/change.c: learn_later() -- s2m_live_learn, queue_delayed_work, s2m_live_is_settled, mutex_lock, settle, mutex_unlock
 */
proctype Learner()
{
	bool failed;

end:
	do
	:: atomic { learn_queued && !working[2] -> learn_queued = false; working[2] = true;
		    assert(!unloaded) }
		learn();
		atomic { learn_queued = learn_queued || failed; failed = false }
		if
		:: atomic { !publish_lock && is_settled && !cannot_learn }
		:: atomic { !publish_lock && (!is_settled || cannot_learn) };
			atomic { !change_lock -> change_lock = true };
			settle(false);
			change_lock = false
		fi;
		working[2] = false
	od
}

/*
 * The device leaves, and comes back.
 * policy/devices.c: bus_event() -- note_event, on_change
 */
proctype Bus()
{
	do
	:: atomic { moves -> moves--;
		present = !present;
		if
		:: !present -> leaf = NONE
		:: else
		fi;
		events++;
		learn_queued = true }
	:: atomic { !moves -> break }
	:: atomic { moves && !writes -> moves = 0 }
	od
}

/*
 * fault/fault.c: s2m_fault() -- s2m_live_mode, s2m_live_knowledge, s2m_live_rules
 */
proctype Vcpu()
{
end:
	do
	:: atomic { leaf == NONE && present && !unloaded && (known == events || cannot_learn) ->
		if
		:: known != events || live_blown || !live_rule || !live_there -> leaf = STRICT
		:: else -> assert(!blown); leaf = LOOSE
		fi }
	od
}

/*
 * kernel/bus_errors.c: note() -- waits, put, irq_work_queue
 */
proctype Errors()
{
	do
	:: atomic { errors && leaf == LOOSE -> errors--;
		owed = true;
		if
		:: listening -> assert(!unloaded); slot = true; blow_queued = true
		:: else
		fi }
	:: atomic { errors && !writes -> errors = 0 }
	:: atomic { !errors -> break }
	od
}

init
{
	atomic {
		if
		:: true
		:: listening = false; live_rule = false; settled_rule = false
		fi;
		run Writer();
		run Blower();
		run Finisher();
		run Learner();
		run Bus();
		run Vcpu();
		run Errors()
	}
}

/*
 * When nothing is to be done any more no error is owed anything, unloaded or not, and
 * no fault waits for a table.
 */
active proctype Monitor()
{
	do
	:: atomic { blown && known == events && !unsettled && !publish_lock && !change_lock &&
		    !learn_queued && !working[2] -> assert(leaf != LOOSE) }
	:: atomic { timeout -> assert(!owed && !writing && !slot && !unsettled); break }
	od
}
